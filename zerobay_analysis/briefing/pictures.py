"""Charts of the briefing's forms, drawn once per size and kept for the other forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.charts.save import alt_text, render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zerobay_analysis.study import Study

__all__ = ["PAGE", "SLIDE", "Picture", "Pictures"]

SLIDE = (7.0, 4.9)
"""Inches of a fan on a slide, which shows it larger, so that its text can be read from afar."""
PAGE = (6.14, 3.7)
"""Inches of a fan on a page: the width of the text block of GB/T 9704."""


@dataclass(frozen=True)
class Picture:
    """One chart with what a reader who cannot see it must know."""

    figure: Figure
    name: str

    @property
    def title(self) -> str:
        """What it shows, in a sentence."""
        return alt_text(self.figure)[0]

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
        Where ``figures.save_all`` has written charts of this study, so that they need not be drawn again.
    """

    def __init__(self, study: Study, folder: Path | None = None) -> None:
        self._study, self._folder = study, folder
        self._drawn: dict[str, Picture] = {}
        sources = study.ledger.sources
        self._publishers = dict(
            zip(sources["source"].astype(str), sources["publisher"].astype(str), strict=True)
        )
        self._inferred = set(sources.loc[sources["published_inferred"].astype(bool), "source"].astype(str))

    def fan(self, number: int, size: tuple[float, float] | str = "slide", *, titled: bool = True) -> Picture:
        """Fan chart of one indicator."""
        from zerobay_analysis.charts.fan import fan_figure

        name = f"fan_{number:02d}_{size if isinstance(size, str) else f'{size[0]:g}x{size[1]:g}'}"
        if name not in self._drawn:
            outlook = next(o for o in self._study.outlooks if o.indicator.id == number)
            figure = fan_figure(
                outlook,
                publishers=self._publishers,
                inferred_dates=self._inferred,
                lang=self._study.lang,
                size=size,
                titled=titled,
            )
            self._drawn[name] = Picture(figure, name)
        return self._drawn[name]

    def page_svg(self, number: int) -> tuple[str, bytes]:
        """Name and SVG of an indicator's fan as it stands in ``charts/``."""
        indicator = self._study.plan.indicator(number)
        name = f"fan_{number:02d}_{indicator.key}"
        return name, self._written(name) or self.fan(number).svg

    def multiples_svg(self) -> tuple[str, bytes]:
        """Name and SVG of the small multiples of all indicators."""
        from zerobay_analysis.charts.multiples import multiples_figure

        found = self._written("multiples")
        if found is None:
            figure = multiples_figure(self._study.outlooks, lang=self._study.lang)
            found = render(figure, "svg", "multiples")
        return "multiples", found

    def _written(self, name: str) -> bytes | None:
        path = None if self._folder is None else self._folder / f"{name}.svg"
        return path.read_bytes() if path is not None and path.is_file() else None
