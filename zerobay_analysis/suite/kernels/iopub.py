"""The pipe by which programs forked from a notebook print, over a UNIX socket.

ipykernel binds that pipe to a TCP port whatever the transport of the kernel; a kernel reached
over UNIX sockets shall open no port at all.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import zmq
from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from zmq.eventloop.zmqstream import ZMQStream

__all__ = ["use_unix_pipe"]


class UnixPipeThread(IOPubThread):
    """ipykernel's output thread with its pipe beside the kernel's other sockets."""

    address = ""

    def _setup_pipe_in(self) -> None:
        assert self.socket is not None
        self._pipe_uuid = os.urandom(16)
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self.address)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[Any, Any]:
        context: Any = zmq.Context()  # ZeroMQ wants a new one after a fork
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(self.address)
        return context, pipe


def use_unix_pipe(connection_file: Path) -> None:
    """Make the kernel of ``connection_file`` use such a pipe if its transport is ``ipc``."""
    connection = json.loads(connection_file.read_text(encoding="utf-8"))
    if connection["transport"] == "ipc":
        UnixPipeThread.address = f"ipc://{connection['ip']}-pipe"
        setattr(kernelapp, "IOPubThread", UnixPipeThread)  # noqa: B010 - a name of theirs
