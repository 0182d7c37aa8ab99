"""pyproject.toml, the locks and environment.yml tell one story."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


def required() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = project["dependencies"] + project["optional-dependencies"]["test"]
    found = [Requirement(text) for text in texts]
    return {canonicalize_name(r.name): r for r in found}


def locked(name: str) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        match = re.match(r"([a-zA-Z0-9._-]+)==([^ ;\\]+)", line)
        if match:
            versions.setdefault(canonicalize_name(match[1]), set()).add(match[2])
    return versions


def conda() -> dict[str, Requirement]:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    texts = [entry for entry in entries if isinstance(entry, str)]
    texts += [
        t for entry in entries if isinstance(entry, dict) for t in entry["pip"] if not t.startswith("-")
    ]
    found = [Requirement(text) for text in texts]
    return {canonicalize_name(r.name): r for r in found}


def test_environment_yml_asks_for_what_pyproject_asks_for() -> None:
    ours = {name: str(r.specifier) for name, r in required().items()}
    theirs = {name: str(r.specifier) for name, r in conda().items() if name not in ("python", "pip")}
    assert theirs == ours


def test_environment_yml_and_pyproject_want_the_same_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert str(conda()["python"].specifier) == project["requires-python"]


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-bench.lock"])
def test_every_requirement_is_locked_at_a_version_it_allows(lock: str) -> None:
    versions = locked(lock)
    for name, requirement in required().items():
        assert name in versions, f"{name} is not in {lock}"
        assert all(requirement.specifier.contains(version) for version in versions[name]), name


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-bench.lock"])
def test_locks_hold_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert not re.search(r"https?://|--(extra-)?index|--find-links|--trusted-host", text)


def test_both_locks_agree_on_what_they_share() -> None:
    base, bench = locked("requirements.lock"), locked("requirements-bench.lock")
    assert {name: bench[name] for name in base} == base


def test_importing_the_package_loads_no_scientific_library() -> None:
    code = (
        "import sys, zerobay_analysis, zerobay_analysis.cli;"
        "heavy = {'numpy', 'pandas', 'scipy', 'statsmodels', 'matplotlib', 'seaborn', 'papermill'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_on_the_path_of_a_report_imports_a_posix_only_module() -> None:
    posix_only = r"^\s*(?:import|from)\s+(fcntl|pwd|grp|resource|termios|pty|posix)\b"
    for path in (ROOT / "zerobay_analysis").rglob("*.py"):
        assert not re.search(posix_only, path.read_text(encoding="utf-8"), re.MULTILINE), path
