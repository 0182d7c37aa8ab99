"""The words and number forms on a chart; no drawing here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from zerobay_analysis.assessment.outlook import (
    AT_RISK_BELOW,
    NO_VERDICT,
    VERDICTS,
    IndicatorOutlook,
    TargetOutlook,
    Verdict,
    at_risk,
    percent,
)
from zerobay_analysis.language import say
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Point, Precision, Role

__all__ = [
    "description",
    "finding",
    "grades_note",
    "key",
    "mark_names",
    "measure",
    "named",
    "number",
    "observation",
    "overview",
    "overview_description",
    "overview_note",
    "pace",
    "panels_note",
    "percent",
    "sources_line",
    "span",
    "subtitle",
    "target_label",
    "ticks",
    "verdict_key",
    "verdict_label",
    "verdict_mark",
    "without_probability",
]

"""Area of the plan; a figure of another area names it."""
WAN = 10_000
YI = 100_000_000

_QUALIFIED = {
    Precision.EXACT: ("{}", "{}"),
    Precision.ABOUT: ("约{}", "about {}"),
    Precision.AT_LEAST: ("超{}", "over {}"),
    Precision.JUST_UNDER: ("近{}", "nearly {}"),
    Precision.A_LITTLE_OVER: ("{}余", "just over {}"),
    Precision.EXPECTED: ("预计{}", "{} expected"),
}

_ROLE_MARKS = {
    Role.OWN: ("● 方案口径", "● plan's definition"),
    Role.DOUBTFUL: ("■ 口径存疑", "■ definition in doubt"),
    Role.PROXY: ("◆ 其他口径或地域", "◆ other definition or area"),
    Role.OUTLIER: ("× 异常值，不参与测算", "× outlier, not used"),
}


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
    text = say(lang, *_QUALIFIED[point.precision]).format(number(point.reported, indicator, lang))
    if point.months >= 12 or indicator.kind in (Kind.STOCK, Kind.CUMULATIVE):
        return text
    return text + say(lang, f"（1—{point.months}月）", f" (first {point.months} months)")


def measure(point: Point, home: str) -> str:
    """What a figure of another definition or area counts, as the record names it, unless it is ``home``."""
    what, _, where = point.group.partition("|")
    return f"{where}{what}" if where and where != home else what


def verdict_label(target: TargetOutlook, lang: str = "zh") -> str:
    """Symbol, word and probability of one target, e.g. ``△ 较可能 67%``."""
    word = f"{target.verdict.symbol} {target.verdict.word(lang)}"
    return word if target.p_met is None else f"{word} {percent(target.p_met)}"


def verdict_mark(target: TargetOutlook) -> str:
    """Symbol and probability alone, e.g. ``△67%``, where the words are in a key beside it."""
    return target.verdict.symbol + ("" if target.p_met is None else percent(target.p_met))


def target_label(target: TargetOutlook, lang: str = "zh") -> str:
    """The number with the word ``目标`` or ``target`` before it."""
    value = number(target.target, target.indicator, lang)
    return say(lang, f"目标 {value}", f"target {value}")


def pace(target: TargetOutlook, lang: str = "zh") -> str | None:
    """Change per year that the target asks for, with its unit; ``None`` where undefined."""
    step = target.required_per_year
    if step is None:
        return None
    indicator = target.indicator
    digits = indicator.decimals + (abs(step) < 10)
    unit = say(lang, "个百分点", "points") if indicator.kind is Kind.RATE else indicator.unit(lang)
    value = f"{step:+.{digits}f} {unit}"
    return say(lang, f"所需进度：每年 {value}", f"required: {value} a year")


def named(indicator: Indicator, lang: str = "zh", *, short: bool = False) -> str:
    """Name with the unit in brackets."""
    name = indicator.short(lang) if short else indicator.name(lang)
    unit = indicator.unit(lang)
    return say(lang, f"{name}（{unit}）", f"{name} ({unit})")


def finding(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """Title of a fan chart: what it shows, in words."""
    name = outlook.indicator.short(lang)
    if outlook.forecast is None:
        return say(lang, f"{name}：暂无法给出达标概率", f"{name}: no probability can be given yet")
    spans = [
        (verdict, [target.year for target in group])
        for verdict, group in groupby(outlook.targets, key=lambda target: target.verdict)
    ]
    zh = "，".join(f"{_years(years, '—')}年{verdict.word_zh}" for verdict, years in spans)
    nouns = {"toss-up": "a toss-up"}
    en = ", ".join(f"{nouns.get(v.word_en, v.word_en)} for {_years(years, '–')}" for v, years in spans)
    return say(lang, f"{name}达到目标：{zh}", f"{name}: meeting the target is {en}")


def subtitle(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """Number in the plan, full name, what is measured, unit, grade and day."""
    indicator, day = outlook.indicator, f"{outlook.evidence.as_of:%Y-%m-%d}"
    return say(
        lang,
        f"指标{indicator.id} {indicator.name_zh}（{indicator.unit_zh}）"
        f"　|　证据等级 {outlook.grade}　|　数据截至 {day}",
        f"Indicator {indicator.id}: {indicator.name_en} ({indicator.unit_en})"
        f"  |  evidence grade {outlook.grade}  |  as of {day}",
    )


def without_probability(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """Why there is no probability: the first sentence of the reason."""
    reason = outlook.targets[0].reason(lang)
    stop = say(lang, "。", ". ")
    return reason.partition(stop)[0].rstrip("。.") + stop.strip()


def key(points: Iterable[Point], kind: Kind, *, banded: bool, lang: str = "zh") -> str:
    """Explain the marks that occur: shape says whose definition, filling says how exact."""
    points = tuple(points)
    roles = {point.role for point in points}
    parts = [say(lang, *text) for role, text in _ROLE_MARKS.items() if role in roles]
    if any(point.precision is not Precision.EXACT and point.role is not Role.OUTLIER for point in points):
        parts.append(say(lang, "空心与竖线：非精确数及其可能范围", "hollow with bar: inexact, and its range"))
    if banded:
        zh, en = (
            "色带：50%、80%、95%预测区间，线为中位数",
            "bands: 50, 80, 95% prediction intervals and median",
        )
        parts.append(say(lang, zh, en))
    if kind in (Kind.STOCK, Kind.CUMULATIVE):
        parts.append(say(lang, "横轴刻度为年末", "ticks: end of year"))
    return say(lang, "　", "   ").join(parts)


def mark_names(lang: str = "zh") -> list[str]:
    """Every mark's meaning, one a line."""
    return [say(lang, *text) for text in _ROLE_MARKS.values()]


def sources_line(
    points: Sequence[Point],
    publishers: Mapping[str, str],
    inferred: Collection[str] = (),
    lang: str = "zh",
    most: int = 6,
) -> str:
    """Publishers of the figures shown with the days of publication, each publisher once.

    A day that is only inferred (``inferred`` holds the identifiers of such sources) says so.
    Beyond ``most`` publishers only their number is given; the report lists them all.
    """
    cited: dict[str, list[str]] = {}
    for point in points:
        days = cited.setdefault(publishers.get(point.source, point.source), [])
        day = f"{point.published:%Y-%m-%d}" if point.published else say(lang, "日期不详", "undated")
        if point.published and point.source in inferred:
            day += say(lang, "，推断", ", inferred")
        if day not in days:
            days.append(day)
    if not cited:
        return say(lang, "来源：截至当日没有本指标的数据", "Sources: no figure of this indicator by that day")
    items = [
        say(lang, f"{name}（{_days(days, '、')}）", f"{name} ({_days(days, ', ')})")
        for name, days in list(cited.items())[:most]
    ]
    more = len(cited) - len(items)
    if more:
        items.append(say(lang, f"另有{more}个来源，见数字清单", f"{more} more in the list of figures"))
    return say(lang, "来源：", "Sources: ") + say(lang, "；", "; ").join(items)


def description(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """What a reader who cannot see the fan chart must know."""
    indicator, points = outlook.indicator, outlook.evidence.points
    parts = [subtitle(outlook, lang).replace("　|　", "，").replace("  |  ", ", ")]
    if outlook.forecast is None:
        parts.append(outlook.targets[0].reason(lang))
    for target in outlook.targets:
        middle = "" if target.q50 is None else number(target.q50, indicator, lang)
        text = f"{target.year} {target_label(target, lang)}: {verdict_label(target, lang)}"
        parts.append(
            text + (say(lang, f"，预测中位数 {middle}", f", median forecast {middle}") if middle else "")
        )
    if points:
        shown = say(lang, "、", ", ").join(observation(point, indicator, lang) for point in points)
        parts.append(say(lang, f"已知数字：{shown}", f"Known figures: {shown}"))
    return say(lang, "。", ". ").join(part.rstrip("。.") for part in parts) + say(lang, "。", ".")


def overview(outlooks: Sequence[IndicatorOutlook], lang: str = "zh") -> str:
    """Title over all indicators: how many can be judged, and how many are at risk."""
    judged = [outlook for outlook in outlooks if outlook.forecast is not None]
    risky = [o for o in judged if any(map(at_risk, o.targets))]
    zh = f"{len(outlooks)}项指标中{len(judged)}项能给出达标概率"
    en = f"{len(judged)} of {len(outlooks)} indicators have a probability"
    if risky:
        zh += f"，其中{len(risky)}项有目标把握不足 {percent(AT_RISK_BELOW)}"
        en += f"; {len(risky)} with a target below {percent(AT_RISK_BELOW)}"
    return say(lang, zh, en)


def overview_note(outlooks: Sequence[IndicatorOutlook], lang: str = "zh") -> str:
    """Subtitle over all indicators: what is shown, and the day."""
    day = f"{outlooks[0].evidence.as_of:%Y-%m-%d}"
    return say(
        lang,
        f"各年度目标与达标概率　|　数据截至 {day}",
        f"Targets and the probability that each is met  |  as of {day}",
    )


def overview_description(outlooks: Sequence[IndicatorOutlook], lang: str = "zh") -> str:
    """All indicators as a list, for a reader who cannot see the picture."""
    lines = []
    for outlook in outlooks:
        cells = ", ".join(
            f"{target.year} {target_label(target, lang)} {verdict_label(target, lang)}"
            for target in outlook.targets
        )
        level = say(lang, f"证据等级 {outlook.grade}", f"evidence grade {outlook.grade}")
        lines.append(f"{outlook.indicator.id} {outlook.indicator.name(lang)}: {cells}; {level}")
    return "\n".join(lines)


def grades_note(lang: str = "zh") -> str:
    """What the evidence grades mean."""
    return say(
        lang,
        "证据等级：A 方案口径5个及以上年度数据；B 2至4个；C 仅1个，或只有存疑、其他口径数据；"
        "D 没有数据，不给概率。",
        "Evidence grade: A, 5 or more annual figures of the plan's definition; B, 2 to 4; C, one, or only "
        "figures in doubt or of another definition; D, none, and no probability.",
    )


def panels_note(years: Sequence[int], lang: str = "zh") -> str:
    """How to read the small multiples."""
    listed = say(lang, "、", ", ").join(map(str, years))
    return say(
        lang,
        f"每幅图上方依次为{listed}年目标的达标概率；短横线为目标，色带为50%、80%、95%预测区间。",
        f"Above each panel: the probability that the target of {listed} is met. Dashes are targets; "
        "bands are 50, 80 and 95% prediction intervals.",
    )


def verdict_key(lang: str = "zh") -> list[tuple[Verdict, str]]:
    """Every verdict with its symbol, its word and the probabilities that the word stands for."""
    found, ceiling = [], 1.0
    for verdict in (*VERDICTS, NO_VERDICT):
        text = f"{verdict.symbol} {verdict.word(lang)}"
        if verdict.floor is not None:
            text += f" {span(verdict.floor, ceiling)}"
            ceiling = verdict.floor
        found.append((verdict, text))
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


def _years(years: Sequence[int], dash: str) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]}{dash}{years[-1]}"


def _days(days: Sequence[str], comma: str, most: int = 3) -> str:
    """Days in order; of many, the first and the last."""
    days = sorted(days)
    return comma.join(days) if len(days) <= most else f"{days[0]} … {days[-1]}"
