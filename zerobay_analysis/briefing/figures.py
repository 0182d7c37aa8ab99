"""The charts of a study, ready to show or to save, and kept for the forms of its briefing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.charts.save import alt_text, render, save
from zerobay_analysis.language import in_language, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from zerobay_analysis.assessment.outlook import IndicatorOutlook
    from zerobay_analysis.study import Study

SLIDE = (7.0, 4.9)
"""Inches of a fan on a slide, which shows it larger, so that its text can be read from afar."""
PAGE = (6.14, 3.7)
"""Inches of a fan on a page: the width of the text block of GB/T 9704."""


def fan(
    outlook: IndicatorOutlook,
    study: Study,
    note: str = "",
    size: tuple[float, float] | str = "slide",
    *,
    titled: bool = True,
    base: IndicatorOutlook | None = None,
) -> Figure:
    """Fan chart of one indicator: figures, forecast, targets, sources, and a note that must be seen.

    ``base`` is what a scenario is held against, on the same axes.
    """
    from zerobay_analysis.charts.fan import fan_figure

    sources, named = study.ledger.sources, study.plan.name_of
    publishers = sources.set_index("source")["publisher"]
    return fan_figure(
        outlook,
        publishers={str(of): in_language(named(str(name)), study.lang) for of, name in publishers.items()},
        inferred_dates=set(sources.loc[sources["published_inferred"].astype(bool), "source"].astype(str)),
        lang=study.lang,
        note=note,
        size=size,
        titled=titled,
        base=base,
    )


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
    from zerobay_analysis.assessment.data_owed import completeness as held
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
    for name, draw in CHARTS.items():
        save(draw(study), folder / name)
    for outlook in study.outlooks:
        save(fan(outlook, study), folder / f"fan_{outlook.indicator.id:02d}_{outlook.indicator.key}")


def reliability(study: Study, lengths: Sequence[int] = (3, 5, 8)) -> Figure:
    """Share of targets met against the probability given, one panel per number of points."""
    from zerobay_analysis.charts.calibration import SHOWN
    from zerobay_analysis.evaluation.calibration import reliability_bins

    bins = reliability_bins()
    return _diagrams(study, {_points(study, n): (bins[bins["n"] == n], SHOWN) for n in lengths})


def class_reliability(study: Study, lengths: Sequence[int] = (1, 3, 8)) -> Figure:
    """The same of each reference class that the plan names, on series it was not learned from."""
    from zerobay_analysis.forecast.prior import class_bins, class_table

    bins, names = class_bins(), class_table().set_index("name")[f"name_{study.lang}"]
    words = {n: _points(study, n) for n in lengths}
    bins = bins[bins["n"].isin(lengths)].assign(model=bins["n"].map(words))
    used = dict.fromkeys(i.reference_class for i in study.plan.indicators)
    return _diagrams(study, {names[of]: (bins[bins["name"] == of], list(words.values())) for of in used})


def _points(study: Study, n: int) -> str:
    return say(study.lang, f"{n} 个年度数字", f"{n} points of history")


def _diagrams(study: Study, panels: Mapping[str, tuple[pd.DataFrame, Sequence[str]]]) -> Figure:
    """A reliability diagram for every title: its bins of probability, and the models to show."""
    from zerobay_analysis.charts import style
    from zerobay_analysis.charts.calibration import reliability as draw

    rows = -(-len(panels) // 3)
    with style.context():
        figure = style.new_figure((13.3, 4.9 * rows))
        for axes, (title, (bins, models)) in zip(figure.subplots(rows, 3).flat, panels.items(), strict=False):
            draw(axes, bins, models, lang=study.lang)
            axes.set_title(title)
        for axes in figure.axes[len(panels) :]:
            axes.remove()
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


@dataclass(frozen=True)
class Picture:
    """One chart with what a reader who cannot see it must know."""

    figure: Figure
    name: str

    @property
    def description(self) -> str:
        """Everything it shows, in words."""
        return alt_text(self.figure)[1]

    @cached_property
    def png(self) -> bytes:
        """200 dots per inch."""
        return render(self.figure, "png", self.name)

    @cached_property
    def svg(self) -> bytes:
        """Vectors, letters as outlines."""
        return render(self.figure, "svg", self.name)


class Pictures:
    """The charts of one study; each is drawn when first asked for.

    Parameters
    ----------
    folder : Path, optional
        Where :func:`save_all` has written charts of this study, so that they need not be drawn again.
    """

    def __init__(self, study: Study, folder: Path | None = None) -> None:
        self._study, self._folder = study, folder
        self._drawn: dict[tuple[int, object], Picture] = {}

    def fan(self, number: int, size: tuple[float, float] | str = "slide", *, titled: bool = True) -> Picture:
        """Fan chart of one indicator."""
        if (number, size) not in self._drawn:
            figure = fan(self._study.outlook(number), self._study, size=size, titled=titled)
            self._drawn[number, size] = Picture(figure, f"fan_{number:02d}")
        return self._drawn[number, size]

    def page_svg(self, number: int) -> tuple[str, bytes]:
        """Name and SVG of an indicator's fan as it stands in ``charts/``."""
        name = f"fan_{number:02d}_{self._study.plan.indicator(number).key}"
        return name, self._written(name) or self.fan(number).svg

    def multiples_svg(self) -> tuple[str, bytes]:
        """Name and SVG of the small multiples of all indicators."""
        name = "multiples"
        return name, self._written(name) or render(multiples(self._study), "svg", name)

    def _written(self, name: str) -> bytes | None:
        path = None if self._folder is None else self._folder / f"{name}.svg"
        return path.read_bytes() if path is not None and path.is_file() else None
