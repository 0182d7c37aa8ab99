"""What must be equal for a process forked from a server to be as good as one started afresh."""

from __future__ import annotations

import hashlib
import os
import site
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from zerobay_analysis import kept_study

__all__ = [
    "INSTALLED_VARIABLE",
    "SERVER_VARIABLE",
    "THREAD_LIMITS",
    "fingerprint",
    "installed",
    "start_environment",
]

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Small matrices are many times slower with several BLAS threads, so kernels set these to 1."""

SERVER_VARIABLE = "ZEROBAY_SERVER"
"""Names the socket of a server to use instead of the user's shared one."""

INSTALLED_VARIABLE = "ZEROBAY_INSTALLED"
"""Set by a run to what was installed when it began, so that all its kernels are of one version even
if somebody upgrades or edits meanwhile."""

_READ_AT_START = (
    *("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "LD_PRELOAD", "MPLCONFIGDIR"),
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", *THREAD_LIMITS),
)
_READ_AT_START_PREFIXES = ("ARROW_", "KMP_", "MALLOC_", "MKL_", "OMP_", "OPENBLAS_", "PYTHON", "ZEROBAY_")
"""Variables that a library reads once, when it is loaded; the others are set after the fork."""

_PACKAGE = Path(__file__).resolve().parents[2]


def start_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return ``env`` with one BLAS thread wherever the caller did not ask for another number."""
    return {**dict.fromkeys(THREAD_LIMITS, "1"), **env}


def fingerprint(env: Mapping[str, str]) -> str:
    """Digest of the interpreter, the installed packages, this package's code and the surroundings.

    Parameters
    ----------
    env : mapping
        Environment of the kernel, already through :func:`start_environment`.

    Returns
    -------
    str
        16 hexadecimal digits; any upgrade, edit or change of limits gives others.
    """
    known = env.get(INSTALLED_VARIABLE) or installed(env)
    return _digest((known, *_variables(env), *_surroundings()))


def installed(env: Mapping[str, str]) -> str:
    """Digest of the interpreter, the installed packages and this package's code."""
    return _digest((*_interpreter(), *_packages(env), *_code()))


def _digest(facts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(fact.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:16]


def _interpreter() -> Iterator[str]:
    yield from (sys.executable, sys.version, sys.prefix)


def _packages(env: Mapping[str, str]) -> Iterator[str]:
    """Every installed distribution; installing one makes its folder anew."""
    folders = [*site.getsitepackages(), *env.get("PYTHONPATH", "").split(os.pathsep)]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    for folder in folders:
        if not folder or not Path(folder).is_dir():
            continue
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.name.endswith((".dist-info", ".egg-info", ".egg-link", ".pth")):
                    yield f"{entry.path} {entry.stat().st_mtime_ns}"


def _code() -> Iterator[str]:
    """Every file of this package: code, templates, the learned prior."""
    for path in sorted(_PACKAGE.rglob("*.*")):
        if path.suffix != ".pyc" and path.is_file():
            facts = path.stat()
            yield f"{path} {facts.st_mtime_ns} {facts.st_size}"


def _variables(env: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(env):
        if name in (SERVER_VARIABLE, INSTALLED_VARIABLE, kept_study.VARIABLE):
            continue
        if name in _READ_AT_START or name.startswith(_READ_AT_START_PREFIXES):
            yield f"{name}={env[name]}"


def _surroundings() -> Iterator[str]:
    """Limits, control group, priority and umask: a fork has those of the server."""
    for name in ("cgroup", "limits"):
        yield _read(Path("/proc/self") / name)
    yield from (line for line in _read(Path("/proc/self/status")).splitlines() if line.startswith("Umask"))
    yield str(os.nice(0) if hasattr(os, "nice") else "")
    yield str(sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else "")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
