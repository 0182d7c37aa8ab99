"""Values kept by their key, and computed ahead in a thread while nobody asks."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["Lookahead"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

PAUSE = 2.0
"""Seconds without a question before the next value is computed ahead: who drags a slider must not
wait for what nobody has asked for."""


class Lookahead(Generic[K, V]):
    """A function whose latest values are kept and whose next ones can be computed ahead.

    Parameters
    ----------
    compute : callable
        From a key to its value. Run in the caller's thread by :meth:`get` and in a thread of its
        own by :meth:`ahead`; never for the same key in both at once.
    most : int
        Values kept; the one asked for longest ago goes first.
    """

    def __init__(self, compute: Callable[[K], V], most: int) -> None:
        self._compute = compute
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[K, Future[V]] = OrderedDict()
        self._next: list[K] = []
        self._worker: threading.Thread | None = None
        self._rest_until = 0.0

    def get(self, key: K) -> V:
        """The value of ``key``, kept or computed now; raises what ``compute`` raises."""
        self._rest_until = time.monotonic() + PAUSE
        return self._value(key)

    def ahead(self, keys: Iterable[K]) -> None:
        """Compute these next, in their order, instead of what was to come; returns at once."""
        with self._lock:
            self._next = [key for key in keys if key not in self._kept]
            if self._next and self._worker is None:
                self._worker = threading.Thread(target=self._work, daemon=True, name="lookahead")
                self._worker.start()

    def finish(self) -> None:
        """Compute now what is left to come."""
        with self._lock:
            left, self._next = self._next, []
        for key in left:
            self._quietly(key)

    def _value(self, key: K) -> V:
        with self._lock:
            known = self._kept.get(key)
            future = Future[V]() if known is None else known
            self._kept[key] = future
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if known is None:
            try:
                future.set_result(self._compute(key))
            except BaseException as error:
                with self._lock:
                    self._kept.pop(key, None)  # to be tried again when asked for again
                future.set_exception(error)
        return future.result()

    def _quietly(self, key: K) -> None:
        try:
            self._value(key)
        except Exception:  # whoever asks for it is told, because it is then tried again
            return

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._next:
                    self._worker = None
                    return
                key = self._next.pop(0)
            while (rest := self._rest_until - time.monotonic()) > 0:
                time.sleep(rest)
            self._quietly(key)
