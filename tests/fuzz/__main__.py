"""Run many cases with a progress bar, or one to look at: ``python -m tests.fuzz 10000``, ``… csv:17``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.fuzz.running import FAILED, KINDS, Result, case_numbers, run_case, run_cases


def _one(kind: str, seed: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix=f"{kind}-{seed}-"))
    result = run_case(kind, seed, folder)
    print(result, folder, sep="\n")  # noqa: T201
    return int(result.outcome == FAILED)


def _many(cases: list[tuple[str, int]], processes: int, console: Console) -> list[Result]:
    results: list[Result] = []
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=len(cases))
        for result in run_cases(cases, processes):
            results.append(result)
            if result.outcome == FAILED:
                console.print(f"{result.kind}:{result.seed}  {result.detail}", markup=False, soft_wrap=True)
            failed = sum(r.outcome == FAILED for r in results)
            progress.update(task, advance=1, description=f"{failed} 个失败 / failed")
    return results


def _table(results: list[Result]) -> Table:
    outcomes = sorted({r.outcome for r in results} - {FAILED})
    table = Table("kind", "cases", *outcomes, FAILED, "most s", "most MB")
    for kind in [*(k for k in KINDS if any(r.kind == k for r in results)), "all"]:
        own = [r for r in results if kind in {r.kind, "all"}]
        counts = [str(sum(r.outcome == outcome for r in own)) for outcome in (*outcomes, FAILED)]
        most = f"{max(r.seconds for r in own):.1f}", f"{max(r.megabytes for r in own):.0f}"
        table.add_row(kind, str(len(own)), *counts, *most)
    return table


def main() -> int:
    """Read the command line; the exit status is 1 where a case failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("cases", help="how many, or one as KIND:SEED")
    parser.add_argument("--first", type=int, default=0, help="first seed of every kind")
    parser.add_argument("--kind", help="only this kind")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    kind, one, seed = options.cases.partition(":")
    if one:
        return _one(kind, int(seed))
    count = int(options.cases)
    if options.kind:
        cases = [(options.kind, options.first + n) for n in range(count)]
    else:
        cases = case_numbers(count, options.first)
    console = Console()
    results = _many(cases, options.processes, console)
    console.print(_table(results))
    return int(any(r.outcome == FAILED for r in results))


if __name__ == "__main__":
    sys.exit(main())
