"""Private places on disk where a caller, a server and a kernel meet."""

from __future__ import annotations

import os
import socket
import stat
import sys
import tempfile
from pathlib import Path

__all__ = ["IPC_PATH_LIMIT", "channel_folder", "listen", "server_folder", "supported"]

IPC_PATH_LIMIT = 107
"""Bytes in the path of a UNIX socket on Linux (``sun_path`` less the closing zero)."""


def supported() -> bool:
    """Whether kernels can be forked here: on Linux, unless ``ZEROBAY_WARM=0``.

    macOS has ``fork``, but its Accelerate and CoreFoundation libraries may crash in a forked
    process that does not call ``exec``, so kernels are started there the ordinary way.
    """
    return sys.platform == "linux" and os.environ.get("ZEROBAY_WARM", "1") != "0"


def server_folder() -> Path:
    """Folder of this user's servers, made if it is not there.

    Raises
    ------
    PermissionError
        The folder belongs to another user or others can enter it.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    base = Path(runtime) if runtime and os.access(runtime, os.W_OK) else Path(tempfile.gettempdir())
    folder = base / f"zerobay-warm-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise PermissionError(f"{folder} is not private to user {os.getuid()}")
    return folder


def channel_folder() -> Path | None:
    """Make a new private folder for one kernel's sockets; ``None`` where no path is short enough."""
    for base in (None, "/tmp"):
        try:
            folder = Path(tempfile.mkdtemp(prefix="zb-", dir=base))
        except OSError:
            continue
        if len(os.fsencode(folder / "kernel-ipc-pipe")) <= IPC_PATH_LIMIT:
            return folder
        folder.rmdir()
    return None


def listen(path: Path) -> socket.socket:
    """Listen on ``path`` before anything is imported: callers connect at once and wait their turn."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    own = path.with_suffix(f".{os.getpid()}")
    listener.bind(os.fspath(own))
    own.chmod(0o600)
    listener.listen(128)
    own.replace(path)  # a name left by a server that was killed is taken over in one step
    return listener
