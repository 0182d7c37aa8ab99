"""Peers' answers kept on disk, so that a changed forecaster can be measured in a minute.

An answer is only used again when nothing that could change it has changed: the packages'
versions, the source of the peers and of the trend models, and the series asked about. Our own
forecasts are never kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from benchmarks import cells as cells_module
from benchmarks import peers as peers_module
from benchmarks.cells import OURS, Cell
from zerobay_analysis.forecast import trends as trends_module

__all__ = ["add_kept", "keep"]

_FORECAST_KEY = ["set", "n", "unique_id", "ds"]
_TARGET_KEY = ["set", "n", "unique_id", "factor"]


def keep(cell: Cell, folder: Path, versions: Mapping[str, str]) -> None:
    """Write the peers' part of a cell into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    name = _name(cell)
    _without_ours(cell.forecasts).to_parquet(folder / f"{name}.forecasts.parquet", index=False)
    _without_ours(cell.targets).to_parquet(folder / f"{name}.targets.parquet", index=False)
    cell.refusals.to_parquet(folder / f"{name}.refusals.parquet", index=False)
    record = {
        "fingerprint": _fingerprint(versions),
        "date": date.today().isoformat(),
        "seconds": {model: value for model, value in cell.seconds.items() if model != OURS},
    }
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def add_kept(
    ours: Cell, folder: Path, versions: Mapping[str, str], models: set[str]
) -> tuple[Cell, str] | None:
    """Join a cell of our own forecasts with the peers' kept answers.

    Parameters
    ----------
    ours : Cell
        Run without peers.
    folder : Path
    versions : mapping of str to str
        Of the packages now.
    models : set of str
        Peers that must be in it, no more and no fewer.

    Returns
    -------
    (Cell, str) or None
        The complete cell and the date of the answers; ``None`` when there is nothing kept
        that would come out the same today.
    """
    name = _name(ours)
    try:
        record = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    if record["fingerprint"] != _fingerprint(versions) or set(record["seconds"]) != models:
        return None
    forecasts = pd.read_parquet(folder / f"{name}.forecasts.parquet")
    targets = pd.read_parquet(folder / f"{name}.targets.parquet")
    if not (_same(ours.forecasts, forecasts, "y") and _same(ours.targets, targets, "target")):
        return None
    cell = replace(
        ours,
        forecasts=_join(ours.forecasts, forecasts, _FORECAST_KEY),
        targets=_join(ours.targets, targets, _TARGET_KEY),
        seconds={**ours.seconds, **record["seconds"]},
        refusals=pd.read_parquet(folder / f"{name}.refusals.parquet"),
    )
    return cell, str(record["date"])


def _name(cell: Cell) -> str:
    return f"{cell.forecasts['set'].iloc[0]}-{cell.forecasts['n'].iloc[0]}"


def _without_ours(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[[column for column in frame.columns if not column.startswith(OURS)]]


def _same(now: pd.DataFrame, then: pd.DataFrame, value: str) -> bool:
    """Whether both frames ask about the same series, row by row."""
    return (
        now["unique_id"].tolist() == then["unique_id"].tolist()
        and now[value].tolist() == then[value].tolist()
    )


def _join(ours: pd.DataFrame, kept: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    new = [column for column in kept.columns if column not in ours.columns]
    return ours.merge(kept[[*key, *new]], on=key, how="left", validate="one_to_one")


def _fingerprint(versions: Mapping[str, str]) -> str:
    relevant = sorted((name, version) for name, version in versions.items() if name != "zerobay-analysis")
    return hashlib.sha256(f"{relevant} {_source()}".encode()).hexdigest()


@cache
def _source() -> str:
    """Hash of the code that asks and scores the peers."""
    files = [Path(str(of.__file__)) for of in (cells_module, peers_module, trends_module)]
    files.append(files[-1].with_suffix(".toml"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
