"""Short words shared by every form of the briefing; number forms are in ``charts.words``."""

from __future__ import annotations

from zerobay_analysis.assessment.outlook import TargetOutlook
from zerobay_analysis.assessment.pace import TargetPace
from zerobay_analysis.charts.words import number
from zerobay_analysis.language import Text, say
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Evidence, Precision, Role

__all__ = ["PRECISION", "ROLE", "counted", "pace_text", "required_text", "unlisted"]

ROLE = {
    Role.OWN: ("方案口径", "plan's definition"),
    Role.DOUBTFUL: ("口径存疑", "doubtful definition"),
    Role.PROXY: ("其他口径或地域", "other definition or area"),
    Role.OUTLIER: ("异常值，不用", "outlier, not used"),
    Role.CONTEXT: ("背景，不用", "context, not used"),
}

PRECISION = {
    Precision.EXACT: ("精确", "exact"),
    Precision.ABOUT: ("约", "about"),
    Precision.AT_LEAST: ("超", "at least"),
    Precision.JUST_UNDER: ("近", "just under"),
    Precision.A_LITTLE_OVER: ("余", "a little over"),
    Precision.EXPECTED: ("预计", "expected"),
}


def pace_text(outlook: TargetOutlook, lang: str) -> str:
    """Change per year that the target needs, with its unit and where it comes from."""
    pace, indicator = outlook.required_per_year, outlook.indicator
    if pace is None:
        return "—"
    if pace * indicator.direction <= 0 and not outlook.pace_from_plan:
        return say(lang, "已达到", "reached")
    unit = counted(indicator, lang, step=True)
    sign = "+" if pace > 0 else ""
    text = say(
        lang, f"每年 {sign}{number(round(pace, 1), indicator)} {unit}", f"{sign}{pace:.1f} {unit} a year"
    )
    if outlook.pace_from_plan:
        text += say(lang, "（方案自身步长）", " (the plan's own step)")
    return text


def unlisted(evidence: Evidence) -> Text:
    """How many figures a page leaves out, and where they are; empty where it lists all."""
    left = len(evidence.points) - len(evidence.listed)
    if not left:
        return Text("", "")
    return Text(
        f"只列最近的数字；另有 {left} 个见 workbook.xlsx 和 figures.csv。",
        f"The latest figures only; {left} more are in workbook.xlsx and figures.csv.",
    )


def required_text(pace: TargetPace, lang: str) -> str:
    """What the target needs from the latest comparable figure, with its unit.

    Less than a year before the target the whole step is told: a rate per year would mislead.
    """
    step_of_a_rate = pace.from_plan and pace.indicator.kind is Kind.RATE  # its targets mostly stay
    if pace.per_year is None or step_of_a_rate:
        return "—"
    indicator = pace.indicator
    if pace.reached and pace.latest is not None:
        if indicator.kind in (Kind.FLOW, Kind.RATE):
            year = round(pace.latest.time)
            return say(lang, f"{year} 年已达到", f"met in {year}")
        return say(lang, "现值已达到", "met already")
    unit = counted(indicator, lang, step=True)
    if pace.years_left is not None and pace.years_left < 1 and pace.gap is not None:
        step = f"{_signed(pace.gap * indicator.direction, indicator.decimals)} {unit}"
        return say(lang, f"年底前 {step}", f"{step} by the end of {pace.year}")
    step = f"{_signed(pace.per_year, indicator.decimals + (abs(pace.per_year) < 10))} {unit}"
    if pace.from_plan:
        return say(lang, f"每年 {step}（方案步长）", f"{step} a year (the plan's step)")
    return say(lang, f"每年 {step}", f"{step} a year")


def counted(indicator: Indicator, lang: str, *, step: bool = False) -> str:
    """Unit after a number; one that begins with a number itself, as ``100m yuan``, after a ×.

    A ``step`` of a rate is in points.
    """
    points = step and indicator.kind is Kind.RATE
    unit = say(lang, "个百分点", "points") if points else indicator.unit(lang)
    return f"× {unit}" if unit[:1].isdigit() else unit


def _signed(value: float, digits: int) -> str:
    """With its sign, at most ``digits`` decimals, none for a whole number."""
    return f"{value:+,.0f}" if float(value).is_integer() else f"{value:+,.{digits}f}"
