"""Short words shared by every form of the briefing; number forms are in ``charts.words``."""

from __future__ import annotations

from zerobay_analysis.assessment.outlook import TargetOutlook
from zerobay_analysis.charts.words import number
from zerobay_analysis.language import say
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import Precision, Role

__all__ = ["PRECISION", "ROLE", "pace_text"]

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
    unit = say(lang, "个百分点", "points") if indicator.kind is Kind.RATE else indicator.unit(lang)
    sign = "+" if pace > 0 else ""
    text = say(
        lang, f"每年 {sign}{number(round(pace, 1), indicator)} {unit}", f"{sign}{pace:.1f} {unit} a year"
    )
    if outlook.pace_from_plan:
        text += say(lang, "（方案自身步长）", " (the plan's own step)")
    return text
