"""The public benchmark, this forecaster against its peers on M1, M3 and Tourism.

python -m benchmarks --quick    20 series per set, without AutoARIMA: under two minutes
python -m benchmarks            everything: about 20 minutes on one quiet core
python -m benchmarks --reuse    after a change to the forecaster: the peers' answers of the last run

``make bench`` installs what it needs (extra ``bench``) and runs everything.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


class _Progress:
    """A line for every tenth of the way."""

    def __init__(self) -> None:
        self._shown: set[int] = set()

    def __call__(self, done: int, total: int, label: str) -> None:
        """Say where the run is, when a tenth has been passed."""
        tenth = 10 * done // max(total, 1)
        if tenth not in self._shown:
            self._shown.add(tenth)
            print(f"{10 * tenth}%  {label}", flush=True)


def main() -> None:
    """Read the options, run, say where the page is."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a sample, under two minutes")
    parser.add_argument("--reuse", action="store_true", help="keep the peers' answers")
    parser.add_argument("--prophet", action="store_true", help="ask Prophet too (extra prophet)")
    parser.add_argument("--out", type=Path, default=Path("outputs/benchmarks"))
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # read when numpy is first imported
    from benchmarks.public import run_benchmark
    from zerobay_analysis.errors import ZerobayError

    try:
        run_benchmark(options.quick, options.out, _Progress(), prophet=options.prophet, reuse=options.reuse)
    except ZerobayError as error:
        sys.exit(str(error))
    print(options.out / "accuracy.md")


if __name__ == "__main__":
    main()
