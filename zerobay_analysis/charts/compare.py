"""Several answers on one indicator side by side: of models, classes, scenarios, days or ledgers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from zerobay_analysis.assessment.conditional import CONFIDENT, EVEN, Conditional
from zerobay_analysis.assessment.outlook import IndicatorOutlook, percent, with_forecast
from zerobay_analysis.charts import marks, style, text, words
from zerobay_analysis.charts.calibration import model_name
from zerobay_analysis.charts.layout import beside_axes, ticked
from zerobay_analysis.charts.page import Page, watermark
from zerobay_analysis.charts.save import set_alt_text, tell
from zerobay_analysis.errors import ParameterError, message
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.scenarios.run import ScenarioResult

LOOKS = (
    ("#0072b2", "o", "●", "-"),
    ("#d55e00", "s", "■", "--"),
    ("#009e73", "^", "▲", ":"),
    ("#9a5b86", "D", "◆", "-."),
    ("#4d4d4d", "v", "▼", (0, (1, 1))),
)
"""Colour, mark, its sign in the key, and line of each answer.

The colours are of Okabe and Ito (2008), the lighter ones darkened."""
STEP = 0.11
"""Years between two answers for the same year."""


@style.context()
def compare(
    answers: Mapping[str, IndicatorOutlook | ScenarioResult], *, lang: str = "zh", size: str = "slide"
) -> Figure:
    """Draw what several outlooks, or scenarios, of one indicator say of each target's year.

    Each answer has its own colour, mark and line: the median, a thick bar that holds the value with
    50 %, and a thin one with 80 %. The key gives each one's probability of the last target. What
    rests on a hypothetical figure is drawn with a broken bar and marked 假设.

    Parameters
    ----------
    answers : mapping of str to IndicatorOutlook or ScenarioResult
        By the name that the key shows, that of a model in words; one to five, all of the same indicator.
    lang : str
        ``"zh"`` or ``"en"``.
    size : str
        A name in ``style.SIZES``.

    Raises
    ------
    ParameterError
        There are none or too many, or they are of different indicators.

    Examples
    --------
    >>> from zerobay_analysis.study import Study
    >>> study = Study.open("public", "2026-11-22")
    >>> figure = compare({"记录": study.outlook(6), "若2025年末295家": study.supposing({6: 295}).outlook(6)})
    """
    if not 1 <= len(answers) <= len(LOOKS):
        raise ParameterError(message("answers_count", most=len(LOOKS), n=len(answers)))
    known = [a.outlook if isinstance(a, ScenarioResult) else a for a in answers.values()]
    outlooks = [
        with_forecast(a.outlook, a.forecast) if isinstance(a, ScenarioResult) else a for a in answers.values()
    ]
    title = words.named(known[0].indicator, lang)
    if len({(one.indicator.id, one.indicator.name()) for one in known}) > 1:
        raise ParameterError(message("answers_mixed"))
    page = Page(size)
    page.head(title, 16.0)
    told = []
    for (name, answer), outlook in zip(answers.items(), outlooks, strict=True):
        made_up = isinstance(answer, ScenarioResult) or outlook.evidence.hypothetical
        told.append(_told(model_name(name).get(lang), outlook, made_up, lang))
    for row, (colour, _, mark, _) in reversed(list(zip(told, LOOKS, strict=False))):
        page.foot(f"{mark} {row}", 10.0, colour, gap=2)
    limit = marks.limits(*outlooks)
    cut = text.GAP.get(lang) + text.KEY_CUT.get(lang) if limit.y[0] > 0 else ""
    page.foot(text.COMPARE_KEY.fill(lang, day=known[0].evidence.as_of) + cut, 8.5, gap=4)
    _draw(page.axes(left=46.0, right=14.0, top=22.0, bottom=26.0), outlooks, limit, lang)
    set_alt_text(page.figure, title, " ".join(told), words.told(known[::-1], lang=lang))
    return page.figure


def _draw(axes: Axes, outlooks: Sequence[IndicatorOutlook], limit: marks.Limits, lang: str) -> None:
    """Figures, targets and every answer, in ranges that hold all of them."""
    first = outlooks[0]
    axes.set(xlim=(limit.x[0], limit.x[1] + 0.25), ylim=limit.y)
    ticked(axes, first.indicator, lang)
    beside_axes(axes, (0, 1), (-40, 8), first.indicator.unit(lang), color=style.MUTED, fontsize=9.0)
    marks.today_line(axes, first)
    for outlook in {id(one.evidence): one for one in outlooks}.values():
        marks.observations(axes, outlook, limit)
    marks.target_marks(axes, first.targets)
    for place, outlook in enumerate(outlooks):
        if outlook.forecast is not None:
            _answer(axes, outlook, outlook.forecast, place, STEP * (place - (len(outlooks) - 1) / 2))
    if any(outlook.evidence.synthetic for outlook in outlooks):
        watermark(axes, lang)


def _answer(axes: Axes, outlook: IndicatorOutlook, forecast: Forecast, place: int, shift: float) -> None:
    """One answer: median line, and an interval at each year, moved sideways by ``shift`` years."""
    colour, mark, _, line = LOOKS[place]
    times, (medians,) = marks.path(outlook, forecast, (0.5,))
    look: Any = {"color": colour, "zorder": 3}
    axes.plot(times, medians, linestyle=line, linewidth=1.3, **look)
    look["linestyle"] = (0, (2, 1.2)) if outlook.evidence.hypothetical else "-"
    for year in marks.ahead(outlook, forecast):
        for levels, width in (((0.1, 0.9), 1.3), ((0.25, 0.75), 4.0)):
            axes.plot([year + shift] * 2, forecast.quantiles(levels, year), linewidth=width, **look)
        at = (year + shift, forecast.quantile(0.5, year))
        marks.mark(axes, at, mark, 6.5, 1.5, mfc=style.PAPER, mec=colour)


def _told(name: str, outlook: IndicatorOutlook, made_up: bool, lang: str) -> str:
    """The line of the key: name, probability of the last target, or why there is none."""
    target = outlook.targets[-1]
    if target.p_met is None:
        return text.ANSWER_NONE.fill(lang, name=name, reason=target.reason(lang))
    goal, marked = (
        words.number(target.target, target.indicator, lang),
        text.ANSWER_MADE_UP.get(lang) * made_up,
    )
    look = {"year": target.year, "goal": goal, "chance": percent(target.p_met)}
    return text.ANSWER.fill(lang, name=name + marked, **look)


@style.context()
def curve(asked: Conditional, *, lang: str = "zh", size: str = "slide") -> Figure:
    """Draw the probability of each target as a function of the figure that is missing.

    All of it is hypothetical, and the chart says so. Upright lines: the plan's own line, and from
    which figures on the last target has 50 and 80 %.

    Parameters
    ----------
    asked : Conditional
    lang : str
        ``"zh"`` or ``"en"``.
    size : str
        A name in ``style.SIZES``.
    """
    import seaborn as sns

    indicator, table, title = asked.indicator, asked.curve(), words.named(asked.indicator, lang)
    page = Page(size)
    page.head(title, 16.0)
    page.head(text.CURVE.fill(lang, year=asked.year), 9.5, style.TARGET, gap=2)
    axes = page.axes(left=46.0, right=24.0, top=42.0, bottom=34.0)
    colours = dict(zip(asked.targets, (look[0] for look in LOOKS), strict=False))
    sns.lineplot(table, x="figure", y="p_met", hue="year", style="year", palette=colours, ax=axes)
    missing = text.CURVE_FIGURE.fill(lang, year=asked.year, unit=indicator.unit(lang))
    axes.set(xlabel=missing, ylabel="", ylim=(0, 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.grid(axis="y")
    axes.legend(title=text.CURVE_TARGETS.get(lang), frameon=False)
    for x, y, of in zip(table["figure"], table["p_met"], table["year"], strict=True):
        tell(axes, (x,), (y,), f"{words.number(x, indicator, lang)}: {of} {percent(y)}", 8.0)
    lines = {text.CURVE_PLAN.get(lang): asked.line}
    lines |= {f"{level:.0%}": at for level, at in ((EVEN, asked.even), (CONFIDENT, asked.confident)) if at}
    named = {f"{name} {words.number(at, indicator, lang)}": at for name, at in lines.items()}
    for row, (label, at) in enumerate(sorted(named.items(), key=lambda item: item[1])):
        axes.axvline(at, color=style.MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
        above: Any = {"textcoords": "offset points", "ha": "center", "va": "bottom", "fontsize": 8.5}
        axes.annotate(label, (at, 1.0), (0, 2 + 11 * row), **above)  # none beside another
    set_alt_text(page.figure, title, "; ".join(named))
    return page.figure
