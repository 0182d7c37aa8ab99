"""The server from which warm kernels are forked: that of ``multiprocessing``, with imports done.

It belongs to the process that starts it and ends with it. It keeps to one thread, as a lock that
another thread holds at the moment of a fork stays locked in the child for ever.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import signal
import site
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from zerobay_analysis.study import CACHE_VARIABLE

__all__ = ["THREAD_LIMITS", "difference", "one_thread", "start", "supported"]

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Small matrices are many times slower with several BLAS threads, so kernels set these to 1."""

_PRELOAD = "zerobay_analysis.suite.kernels.preload"
_READ_AT_START = (
    *("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "LD_PRELOAD", "MPLCONFIGDIR"),
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", *THREAD_LIMITS),
)
_READ_AT_START_PREFIXES = ("ARROW_", "KMP_", "MALLOC_", "MKL_", "OMP_", "OPENBLAS_", "PYTHON", "ZEROBAY_")
"""Variables that a library reads once, when it is loaded; the others are set after the fork."""


@dataclass(frozen=True)
class _Origin:
    """What the server was started from, and cannot change any more."""

    variables: dict[str, str]
    installed: str


_origin: _Origin | None = None
_lock = threading.Lock()


def supported() -> bool:
    """Whether kernels can be forked here: on Linux, unless ``ZEROBAY_WARM=0``.

    macOS has ``fork``, but its Accelerate and CoreFoundation libraries may crash in a forked
    process that does not call ``exec``, so kernels are started there the ordinary way.
    """
    return sys.platform == "linux" and os.environ.get("ZEROBAY_WARM", "1") != "0"


def one_thread(env: Mapping[str, str]) -> dict[str, str]:
    """Return ``env`` with one BLAS thread wherever the caller did not ask for another number."""
    return {**dict.fromkeys(THREAD_LIMITS, "1"), **env}


def start() -> None:
    """Start the server of this process unless it runs; it imports while the caller goes on."""
    from multiprocessing import forkserver

    global _origin
    with _lock:
        if _origin is None:
            _origin = _Origin(_read_at_start(os.environ), _installed())
            atexit.register(_stop)
        forkserver.set_forkserver_preload([_PRELOAD])  # and not the caller's script, which would run again
        forkserver.ensure_running()


def difference(env: Mapping[str, str], *, installed: bool) -> str:
    """Why a fork would not be as good as a kernel started afresh in ``env``; empty if it is.

    Parameters
    ----------
    env : mapping
        Environment of the kernel.
    installed : bool
        Whether packages and code must still be those that the server has imported.
    """
    if _origin is None:
        return "no server"
    asked = _read_at_start(env)
    names = sorted(n for n in {*asked, *_origin.variables} if asked.get(n) != _origin.variables.get(n))
    if names:
        return f"{', '.join(names)} changed since the server started"
    if installed and _installed() != _origin.installed:
        return "packages or code changed since the server started"
    return ""


def _stop() -> None:
    """End the server with its process; it may still be importing for an owner that has no use for it."""
    from multiprocessing import forkserver

    pid = getattr(getattr(forkserver, "_forkserver", None), "_forkserver_pid", None)
    if pid is not None:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in one_thread(env).items()
        if (name in _READ_AT_START or name.startswith(_READ_AT_START_PREFIXES)) and name != CACHE_VARIABLE
    }


def _installed() -> str:
    """Digest of the installed packages and of this package's files, by name and time."""
    digest = hashlib.sha256()
    for fact in (*_packages(), *_code()):
        digest.update(fact.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()


def _packages() -> Iterator[str]:
    """Every installed distribution; installing one makes its folder anew."""
    for folder in (*site.getsitepackages(), site.getusersitepackages(), *sys.path):
        if folder and Path(folder).is_dir():
            with os.scandir(folder) as entries:
                names = (".dist-info", ".egg-info", ".egg-link", ".pth")
                yield from sorted(
                    f"{e.path} {e.stat().st_mtime_ns}" for e in entries if e.name.endswith(names)
                )


def _code() -> Iterator[str]:
    """Every file of this package: code, templates, the learned prior."""
    for path in sorted(Path(__file__).resolve().parents[2].rglob("*.*")):
        if path.suffix != ".pyc" and path.is_file():
            yield f"{path} {path.stat().st_mtime_ns}"
