"""A small process that has imported everything and forks a kernel whenever one is asked for.

Why not ``multiprocessing``'s forkserver: that one belongs to the process that started it, so
every ``papermill`` on a command line would import everything again; it runs the parent's
``__main__``; it gives the child neither the caller's standard output nor its environment; and it
does not tell the caller how the child ended. This one listens on a UNIX socket in a private
folder, so that every caller of the same user and fingerprint shares it.

It must stay single-threaded: a lock that another thread holds at the moment of the fork stays
locked in the child for ever. It therefore makes no ZeroMQ context, no event loop and no thread
pool, and refuses to fork if an imported library started a thread of its own.

Started by ``kernels.client.start_server`` as ``python -m zerobay_analysis.suite.kernels.server``.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zerobay_analysis.suite.kernels.forked import run_job
from zerobay_analysis.suite.kernels.preload import preload
from zerobay_analysis.suite.kernels.rendezvous import listen

__all__ = ["ForkServer", "main"]

IDLE_SECONDS = 600.0
"""A shared server ends after this time without kernels or requests (``ZEROBAY_IDLE`` overrides)."""

_LOOK_ROUND = 2.0
"""Seconds between looks at whether the server is still wanted."""

_HARMLESS_THREADS = {"jemalloc_bg_thd"}
"""Threads of C libraries that prepare for a fork by themselves (``pthread_atfork``)."""


@dataclass(frozen=True)
class _Child:
    """A forked process: the connection to its caller, and a folder to remove if that one is gone."""

    connection: socket.socket
    scratch: str


class ForkServer:
    """Listens on ``path``; forks on request.

    Parameters
    ----------
    path : Path
        Where ``listener`` listens, in a private folder.
    listener : socket.socket
    mark : str
        Requests with another fingerprint are declined.
    owned : bool
        End when standard input closes.
    """

    def __init__(self, path: Path, listener: socket.socket, mark: str, *, owned: bool) -> None:
        self.path, self.mark, self.owned = path, mark, owned
        self.children: dict[int, _Child] = {}
        self.stopping = False
        self.last_use = 0.0
        self.idle_seconds = float(os.environ.get("ZEROBAY_IDLE", IDLE_SECONDS))
        self.listener = listener
        self._inode = path.stat().st_ino
        self.selector = selectors.DefaultSelector()
        self.wake, wake_writer = socket.socketpair()
        self._wake_writer = wake_writer
        for end in (self.wake, wake_writer):
            end.setblocking(False)
        signal.set_wakeup_fd(wake_writer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wake, selectors.EVENT_READ)
        if owned:
            self.selector.register(0, selectors.EVENT_READ)

    def serve(self) -> dict[str, Any] | None:
        """Serve until no longer wanted.

        Returns
        -------
        dict or None
            ``None`` in the server, at its end; in every forked process, its job. A fork returns
            from here, so that it ends like any Python program, with its exit handlers run.
        """
        self.last_use = time.monotonic()
        while not self.stopping:
            events = self.selector.select(min(_LOOK_ROUND, self.idle_seconds))
            for key, _ in events:
                if key.fileobj is self.listener:
                    job = self._accept()
                    if job is not None:
                        return job
                elif key.fileobj is self.wake:
                    self.wake.recv(4096)
                elif key.fileobj == 0:
                    self.stop()
                else:
                    self._abandoned(key.data)
            self._reap()
            if not events and not self._wanted():
                break
        self._close()
        return None

    def stop(self) -> None:
        """End after the current request."""
        self.stopping = True

    def _wanted(self) -> bool:
        if self.children:
            self.last_use = time.monotonic()
        if self.owned or self.children:
            return True
        replaced = not self.path.exists() or self.path.stat().st_ino != self._inode
        return not replaced and time.monotonic() - self.last_use < self.idle_seconds

    def _accept(self) -> dict[str, Any] | None:
        """Answer one request; returns the job in the fork only."""
        connection, _ = self.listener.accept()
        connection.settimeout(10)
        try:
            request, descriptors = _receive(connection)
        except (OSError, ValueError) as error:
            _log(f"bad request: {error}")
            connection.close()
            return None
        try:
            self._check(request)
            pid = os.fork()
        except (PermissionError, OSError) as reason:
            _send(connection, {"declined": str(reason)})
            connection.close()
        else:
            if pid == 0:
                self._leave(descriptors)
                return {**request, "connection": connection}
            self._keep(pid, _Child(connection, request.get("scratch", "")))
        for descriptor in descriptors:
            os.close(descriptor)
        return None

    def _check(self, request: dict[str, Any]) -> None:
        if request["fingerprint"] != self.mark:
            raise PermissionError("packages, code or surroundings changed since the server started")
        threads = _other_threads()
        if threads:
            raise PermissionError(f"a library runs threads: {', '.join(threads)}")

    def _keep(self, pid: int, child: _Child) -> None:
        """Remember a child until it ends or its caller is gone."""
        self.children[pid] = child
        self.selector.register(child.connection, selectors.EVENT_READ, pid)
        _send(child.connection, {"pid": pid})

    def _leave(self, descriptors: Sequence[int]) -> None:
        """In the fork: drop what is the server's, take what is the caller's."""
        os.setsid()
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(signum, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        self.selector.close()
        for end in (
            self.listener,
            self.wake,
            self._wake_writer,
            *(c.connection for c in self.children.values()),
        ):
            end.close()
        for number, descriptor in enumerate(descriptors, start=1):
            os.dup2(descriptor, number)
            os.close(descriptor)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def _abandoned(self, pid: int) -> None:
        """End a process whose caller is gone."""
        child = self.children[pid]
        self.selector.unregister(child.connection)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        if child.scratch:
            shutil.rmtree(child.scratch, ignore_errors=True)

    def _reap(self) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self.children.pop(pid).connection
            with contextlib.suppress(KeyError):
                self.selector.unregister(connection)
            with contextlib.suppress(OSError):
                _send(connection, {"exit": os.waitstatus_to_exitcode(status)})
            connection.close()

    def _close(self) -> None:
        """Leave nothing behind: an owned server takes its processes and its folder with it."""
        with contextlib.suppress(OSError):
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()
                self.path.with_suffix(".log").unlink()
        if not self.owned:
            return
        for pid, child in self.children.items():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            if child.scratch:
                shutil.rmtree(child.scratch, ignore_errors=True)
        shutil.rmtree(self.path.parent, ignore_errors=True)


def main(arguments: Sequence[str]) -> None:
    """Serve on the socket and with the fingerprint given on the command line.

    A third argument is the descriptor of a socket that the owner has already made to listen.
    """
    path, mark, *inherited = arguments
    if inherited:
        listener = socket.socket(fileno=int(inherited[0]))
        listener.set_inheritable(False)
    else:
        listener = listen(Path(path))
        if os.fork():
            os._exit(0)  # tells the caller that it can connect, and leaves it no child to wait for
    server = ForkServer(Path(path), listener, mark, owned=bool(inherited))
    preload(_log)
    job = server.serve()
    if job is not None:
        del server
        run_job(job)


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, descriptors, _, _ = socket.recv_fds(connection, 4, 2)
    if len(head) != 4 or len(descriptors) != 2:
        raise ValueError("not a request")
    (left,) = struct.unpack("!I", head)
    text = b""
    while left > len(text):
        part = connection.recv(left - len(text))
        if not part:
            raise ValueError("the caller hung up")
        text += part
    request: dict[str, Any] = json.loads(text)
    return request, descriptors


def _send(connection: socket.socket, answer: dict[str, object]) -> None:
    """Answer; a caller that is gone is noticed elsewhere."""
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(answer).encode("ascii") + b"\n")


def _other_threads() -> list[str]:
    """Names of running threads that a fork could catch with a lock in hand."""
    names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    own = str(os.getpid())
    for task in Path("/proc/self/task").iterdir():
        name = (task / "comm").read_text(encoding="utf-8").strip()
        if task.name != own and name not in _HARMLESS_THREADS:
            names.append(name)
    return names


def _log(message: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {message}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
