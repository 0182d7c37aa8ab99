"""What a run tells its user: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

__all__ = ["Progress", "console_progress"]


class Progress:
    """Told about every step of a run; this one says nothing."""

    def start(self, total: int) -> None:
        """``total`` steps lie ahead."""

    def running(self, titles: Sequence[str]) -> None:
        """``titles`` of the steps that run now."""

    def advance(self, message: str, *, failed: bool = False) -> None:
        """One step is done."""


class LineProgress(Progress):
    """One line per finished step, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = self._done = 0

    def start(self, total: int) -> None:
        """``total`` steps lie ahead."""
        self._total = total

    def advance(self, message: str, *, failed: bool = False) -> None:
        """Print the step that is done."""
        self._done += 1
        mark = "✗" if failed else "✓"
        self._console.print(f"[{self._done}/{self._total}] {mark} {message}", markup=False, highlight=False)


class BarProgress(LineProgress):
    """The same lines above a bar that shows what runs and how much is left."""

    def __init__(self, console: Console, bar: Bar) -> None:
        super().__init__(console)
        self._bar = bar
        self._task: TaskID | None = None

    def start(self, total: int) -> None:
        """``total`` steps lie ahead."""
        super().start(total)
        self._task = self._bar.add_task("生成报告 / making the report", total=total)

    def running(self, titles: Sequence[str]) -> None:
        """Show beside the bar what runs now."""
        if self._task is not None:
            self._bar.update(self._task, description=" · ".join(titles))

    def advance(self, message: str, *, failed: bool = False) -> None:
        """Print the step that is done and move the bar."""
        super().advance(message, failed=failed)
        if self._task is not None:
            self._bar.advance(self._task)


@contextmanager
def console_progress(console: Console) -> Iterator[Progress]:
    """A bar where ``console`` is a terminal, plain lines elsewhere."""
    if not console.is_terminal:
        yield LineProgress(console)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        yield BarProgress(console, bar)
