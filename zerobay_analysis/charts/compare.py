"""Several answers on one indicator side by side: of models, classes, scenarios, days or ledgers."""

from __future__ import annotations

from collections.abc import Mapping
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
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast.predictive import Forecast
from zerobay_analysis.language import say
from zerobay_analysis.scenarios.run import ScenarioResult

__all__ = ["compare", "curve"]

LOOKS = (
    ("#0072b2", "o", "-"),
    ("#d55e00", "s", "--"),
    ("#009e73", "^", ":"),
    ("#9a5b86", "D", "-."),
    ("#4d4d4d", "v", (0, (1, 1))),
)
"""Colour, mark and line of each answer; colours of Okabe and Ito (2008), the lighter ones darkened."""
STEP = 0.11
"""Years between two answers for the same year."""


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
    outlooks = [a.outlook if isinstance(a, ScenarioResult) else a for a in answers.values()]
    if not 1 <= len(answers) <= len(LOOKS):
        raise ParameterError(
            f"一次可比较 1 至 {len(LOOKS)} 个结果，现有 {len(answers)} 个 / "
            f"1 to {len(LOOKS)} answers can be compared at a time, not {len(answers)}"
        )
    if len({(one.indicator.id, one.indicator.name()) for one in outlooks}) > 1:
        raise ParameterError("只能比较同一项指标的结果 / all answers must be of the same indicator")
    first = outlooks[0]
    with style.context():
        page = Page(style.new_figure(size))
        page.head(words.named(first.indicator, lang), 16.0)
        told = [_told(model_name(name).get(lang), answer, lang) for name, answer in answers.items()]
        for row, (colour, mark, _) in reversed(list(zip(told, LOOKS, strict=False))):
            page.foot(f"{_SHAPES[mark]} {row}", 10.0, colour, gap=2)
        limit = marks.limits(*_reached(answers, outlooks))
        cut = text.GAP.get(lang) + text.KEY_CUT.get(lang) if limit.y[0] > 0 else ""
        page.foot(text.COMPARE_KEY.fill(lang, day=outlooks[0].evidence.as_of) + cut, 8.5, gap=4)
        _draw(page.axes(left=46.0, right=14.0, top=22.0, bottom=26.0), answers, outlooks, limit, lang)
        set_alt_text(
            page.figure,
            words.named(first.indicator, lang),
            " ".join(told),
            words.told(outlooks[::-1], lang=lang),
        )
        return page.figure


_SHAPES = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼"}


def _reached(
    answers: Mapping[str, IndicatorOutlook | ScenarioResult], outlooks: list[IndicatorOutlook]
) -> list[IndicatorOutlook]:
    """The outlooks as the answers have them, under their levers."""
    pairs = zip(answers.values(), outlooks, strict=True)
    return [with_forecast(of, answer.forecast) if answer.forecast else of for answer, of in pairs]


def _draw(
    axes: Axes,
    answers: Mapping[str, IndicatorOutlook | ScenarioResult],
    outlooks: list[IndicatorOutlook],
    limit: marks.Limits,
    lang: str,
) -> None:
    """Figures, targets and every answer, in ranges that hold all of them."""
    axes.set(xlim=(limit.x[0], limit.x[1] + 0.25), ylim=limit.y)
    ticked(axes, outlooks[0].indicator, lang)
    beside_axes(axes, (0, 1), (-40, 8), outlooks[0].indicator.unit(lang), color=style.MUTED, fontsize=9.0)
    marks.today_line(axes, outlooks[0])
    for outlook in {id(one.evidence): one for one in outlooks}.values():
        marks.observations(axes, outlook, limit)
    marks.target_marks(axes, outlooks[0].targets)
    for place, (answer, outlook) in enumerate(zip(answers.values(), outlooks, strict=True)):
        _answer(axes, answer, outlook, place, STEP * (place - (len(outlooks) - 1) / 2))
    if any(outlook.evidence.synthetic for outlook in outlooks):
        watermark(axes, lang)


def _answer(
    axes: Axes, answer: IndicatorOutlook | ScenarioResult, outlook: IndicatorOutlook, place: int, shift: float
) -> None:
    """One answer: median line, and an interval at each year, moved sideways by ``shift`` years."""
    forecast: Forecast | None = answer.forecast
    if forecast is None:
        return
    colour, mark, line = LOOKS[place]
    years = marks.ahead(outlook, forecast)
    medians = [forecast.quantile(0.5, year) for year in years]
    times, (median_path,) = marks.path(outlook, forecast, (0.5,))
    look: Any = {"color": colour, "zorder": 3}
    axes.plot(times, median_path, linestyle=line, linewidth=1.3, **look)
    broken = (0, (2, 1.2)) if outlook.evidence.hypothetical else "-"
    for year, median in zip(years, medians, strict=True):
        for levels, width in (((0.1, 0.9), 1.3), ((0.25, 0.75), 4.0)):
            axes.plot(
                [year + shift] * 2, forecast.quantiles(levels, year), linewidth=width, ls=broken, **look
            )
        marks.mark(axes, year + shift, median, mark, 6.5, style.PAPER, colour, 1.5)


def _told(name: str, answer: IndicatorOutlook | ScenarioResult, lang: str) -> str:
    """The line of the key: name, probability of the last target, or why there is none."""
    scenario = isinstance(answer, ScenarioResult)
    outlook = answer.outlook if isinstance(answer, ScenarioResult) else answer
    target = outlook.targets[-1]
    p_met = answer.years[-1].p_met if isinstance(answer, ScenarioResult) else target.p_met
    if p_met is None:
        return say(
            lang, f"{name}：没有概率。{target.reason(lang)}", f"{name}: no probability. {target.reason(lang)}"
        )
    goal = words.number(target.target, target.indicator, lang)
    chance = percent(p_met)
    made_up = scenario or outlook.evidence.hypothetical
    zh = f"{name}{'（假设）' if made_up else ''}：{target.year}年达到{goal}的概率 {chance}"
    en = f"{name}{' (hypothetical)' if made_up else ''}: {goal} by {target.year} with probability {chance}"
    return say(lang, zh, en)


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

    indicator, table = asked.indicator, asked.curve()
    with style.context():
        page = Page(style.new_figure(size))
        page.head(words.named(indicator, lang), 16.0)
        page.head(text.CURVE.fill(lang, year=asked.year), 9.5, style.TARGET, gap=2)
        axes = page.axes(left=46.0, right=24.0, top=42.0, bottom=34.0)
        colours = dict(zip(asked.targets, (colour for colour, _, _ in LOOKS), strict=False))
        sns.lineplot(table, x="figure", y="p_met", hue="year", style="year", palette=colours, ax=axes)
        axes.set(xlabel=text.CURVE_FIGURE.fill(lang, year=asked.year, unit=indicator.unit(lang)), ylabel="")
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.grid(axis="y")
        axes.legend(title=text.CURVE_TARGETS.get(lang), frameon=False)
        for x, y, of in zip(table["figure"], table["p_met"], table["year"], strict=True):
            tell(axes, (x,), (y,), f"{words.number(x, indicator, lang)}: {of} {percent(y)}", 8.0)
        named = {text.CURVE_PLAN.get(lang): asked.line}
        named |= {
            f"{100 * level:.0f}%": at
            for level, at in ((EVEN, asked.even), (CONFIDENT, asked.confident))
            if at
        }
        for row, (name, figure) in enumerate(sorted(named.items(), key=lambda item: item[1])):
            label = f"{name} {words.number(figure, indicator, lang)}"
            axes.axvline(figure, color=style.MUTED, linewidth=0.9, linestyle=(0, (2, 2)))
            above: Any = {"textcoords": "offset points", "ha": "center", "va": "bottom", "fontsize": 8.5}
            axes.annotate(label, (figure, 1.0), (0, 2 + 11 * row), **above)  # none beside another
        told = [f"{name} {words.number(figure, indicator, lang)}" for name, figure in named.items()]
        set_alt_text(page.figure, words.named(indicator, lang), "; ".join(told))
        return page.figure
