"""What must be equal in two places for a step to come out equal in both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.errors import ZerobayError
from zerobay_analysis.files.disk import data_dir
from zerobay_analysis.scenarios.form import shipped_scenarios
from zerobay_analysis.suite.manifest import InputFile, hash_file, versions
from zerobay_analysis.suite.reuse import code_digest

if TYPE_CHECKING:
    from zerobay_analysis.ledger import Ledger

__all__ = ["Environment", "differences", "environment", "input_files"]


@dataclass(frozen=True)
class Environment:
    """Code, packages and data of one place.

    Attributes
    ----------
    data, scenario : str
        As the steps' parameters name them; ``scenario`` is empty for the shipped ones.
    facts : tuple of (str, str)
        Digest of the code, versions of Python and of the packages that can change a number or a
        picture, digests of plan, ledger and scenarios, each with its name.
    """

    data: str
    scenario: str
    facts: tuple[tuple[str, str], ...]


def environment(data: str, scenario: str, ledger: Ledger) -> Environment:
    """That of this process, which has loaded ``data`` as ``ledger``."""
    facts = {"代码 / code": code_digest()[:12], **versions()}
    del facts["platform"]  # the kernel of the operating system may differ; it changes no number
    facts |= {file.name: file.sha256[:12] for file in input_files(ledger, scenario)}
    return Environment(data, scenario, tuple(facts.items()))


def input_files(ledger: Ledger, scenario: str) -> list[InputFile]:
    """Files of the plan, the ledger and the scenarios, with their digests."""
    plan_files = sorted((data_dir() / "plan").glob("*.csv"))
    inputs = [InputFile(f"plan/{path.name}", hash_file(path)) for path in plan_files]
    inputs += [InputFile(name, digest) for name, digest in ledger.files]
    scenarios = [Path(scenario)] if scenario else list(shipped_scenarios())
    return inputs + [InputFile(f"scenarios/{path.name}", hash_file(path)) for path in scenarios]


@lru_cache(maxsize=8)
def differences(expected: Environment) -> tuple[str, ...]:
    """What is different in this process, in words; empty if a step comes out the same here.

    Remembered per process: it reads the data once for a run, not once for a step.
    """
    from zerobay_analysis.ledger import load_ledger

    try:
        here = environment(expected.data, expected.scenario, load_ledger(expected.data))
    except (ZerobayError, OSError) as error:
        first = next(iter(str(error).splitlines()), "")
        return (f"数据读不到 / the data cannot be read there: {expected.data} ({first})",)
    found = dict(here.facts)
    return tuple(
        f"{name} {found.get(name, '—')}（本机 / here {value}）"
        for name, value in expected.facts
        if found.get(name) != value
    )
