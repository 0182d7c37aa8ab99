"""Short words and number forms shared by every form of the briefing."""

from __future__ import annotations

from zerobay_analysis.assessment.outlook import TargetOutlook
from zerobay_analysis.series import Precision, Role

__all__ = ["PRECISION", "ROLE", "SYNTHETIC", "pace_text", "percent", "verdict_text"]

SYNTHETIC = ("演示数据，非真实数字", "Synthetic demonstration data, not real figures")

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


def percent(p: float | None) -> str:
    """A probability as people read it: ``63%``, never ``0%`` or ``100%``, ``—`` for none."""
    if p is None:
        return "—"
    if p < 0.01:
        return "<1%"
    if p > 0.99:
        return ">99%"
    return f"{100 * p:.0f}%"


def verdict_text(outlook: TargetOutlook, lang: str) -> str:
    """Symbol, word and probability: ``▽ 较难 31%``."""
    text = f"{outlook.verdict.symbol} {outlook.verdict.word(lang)}"
    return text if outlook.p_met is None else f"{text} {percent(outlook.p_met)}"


def pace_text(outlook: TargetOutlook, lang: str) -> str:
    """Change per year that the target needs, with its unit and where it comes from."""
    if outlook.required_per_year is None:
        return "—"
    indicator, pace = outlook.indicator, outlook.required_per_year
    unit = indicator.unit(lang) if indicator.kind != "rate" else ("个百分点" if lang == "zh" else "points")
    per_year = "/年" if lang == "zh" else " a year"
    if pace <= 0 and not outlook.pace_from_plan:
        return "已达到" if lang == "zh" else "reached"
    number = f"{pace:+.{indicator.decimals + 1}f}".rstrip("0").rstrip(".") if pace else "0"
    note = ""
    if outlook.pace_from_plan:
        note = "（方案自身步长）" if lang == "zh" else " (the plan's own step)"
    return f"{number} {unit}{per_year}{note}"
