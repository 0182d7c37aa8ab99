"""Keeps the record of a run true from its first moment to its last, however it ends."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from zerobay_analysis.suite.failure import RunFailed, RunInterrupted
from zerobay_analysis.suite.journal import note_end, note_start, read_runs
from zerobay_analysis.suite.manifest import Manifest, now
from zerobay_analysis.suite.reserve import Reserve

__all__ = ["complete_end", "point_latest", "recorded"]


@contextmanager
def recorded(manifest: Manifest, folder: Path, out: Path) -> Iterator[None]:
    """Write the record of what happens inside ``with``, and move ``latest`` only if all went well.

    Parameters
    ----------
    manifest : Manifest
        Of a run that is about to begin.
    folder : Path
        The run's own folder, already made.
    out : Path
        The output folder, with the journal and ``latest``.

    Raises
    ------
    RunFailed
        The record cannot be written, at the beginning or at the end.
    RunInterrupted
        Ctrl-C or a termination signal.
    """
    reserve = _begin(manifest, folder, out)
    started = time.perf_counter()
    interrupted = False
    try:
        with _termination_as_interrupt():
            yield
    except KeyboardInterrupt:
        interrupted = True
        manifest.errors.append("已中断 / interrupted")
    except Exception as error:
        manifest.errors.append(f"{type(error).__name__}: {error}")
        if not isinstance(error, OSError):
            raise
    finally:
        manifest.seconds = round(time.perf_counter() - started, 2)
        manifest.finished = now()
        _settle(manifest, interrupted=interrupted)
        reserve.release()
        _end(manifest, folder, out)
    if interrupted:
        raise RunInterrupted(_summary(manifest, out))


def point_latest(out: Path, folder: Path) -> None:
    """Make ``<out>/latest`` point to ``folder`` in one step.

    A symbolic link; where the system does not allow one (Windows without the right), a text
    file ``latest.txt`` that holds the folder's name.
    """
    beside = out / f".latest.{folder.name}"
    beside.unlink(missing_ok=True)  # of a run that was killed right here
    try:
        beside.symlink_to(folder.name, target_is_directory=True)
        beside.replace(out / "latest")
    except OSError:
        beside.unlink(missing_ok=True)
        beside.write_text(folder.name + "\n", encoding="utf-8")
        beside.replace(out / "latest.txt")


def complete_end(out: Path, folder: Path, manifest: Manifest) -> bool:
    """Finish the run in ``folder`` that was killed between its last record and its line in the journal.

    ``latest`` moves to it unless a later run has it. Returns whether there was anything to finish.

    Raises
    ------
    RunFailed
        The output folder cannot be written to.
    """
    runs = {run.run_id: run for run in read_runs(out)}
    own = runs.get(folder.name)
    if own is None or own.status != "KILLED" or manifest.status != "COMPLETED":
        return False
    newer = [
        run for run in runs.values() if run.status == "COMPLETED" and run.finished > str(manifest.finished)
    ]
    try:
        if not newer:
            point_latest(out, folder)
        note_end(out, manifest)
    except OSError as error:
        raise RunFailed(f"记录写不进 {out}：{error} / cannot write the record") from error
    return True


def _begin(manifest: Manifest, folder: Path, out: Path) -> Reserve:
    try:
        reserve = Reserve(folder)
        manifest.write(folder)
        note_start(out, manifest)
    except OSError as error:
        with suppress(OSError):
            for path in folder.glob(".*"):
                path.unlink()
            folder.rmdir()
        raise RunFailed(
            f"写不进 {folder}：{error} / cannot write there; free space or choose --out"
        ) from error
    return reserve


def _settle(manifest: Manifest, *, interrupted: bool) -> None:
    """Give the run and every unfinished step their last status."""
    for step in manifest.steps:
        if step.status == "RUNNING":
            step.status = "INTERRUPTED"
    unfinished = any(step.status != "COMPLETED" for step in manifest.steps)
    if interrupted:
        manifest.status = "INTERRUPTED"
    else:
        manifest.status = "FAILED" if manifest.errors or unfinished else "COMPLETED"


def _end(manifest: Manifest, folder: Path, out: Path) -> None:
    try:
        manifest.outputs = sorted(
            p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name[0] != "."
        )
        manifest.write(folder)
        if manifest.status == "COMPLETED":
            point_latest(out, folder)
    except OSError as error:
        manifest.status = "FAILED"
        manifest.errors.append(f"{type(error).__name__}: {error}")
        with suppress(OSError):
            manifest.write(folder)
    try:
        note_end(out, manifest)
    except OSError as error:
        raise RunFailed(f"记录写不进 {out}：{error} / cannot write the record") from error


def _summary(manifest: Manifest, out: Path) -> str:
    done = [step.title for step in manifest.steps if step.status == "COMPLETED"]
    left = len(manifest.steps) - len(done)
    return (
        f"已中断：完成 {len(done)} 个，剩 {left} 个；latest 未改动 / "
        f"interrupted: {len(done)} done, {left} left, latest untouched\n"
        f"  完成 / done: {'、'.join(done) or '—'}\n"
        f"  继续 / go on: zerobay report --resume {manifest.run_id} --out {out}"
    )


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let ``kill``, ``systemctl stop`` and a shutdown end the run as Ctrl-C does."""

    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
