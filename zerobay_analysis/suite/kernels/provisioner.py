"""How Jupyter gets a warm kernel: the provisioner that the kernelspec ``zerobay-warm`` names.

A forked kernel answers to the same calls as an ordinary one, because the class only replaces
the process object of ``jupyter_client``'s own local provisioner. Where no kernel can be forked,
the ordinary command of the kernelspec is run instead and the log says why.
"""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.localinterfaces import localhost
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from zerobay_analysis.files.disk import ScratchFolder
from zerobay_analysis.suite import kernels

KILL_SECONDS = 0.1
"""Longest wait for the end of a kernel that is killed, before jupyter_client looks for it itself."""
IPC_PATH_LIMIT = 107
"""Bytes in the path of a UNIX socket on Linux (``sun_path`` less the closing zero)."""


class WarmProcess:
    """A forked kernel, with what ``jupyter_client`` asks of a ``subprocess.Popen``.

    Raises
    ------
    OSError, EOFError, AssertionError
        The server is gone or died while it imported, or this process may not have children.
    """

    stdin = stdout = stderr = None

    def __init__(self, *task: Any) -> None:
        context = multiprocessing.get_context("forkserver")
        # A daemon, so that a caller that forgets its kernel can end.
        self._process = context.Process(target=kernels.become_kernel, args=task, daemon=True)
        self._process.start()
        self.pid = self._process.pid or 0
        self.terminate, self.kill = self._process.terminate, self._process.kill

    def poll(self) -> int | None:
        """Exit status, or ``None`` while the process runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int | None:
        """Exit status, as soon as there is one, or ``None`` after so many seconds."""
        self._process.join(seconds)
        return self.poll()

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process, if it still runs: to all that it started is jupyter_client's part."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signum)


class WarmProvisioner(LocalProvisioner):
    """Forks the kernel from a warm server; speaks over UNIX sockets unless told otherwise."""

    process: Any = None
    channels: ScratchFolder | None = None
    """Private folder of the kernel's sockets, removed with the kernel."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the transport, then prepare as for an ordinary kernel."""
        if not kwargs.get("independent"):
            kernels.start()
        self._choose_transport()
        kwargs = await super().pre_launch(**kwargs)
        kwargs["env"] = kernels.one_thread(kwargs["env"])
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel, or start it the ordinary way and say why."""
        if not kernels.supported() or kwargs.get("independent"):
            return await super().launch_kernel(cmd, **kwargs)
        self.cwd = kwargs.get("cwd") or Path.cwd()
        reason: object = _refusal(cmd, **self._scrub_kwargs(kwargs))
        if not reason:
            env = {**kwargs["env"], "JPY_PARENT_PID": str(os.getpid())}
            task = cmd[3:], env, os.fspath(self.cwd), self.channels and self.channels.path
            try:
                self.process = await asyncio.to_thread(WarmProcess, *task)
            except (OSError, EOFError, AssertionError) as error:
                reason = str(error) or "the server died"
        if reason:
            self.log.warning("No warm kernel (%s); starting an ordinary one.", reason)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and wait for its end, which jupyter_client looks for every 0.1 s only."""
        await super().kill(restart=restart)
        if isinstance(self.process, WarmProcess):
            self.process.wait(KILL_SECONDS)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the kernel left on disk; keep the paths for a restart."""
        await super().cleanup(restart=restart)
        if self.channels is not None and not restart:
            self.channels.remove()
            self.channels = None

    def _choose_transport(self) -> None:
        """UNIX sockets, unless the caller configured the transport, the address or the ports."""
        manager: Any = self.parent
        if sys.platform == "win32" or manager.transport != "tcp" or any(manager.ports):
            return
        configured = {**manager.config.KernelManager, **manager.config.get(type(manager).__name__, {})}
        if "transport" not in configured and manager.ip == localhost():
            self.channels = _channel_folder()
        if self.channels is not None:
            manager.transport, manager.cache_ports = "ipc", False
            manager.ip = os.fspath(self.channels.path / "kernel-ipc")
            manager.connection_file = manager.connection_file or os.fspath(self.channels.path / "kernel.json")


def _channel_folder() -> ScratchFolder | None:
    """Make a new private folder for one kernel's sockets; ``None`` where no path is short enough."""
    for base in (None, Path("/tmp")):
        with suppress(OSError):
            folder = ScratchFolder(base)
            if len(os.fsencode(folder.path / "kernel-ipc-pipe")) <= IPC_PATH_LIMIT:
                return folder
            folder.remove()
    return None


def _refusal(cmd: Sequence[str], *, env: dict[str, str], cwd: object = None, **unused: object) -> str:
    """Why no fork can be the kernel of the command ``cmd``; empty if one can."""
    if list(cmd[1:3]) != ["-m", "ipykernel_launcher"] or Path(cmd[0]) != Path(sys.executable):
        return f"not a kernel of this Python: {' '.join(cmd[:3])}"
    wanted = [name for name, value in unused.items() if value is not None]  # a stream of its own, say
    if wanted:
        return f"unsupported options: {', '.join(wanted)}"
    return kernels.difference(env, installed=kernels.current.get() is None)


class QuickClient(AsyncKernelClient):
    """Begins as soon as the kernel answers; the base class listens 0.2 s longer for what nobody reads."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask until the kernel answers on both channels; ``RuntimeError`` where it dies or never does."""
        limit = monotonic() + (timeout or math.inf)
        while monotonic() < limit:
            self.kernel_info()
            with suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                await self.iopub_channel.get_msg(timeout=0.2)
                self._handle_kernel_info_reply(reply)
                return
            if not await self.is_alive():
                raise RuntimeError("内核未应答即退出 / the kernel died before it answered")
        raise RuntimeError(f"内核 {timeout} 秒未应答 / the kernel did not answer in {timeout} s")
