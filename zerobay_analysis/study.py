"""One sitting at the data: plan, ledger, day, model and language, checked together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from zerobay_analysis.assessment.outlook import IndicatorOutlook, assess_indicator
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.language import LANGUAGES, SYNTHETIC, say
from zerobay_analysis.plan import Plan, load_plan

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from zerobay_analysis.assessment.outliers import Outlier
    from zerobay_analysis.ledger import Ledger

__all__ = ["DEFAULT_MODEL", "LANGUAGES", "N_PATHS", "SEED", "Study", "parse_day"]

DEFAULT_MODEL = "reference_class"
SEED = 20260618
"""Fixed seed of every run, the plan's date; stated in the manifest."""
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
        raise ParameterError(
            f"日期“{text}”无法识别，请写成 2026-06-30 / cannot read date '{text}', write it as 2026-06-30"
        ) from None
    if day > today:
        raise ParameterError(f"日期 {day} 在今天（{today}）之后 / date {day} is after today ({today})")
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
    """

    plan: Plan
    ledger: Ledger
    as_of: date
    model: str = DEFAULT_MODEL
    lang: str = "zh"
    seed: int = SEED

    @classmethod
    def open(
        cls,
        data: str = "public",
        as_of: str = "today",
        *,
        model: str = DEFAULT_MODEL,
        lang: str = "zh",
        seed: int = SEED,
    ) -> Study:
        """Check the parameters, then load the plan and the ledger.

        Raises
        ------
        ParameterError
            A parameter is not one of its choices.
        DataError
            The plan or the ledger has problems; all of them are listed.
        """
        from zerobay_analysis.forecast import forecaster
        from zerobay_analysis.kept_study import kept_study
        from zerobay_analysis.ledger import load_ledger

        if lang not in LANGUAGES:
            raise ParameterError(f"语言“{lang}”不支持，可选 zh、en / unknown language '{lang}': zh or en")
        day = parse_day(as_of)
        forecaster(model)  # an unknown name fails here, before anything is loaded
        kept = kept_study((data, day, model, lang, seed))
        if isinstance(kept, cls):
            return kept
        return cls(load_plan(), load_ledger(data), day, model, lang, seed)

    def keep(self, data: str, path: Path) -> None:
        """Keep this study, opened with ``data``, for the notebooks of a run (see ``kept_study``)."""
        from zerobay_analysis.kept_study import keep_study

        _ = self.table, self.outliers  # assessed now, once
        keep_study(self, (data, self.as_of, self.model, self.lang, self.seed), path)

    def __str__(self) -> str:
        from zerobay_analysis.forecast import forecaster

        parts = [
            f"{say(self.lang, '数据', 'data')} {self.ledger.name}",
            f"{say(self.lang, '截至', 'as of')} {self.as_of}",
            f"{say(self.lang, '模型', 'model')} {say(self.lang, forecaster(self.model).name_zh, self.model)}",
            f"{say(self.lang, '随机种子', 'seed')} {self.seed}",
        ]
        if self.synthetic:
            parts.append(say(self.lang, *SYNTHETIC))
        return " · ".join(parts)

    @property
    def synthetic(self) -> bool:
        """True when the ledger is made up for demonstration; every output says so."""
        return self.ledger.synthetic

    @cached_property
    def outlooks(self) -> tuple[IndicatorOutlook, ...]:
        """Every indicator of the plan, assessed."""
        return tuple(self.outlook(indicator.id) for indicator in self.plan.indicators)

    @cached_property
    def outliers(self) -> tuple[Outlier, ...]:
        """Figures that an import would ask about, see ``assessment.outliers``."""
        from zerobay_analysis.assessment.outliers import outliers

        return tuple(found for outlook in self.outlooks for found in outliers(outlook.evidence))

    def outlook(self, number: int) -> IndicatorOutlook:
        """Indicator ``number``, assessed.

        Raises
        ------
        ParameterError
            The plan has no such indicator.
        """
        from zerobay_analysis.series import evidence

        self.plan.indicator(number)
        if "outlooks" in self.__dict__:
            return next(outlook for outlook in self.outlooks if outlook.indicator.id == number)
        known = evidence(self.ledger, self.plan, number, self.as_of)
        return assess_indicator(self.plan, known, model=self.model, n_paths=N_PATHS, seed=self.seed)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Rows of ``outlook.csv`` (see ``assessment.outlook.OUTLOOK_COLUMNS``)."""
        from zerobay_analysis.assessment.outlook import outlook_frame

        return outlook_frame(self.outlooks)
