"""What must be equal in two places for a step to come out equal in both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.errors import ZerobayError
from zerobay_analysis.paths import data_dir
from zerobay_analysis.scenario_file import shipped_scenarios
from zerobay_analysis.suite.manifest import InputFile, hash_file, versions
from zerobay_analysis.suite.reuse import code_digest

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger

__all__ = ["Surroundings", "differences", "input_files", "surroundings"]

_PLACE = "platform"
"""The kernel of the operating system may differ; it changes no number."""


@dataclass(frozen=True)
class Surroundings:
    """Code, packages and data of one place.

    Attributes
    ----------
    data, scenario : str
        As the steps' parameters name them; ``scenario`` is empty for the shipped ones.
    code : str
        Digest of this package's files.
    versions : tuple of (str, str)
        Python and the packages that can change a number or a picture.
    inputs : tuple of InputFile
        Plan, ledger and scenarios, with their digests.
    """

    data: str
    scenario: str
    code: str
    versions: tuple[tuple[str, str], ...]
    inputs: tuple[InputFile, ...]


def surroundings(data: str, scenario: str, ledger: Ledger) -> Surroundings:
    """Those of this process, which has loaded ``data`` as ``ledger``."""
    found = tuple((name, version) for name, version in versions().items() if name != _PLACE)
    return Surroundings(data, scenario, code_digest(), found, tuple(input_files(ledger, scenario)))


def input_files(ledger: Ledger, scenario: str) -> list[InputFile]:
    """Files of the plan, the ledger and the scenarios, with their digests."""
    plan_files = sorted((data_dir() / "plan").glob("*.csv"))
    inputs = [InputFile(f"plan/{path.name}", hash_file(path)) for path in plan_files]
    inputs += [InputFile(name, digest) for name, digest in ledger.files]
    scenarios = [Path(scenario)] if scenario else list(shipped_scenarios())
    return inputs + [InputFile(f"scenarios/{path.name}", hash_file(path)) for path in scenarios]


@lru_cache(maxsize=8)
def differences(expected: Surroundings) -> tuple[str, ...]:
    """What is different in this process, in words; empty if a step comes out the same here.

    Remembered per process: it reads the data once for a run, not once for a step.
    """
    from zerobay_analysis.ledger import load_ledger

    try:
        here = surroundings(expected.data, expected.scenario, load_ledger(expected.data))
    except (ZerobayError, OSError) as error:
        first = next(iter(str(error).splitlines()), "")
        return (f"数据读不到 / the data cannot be read there: {expected.data} ({first})",)
    found = []
    if here.code != expected.code:
        found.append("zerobay_analysis 的代码不同 / other code of zerobay_analysis")
    installed = dict(here.versions)
    for name, version in expected.versions:
        if installed.get(name) != version:
            found.append(f"{name} {installed.get(name)}（本机 / here {version}）")
    digests = {entry.name: entry.sha256 for entry in here.inputs}
    found += [
        f"数据不同 / other data: {entry.name}"
        for entry in expected.inputs
        if digests.get(entry.name) != entry.sha256
    ]
    return tuple(found)
