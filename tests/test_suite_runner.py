"""Notebooks run in their own kernels; one that fails is kept and does not stop the others."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat

from tests.conftest import NotebookMaker
from zerobay_analysis.suite.manifest import Manifest, StepRecord, point_latest
from zerobay_analysis.suite.notebook import NotebookTask
from zerobay_analysis.suite.pool import LocalPool, run_steps


def test_a_failing_notebook_is_kept_and_the_others_run(make_notebook: NotebookMaker, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    good = make_notebook("good", "x: int = 1", "print('value', x)")
    bad = make_notebook("bad", "x: int = 1", "raise ValueError('no such figure')")
    tasks = [
        NotebookTask("bad", "Bad", bad, {"x": 2}, folder),
        NotebookTask("good", "Good", good, {"x": 3}, folder),
    ]
    with LocalPool(2) as pool:
        results = {result.name: result for result in run_steps([task.step for task in tasks], pool)}
    assert results["good"].completed
    assert results["good"].files == ("notebooks/good.ipynb", "notebooks/good.html")
    assert "value 3" in (folder / "notebooks" / "good.html").read_text(encoding="utf-8")
    assert results["bad"].error == "ValueError: no such figure"
    kept = nbformat.read(folder / results["bad"].files[0], as_version=4)
    assert any(out.output_type == "error" for cell in kept.cells for out in cell.get("outputs", []))
    noted = nbformat.read(folder / results["good"].files[0], as_version=4).metadata.papermill
    assert (noted.parameters, noted.output_path, noted.exception) == ({"x": 3}, "good.ipynb", None)


def test_an_exported_page_loads_nothing_from_a_network(make_notebook: NotebookMaker, tmp_path: Path) -> None:
    from zerobay_analysis.suite.notebook import export_html

    page = export_html(make_notebook("page", "x: int = 1"), "标题 <b>").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "@import" not in page
    assert "标题 &lt;b&gt;" in page


def test_latest_moves_to_the_newest_good_run(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        point_latest(tmp_path, tmp_path / name)
    latest = tmp_path / "latest"
    assert (
        latest.resolve().name == "second"
        if latest.exists()
        else "second" in (tmp_path / "latest.txt").read_text(encoding="utf-8")
    )
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_the_record_is_whole_at_every_moment(tmp_path: Path) -> None:
    manifest = Manifest("id", "zerobay report", {}, False, [])
    manifest.steps.append(StepRecord("a", "一", parameters={"indicator": 7}))
    path = manifest.write(tmp_path)
    manifest.steps[0].status = "FAILED"
    manifest.write(tmp_path)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["steps"][0]["status"] == "FAILED"
    assert record["versions"]["python"]
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.json"]
