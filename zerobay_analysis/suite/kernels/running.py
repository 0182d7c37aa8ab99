"""The kernels that one run has started, so that they can be ended together."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

__all__ = ["RunningKernels", "current_kernels"]

_current: ContextVar[RunningKernels | None] = ContextVar("running_kernels", default=None)


class RunningKernels:
    """Kernels of the threads that called :meth:`use`; any thread may end them."""

    def __init__(self) -> None:
        self._managers: set[Any] = set()
        self.stopped = False

    def use(self) -> None:
        """Let kernels that this thread starts belong here."""
        _current.set(self)

    def add(self, manager: Any) -> None:
        """Take note of a kernel manager whose kernel was just started."""
        self._managers.add(manager)
        if self.stopped:
            self.kill()

    def discard(self, manager: Any) -> None:
        """Forget a kernel manager whose kernel has ended."""
        self._managers.discard(manager)

    def kill(self) -> None:
        """End every kernel and what it started, at once, and every one that is still to start."""
        self.stopped = True
        for manager in tuple(self._managers):
            provisioner = manager.provisioner
            process = getattr(provisioner, "process", None)
            if process is None:
                continue
            with suppress(OSError):
                if getattr(provisioner, "pgid", None) and hasattr(os, "killpg"):
                    os.killpg(provisioner.pgid, signal.SIGKILL)
                else:
                    process.kill()


def current_kernels() -> RunningKernels | None:
    """Those of the run to which this thread belongs, if it belongs to one."""
    return _current.get()
