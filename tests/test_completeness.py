"""What is held, late, revised or in conflict, cell by cell; and the chart of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.decision_cases import outlook, point
from tests.test_charts_figures import assert_no_text_collides
from zerobay_analysis.assessment.data_owed import (
    WHOLE_YEAR,
    Cell,
    Held,
    completeness,
    lateness,
    period_end,
)
from zerobay_analysis.charts.completeness import MARKS, completeness_figure
from zerobay_analysis.charts.save import alt_text
from zerobay_analysis.ledger import Ledger, load_ledger
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import Precision, Role
from zerobay_analysis.study import Study


@pytest.fixture(scope="module")
def demo() -> Study:
    return Study.open("demo", "2026-11-22")


@pytest.fixture(scope="module")
def cells(demo: Study) -> tuple[Cell, ...]:
    return completeness(demo.outlooks, demo.ledger)


def find(cells: tuple[Cell, ...], indicator: int, year: int, quarter: int = WHOLE_YEAR) -> Cell:
    (one,) = (c for c in cells if (c.indicator, c.year, c.quarter) == (indicator, year, quarter))
    return one


def made(kind: Kind, *points: object, as_of: date = date(2026, 6, 30)) -> tuple[Cell, ...]:
    one = outlook(kind, points)  # type: ignore[arg-type]
    one = replace(one, evidence=replace(one.evidence, as_of=as_of))
    empty = load_ledger("demo")
    nothing = replace(empty, frame=empty.frame.iloc[:0])
    return completeness([one], nothing)


def test_every_quarter_from_five_years_back_to_the_current_year_has_a_cell(cells: tuple[Cell, ...]) -> None:
    assert len(cells) == 11 * 6 * 4
    assert {cell.year for cell in cells} == set(range(2021, 2027))


def test_the_demo_holds_everything_due_and_awaits_the_last_quarter(cells: tuple[Cell, ...]) -> None:
    counts = Counter(cell.held for cell in cells)
    assert counts[Held.MISSING] == 0
    assert counts[Held.AWAITED] == 11
    assert {(c.year, c.quarter) for c in cells if c.held is Held.AWAITED} == {(2026, WHOLE_YEAR)}


def test_late_revised_conflicting_inexact_and_foreign_figures_are_told_apart(cells: tuple[Cell, ...]) -> None:
    assert [(c.indicator, c.year) for c in cells if c.late] == [(10, 2025)]
    assert [(c.indicator, c.year) for c in cells if c.revised] == [(2, 2025), (4, 2024)]
    assert [(c.indicator, c.year) for c in cells if c.conflict] == [(7, 2025)]
    assert find(cells, 9, 2023).held is Held.INEXACT
    assert find(cells, 11, 2021).held is Held.OTHER
    assert find(cells, 5, 2024, 3).held is Held.EXACT
    assert find(cells, 7, 2024, 3).held is Held.UNASKED


@pytest.mark.parametrize(
    ("day", "held"),
    [(date(2026, 4, 19), Held.AWAITED), (date(2026, 4, 20), Held.MISSING)],
)
def test_a_quarter_is_missing_from_twenty_days_after_its_end(day: date, held: Held) -> None:
    found = made(Kind.STOCK, point(2025.0, 100), as_of=day)
    assert find(found, 7, 2026, 1).held is held


def test_a_year_to_date_stands_in_the_quarter_it_reaches_and_a_level_in_the_one_it_falls_in() -> None:
    flow = made(Kind.FLOW, point(2025.0, 90), point(2026.0, 20, through=0.25))
    assert find(flow, 5, 2026, 1).held is Held.EXACT
    assert find(flow, 5, 2026).held is Held.AWAITED
    level = made(Kind.STOCK, point(2025.0, 100), point(2025 + 5 / 12, 104, through=5 / 12))
    assert find(level, 7, 2026, 2).held is Held.EXACT
    assert find(level, 7, 2025).held is Held.EXACT


def test_an_exact_figure_beside_an_inexact_one_makes_the_period_exact() -> None:
    vague = point(2025.0, 100, observation="v", precision=Precision.ABOUT, lower=95.0, upper=105.0)
    assert find(made(Kind.STOCK, vague), 7, 2025).held is Held.INEXACT
    assert find(made(Kind.STOCK, vague, point(2025.0, 99)), 7, 2025).held is Held.EXACT
    assert find(made(Kind.STOCK, replace(vague, role=Role.DOUBTFUL, group="g")), 7, 2025).held is Held.OTHER


@pytest.mark.parametrize(
    ("quarter", "day"), [(1, (3, 31)), (2, (6, 30)), (3, (9, 30)), (WHOLE_YEAR, (12, 31))]
)
def test_a_quarter_ends_on_its_last_day(quarter: int, day: tuple[int, int]) -> None:
    assert period_end(2026, quarter) == date(2026, *day)


def test_lateness_names_the_longest_delay_and_counts_revisions(demo: Study) -> None:
    table = lateness(demo.ledger, demo.as_of).set_index("indicator")
    assert table.loc[10, "longest_days"] == 232
    assert table.loc[10, "longest_period"] == "2025"
    assert table["late"].sum() == 1
    assert table["revised"].to_dict()[2] == table["revised"].to_dict()[4] == 1
    assert table["revised"].sum() == 2
    assert (table["median_days"] < 45).all()


def test_lateness_sees_nothing_published_later(demo: Study) -> None:
    before = lateness(demo.ledger, date(2026, 8, 19)).set_index("indicator")
    assert before["late"].sum() == 0
    assert before.loc[10, "figures"] == 6


def test_a_figure_that_was_taken_back_is_neither_late_nor_revised(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    rows = [
        "indicator,period,value,unit,published,status",
        "7,2024,131,家,2025-06-01,",
        "7,2024,,家,2025-07-01,撤回",
        "7,2025,139,家,2026-01-20,",
        "7,2025,,家,2026-02-01,撤回",
        "7,2025,140,家,2026-02-20,",
    ]
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    ledger = load_ledger(path, today=date(2026, 11, 22))
    (found,) = lateness(ledger, date(2026, 11, 22)).to_dict("records")
    assert (found["figures"], found["late"], found["revised"]) == (1, 0, 1)
    (before,) = lateness(ledger, date(2025, 6, 2)).to_dict("records")
    assert (before["figures"], before["late"]) == (1, 1)


def test_an_inferred_day_of_publication_says_nothing_about_lateness(demo: Study) -> None:
    frame = demo.ledger.frame.assign(published_inferred=True)
    undated: Ledger = replace(demo.ledger, frame=frame)
    table = lateness(undated, demo.as_of)
    assert (table["undated"] == table["figures"]).all()
    assert table["late"].sum() == 0
    assert table["median_days"].isna().all()
    assert not any(c.late for c in completeness(demo.outlooks, undated))


# --- chart ------------------------------------------------------------------------------------


def test_marks_differ_in_shape_or_filling_so_that_a_grey_print_tells_them_apart() -> None:
    looks = {(mark.marker, mark.fill == mark.edge) for mark in MARKS.values()}
    assert len(looks) == len(MARKS) == len(Held) - 1


@pytest.mark.parametrize(("lang", "size"), [("zh", "slide"), ("en", "page")])
def test_the_chart_says_what_is_missing_and_that_data_are_made_up(
    demo: Study, cells: tuple[Cell, ...], lang: str, size: str
) -> None:
    figure = completeness_figure(demo.outlooks, cells, lang=lang, size=size)
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.texts]
    assert {"zh": "演示数据", "en": "SYNTHETIC DATA"}[lang] in texts
    assert texts.count({"zh": "迟", "en": "L"}[lang]) == 1
    assert texts.count("A") == 10
    title, description = alt_text(figure)
    assert "53" in title
    assert len(description.splitlines()) == 11


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", ["slide", "page"])
def test_no_text_of_the_chart_collides(demo: Study, cells: tuple[Cell, ...], lang: str, size: str) -> None:
    assert_no_text_collides(completeness_figure(demo.outlooks, cells, lang=lang, size=size))


def test_names_do_not_run_into_the_marks(cells: tuple[Cell, ...], demo: Study) -> None:
    figure = completeness_figure(demo.outlooks, cells, lang="en", size="page")
    (axes,) = figure.axes
    figure.canvas.draw()
    left = [float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() not in ("None", "")]  # type: ignore[arg-type, index]
    first = min(x for x in left if x > 100)  # the key's marks stand further left
    edge = axes.transData.transform((first, 0))[0]
    names = [t for t in axes.texts if t.get_text().endswith(")") and t.get_position()[0] == 22.0]
    assert len(names) == 11
    assert all(t.get_window_extent().x1 < edge for t in names)
