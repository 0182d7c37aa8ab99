"""Kernels that start warm: forked from a server that has already imported what notebooks use.

The server is that of ``multiprocessing``, with the imports of ``preload`` done. It belongs to the
process that starts it and ends with it. It keeps to one thread, as a lock that another thread holds
at the moment of a fork stays locked in the child for ever. ``worker`` is what a fork becomes,
``provisioner`` is how Jupyter gets it and the only one that is imported on every system.
"""

from __future__ import annotations

import atexit
import os
import signal
import site
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

KERNEL_NAME = "zerobay-warm"
"""Name of the kernelspec, for ``papermill -k``, ``jupyter console --kernel`` and JupyterLab."""

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Small matrices are many times slower with several BLAS threads, so kernels set these to 1."""

_READ_AT_START = (
    *("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "LD_PRELOAD", "MPLCONFIGDIR"),
    *("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "ZEROBAY_PRELOAD", *THREAD_LIMITS),
)
_READ_AT_START_PREFIXES = ("ARROW_", "KMP_", "MALLOC_", "MKL_", "OMP_", "OPENBLAS_", "PYTHON")
"""Variables that a library reads once, when it is loaded; the others are set after the fork."""

_GRAMMAR = "rfc3987_syntax"


_origin: tuple[dict[str, str], int] | None = None
"""Variables and packages that the server was started from, and cannot change any more."""
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
            _origin = _read_at_start(os.environ), _installed()
            atexit.register(_stop)
        # The preload alone, and not the caller's script, which would run again.
        forkserver.set_forkserver_preload([f"{__name__}.preload"])
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
    names = sorted({name for name, _ in _read_at_start(env).items() ^ _origin[0].items()})
    if names:
        return f"{', '.join(names)} changed since the server started"
    if installed and _installed() != _origin[1]:
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
        if name in _READ_AT_START or name.startswith(_READ_AT_START_PREFIXES)
    }


def _installed() -> int:
    """Digest of the installed packages (each has a folder, made anew) and of this package's files."""
    folders = (Path(p) for p in {*site.getsitepackages(), site.getusersitepackages(), *sys.path} if p)
    names = (".dist-info", ".egg-info", ".egg-link", ".pth")
    packages = (p for folder in folders if folder.is_dir() for p in folder.iterdir() if p.suffix in names)
    code = (p for p in Path(__file__).resolve().parents[2].rglob("*.*") if p.suffix != ".pyc")
    return hash(frozenset((str(p), p.stat().st_mtime_ns) for p in (*packages, *code) if p.exists()))


# --- kernels of one run -----------------------------------------------------------------------


class RunningKernels:
    """Kernels of the threads that called :meth:`use`; any thread may end them."""

    def __init__(self) -> None:
        self.clients: set[Any] = set()
        self.stopped = False

    def use(self) -> None:
        """Let kernels that this thread starts belong here."""
        current.set(self)

    def check(self) -> None:
        """Raise ``ChildProcessError`` if the run was stopped."""
        if self.stopped:
            raise ChildProcessError("已停止 / the run was stopped")

    def kill(self) -> None:
        """End every kernel and what it started, at once, and every one that is still to start."""
        self.stopped = True
        for client in tuple(self.clients):
            provisioner: Any = getattr(client.km, "provisioner", None)
            with suppress(OSError, AttributeError):  # not yet started, or ended by itself
                if provisioner.pgid and hasattr(os, "killpg"):
                    os.killpg(provisioner.pgid, signal.SIGKILL)
                else:
                    provisioner.process.kill()


current: ContextVar[RunningKernels | None] = ContextVar("running_kernels", default=None)
"""Those of the run to which this thread belongs, if it belongs to one."""


@contextmanager
def running(client: Any) -> Iterator[RunningKernels]:
    """Let the kernel that the notebook's ``client`` starts inside ``with`` end with the run."""
    run = current.get() or RunningKernels()
    run.clients.add(client)
    try:
        run.check()
        yield run
    finally:
        run.clients.discard(client)


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import nbclient, nbformat or nbconvert inside ``with``, in a third of the time.

    They import ``jsonschema``, which compiles a grammar of international web addresses (2 s) if it
    finds one, for a check of the format ``iri`` that no schema of a notebook asks for. Inside
    ``with`` it does not find it, which it allows for. Afterwards the grammar can be imported again.
    """
    if _GRAMMAR in sys.modules or "jsonschema" in sys.modules:
        yield
        return
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_GRAMMAR]
