"""How the probabilities are made and how far they can be believed, in words and one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zerobay_analysis.assessment.outlook import VERDICTS
from zerobay_analysis.charts.words import grades_note, span
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.language import say
from zerobay_analysis.series import Role

if TYPE_CHECKING:
    from zerobay_analysis.study import Study

__all__ = ["MethodNote", "WordRow", "method_note"]


@dataclass(frozen=True)
class WordRow:
    """One word of the scale: what it promises, what the benchmark found.

    Attributes
    ----------
    symbol, word, range : str
        E.g. ``▲``, ``很可能``, ``≥80%``.
    low, high : float
        Probabilities that have this word.
    observed : float or None
        Share of targets met when the model said it; ``None`` when it never did.
    count : int
        How often it did.
    """

    symbol: str
    word: str
    range: str
    low: float
    high: float
    observed: float | None
    count: int


@dataclass(frozen=True)
class MethodNote:
    """Method and calibration.

    Attributes
    ----------
    paragraphs : tuple of str
    trust : str
        The calibration in one sentence.
    trust_short : str
        The same in half a line.
    rows : tuple of WordRow
        Most likely first; empty where the model was not measured.
    points : int or None
        Points of history at which the calibration was measured.
    provenance : str
        Command, day and sets behind the calibration.
    grades : str
        What the grades mean.
    """

    paragraphs: tuple[str, ...]
    trust: str
    trust_short: str
    rows: tuple[WordRow, ...]
    points: int | None
    provenance: str
    grades: str


def method_note(study: Study) -> MethodNote:
    """Word the method and look up the calibration at the study's typical length of history."""
    from zerobay_analysis.briefing.tables import calibration_provenance

    lang = study.lang
    points = _typical_points(study)
    row = _calibration(study.model, points)
    return MethodNote(
        paragraphs=_paragraphs(study),
        trust=_trust(row, lang),
        trust_short=_trust_short(row, lang),
        rows=() if row is None else _rows(row, lang),
        points=None if row is None else int(row["n"]),
        provenance=calibration_provenance(lang),
        grades=grades_note(lang),
    )


def _typical_points(study: Study) -> int:
    """Median number of figures that fix the level, over the indicators with a probability."""
    counts = sorted(
        len(outlook.evidence.with_role(Role.OWN, Role.DOUBTFUL))
        for outlook in study.outlooks
        if outlook.forecast is not None
    )
    return counts[len(counts) // 2] if counts else 0


def _calibration(model: str, points: int) -> dict[str, Any] | None:
    from zerobay_analysis.evaluation.calibration import calibration_at

    try:
        return calibration_at(model, points)
    except ParameterError:
        return None


def _rows(row: dict[str, Any], lang: str) -> tuple[WordRow, ...]:
    from zerobay_analysis.evaluation.calibration import WORD_EDGES

    found = []
    for verdict in VERDICTS:
        low, high = WORD_EDGES[verdict.key]
        count = int(row[f"count_{verdict.key}"])
        observed = float(row[f"observed_{verdict.key}"]) if count else None
        found.append(WordRow(verdict.symbol, verdict.word(lang), span(low, high), low, high, observed, count))
    return tuple(found)


def _trust(row: dict[str, Any] | None, lang: str) -> str:
    if row is None:
        return say(
            lang,
            "概率的可信度：本模型没有在这样短的历史上检验过，概率只作参考。",
            "Trust: this model was not tested on histories this short; take its probabilities as a guide.",
        )
    n, cover = int(row["n"]), f"{100 * row['coverage80']:.0f}%"
    ece, series = f"{100 * row['ece']:.0f}", int(row["series"])
    return say(
        lang,
        f"概率的可信度：在 {series} 条公开序列上用 {n} 个数据点检验，80% 区间实际覆盖 {cover}，"
        f"达标概率与实际达标率平均相差 {ece} 个百分点。",
        f"Trust: tested on {series} public series with {n} point{'s' * (n > 1)} of history, the 80% interval "
        f"held {cover} of outcomes and probabilities were off by {ece} percentage points on average.",
    )


def _trust_short(row: dict[str, Any] | None, lang: str) -> str:
    if row is None:
        return say(lang, "概率未经检验，只作参考。", "The probabilities are untested: a guide only.")
    cover = f"{100 * row['coverage80']:.0f}%"
    return say(
        lang,
        f"经公开序列检验，80% 区间实际覆盖 {cover}。",
        f"On public series the 80% interval held {cover} of outcomes.",
    )


def _paragraphs(study: Study) -> tuple[str, ...]:
    from zerobay_analysis.forecast import forecaster
    from zerobay_analysis.forecast.prior import SERIES_LEARNED_FROM

    lang, model = study.lang, forecaster(study.model)
    return (
        say(
            lang,
            f"模型：{model.name_zh}。从 {SERIES_LEARNED_FROM} 条公开年度序列中学到一般走势，"
            "再用本指标的少量数字更新，给出各年数值的概率分布；达标概率是分布中达到目标的比例。"
            if study.model == "reference_class"
            else f"模型：{model.name_zh}。达标概率是预测分布中达到目标的比例。",
            f"Model: {study.model}. It learns how yearly series behave from "
            f"{SERIES_LEARNED_FROM:,} public ones, updates that by the indicator's few figures, "
            "and gives each year's value as a distribution; "
            "the probability is the share of it that meets the target."
            if study.model == "reference_class"
            else f"Model: {study.model}. The probability is the share of its forecast that meets the target.",
        ),
        say(
            lang,
            "数字：非精确数（超、近、约、余）按其措辞所允许的范围计入；口径或地域不同的数字只说明增速，"
            "不说明水平；没有方案口径的水平数字，就不给概率，只列所需进度和数据缺口。",
            "Figures: an inexact one counts as the range its wording allows; one of another definition or "
            "area informs growth, not the level; without a figure that fixes the level no probability is "
            "given, only the required pace and the data owed.",
        ),
        say(
            lang,
            "用词：" + "，".join(_scale("zh")) + "。低于 60% 的目标列为有风险。",
            "Words: " + ", ".join(_scale("en")) + ". A target below 60% is at risk.",
        ),
        say(
            lang,
            f"所需进度从最近一个可比数字算起；可比序列指同一批公开序列。随机种子 {study.seed}，同样的输入"
            "得到同样的数字。",
            "The required pace counts from the latest comparable figure; comparable series are the same "
            f"public ones. Seed {study.seed}: the same inputs give the same numbers.",
        ),
    )


def _scale(lang: str) -> list[str]:
    from zerobay_analysis.evaluation.calibration import WORD_EDGES

    return [f"{v.symbol} {v.word(lang)} {span(*WORD_EDGES[v.key])}" for v in VERDICTS]
