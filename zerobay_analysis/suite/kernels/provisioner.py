"""How Jupyter gets a warm kernel: the provisioner that the kernelspec ``zerobay-warm`` names.

A forked kernel answers to the same calls as an ordinary one, because the class only replaces
the process object of ``jupyter_client``'s own local provisioner. Where no kernel can be forked,
the ordinary command of the kernelspec is run instead and the log says why.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.localinterfaces import localhost
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from zerobay_analysis.suite.kernels.fingerprint import start_environment
from zerobay_analysis.suite.kernels.rendezvous import channel_folder, supported

__all__ = ["WarmProvisioner"]


class WarmProvisioner(LocalProvisioner):
    """Forks the kernel from a warm server; speaks over UNIX sockets unless told otherwise."""

    process: Any = None
    channels: Path | None = None
    """Private folder of the kernel's sockets, removed with the kernel."""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the transport, then prepare as for an ordinary kernel."""
        self._choose_transport()
        kwargs = await super().pre_launch(**kwargs)
        kwargs["env"] = start_environment(kwargs["env"])
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel, or start it the ordinary way and say why."""
        if not supported() or kwargs.get("independent"):
            return await super().launch_kernel(cmd, **kwargs)
        from zerobay_analysis.suite.kernels.client import Declined, fork_kernel

        try:
            process = await asyncio.to_thread(
                fork_kernel, cmd, scratch=self.channels, **self._scrub_kwargs(kwargs)
            )
        except (Declined, OSError) as reason:
            self.log.warning("No warm kernel (%s); starting an ordinary one.", reason)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the kernel left on disk; keep the paths for a restart."""
        await super().cleanup(restart=restart)
        if self.channels is not None and not restart:
            shutil.rmtree(self.channels, ignore_errors=True)
            self.channels = None

    def _choose_transport(self) -> None:
        """UNIX sockets, unless the caller configured the transport, the address or the ports."""
        manager = self.parent
        if manager is None or sys.platform == "win32" or any(manager.ports):
            return
        configured = {**manager.config.KernelManager, **manager.config.get(type(manager).__name__, {})}
        if manager.transport != "tcp" or "transport" in configured or manager.ip != localhost():
            return
        folder = channel_folder()
        if folder is None:
            return
        self.channels = folder
        manager.transport, manager.cache_ports = "ipc", False
        manager.ip = os.fspath(folder / "kernel-ipc")
        if not manager.connection_file:
            manager.connection_file = os.fspath(folder / "kernel.json")
