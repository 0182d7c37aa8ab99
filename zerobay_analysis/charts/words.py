"""The words and number forms on a chart; no drawing here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from zerobay_analysis.assessment.outlook import (
    DISAGREES,
    ONE_FIGURE,
    OPEN,
    OUTSIDE,
    VERDICTS,
    IndicatorOutlook,
    TargetOutlook,
    Verdict,
    at_risk,
    percent,
    verdict,
)
from zerobay_analysis.charts import text
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import ASSUMED, Point, Precision, Role

WAN = 10_000
MAX_NAMED = 2
"""Indicators that a headline names of each word."""
MAX_SOURCES, MAX_DAYS = 6, 3
"""Publishers under a chart, and days of one of them, that are all told."""
YI = 100_000_000

MARKERS = {Role.OWN: "o", Role.DOUBTFUL: "s", Role.PROXY: "D", Role.OUTLIER: "x"}
"""Shape of the mark of each role that has one."""


def number(value: float, indicator: Indicator, lang: str = "zh") -> str:
    """Print ``value`` in the indicator's digits (none if it is whole), in its reader's form.

    Chinese numbers from 100,000 up are in 万 or 亿 with at most two decimals; shorter ones are
    written out. English numbers have commas.

    Examples
    --------
    ``8750`` → ``8750`` / ``8,750``; ``101800`` → ``10.18万`` / ``101,800``.
    """
    digits = 0 if float(value).is_integer() else indicator.decimals
    if lang != "zh":
        return f"{value:,.{digits}f}"
    for size, name in ((YI, "亿"), (WAN, "万")):
        if abs(value) >= max(size, 10 * WAN):
            return f"{value / size:.2f}".rstrip("0").rstrip(".") + name
    return f"{value:.{digits}f}"


def observation(point: Point, indicator: Indicator, lang: str = "zh") -> str:
    """Figure as reported, with the source's own qualifier, in the reader's language.

    A year-to-date figure names its months, so that nobody takes it for the year's.
    """
    shown = text[f"QUALIFIED_{point.precision.name}"].fill(lang, number(point.reported, indicator, lang))
    if point.observation == ASSUMED:
        return text.ASSUMED.fill(lang, text=shown)
    if point.months >= 12 or indicator.kind in (Kind.STOCK, Kind.CUMULATIVE):
        return shown
    return text.PARTS.fill(lang, text=shown, months=point.months)


def measure(point: Point, home: str, lang: str = "zh") -> str:
    """What a figure of another definition or area counts, as the record names it, unless it is ``home``.

    The record names it in Chinese only; an English chart leaves it to the list of figures.
    """
    if lang != "zh":
        return ""
    what, _, where = point.group.partition("|")
    return f"{where}{what}" if where and where != home else what


def verdict_label(target: TargetOutlook, lang: str = "zh") -> str:
    """Symbol, word and probability of one target, e.g. ``△ 较可能 67%``, or what it hangs on."""
    if target.said == ONE_FIGURE:
        return f"{ONE_FIGURE.symbol} {supposed_label(target, lang)}"
    word = f"{target.said.symbol} {target.said.word(lang)}"
    return " ".join(filter(None, (word, _share(target))))


def verdict_mark(target: TargetOutlook) -> str:
    """Symbol and probability alone, e.g. ``△67%``, where the words are in a key beside it."""
    supposed = target.supposed if target.said == ONE_FIGURE else None
    return target.said.symbol + (_share(target) if supposed is None else percent(supposed[1]))


def _share(target: TargetOutlook) -> str:
    """Probability, or the share of comparable targets met elsewhere; empty without either."""
    if target.said == OUTSIDE and target.outside is not None:
        return "/".join(map(str, target.outside))
    return target.shown


def supposed_label(target: TargetOutlook, lang: str = "zh") -> str:
    """Probability if the missing figure lay on the plan's line, e.g. ``若66则57%``; empty without one."""
    if target.supposed is None:
        return ""
    figure, chance = number(target.supposed[0], target.indicator, lang), percent(target.supposed[1])
    return text.SUPPOSED.fill(lang, figure=figure, chance=chance)


def range_label(target: TargetOutlook, lang: str = "zh") -> str:
    """Probabilities under the classes that could be argued for, with their words where these differ."""
    low, high = target.p_range
    if low is None or high is None or percent(low) == percent(high):
        return ""
    shown = f"{percent(low).rstrip('%')}–{percent(high)}"
    if not target.word_depends_on_class:
        return shown
    words = "–".join(dict.fromkeys(verdict(p).word(lang) for p in (low, high)))
    return shown + text.BRACKETS.fill(lang, it=words)


def target_label(target: TargetOutlook, lang: str = "zh") -> str:
    """The number with the word ``目标`` or ``target`` before it."""
    return text.TARGET.fill(lang, value=number(target.target, target.indicator, lang))


def paces(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """What each target asks for from the latest figure on; empty where no figure says where it stands.

    As everywhere, a level's target of the year under way tells its whole step: a rate a year would mislead.
    """
    indicator, ev = outlook.indicator, outlook.evidence
    if ev.latest is None:
        return ""
    listed = []
    for target in outlook.targets:
        step, said = target.required_per_year, text.PACE
        if step is None or target.year <= ev.latest.time:
            continue
        if target.year == ev.as_of.year and not ev.yearly:
            step, said = target.target - ev.latest.reported, text.PACE_NOW
        digits = indicator.decimals + (said is text.PACE and abs(step) < 10)
        said = said if step * indicator.direction > 0 else text.PACE_REACHED
        listed.append(said.fill(lang, year=target.year, step=f"{step:+,.{digits}f}"))
    unit = text.POINTS.get(lang) if indicator.kind is Kind.RATE else indicator.unit(lang)
    return text.REQUIRED.fill(lang, steps=text.LIST.get(lang).join(listed), unit=unit) if listed else ""


def named(indicator: Indicator, lang: str = "zh", *, short: bool = False) -> str:
    """Name with the unit in brackets."""
    name = indicator.short(lang) if short else indicator.name(lang)
    return text.NAMED.fill(lang, name=name, unit=indicator.unit(lang))


def finding(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """Title of a fan chart: what it shows, in words."""
    name, last = outlook.indicator.short(lang), outlook.targets[-1]
    if outlook.evidence.hypothetical:
        name = text.HYPOTHETICAL.fill(lang, name=name)
    if last.said == DISAGREES:
        return text.DISAGREES.fill(lang, name=name)
    if last.said == OUTSIDE and last.outside is not None:
        return text.OUTSIDE.fill(lang, name=name, met=last.outside[0], decided=last.outside[1])
    if last.said == ONE_FIGURE and last.supposed is not None:
        figure, year = number(last.supposed[0], outlook.indicator, lang), outlook.evidence.as_of.year - 1
        chance = percent(last.supposed[1])
        return text.ONE_FIGURE.fill(lang, name=name, year=year, figure=figure, last=last.year, chance=chance)
    if outlook.forecast is None:
        return text.NOTHING.fill(lang, name=name)
    spans = []
    for word, group in groupby(outlook.targets, key=lambda target: target.verdict):
        years = [str(target.year) for target in group]
        between = text.DASH.get(lang).join(dict.fromkeys((years[0], years[-1])))
        noun = word.word(lang).replace("toss-up", "a toss-up")
        spans.append(text.SPAN.fill(lang, years=between, word=noun))
    return text.MEETS.fill(lang, name=name, spans=text.COMMA.get(lang).join(spans))


def subtitle(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """Number in the plan, full name, what is measured, unit, grade and day."""
    day = f"{outlook.evidence.as_of:%Y-%m-%d}"
    return text.SUBTITLE.fill(lang, i=outlook.indicator, grade=outlook.grade, day=day)


def without_probability(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """Why there is no probability: the first sentence of the reason."""
    reason = outlook.targets[0].reason(lang)
    stop = text.STOP.get(lang)
    return reason.partition(stop)[0].rstrip("。.") + stop.strip()


def inexact(point: Point) -> bool:
    """Whether a figure is told in words (about, over) and is used."""
    return point.precision is not Precision.EXACT and point.role is not Role.OUTLIER


def key(
    outlook: IndicatorOutlook,
    points: Sequence[Point],
    *,
    from_zero: bool = True,
    based: bool = False,
    lang: str = "zh",
) -> str:
    """Explain the marks that occur: shape says whose definition, filling says how exact."""
    yearly, judged = outlook.evidence.yearly, outlook.forecast is not None
    roles = {point.role for point in points}
    to_date = any(point.through < 1 and point.role is not Role.OUTLIER for point in points)
    parts = (
        *((role in roles, text[f"MARK_{role.name}"]) for role in MARKERS),
        (yearly and to_date, text.KEY_TO_DATE),
        (any(point.observation == ASSUMED for point in points), text.KEY_ASSUMED),
        (any(map(inexact, points)), text.KEY_HOLLOW),
        (judged, text.KEY_BANDS),
        (judged, text.KEY_STEPS if yearly else text.KEY_CURVE),
        (based, text.KEY_BASE),
        (not yearly, text.KEY_TICKS),
        (not from_zero, text.KEY_CUT),
    )
    return text.GAP.get(lang).join(said.get(lang) for occurs, said in parts if occurs)


def sources_line(
    points: Sequence[Point], publishers: Mapping[str, str], inferred: Collection[str] = (), lang: str = "zh"
) -> str:
    """Publishers of the figures shown with the days of publication, each publisher once.

    A day that is only inferred (``inferred`` holds the identifiers of such sources) says so.
    Beyond :data:`MAX_SOURCES` publishers only their number is given; the report lists them all.
    """
    cited: dict[str, set[str]] = {}
    for point in (point for point in points if point.observation != ASSUMED):
        name = publishers.get(point.source, point.source)
        if lang != "zh" and not name.isascii():
            name = point.source  # no English name is on record: its number in the list of sources
        day = f"{point.published:%Y-%m-%d}" if point.published else text.UNDATED.get(lang)
        guessed = text.INFERRED.get(lang) if point.published and point.source in inferred else ""
        cited.setdefault(name, set()).add(day + guessed)
    if not cited:
        return text.NO_SOURCES.get(lang)
    items = [text.NAMED.fill(lang, name=n, unit=_days(d, lang)) for n, d in list(cited.items())[:MAX_SOURCES]]
    if more := len(cited) - len(items):
        items.append(text.MORE_SOURCES.fill(lang, n=more))
    return text.SOURCES.fill(lang, listed=text.SEMICOLON.get(lang).join(items))


def told(
    outlooks: Iterable[IndicatorOutlook], publishers: Mapping[str, str] | None = None, lang: str = "zh"
) -> dict[str, str]:
    """What each mark of a chart tells under the pointer, by its group id."""
    lines: dict[str, str] = {}
    for outlook in outlooks:
        indicator = outlook.indicator
        for point in outlook.evidence.points:
            what = f"{observation(point, indicator, lang)} {indicator.unit(lang)}"
            kind = text[f"MARK_{point.role.name}"].get(lang) if point.role in MARKERS else ""
            source = sources_line([point], publishers or {}, lang=lang)
            rows = [f"{point.period(lang)}: {what}", kind, measure(point, indicator.area, lang), source]
            lines[f"figure.{point.observation}."] = "\n".join(filter(None, rows))
        for target in outlook.targets:
            lines[f"target.t{indicator.id}-{target.year}."] = target_told(target, lang)
        lines["today."] = text.AS_OF.fill(lang, day=outlook.evidence.as_of)
    return lines


def target_told(target: TargetOutlook, lang: str = "zh") -> str:
    """A target, what is said of it, and the forecast of its year, line by line."""
    middle = ""
    if target.q50 is not None:
        quantiles = (target.q10, target.q50, target.q90)
        low, mid, high = (number(q or 0.0, target.indicator, lang) for q in quantiles)
        middle = text.FORECAST.fill(lang, low=low, mid=mid, high=high)
    rows = [f"{target.year} {target_label(target, lang)}", verdict_label(target, lang), middle]
    return "\n".join(filter(None, rows))


def description(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """What a reader who cannot see the fan chart must know."""
    indicator, points = outlook.indicator, outlook.evidence.points
    parts = [subtitle(outlook, lang).replace("　|　", "，").replace("  |  ", ", ")]
    if outlook.forecast is None:
        parts.append(outlook.targets[0].reason(lang))
    for target in outlook.targets:
        told = f"{target.year} {target_label(target, lang)}: {verdict_label(target, lang)}"
        if target.q50 is not None:
            told += text.MEDIAN.fill(lang, value=number(target.q50, indicator, lang))
        parts.append(told)
    if points:
        shown = text.LIST.get(lang).join(observation(point, indicator, lang) for point in points)
        parts.append(text.KNOWN.fill(lang, shown=shown))
    return text.STOP.get(lang).join(part.rstrip("。.") for part in parts) + text.PERIOD.get(lang)


def headline_years(outlooks: Sequence[IndicatorOutlook]) -> tuple[int, ...]:
    """Years that a headline tells: this one, or the first that is left, and the plan's last."""
    years, now = [target.year for target in outlooks[0].targets], outlooks[0].evidence.as_of.year
    return tuple(dict.fromkeys((next((y for y in years if y >= now), years[-1]), years[-1])))


def year_finding(
    outlooks: Sequence[IndicatorOutlook], year: int, lang: str = "zh", most: int = MAX_NAMED
) -> str:
    """What one year holds: its targets counted by what is said of them.

    The first ``most`` of each are named, likely ones with the highest probability first, others
    with the lowest; what waits for a figure is only counted.
    """
    targets = [target for outlook in outlooks for target in outlook.targets if target.year == year]
    parts, space = [], text.SPACE.get(lang)
    for said in (*VERDICTS, *OPEN):
        mine = [target for target in targets if target.said == said]
        mine.sort(key=lambda t: (t.p_met or 0.0) * (1 if at_risk(t) else -1))
        named = mine[: most * (said not in OPEN[1:])]
        names = (space.join(filter(None, (t.indicator.short(lang), _share(t)))) for t in named)
        listed = text.LIST.get(lang).join(names) + text.MORE.get(lang) * bool(named and len(mine) > most)
        if mine:
            counted = text.COUNTED.fill(lang, word=said.word(lang), n=len(mine))
            parts.append(counted + (text.BRACKETS.fill(lang, it=listed) if listed else ""))
    now, last = outlooks[0].evidence.as_of.year, outlooks[0].targets[-1].year
    sentence = text.YEAR_NOW if year == now else text.YEAR_LAST if year == last else text.YEAR
    return sentence.fill(lang, year=year, n=len(targets), parts=text.PART_STOP.get(lang).join(parts))


def overview(outlooks: Sequence[IndicatorOutlook], lang: str = "zh") -> str:
    """Title over all indicators: this year and the plan's last, each counted by what is said."""
    told = [year_finding(outlooks, year, lang, most=0) for year in headline_years(outlooks)]
    return text.STOP.get(lang).join(told)


def overview_description(outlooks: Sequence[IndicatorOutlook], lang: str = "zh") -> str:
    """All indicators as a list, for a reader who cannot see the picture."""
    lines = []
    for outlook in outlooks:
        cells = ", ".join(
            f"{target.year} {target_label(target, lang)} {verdict_label(target, lang)}"
            for target in outlook.targets
        )
        level = text.GRADE.fill(lang, grade=outlook.grade)
        lines.append(f"{outlook.indicator.id} {outlook.indicator.name(lang)}: {cells}; {level}")
    return "\n".join(lines)


def verdict_key(outlooks: Iterable[IndicatorOutlook], lang: str = "zh") -> list[tuple[Verdict, str]]:
    """Every word with its symbol and its probabilities, and what else is said of a target."""
    found, ceiling = [], 1.0
    said = {target.said for outlook in outlooks for target in outlook.targets}
    for one in (*VERDICTS, *(one for one in OPEN if one in said)):
        told = f"{one.symbol} {one.word(lang)}"
        if one.floor is not None:
            told += f" {span(one.floor, ceiling)}"
            ceiling = one.floor
        found.append((one, told))
    return found


def span(low: float, high: float) -> str:
    """Range of probabilities that one word stands for."""
    if high >= 1:
        return f"≥{100 * low:.0f}%"
    if low <= 0:
        return f"<{100 * high:.0f}%"
    return f"{100 * low:.0f}–{100 * high:.0f}%"


def ticks(values: Sequence[float], indicator: Indicator, lang: str = "zh") -> list[str]:
    """Labels of an axis, all in one form."""
    largest = max((abs(value) for value in values), default=0.0)
    if lang != "zh" or largest < 10 * WAN:
        return [f"{value:,.10g}" if lang != "zh" else f"{value:.10g}" for value in values]
    size, name = (YI, "亿") if largest >= YI else (WAN, "万")
    return [f"{value / size:.10g}{name}" if value else "0" for value in values]


def _days(found: Collection[str], lang: str) -> str:
    """Days in order; of many, the first and the last."""
    days = sorted(found)
    return text.LIST.get(lang).join(days) if len(days) <= MAX_DAYS else f"{days[0]} … {days[-1]}"
