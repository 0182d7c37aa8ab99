"""What a fork of the warm server becomes: an IPython kernel, or one call of a function."""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import socket
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["make_call", "run_job"]

_INLINE = "module://matplotlib_inline.backend_inline"


def run_job(job: Mapping[str, Any]) -> None:
    """Take on the caller's environment and do the job; returns when it is done.

    Parameters
    ----------
    job : mapping
        ``env``, ``cwd``, ``connection`` (its closing ends this process) and ``kind``: a
        ``"kernel"`` with the ``arguments`` of ipykernel, or a ``"call"`` with ``function``
        (``module:name``) and the paths ``argument`` and ``result`` of pickled values.
    """
    _end_with(job["connection"])
    settings = _matplotlib_settings()
    os.environ.clear()
    os.environ.update(job["env"])
    os.chdir(job["cwd"])
    _forget_the_server(settings)
    if job["kind"] == "kernel":
        _become_kernel(list(job["arguments"]))
    else:
        make_call(job["function"], Path(job["argument"]), Path(job["result"]))


def _end_with(connection: socket.socket) -> None:
    """End this process when the caller closes its end, even if the server is gone by then."""

    def watch() -> None:
        connection.settimeout(None)
        with contextlib.suppress(OSError):
            connection.recv(1)
        os._exit(1)

    threading.Thread(target=watch, name="caller-watch", daemon=True).start()


def _forget_the_server(settings: str) -> None:
    """Undo what a fork inherits and a fresh process would not have."""
    time.tzset()
    importlib.invalidate_caches()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()  # Python's own generator reseeds itself after a fork
    if "matplotlib" in sys.modules:
        if _matplotlib_settings() != settings:
            sys.modules["matplotlib"].rc_file(_matplotlib_settings())
        backend = os.environ.get("MPLBACKEND", "")
        if backend:
            sys.modules["matplotlib"].rcParams["backend"] = backend


def _matplotlib_settings() -> str:
    """Settings file that matplotlib would read now; it depends on the folder and the variables."""
    matplotlib = sys.modules.get("matplotlib")
    return "" if matplotlib is None else str(Path(matplotlib.matplotlib_fname()).absolute())


def _become_kernel(arguments: list[str]) -> None:
    """Run IPython's kernel as ``python -m ipykernel_launcher`` does."""
    from ipykernel.kernelapp import IPKernelApp

    from zerobay_analysis.suite.kernels.iopub import use_unix_pipe

    if "matplotlib" in sys.modules and not os.environ.get("MPLBACKEND"):
        sys.modules["matplotlib"].rcParams["backend"] = _INLINE
    sys.argv = [str(importlib.import_module("ipykernel_launcher").__file__), *arguments]
    if "-f" in arguments:
        use_unix_pipe(Path(arguments[arguments.index("-f") + 1]))
    # parent_handle: any number but 0 and 1 would tie the kernel's life to the server's.
    IPKernelApp.launch_instance(argv=arguments, parent_handle=1)


def make_call(function: str, argument: Path, result: Path) -> None:
    """Call ``function`` (``module:name``) and end the process.

    Writes ``(value, None)``, or ``(None, exception)`` if the function raised one.
    """
    module, _, name = function.partition(":")
    answer: tuple[object, Exception | None]
    try:
        called = getattr(importlib.import_module(module), name)
        answer = called(pickle.loads(argument.read_bytes())), None
    except Exception as error:
        answer = None, RuntimeError(f"{type(error).__name__}: {error}")
    beside = result.with_suffix(".new")
    beside.write_bytes(pickle.dumps(answer))
    beside.replace(result)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # taking thousands of modules apart would copy every page shared with the server
