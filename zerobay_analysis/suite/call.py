"""One call of a module-level function in a process of its own: forked, or started afresh."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from zerobay_analysis.suite.kernels.client import ForkedProcess

__all__ = ["Call", "Process", "prepare_call"]

A = TypeVar("A")


class Process(Protocol):
    """What is asked of a process that makes a call."""

    def wait(self) -> int:
        """Exit status, as soon as there is one."""

    def kill(self) -> None:
        """End it at once."""


@dataclass(frozen=True)
class Call:
    """A call whose argument is written down, ready to be made elsewhere.

    Attributes
    ----------
    function : str
        ``module:name``.
    argument, result : Path
        Files with the pickled argument and, afterwards, with ``(value, error)``.
    """

    function: str
    argument: Path
    result: Path

    def fork(self, env: Mapping[str, str], server: Path | None = None) -> ForkedProcess:
        """Make the call in a fork of a warm server (see ``kernels.client.fork``).

        Raises
        ------
        Declined, OSError
            No process was forked.
        """
        from zerobay_analysis.suite.kernels.client import fork

        job = {"kind": "call", "function": self.function}
        return fork({**job, "argument": str(self.argument), "result": str(self.result)}, env, server=server)

    def start(self, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Make the call in a new interpreter, which ends when this process does."""
        command = [sys.executable, "-m", __name__, self.function, str(self.argument), str(self.result)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=dict(env))

    def outcome(self, status: int) -> Any:
        """Value of the function, once the process has ended with ``status``.

        Raises
        ------
        ChildProcessError
            The process ended before the function did.
        RuntimeError
            The function raised; the message names its exception.
        """
        try:
            value, error = pickle.loads(self.result.read_bytes())
        except FileNotFoundError:
            raise ChildProcessError(f"its process ended with status {status}") from None
        if error is not None:
            raise error
        return value


def prepare_call(function: Callable[[A], object] | str, argument: A, stem: Path) -> Call:
    """Write the argument to ``<stem>.argument``; the result will come to ``<stem>.result``."""
    name = function if isinstance(function, str) else f"{function.__module__}:{function.__name__}"
    given, taken = stem.with_suffix(".argument"), stem.with_suffix(".result")
    given.write_bytes(pickle.dumps(argument))
    return Call(name, given, taken)


def _end_with_the_caller() -> None:
    """Standard input closes when the caller ends, however it does."""

    def watch() -> None:
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=watch, name="caller-watch", daemon=True).start()


if __name__ == "__main__":
    from zerobay_analysis.suite.kernels.forked import make_call

    _end_with_the_caller()
    make_call(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
