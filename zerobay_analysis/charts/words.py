"""The words and number forms on a chart; no drawing here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from zerobay_analysis.assessment.outlook import IndicatorOutlook, TargetOutlook
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Point, Precision, Role

__all__ = [
    "description",
    "finding",
    "grades_note",
    "key",
    "number",
    "observation",
    "overview",
    "overview_description",
    "overview_note",
    "pace",
    "percent",
    "sources_line",
    "span",
    "subtitle",
    "ticks",
    "verdict_label",
    "without_probability",
]

AT_RISK = 0.6
"""A target is at risk where it is not at least likely to be met."""
WAN = 10_000
YI = 100_000_000

_QUALIFIED = {
    "zh": {
        Precision.EXACT: "{}",
        Precision.ABOUT: "约{}",
        Precision.AT_LEAST: "超{}",
        Precision.JUST_UNDER: "近{}",
        Precision.A_LITTLE_OVER: "{}余",
        Precision.EXPECTED: "预计{}",
    },
    "en": {
        Precision.EXACT: "{}",
        Precision.ABOUT: "about {}",
        Precision.AT_LEAST: "over {}",
        Precision.JUST_UNDER: "nearly {}",
        Precision.A_LITTLE_OVER: "just over {}",
        Precision.EXPECTED: "{} expected",
    },
}

_MEASURED = {
    Kind.STOCK: ("时点存量", "level at a date"),
    Kind.CUMULATIVE: ("累计数", "cumulative total"),
    Kind.FLOW: ("全年新增数", "new in the year"),
    Kind.RATE: ("全年数", "value for the year"),
}

_ABSENT = {"zh": "无法给出概率", "en": "No probability can be given"}


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


def percent(probability: float) -> str:
    """Whole percent; never 0 % or 100 %, which no forecast can promise."""
    if probability < 0.01:
        return "<1%"
    if probability > 0.99:
        return ">99%"
    return f"{100 * probability:.0f}%"


def observation(point: Point, indicator: Indicator, lang: str = "zh") -> str:
    """Figure as reported, with the source's own qualifier, in the reader's language."""
    return _QUALIFIED[lang][point.precision].format(number(point.reported, indicator, lang))


def verdict_label(target: TargetOutlook, lang: str = "zh") -> str:
    """Symbol, word and probability of one target, e.g. ``△ 较可能 67%``."""
    word = f"{target.verdict.symbol} {target.verdict.word(lang)}"
    return word if target.p_met is None else f"{word} {percent(target.p_met)}"


def pace(target: TargetOutlook, lang: str = "zh") -> str | None:
    """Change per year that the target asks for, with its unit; ``None`` where undefined."""
    step = target.required_per_year
    if step is None:
        return None
    indicator = target.indicator
    digits = indicator.decimals if abs(step) >= 10 else indicator.decimals + 1
    unit = indicator.unit(lang)
    if indicator.kind is Kind.RATE:
        unit = "个百分点" if lang == "zh" else "points"
    return f"每年 {step:+.{digits}f} {unit}" if lang == "zh" else f"{step:+.{digits}f} {unit} a year"


def finding(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """The chart's title: what it shows, in words."""
    name = outlook.indicator.short(lang)
    if outlook.forecast is None:
        return f"{name}：暂无法给出达标概率" if lang == "zh" else f"{name}: no probability can be given yet"
    spans = [
        (verdict, [target.year for target in group])
        for verdict, group in groupby(outlook.targets, key=lambda target: target.verdict)
    ]
    if lang == "zh":
        parts = [f"{_years(years, lang)}年{verdict.word(lang)}" for verdict, years in spans]
        return f"{name}达到目标：" + "，".join(parts)
    parts = [f"{verdict.word(lang)} for {_years(years, lang)}" for verdict, years in spans]
    return f"{name}: meeting the target is " + ", ".join(parts)


def subtitle(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """Number in the plan, unit, what is measured, grade and day."""
    indicator, evidence = outlook.indicator, outlook.evidence
    measured_zh, measured_en = _MEASURED[indicator.kind]
    if lang == "zh":
        return (
            f"指标{indicator.id}　{indicator.name_zh}，{measured_zh}，单位：{indicator.unit_zh}"
            f"　|　证据等级 {outlook.grade}　|　数据截至 {evidence.as_of:%Y-%m-%d}"
        )
    return (
        f"Indicator {indicator.id}, {measured_en}, {indicator.unit_en}"
        f"  |  evidence grade {outlook.grade}  |  as of {evidence.as_of:%Y-%m-%d}"
    )


def without_probability(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """Why there is no probability, in one sentence."""
    reason = outlook.targets[0].reason(lang).rstrip("。.") if outlook.targets else ""
    absent = _ABSENT[lang]
    if not reason:
        return absent
    return f"{absent}：{reason}。" if lang == "zh" else f"{absent}: {reason}."


def key(points: Iterable[Point], *, banded: bool, lang: str = "zh") -> str:
    """Explain the marks that occur: shape says whose definition, filling says how exact."""
    points = tuple(points)
    roles = {point.role for point in points}
    zh = {
        Role.OWN: "● 方案口径",
        Role.DOUBTFUL: "■ 口径存疑",
        Role.PROXY: "◆ 其他口径或地域",
        Role.OUTLIER: "× 异常值，不参与测算",
    }
    en = {
        Role.OWN: "● plan's definition",
        Role.DOUBTFUL: "■ definition in doubt",
        Role.PROXY: "◆ other definition or area",
        Role.OUTLIER: "× outlier, not used",
    }
    words = zh if lang == "zh" else en
    parts = [text for role, text in words.items() if role in roles]
    if any(point.precision is not Precision.EXACT and point.role is not Role.OUTLIER for point in points):
        parts.append(
            "空心与竖线：非精确数及其可能范围"
            if lang == "zh"
            else "hollow with a bar: inexact, and its range"
        )
    if banded:
        parts.append(
            "色带：50%、80%、95%预测区间" if lang == "zh" else "bands: 50, 80, 95% prediction intervals"
        )
    return "　".join(parts) if lang == "zh" else "   ".join(parts)


def sources_line(points: Sequence[Point], publishers: Mapping[str, str], lang: str = "zh") -> str:
    """Publishers of the figures shown with the day of publication, each once."""
    undated = "日期不详" if lang == "zh" else "undated"
    cited: dict[str, list[str]] = {}
    for point in points:
        days = cited.setdefault(publishers.get(point.source, point.source), [])
        day = f"{point.published:%Y-%m-%d}" if point.published else undated
        if day not in days:
            days.append(day)
    if lang == "zh":
        items = [f"{name}（{'、'.join(days)}）" for name, days in cited.items()]
        return "来源：" + "；".join(items) if items else "来源：公开渠道未见本指标数据"
    items = [f"{name} ({', '.join(days)})" for name, days in cited.items()]
    return (
        "Sources: " + "; ".join(items) if items else "Sources: no public figure of this indicator was found"
    )


def description(outlook: IndicatorOutlook, lang: str = "zh") -> str:
    """What a reader who cannot see the fan chart must know."""
    indicator = outlook.indicator
    unit = indicator.unit(lang)
    shown = [observation(point, indicator, lang) for point in outlook.evidence.points]
    parts = [subtitle(outlook, lang)]
    if outlook.forecast is None:
        parts.append(without_probability(outlook, lang))
    for target in outlook.targets:
        value = number(target.target, indicator, lang)
        middle = "" if target.q50 is None else number(target.q50, indicator, lang)
        if lang == "zh":
            text = f"{target.year}年目标 {value}{unit}：{verdict_label(target, lang)}"
            text += f"，预测中位数 {middle}{unit}" if middle else ""
        else:
            text = f"{target.year} target {value} {unit}: {verdict_label(target, lang)}"
            text += f", median forecast {middle}" if middle else ""
        parts.append(text)
    if shown:
        parts.append(("已知数据：" if lang == "zh" else "Known figures: ") + ", ".join(shown))
    return "。".join(part.rstrip("。") for part in parts) if lang == "zh" else ". ".join(parts)


def overview(outlooks: Sequence[IndicatorOutlook], lang: str = "zh") -> str:
    """Title of the table: how many indicators can be judged, and how many are at risk."""
    judged = [outlook for outlook in outlooks if outlook.forecast is not None]
    risky = [o for o in judged if any(t.p_met is not None and t.p_met < AT_RISK for t in o.targets)]
    if lang == "zh":
        text = f"{len(outlooks)}项指标中{len(judged)}项能给出达标概率"
        return f"{text}，其中{len(risky)}项有目标可能落空" if risky else text
    text = f"A probability can be given for {len(judged)} of {len(outlooks)} indicators"
    return f"{text}; {len(risky)} may miss a target" if risky else text


def overview_note(outlooks: Sequence[IndicatorOutlook], lang: str = "zh") -> str:
    """Subtitle of the table: what a cell says, and the day."""
    day = f"{outlooks[0].evidence.as_of:%Y-%m-%d}"
    if lang == "zh":
        return f"各年度目标的达标概率　|　数据截至 {day}"
    return f"Probability that each year's target is met  |  as of {day}"


def overview_description(outlooks: Sequence[IndicatorOutlook], lang: str = "zh") -> str:
    """The whole table as a list, for a reader who cannot see it."""
    lines = []
    for outlook in outlooks:
        cells = [f"{target.year} {verdict_label(target, lang)}" for target in outlook.targets]
        grade = f"证据等级 {outlook.grade}" if lang == "zh" else f"grade {outlook.grade}"
        name = outlook.indicator.name(lang)
        lines.append(f"{outlook.indicator.id} {name}: {', '.join(cells)}; {grade}")
    return "\n".join(lines)


def grades_note(lang: str = "zh") -> str:
    """What the evidence grades mean."""
    if lang == "zh":
        return (
            "证据等级：A 方案口径5个及以上年度数据；B 2至4个；C 仅1个，或只有存疑、其他口径数据；"
            "D 没有数据，只列目标，不给概率。"
        )
    return (
        "Evidence grade: A, 5 or more annual figures of the plan's definition; B, 2 to 4; C, one, or only "
        "figures in doubt or of another definition; D, none: no probability."
    )


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


def _years(years: Sequence[int], lang: str) -> str:
    if len(years) == 1:
        return str(years[0])
    return f"{years[0]}—{years[-1]}" if lang == "zh" else f"{years[0]}–{years[-1]}"
