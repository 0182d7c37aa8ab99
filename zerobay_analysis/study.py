"""A study: plan, ledger, day, model and language, checked together, and what follows from them.

A run saves its study in a private file and names it in the variable :data:`CACHE_VARIABLE` of its
notebooks' environment. All of them then see the very same data, even if it changes meanwhile.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.conditional import answered, conditional, with_figure, worth
from zerobay_analysis.assessment.outlook import IndicatorOutlook, assess_indicator, graded_as, outlook_frame
from zerobay_analysis.assessment.outside_view import OutsideView, outside_views
from zerobay_analysis.errors import ParameterError, message
from zerobay_analysis.files.tables import uncollected
from zerobay_analysis.forecast import forecaster
from zerobay_analysis.language import LANGUAGES, SYNTHETIC, say
from zerobay_analysis.ledger.reading import Ledger, load_ledger, shipped
from zerobay_analysis.plan import Plan, load_plan
from zerobay_analysis.series import Evidence, evidence

if TYPE_CHECKING:
    import pandas as pd

    from zerobay_analysis.assessment.conditional import Conditional, Worth
    from zerobay_analysis.assessment.outliers import Outlier
    from zerobay_analysis.forecast.prior import ClassShares

__all__ = ["CACHE_VARIABLE", "DEFAULT_MODEL", "N_PATHS", "SEED", "Study", "parse_day", "setup_notebook"]

CACHE_VARIABLE = "ZEROBAY_STUDY"
"""Names the file of a saved study; only its owner can write there, as it is unpickled."""

DEFAULT_MODEL = "reference_class"
SEED = 20260618
"""Fixed seed of every run; stated in the manifest."""
NOTEBOOK_DPI = 160
"""Pixels an inch of figures in notebooks: sharp on a fine screen, and stored notebooks stay small."""
N_PATHS = 20_000
"""Sample paths per indicator; the sampling error of a probability is at most 0.4 points."""


def parse_day(text: str) -> date:
    """Read ``YYYY-MM-DD``, or ``today``; raise ``ParameterError`` for anything else or the future."""
    today = date.today()
    if text in ("", "today"):
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ParameterError(message("no_such_day", text=text)) from None
    if day > today:
        raise ParameterError(message("day_to_come", day=day, today=today))
    return day


@dataclass(frozen=True)
class Study:
    """Everything a notebook or a report needs to answer questions.

    Attributes
    ----------
    plan : Plan
    ledger : Ledger
        The whole archive; ``as_of`` decides what is seen of it.
    as_of : date
    model : str
        Registered name of the forecaster.
    lang : str
        ``"zh"`` or ``"en"``.
    seed : int
    reference_class : str
        Used for every indicator instead of the class that it names; empty for those.
    pool : bool
        Whether the ledger as a whole tells which classes its indicators are like.
    supposed : tuple of (int, float)
        Indicators with a hypothetical figure of the last full year, see :meth:`supposing`.
    """

    plan: Plan
    ledger: Ledger
    as_of: date
    model: str = DEFAULT_MODEL
    lang: str = "zh"
    seed: int = SEED
    reference_class: str = ""
    pool: bool = True
    supposed: tuple[tuple[int, float], ...] = ()

    @classmethod
    def open(
        cls,
        data: str = "public",
        as_of: str = "today",
        *,
        model: str = DEFAULT_MODEL,
        lang: str = "zh",
        seed: int = SEED,
        plan: str = "",
        reference_class: str = "",
        pool: bool = True,
    ) -> Study:
        """Check the parameters, then load the plan and the ledger.

        Parameters
        ----------
        plan : str
            Folder of the plan; the shipped one by default, which the data ``public`` and ``demo`` are of.

        Raises
        ------
        ParameterError
            A parameter is not one of its choices.
        DataError
            The plan or the ledger has problems; all of them are listed.

        Examples
        --------
        >>> print(Study.open("public", "2026-11-22", lang="en"))
        data public · as of 2026-11-22 · model reference_class · seed 20260618
        >>> line = Study.open("demo", "2026-11-22", model="ols_linear")  # another model
        """
        if lang not in LANGUAGES:
            raise ParameterError(message("unknown_language", lang=lang))
        day = parse_day(as_of)
        forecaster(model, reference_class or None)  # an unknown name fails here, before anything is loaded
        if plan and data in shipped():
            raise ParameterError(message("data_of_shipped_plan", data=data))
        promised = load_plan(plan)
        cached = _cached((plan, data, day, model, lang, seed, reference_class, pool))
        if cached:
            return cached
        ledger = load_ledger(data, plan=promised)
        return cls(promised, ledger, day, model, lang, seed, reference_class, pool)

    def save(self, data: str, path: Path, plan: str = "") -> None:
        """Save this study, opened with ``data`` and ``plan``, as the study cache of a run's notebooks."""
        _ = self.table, self.outliers, self.worths  # assessed now, once
        asked = (plan, data, self.as_of, self.model, self.lang, self.seed, self.reference_class, self.pool)
        path.write_bytes(pickle.dumps((asked, self)))

    def __str__(self) -> str:
        parts = [
            f"{say(self.lang, '数据', 'data')} {self.ledger.name}",
            f"{say(self.lang, '截至', 'as of')} {self.as_of}",
            f"{say(self.lang, '模型', 'model')} {say(self.lang, forecaster(self.model).name_zh, self.model)}",
            f"{say(self.lang, '随机种子', 'seed')} {self.seed}",
        ]
        if self.reference_class:
            parts.insert(3, f"{say(self.lang, '参照类', 'reference class')} {self.reference_class}")
        if self.supposed:
            parts.append(self.supposition)
        if self.synthetic:
            parts.append(say(self.lang, *SYNTHETIC))
        return " · ".join(parts)

    def __repr__(self) -> str:
        return f"<Study: {self}>"

    def _repr_html_(self) -> str:
        """What the study is of, and every target with its word and probability; what Jupyter shows."""
        import pandas as pd

        from zerobay_analysis.charts.words import verdict_label

        rows = [
            {say(self.lang, "指标", "indicator"): f"{one.indicator.id} {one.indicator.short(self.lang)}"}
            | {str(t.year): verdict_label(t, self.lang) for t in one.targets}
            for one in self.outlooks
        ]
        return f"<p>{escape(str(self))}</p>{pd.DataFrame(rows).fillna('').to_html(index=False, border=0)}"

    def supposing(self, figures: Mapping[int, float]) -> Study:
        """The same study if the missing figures of the last full year were these, by indicator.

        A hypothetical figure makes way for those of the plan's definition and is stored nowhere.

        Raises
        ------
        ParameterError
            The plan has no such indicator, or it cannot have this value.

        Examples
        --------
        >>> study = Study.open("public", "2026-11-22")
        >>> [target.said.key for target in study.outlook(6).targets]
        ['disagrees', 'disagrees', 'disagrees']
        >>> [target.said.key for target in study.supposing({6: 295}).outlook(6).targets]
        ['likely', 'likely', 'likely']
        """
        asked = replace(self, supposed=tuple(sorted(figures.items())))
        kept = ("_known", "class_shares", "outside_views")  # what hangs on no supposed figure
        asked.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        for number, _ in asked.supposed:
            asked.outlook(number)
        return asked

    @property
    def supposition(self) -> str:
        """What is supposed, in words; empty where nothing is."""
        year = self.as_of.year - 1
        told = [
            f"{i.short(self.lang)} {figure:g} {i.unit(self.lang)}"
            for i, figure in ((self.plan.indicator(number), figure) for number, figure in self.supposed)
        ]
        zh = f"假设{year}年：{'、'.join(told)}，不是记录"
        return say(self.lang, zh, f"hypothetical, {year}: {', '.join(told)}, not on record") if told else ""

    @property
    def synthetic(self) -> bool:
        """True when the ledger is made up for demonstration; every output says so.

        Examples
        --------
        >>> Study.open("demo", "2026-11-22").synthetic
        True
        """
        return self.ledger.synthetic

    @cached_property
    def outlooks(self) -> tuple[IndicatorOutlook, ...]:
        """Every indicator of the plan, assessed.

        Examples
        --------
        >>> study = Study.open("public", "2026-11-22", lang="en")
        >>> [outlook.indicator.id for outlook in study.outlooks if outlook.forecast is not None]
        [6, 7, 9]
        """
        return tuple(self.outlook(indicator.id) for indicator in self.plan.indicators)

    @cached_property
    def worths(self) -> dict[int, Worth]:
        """What the missing figure of each indicator would do to the answer, by number.

        Examples
        --------
        >>> study = Study.open("public", "2026-11-22")
        >>> len(study.worths)
        11
        """
        found = (worth(outlook, self.conditional(outlook)) for outlook in self.outlooks)
        return {one.indicator.id: one for one in found if one is not None}

    def conditional(self, outlook: IndicatorOutlook) -> Conditional:
        """What an indicator's targets hang on: their probabilities by the figure that is missing.

        Examples
        --------
        >>> study = Study.open("public", "2026-11-22")
        >>> asked = study.conditional(study.outlook(6))
        >>> asked.line  # what the plan's own line takes for it
        295.0
        """
        known, name = outlook.evidence, self.reference_class
        return conditional(self.plan, known, model=self.model, seed=self.seed, reference_class=name)

    @cached_property
    def outliers(self) -> tuple[Outlier, ...]:
        """Figures that an import would ask about, see ``assessment.outliers``.

        Examples
        --------
        >>> len(Study.open("demo", "2026-11-22").outliers)
        0
        """
        from zerobay_analysis.assessment.outliers import outliers

        return tuple(found for outlook in self.outlooks for found in outliers(outlook.evidence))

    def outlook(self, number: int) -> IndicatorOutlook:
        """Indicator ``number``, assessed.

        Raises
        ------
        ParameterError
            The plan has no such indicator.

        Examples
        --------
        >>> outlook = Study.open("demo", "2026-11-22").outlook(9)
        >>> outlook.grade.value, [target.year for target in outlook.targets]
        ('A', [2026, 2027, 2028])
        """
        self.plan.indicator(number)
        if "outlooks" in self.__dict__:
            return next(outlook for outlook in self.outlooks if outlook.indicator.id == number)
        known, figure = self._known[number], dict(self.supposed).get(number)
        assessed = assess_indicator(
            self.plan,
            known if figure is None else with_figure(known, figure, self.as_of.year - 1),
            model=self.model,
            n_paths=N_PATHS,
            seed=self.seed,
            reference_class=self.reference_class,
            shares=self.class_shares.get(number),
        )
        if figure is not None:
            return graded_as(assessed, known)
        return answered(assessed, self.conditional(assessed), self.outside_views.get(number))

    @cached_property
    def outside_views(self) -> dict[int, OutsideView]:
        """What became of comparable targets elsewhere, by indicator.

        Examples
        --------
        >>> Study.open("public", "2026-11-22").outside_views[4].sentence.en[:12]
        'outside view'
        """
        return outside_views(self.plan)

    @cached_property
    def class_shares(self) -> dict[int, ClassShares]:
        """What the ledger says of the classes of its indicators, by number; empty where it is not asked.

        Examples
        --------
        >>> Study.open("demo", "2026-11-22", model="ols_linear").class_shares
        {}
        """
        if not self.pool or self.reference_class or self.model != DEFAULT_MODEL:
            return {}
        from zerobay_analysis.forecast.reference_class import pooled_shares

        return pooled_shares(self._known.values())

    @cached_property
    def _known(self) -> dict[int, Evidence]:
        """What is known of every indicator by the day of the study."""
        return {i.id: evidence(self.ledger, self.plan, i.id, self.as_of) for i in self.plan.indicators}

    @cached_property
    def table(self) -> pd.DataFrame:
        """Rows of ``outlook.csv`` (see ``assessment.outlook.OUTLOOK_COLUMNS``).

        Examples
        --------
        >>> study = Study.open("demo", "2026-11-22")
        >>> study.table.query("year == 2028").set_index("indicator")["verdict"][9]
        'likely'
        """
        table = outlook_frame(self.outlooks)
        if not self.supposed:
            return table
        marked = table["indicator"].isin([number for number, _ in self.supposed])
        return table.assign(hypothetical=marked.map({True: self.supposition, False: ""}))


def _cached(parameters: tuple[object, ...]) -> Study | None:
    """The study that this process's run has saved, if it was opened with ``parameters``."""
    try:
        with uncollected():
            saved, study = pickle.loads(Path(os.environ[CACHE_VARIABLE]).read_bytes())
    except Exception:  # none, gone with its run, or of other code: whatever it is, the data is still there
        return None
    return study if saved == parameters and isinstance(study, Study) else None


def setup_notebook() -> None:
    """Show whole tables and sharp figures, the same in JupyterLab, papermill and nbval."""
    import pandas as pd
    from IPython import get_ipython
    from IPython.core.pylabtools import select_figure_formats
    from matplotlib.figure import Figure

    from zerobay_analysis.charts.save import interactive, told

    for name in ("max_columns", "max_colwidth"):
        pd.set_option(f"display.{name}", None)
    pd.set_option("display.max_rows", 200)
    pd.set_option("display.width", 200)
    pd.set_option("display.unicode.east_asian_width", True)
    shell = get_ipython()
    if shell is not None:
        select_figure_formats(shell, {"retina"}, bbox_inches=None, dpi=NOTEBOOK_DPI)
        html, png = (shell.display_formatter.formatters[kind] for kind in ("text/html", "image/png"))
        still = png.lookup_by_type(Figure)
        html.for_type(Figure, interactive)
        png.for_type(Figure, lambda figure: None if told(figure) else still(figure))
