"""How Jupyter gets a warm kernel: the provisioner that the kernelspec ``zerobay-warm`` names.

A forked kernel answers to the same calls as an ordinary one, because the class only replaces
the process object of ``jupyter_client``'s own local provisioner. Where no kernel can be forked,
the ordinary command of the kernelspec is run instead and the log says why.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.localinterfaces import localhost
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from zerobay_analysis.files.disk import ScratchFolder
from zerobay_analysis.suite import kernels

IPC_PATH_LIMIT = 107
"""Bytes in the path of a UNIX socket on Linux (``sun_path`` less the closing zero)."""

_SERVER_DIED = 255
"""Exit status of ``multiprocessing`` for a process whose server ended before it could tell."""


class ForkUnavailable(Exception):  # noqa: N818 - a refusal with a reason, not a fault
    """No kernel can be forked; the message says why."""


class WarmProcess:
    """A forked kernel, with what ``jupyter_client`` asks of a ``subprocess.Popen``.

    Raises
    ------
    OSError, EOFError, AssertionError
        The server is gone or died while it imported, or this process may not have children.
    """

    stdin = stdout = stderr = None

    def __init__(self, task: kernels.KernelTask) -> None:
        context = multiprocessing.get_context("forkserver")
        # A daemon, so that a caller that forgets its kernel can end.
        self._process = context.Process(target=kernels.become_kernel, args=(task,), daemon=True)
        self._process.start()
        self.pid = self._process.pid or 0

    def poll(self) -> int | None:
        """Exit status, or ``None`` while the process runs."""
        status = self._process.exitcode
        if status == _SERVER_DIED:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        return status

    def wait(self) -> int | None:
        """Exit status, as soon as there is one."""
        self._process.join()
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process and to what it started, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signum)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and what it started."""
        self.send_signal(signal.SIGKILL)


class WarmProvisioner(LocalProvisioner):
    """Forks the kernel from a warm server; speaks over UNIX sockets unless told otherwise."""

    process: Any = None
    channels: ScratchFolder | None = None
    """Private folder of the kernel's sockets, removed with the kernel."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the transport, then prepare as for an ordinary kernel."""
        if kernels.supported() and not kwargs.get("independent"):
            kernels.start()
        self._choose_transport()
        kwargs = await super().pre_launch(**kwargs)
        kwargs["env"] = kernels.one_thread(kwargs["env"])
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel, or start it the ordinary way and say why."""
        if not kernels.supported() or kwargs.get("independent"):
            return await super().launch_kernel(cmd, **kwargs)
        folder = None if self.channels is None else self.channels.path
        try:
            task = _task(cmd, scratch=folder, **self._scrub_kwargs(kwargs))
            self.process = await asyncio.to_thread(WarmProcess, task)
        except (ForkUnavailable, OSError, EOFError, AssertionError) as reason:
            self.log.warning("No warm kernel (%s); starting an ordinary one.", reason or "the server died")
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the kernel left on disk; keep the paths for a restart."""
        await super().cleanup(restart=restart)
        if self.channels is not None and not restart:
            self.channels.remove()
            self.channels = None

    def _choose_transport(self) -> None:
        """UNIX sockets, unless the caller configured the transport, the address or the ports."""
        manager = self.parent
        if manager is None or sys.platform == "win32" or any(manager.ports):
            return
        configured = {**manager.config.KernelManager, **manager.config.get(type(manager).__name__, {})}
        if manager.transport != "tcp" or "transport" in configured or manager.ip != localhost():
            return
        self.channels = _channel_folder()
        if self.channels is None:
            return
        manager.transport, manager.cache_ports = "ipc", False
        manager.ip = os.fspath(self.channels.path / "kernel-ipc")
        if not manager.connection_file:
            manager.connection_file = os.fspath(self.channels.path / "kernel.json")


def _channel_folder() -> ScratchFolder | None:
    """Make a new private folder for one kernel's sockets; ``None`` where no path is short enough."""
    for base in (None, Path("/tmp")):
        try:
            folder = ScratchFolder(base)
        except OSError:
            continue
        if len(os.fsencode(folder.path / "kernel-ipc-pipe")) <= IPC_PATH_LIMIT:
            return folder
        folder.remove()
    return None


def _task(
    cmd: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str | os.PathLike[str] | None = None,
    scratch: Path | None = None,
    **unused: object,
) -> kernels.KernelTask:
    """What a fork must do to be the kernel of the command ``cmd``.

    Raises
    ------
    ForkUnavailable
        The command is not that of a kernel of this Python, or a fork would differ from it.
    """
    if list(cmd[1:3]) != ["-m", "ipykernel_launcher"] or Path(cmd[0]) != Path(sys.executable):
        raise ForkUnavailable(f"not a kernel of this Python: {' '.join(cmd[:3])}")
    wanted = [name for name, value in unused.items() if value is not None]  # a stream of its own, say
    if wanted:
        raise ForkUnavailable(f"unsupported options: {', '.join(wanted)}")
    reason = kernels.difference(env, installed=kernels.current.get() is None)
    if reason:
        raise ForkUnavailable(reason)
    own = {**env, "JPY_PARENT_PID": str(os.getpid())}
    return kernels.KernelTask(list(cmd[3:]), own, os.fspath(cwd or Path.cwd()), scratch)
