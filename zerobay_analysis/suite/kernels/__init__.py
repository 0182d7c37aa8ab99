"""Kernels that start warm: forked from a server that has already imported what notebooks use.

The server is that of ``multiprocessing``, with the imports of ``preload`` done. It belongs to the
process that starts it and ends with it. It keeps to one thread, as a lock that another thread holds
at the moment of a fork stays locked in the child for ever. ``provisioner`` is how Jupyter gets a fork.
"""

from __future__ import annotations

import atexit
import importlib
import json
import multiprocessing
import os
import re
import shutil
import signal
import site
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from multiprocessing import connection
from pathlib import Path
from typing import Any

KERNEL_NAME = "zerobay-warm"
"""Name of the kernelspec, for ``papermill -k``, ``jupyter console --kernel`` and JupyterLab."""

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Small matrices are many times slower with several BLAS threads, so kernels set these to 1."""

_READ_AT_START = re.compile(
    "(ARROW_|KMP_|MALLOC_|MKL_|OMP_|OPENBLAS_|PYTHON).*|NUMEXPR_NUM_THREADS|HOME|LANG|LC_ALL|LC_CTYPE|"
    "LD_LIBRARY_PATH|LD_PRELOAD|MPLCONFIGDIR|XDG_CACHE_HOME|XDG_CONFIG_HOME|ZEROBAY_PRELOAD"
)
"""Variables that a library reads once, when it is loaded; the others are set after the fork."""

POLL_SECONDS = 1
"""Between looks at whether the server of a fork is still there."""

_GRAMMAR = "rfc3987_syntax"
_INLINE = "module://matplotlib_inline.backend_inline"

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
    """Start the server of this process, if there can be one, unless it runs.

    It imports while the caller goes on.
    """
    from multiprocessing import forkserver

    global _origin
    if not supported():
        return
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
    return {name: value for name, value in one_thread(env).items() if _READ_AT_START.fullmatch(name)}


def _installed() -> int:
    """Digest of the installed packages (each has a folder, made anew) and of this package's files."""
    folders = (Path(p) for p in {*site.getsitepackages(), site.getusersitepackages(), *sys.path} if p)
    names = (".dist-info", ".egg-info", ".egg-link", ".pth")
    packages = (p for folder in folders if folder.is_dir() for p in folder.iterdir() if p.suffix in names)
    code = (p for p in Path(__file__).resolve().parents[2].rglob("*.*") if p.suffix != ".pyc")
    return hash(frozenset((str(p), p.stat().st_mtime_ns) for p in (*packages, *code) if p.exists()))


# --- kernels of one run -----------------------------------------------------------------------


class RunningKernels:
    """Kernels of one run, which any thread may end."""

    def __init__(self) -> None:
        self.clients: set[Any] = set()
        self.stopped = False

    def check(self) -> None:
        """Raise ``ChildProcessError`` if the run was stopped."""
        if self.stopped:
            raise ChildProcessError("已停止 / the run was stopped")

    @contextmanager
    def running(self, client: Any) -> Iterator[None]:
        """Let the kernel that the notebook's ``client`` starts inside ``with`` end with the run."""
        self.clients.add(client)
        try:
            self.check()
            yield
        finally:
            self.clients.discard(client)

    def kill(self) -> None:
        """End every kernel and what it started, at once, and every one that is still to start."""
        self.stopped = True
        for client in tuple(self.clients):
            with suppress(StopIteration, OSError, AttributeError):  # not yet started, or ended by itself
                client.km.provisioner.kill().send(None)  # waits for nothing, so needs no event loop


current: ContextVar[RunningKernels | None] = ContextVar("running_kernels", default=None)
"""Those of the run to which this thread belongs, if it belongs to one."""


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import papermill, nbformat or nbconvert inside ``with``, in a third of the time.

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


# --- what a fork becomes ----------------------------------------------------------------------


def become_kernel(arguments: list[str], env: dict[str, str], cwd: str, scratch: Path | None) -> None:
    """Run IPython's kernel as ``python -m ipykernel_launcher`` does; returns when it has ended.

    What the kernel prints itself goes where the server's output goes.

    Parameters
    ----------
    arguments : list of str
        Those of ``ipykernel_launcher``.
    env, cwd
        As for ``subprocess.Popen``.
    scratch : Path or None
        Folder that is removed if the caller is killed.
    """
    os.setsid()
    for signum, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        signal.signal(signum, handler)
    multiprocessing.current_process().daemon = False  # a notebook may start processes of its own
    end_with_parent(scratch, group=True)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    _forget_the_server()
    try:
        _run_kernel(arguments)
    finally:
        atexit._run_exitfuncs()  # a process of multiprocessing ends without


def end_with_parent(scratch: Path | None = None, *, group: bool = False) -> None:
    """End this process, or its whole process group, when its server or who asked for it is gone."""
    parent, server = multiprocessing.parent_process(), os.getppid()
    assert parent is not None

    def watch() -> None:
        while not connection.wait([parent.sentinel], POLL_SECONDS) and os.getppid() == server:
            pass
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        if group:
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _forget_the_server() -> None:
    """Undo what a fork inherits and a fresh process would not have."""
    time.tzset()
    importlib.invalidate_caches()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # Python's own generator reseeds itself after a fork
    if matplotlib := sys.modules.get("matplotlib"):  # its settings depend on the folder and the variables
        matplotlib.rc_file(matplotlib.matplotlib_fname())
        matplotlib.rcParams["backend"] = os.environ.get("MPLBACKEND") or _INLINE


def _run_kernel(arguments: list[str]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = [str(importlib.import_module("ipykernel_launcher").__file__), *arguments]
    if "-f" in arguments:
        _use_unix_pipe(**json.loads(Path(arguments[arguments.index("-f") + 1]).read_text(encoding="utf-8")))
    # parent_handle: any number but 0 and 1 would tie the kernel's life to the server's.
    IPKernelApp.launch_instance(argv=arguments, parent_handle=1)


def _use_unix_pipe(transport: str, ip: str, **unused: object) -> None:
    """Let programs forked from a notebook print over a UNIX socket beside the kernel's others.

    ipykernel binds that pipe to a TCP port whatever the transport of the kernel; a kernel reached
    over UNIX sockets shall open no port at all.
    """
    import zmq
    from ipykernel import iostream, kernelapp
    from zmq.eventloop.zmqstream import ZMQStream

    class UnixPipeThread(iostream.IOPubThread):
        def _setup_pipe_in(self) -> None:
            self._pipe_uuid = os.urandom(16)
            pipe: Any = zmq.Context.instance().socket(zmq.PULL)
            pipe.linger = 0
            pipe.bind(f"ipc://{ip}-pipe")
            self._pipe_in = ZMQStream(pipe, self.io_loop)
            self._pipe_in.on_recv(self._handle_pipe_msg)

        def _setup_pipe_out(self) -> tuple[Any, Any]:
            context: Any = zmq.Context()  # ZeroMQ wants a new one after a fork
            pipe = context.socket(zmq.PUSH)
            pipe.linger = 3000
            pipe.connect(f"ipc://{ip}-pipe")
            return context, pipe

    if transport == "ipc":
        setattr(kernelapp, "IOPubThread", UnixPipeThread)  # noqa: B010 - a name of theirs
