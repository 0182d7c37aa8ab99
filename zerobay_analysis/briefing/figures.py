"""The charts of a study, ready to show or to save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.language import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zerobay_analysis.assessment.outlook import IndicatorOutlook
    from zerobay_analysis.study import Study

__all__ = ["CHARTS", "completeness", "coverage", "fan", "heat", "multiples", "reliability", "save_all"]


def fan(outlook: IndicatorOutlook, study: Study, note: str = "") -> Figure:
    """Fan chart of one indicator: figures, forecast, targets, sources, and a note that must be seen."""
    from zerobay_analysis.charts.fan import fan_figure

    sources = study.ledger.sources
    publishers = dict(zip(sources["source"].astype(str), sources["publisher"].astype(str), strict=True))
    inferred = set(sources.loc[sources["published_inferred"].astype(bool), "source"].astype(str))
    return fan_figure(outlook, publishers=publishers, inferred_dates=inferred, lang=study.lang, note=note)


def heat(study: Study) -> Figure:
    """Heat table of all indicators by year."""
    from zerobay_analysis.charts.heat import heat_figure

    return heat_figure(study.outlooks, lang=study.lang)


def multiples(study: Study) -> Figure:
    """Small multiples of all indicators."""
    from zerobay_analysis.charts.multiples import multiples_figure

    return multiples_figure(study.outlooks, lang=study.lang)


def completeness(study: Study) -> Figure:
    """What is held by indicator, year and quarter."""
    from zerobay_analysis.assessment.completeness import completeness as held
    from zerobay_analysis.charts.completeness import completeness_figure

    return completeness_figure(study.outlooks, held(study.outlooks, study.ledger), lang=study.lang)


CHARTS: Mapping[str, Callable[[Study], Figure]] = {
    "heat": heat,
    "multiples": multiples,
    "completeness": completeness,
}
"""Charts of a whole study that a report saves, by the name of their files."""


def save_all(study: Study, folder: Path) -> None:
    """Write every chart of the report as PNG and SVG into ``folder``."""
    from zerobay_analysis.charts.save import save

    for name, draw in CHARTS.items():
        save(draw(study), folder / name)
    for outlook in study.outlooks:
        save(fan(outlook, study), folder / f"fan_{outlook.indicator.id:02d}_{outlook.indicator.key}")


def reliability(study: Study, lengths: Sequence[int] = (3, 5, 8)) -> Figure:
    """Share of targets met against the probability given, one panel per number of points."""
    from zerobay_analysis.charts import style
    from zerobay_analysis.charts.calibration import reliability as draw
    from zerobay_analysis.evaluation.calibration import reliability_bins

    bins = reliability_bins()
    with style.context():
        figure = style.new_figure((13.3, 4.9))
        for axes, n in zip(figure.subplots(1, len(lengths)), lengths, strict=True):
            draw(axes, bins[bins["n"] == n], lang=study.lang)
            axes.set_title(say(study.lang, f"{n} 个年度数字", f"{n} points of history"))
        figure.tight_layout()
        return figure


def coverage(study: Study) -> Figure:
    """Share of actual values inside the 80 % and 95 % intervals, by points of history."""
    from zerobay_analysis.charts import style
    from zerobay_analysis.charts.calibration import coverage as draw
    from zerobay_analysis.evaluation.calibration import calibration_table

    with style.context():
        figure = style.new_figure("slide")
        for axes, level in zip(figure.subplots(1, 2), (80, 95), strict=True):
            draw(axes, calibration_table(), level=level, lang=study.lang)
        figure.tight_layout()
        return figure
