"""How long the commands take, and how much memory, on ledgers of 20,000 and 200,000 rows.

Run it on an otherwise idle machine::

    python benchmarks/ledger_size.py                                  # everything, 30 to 60 minutes
    python benchmarks/ledger_size.py --rows 20000 --stores folder --commands check outlook

The rows are made up. Every indicator's responsible unit reports, with revisions: in the mix ``months``
every month (180 figures of each indicator carry weight), in the mix ``half-years`` year-ends and
half-years. Any number of streets and parks report every month for their own area. A command runs in a
process of its own; seconds of the processor are those of it and of all its children, memory is
the largest resident set of one of them.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from zerobay_analysis.plan import Indicator, Kind, load_plan

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SEED = 20260618
KEYS = ("indicator", "period", "period_type", "value", "unit", "reporter", "published")
HEADER = (*KEYS, "comparability", "geography", "measure")
FIRST_YEAR, LAST_YEAR = 2011, 2025
VINTAGES = 4
"""Of every figure: its first publication and three revisions."""
COMMANDS = ("import", "check", "outlook", "report")
STORES = ("folder", "sqlite", "postgres")
MIXES = {"months": tuple(range(1, 12)), "half-years": (6,)}
"""Months, besides the year-ends, of which the zone itself reports every indicator."""
LIMIT_SECONDS, LIMIT_MB = 60, 1000
"""Of the processor, so that a machine which others use as well gives the same answer; memory of a process."""


def periods(months: Sequence[int]) -> Iterator[tuple[str, date]]:
    """Within each year the ends of some months and its own end."""
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        for month in months:
            yield f"{year}-{month:02d}", date(year, month + 1, 1) - timedelta(days=1)
        yield str(year), date(year, 12, 31)


def areas() -> Iterator[tuple[str, str]]:
    """Comparability and geography: the zone itself, then streets and parks without end."""
    yield "direct", ""
    number = 0
    while True:
        number += 1
        yield "context", f"片区{number:03d}"


def figure_rows(
    indicator: Indicator, area: tuple[str, str], months: Sequence[int], noise: random.Random
) -> Iterator[list[str]]:
    """Every vintage of every figure of one indicator in one area."""
    comparability, geography = area
    level = noise.uniform(500, 2000)
    reporter = geography or indicator.owners[0]
    rate = indicator.kind is Kind.RATE
    for period, end in periods(months):
        part = len(period) > 4 and indicator.kind in {Kind.FLOW, Kind.RATE}
        level *= 1 + noise.uniform(0, 0.1) / (len(months) + 1)
        counted = level * end.month / 12 if indicator.kind is Kind.FLOW else level
        for vintage in range(VINTAGES):
            missing = (VINTAGES - 1 - vintage) * noise.uniform(1, 2)  # what comes in late
            value = noise.uniform(3, 9) if rate else counted - missing
            published = end + timedelta(days=20 + 30 * vintage)
            written = f"{value:.1f}" if rate else f"{value:.0f}"
            kind = "本年累计" if part else ""
            row = [str(indicator.id), period, kind, written, indicator.unit_zh, reporter]
            yield [*row, published.isoformat(), comparability, geography, ""]


def rows(mix: str) -> Iterator[list[str]]:
    """Made-up rows without end: all indicators of the zone, then of one area after another."""
    noise = random.Random(SEED)
    indicators = load_plan().indicators
    for area in areas():
        for indicator in indicators:
            months = MIXES["months" if area[1] else mix]
            yield from figure_rows(indicator, area, months, noise)


def write_rows(path: Path, count: int, mix: str) -> None:
    """Write a file of ``count`` rows as a unit would send it in."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(islice(rows(mix), count))


def measured(command: Sequence[str]) -> tuple[float, float, float, int]:
    """Run ``zerobay``: seconds, seconds of the processor, largest resident set in MB, exit status."""
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-m', 'zerobay_analysis', *sys.argv[1:]],"
        " stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_maxrss, done.returncode, used.ru_utime + used.ru_stime)\n"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, cwd=ROOT)
    seconds = time.perf_counter() - started
    size, status, worked = (float(word) for word in done.stdout.split())
    if status:
        print(done.stderr[-2000:], file=sys.stderr)
    return seconds, worked, size / (1024**2 if sys.platform == "darwin" else 1024), int(status)


@contextlib.contextmanager
def addresses(stores: Sequence[str], folder: Path) -> Iterator[dict[str, str]]:
    """Where each kind of ledger is going to be."""
    from tests.stores import new_schema, postgres_server

    found = {"folder": str(folder / "ledger"), "sqlite": f"sqlite:///{folder / 'ledger.db'}"}
    with contextlib.ExitStack() as stack:
        if "postgres" in stores:
            found["postgres"] = new_schema(stack.enter_context(postgres_server()))
        yield {store: found[store] for store in stores}


def main() -> None:
    """Print a line of the table as each command ends."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--mix", choices=MIXES, default="months")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=COMMANDS)
    options = parser.parse_args()
    print("| rows | store | command | seconds | CPU seconds | peak MB |\n|---|---|---|---|---|---|")
    over = 0
    for count in options.rows:
        with tempfile.TemporaryDirectory() as name, addresses(options.stores, Path(name)) as ledgers:
            sent = Path(name) / "sent.csv"
            write_rows(sent, count, options.mix)
            for store, address in ledgers.items():
                arguments = {
                    "import": ["import", str(sent), "--data", address, "--history", "--yes"],
                    "check": ["check", address],
                    "outlook": ["outlook", "--data", address],
                    "report": ["report", "--data", address, "--out", str(Path(name) / "outputs" / store)],
                }
                for command in COMMANDS:
                    if command != "import" and command not in options.commands:
                        continue
                    print(f"{count} {store} {command} …", file=sys.stderr, flush=True)
                    seconds, worked, size, status = measured(arguments[command])
                    note = "" if status == 0 else f" (exit status {status})"
                    over += worked > LIMIT_SECONDS or size > LIMIT_MB or status != 0
                    cells = (f"{count:,}", store, command, f"{seconds:.1f}", f"{worked:.1f}", f"{size:.0f}")
                    print(f"| {' | '.join(cells)} |{note}", flush=True)
    sys.exit(f"{over} over {LIMIT_SECONDS} CPU s or {LIMIT_MB} MB, or failed" if over else 0)


if __name__ == "__main__":
    main()
