"""What a fork of the warm server becomes: an IPython kernel with its caller's folder and variables."""

from __future__ import annotations

import atexit
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

_INLINE = "module://matplotlib_inline.backend_inline"
_settings_read = ""


@dataclass(frozen=True)
class KernelTask:
    """A kernel to be forked.

    Attributes
    ----------
    arguments : list of str
        Those of ``ipykernel_launcher``.
    env, cwd
        As for ``subprocess.Popen``. What it prints itself goes where the server's output goes.
    scratch : Path, optional
        Folder that is removed if the caller is killed.
    """

    arguments: list[str]
    env: dict[str, str]
    cwd: str
    scratch: Path | None = None


def become_kernel(task: KernelTask) -> None:
    """Run IPython's kernel as ``python -m ipykernel_launcher`` does; returns when it has ended."""
    os.setsid()
    for signum, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
        signal.signal(signum, handler)
    multiprocessing.current_process().daemon = False  # a notebook may start processes of its own
    end_with_parent(task.scratch, group=True)
    os.environ.clear()
    os.environ.update(task.env)
    os.chdir(task.cwd)
    _forget_the_server()
    try:
        _run_kernel(task.arguments)
    finally:
        atexit._run_exitfuncs()  # a process of multiprocessing ends without


def end_with_parent(scratch: Path | None = None, *, group: bool = False) -> None:
    """End this process, or its whole process group, when the process that asked for it is gone."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    sentinel = parent.sentinel

    def watch() -> None:
        connection.wait([sentinel])
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        if group:
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def remember_settings() -> None:
    """Note in the server which settings matplotlib has read; a fork may have to read others."""
    global _settings_read
    _settings_read = _settings()


def _settings() -> str:
    """Settings file that matplotlib would read now; it depends on the folder and the variables."""
    matplotlib = sys.modules.get("matplotlib")
    return "" if matplotlib is None else str(Path(matplotlib.matplotlib_fname()).absolute())


def _forget_the_server() -> None:
    """Undo what a fork inherits and a fresh process would not have."""
    time.tzset()
    importlib.invalidate_caches()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # Python's own generator reseeds itself after a fork
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is None:
        return
    if _settings() != _settings_read:
        matplotlib.rc_file(_settings())
    matplotlib.rcParams["backend"] = os.environ.get("MPLBACKEND") or _INLINE


def _run_kernel(arguments: list[str]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = [str(importlib.import_module("ipykernel_launcher").__file__), *arguments]
    if "-f" in arguments:
        connection = Path(arguments[arguments.index("-f") + 1]).read_text(encoding="utf-8")
        _use_unix_pipe(**json.loads(connection))
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
            assert self.socket is not None
            self._pipe_uuid = os.urandom(16)
            pipe = self.socket.context.socket(zmq.PULL)
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
