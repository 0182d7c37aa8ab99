"""Asks a warm server for a process, and holds on to what it forked. Linux only.

The caller's end of the connection is the life of the process: it is killed when the connection
closes, however the caller ends. The server sends the exit status down the same connection.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from zerobay_analysis.suite.kernels.fingerprint import (
    INSTALLED_VARIABLE,
    SERVER_VARIABLE,
    fingerprint,
    start_environment,
)
from zerobay_analysis.suite.kernels.rendezvous import listen, server_folder

__all__ = ["Declined", "ForkedProcess", "fork", "fork_kernel", "start_server"]

PATIENCE = 60.0
"""Seconds that a caller waits for a server that is still importing."""

UNKNOWN_EXIT = -int(signal.SIGKILL)
"""Exit status of a process whose server died before it could tell."""


class Declined(Exception):  # noqa: N818 - a refusal with a reason, not a fault
    """No process can be forked; the message says why."""


class ForkedProcess:
    """A process forked by the server, with what ``jupyter_client`` asks of a ``subprocess.Popen``."""

    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None
    stderr: IO[bytes] | None = None

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._connection = connection
        self._lines = b""
        self._connection.settimeout(None)

    def poll(self) -> int | None:
        """Exit status, or ``None`` while the process runs."""
        while self.returncode is None:
            try:
                self._receive(socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
        return self.returncode

    def wait(self) -> int:
        """Exit status, as soon as there is one."""
        while self.returncode is None:
            self._receive(0)
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Send a signal to the process, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and every process of its group; any thread may call this."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _receive(self, flags: int) -> None:
        try:
            data = self._connection.recv(4096, flags)
        except ConnectionResetError:
            data = b""
        self._lines += data
        if not data:
            self.returncode = UNKNOWN_EXIT
        elif b"\n" in self._lines:
            self.returncode = int(json.loads(self._lines)["exit"])
        if self.returncode is not None:
            self._connection.close()


def fork_kernel(
    cmd: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str | os.PathLike[str] | None = None,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
    scratch: Path | None = None,
    **unused: object,
) -> ForkedProcess:
    """Fork an IPython kernel that does what the command ``cmd`` would do.

    Parameters
    ----------
    cmd : sequence of str
        ``<this interpreter> -m ipykernel_launcher <arguments>``.
    env, cwd, stdout, stderr
        As for ``subprocess.Popen``; other arguments of it are not supported.
    scratch : Path, optional
        Folder that the server removes if the caller ends without doing so.

    Raises
    ------
    Declined, OSError
        The command is not such a kernel's, or no server will fork it.
    """
    if list(cmd[1:3]) != ["-m", "ipykernel_launcher"] or not _same_interpreter(cmd[0]):
        raise Declined(f"not a kernel of this Python: {' '.join(cmd[:3])}")
    if unused:
        raise Declined(f"unsupported options: {', '.join(unused)}")
    job = {"kind": "kernel", "arguments": list(cmd[3:]), "scratch": os.fspath(scratch or "")}
    return fork(job, env, cwd, _descriptor(stdout, 1), _descriptor(stderr, 2))


def fork(
    job: Mapping[str, object],
    env: Mapping[str, str],
    cwd: str | os.PathLike[str] | None = None,
    stdout: int = 1,
    stderr: int = 2,
    server: Path | None = None,
) -> ForkedProcess:
    """Fork a process for ``job`` (see ``kernels.forked``).

    Parameters
    ----------
    job, env, cwd, stdout, stderr
        What the process does, and with what.
    server : Path, optional
        Socket of the server to ask; by default the one that the environment variable names, else
        this user's shared server that fits ``env``, started where there is none.

    Raises
    ------
    Declined, OSError
        No process was forked.
    """
    env = {**env, "JPY_PARENT_PID": str(os.getpid())}
    mark = fingerprint(start_environment(env))
    named = server or os.environ.get(SERVER_VARIABLE)
    connection = _connect(Path(named)) if named else _connect_shared(mark, env)
    try:
        request = {"fingerprint": mark, "env": dict(env), "cwd": os.fspath(cwd or Path.cwd()), **job}
        text = json.dumps(request).encode("ascii")
        socket.send_fds(connection, [struct.pack("!I", len(text))], [stdout, stderr])
        connection.sendall(text)
        answer = _read_line(connection)
    except OSError as error:
        connection.close()
        raise Declined(f"the server does not answer: {error}") from error
    if "pid" not in answer:
        connection.close()
        raise Declined(str(answer.get("declined", "the server died")))
    return ForkedProcess(connection, int(answer["pid"]))


def start_server(path: Path, mark: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a server of this process's own; it imports while the caller goes on.

    It ends, and ends its processes, when the returned object's ``stdin`` closes or this process
    ends, and then removes the folder of ``path``.

    Parameters
    ----------
    path : Path
        Socket to listen on, in a private folder that holds nothing else of value.
    mark : str
        Fingerprint that requests must match.
    env : mapping
        Environment of the server.
    """
    with listen(path) as listener:
        return _start(path, mark, env, listener.fileno())


def _start(
    path: Path, mark: str, env: Mapping[str, str], listener: int | None = None
) -> subprocess.Popen[bytes]:
    own = ("JPY_PARENT_PID", "MPLBACKEND", SERVER_VARIABLE, INSTALLED_VARIABLE)
    command = [sys.executable, "-P", "-m", "zerobay_analysis.suite.kernels.server", str(path), mark]
    with path.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            [*command, *([] if listener is None else [str(listener)])],
            stdin=subprocess.DEVNULL if listener is None else subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=start_environment({name: value for name, value in env.items() if name not in own}),
            cwd="/",
            start_new_session=True,
            pass_fds=() if listener is None else (listener,),
        )


def _connect_shared(mark: str, env: Mapping[str, str]) -> socket.socket:
    """Connect to this user's server of that fingerprint; start it where there is none."""
    path = server_folder() / f"{mark}.sock"
    with contextlib.suppress(OSError):
        return _connect(path)
    if _start(path, mark, env).wait() != 0:  # it goes on in the background once it listens
        raise Declined(f"the server did not start, see {path.with_suffix('.log')}")
    return _connect(path)


def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(PATIENCE)
        connection.connect(os.fspath(path))
    except BaseException:
        connection.close()
        raise
    return connection


def _read_line(connection: socket.socket) -> dict[str, Any]:
    """First answer of the server; empty if it died. Reads no further than the line's end."""
    line = b""
    while not line.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            return {}
        line += byte
    answer: dict[str, Any] = json.loads(line)
    return answer


def _same_interpreter(path: str) -> bool:
    return Path(path) == Path(sys.executable)


def _descriptor(stream: int | IO[Any] | None, default: int) -> int:
    if stream is None:
        return default
    if isinstance(stream, int):
        if stream < 0:  # subprocess.PIPE, DEVNULL, STDOUT
            raise Declined("output cannot be piped")
        return stream
    return stream.fileno()
