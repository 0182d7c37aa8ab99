"""Tables that a person reads, in the person's language; one function per table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zerobay_analysis.assessment.earlier_round import earlier_round
from zerobay_analysis.assessment.outlook import IndicatorOutlook, annual_years
from zerobay_analysis.briefing.words import PRECISION, ROLE, pace_text, verdict_text
from zerobay_analysis.series import Point, Role

if TYPE_CHECKING:
    from zerobay_analysis.study import Study

__all__ = [
    "earlier_table",
    "figures_table",
    "outlook_table",
    "reasons_table",
    "requests_table",
    "status_table",
    "targets_table",
]


def outlook_table(study: Study) -> pd.DataFrame:
    """One row per indicator: latest figure, grade, and the verdict for every target year."""
    zh = study.lang == "zh"
    rows = []
    for outlook in study.outlooks:
        row = {
            "#": outlook.indicator.id,
            "指标" if zh else "indicator": _name_with_unit(outlook, study.lang),
            "最新" if zh else "latest": _latest(outlook),
            "等级" if zh else "grade": outlook.grade.value,
        }
        for target in outlook.targets:
            goal = outlook.indicator.format(target.target)
            row[str(target.year)] = f"{goal}  {verdict_text(target, study.lang)}"
        rows.append(row)
    return pd.DataFrame(rows).set_index("#")


def targets_table(outlook: IndicatorOutlook, lang: str) -> pd.DataFrame:
    """One row per target year of one indicator: verdict, central range, required pace."""
    zh = lang == "zh"
    fmt = outlook.indicator.format
    rows = [
        {
            "年份" if zh else "year": t.year,
            "目标" if zh else "target": fmt(t.target),
            "前景" if zh else "outlook": verdict_text(t, lang),
            "预测中位" if zh else "median": "—" if t.q50 is None else fmt(t.q50),
            "80% 区间" if zh else "80 % interval": (
                "—" if t.q10 is None or t.q90 is None else f"{fmt(t.q10)} – {fmt(t.q90)}"
            ),
            "需要的速度" if zh else "required pace": pace_text(t, lang),
        }
        for t in outlook.targets
    ]
    return pd.DataFrame(rows).set_index("年份" if zh else "year")


def figures_table(outlook: IndicatorOutlook, study: Study) -> pd.DataFrame:
    """Every figure known about one indicator, with its role and its source."""
    zh = study.lang == "zh"
    sources = study.ledger.sources.set_index("source")["publisher"]
    rows = [
        {
            "数字" if zh else "figure": point.label,
            "截至" if zh else "as of": _period(point),
            "发布" if zh else "published": "—" if point.published is None else point.published.isoformat(),
            "精确度" if zh else "precision": PRECISION[point.precision][not zh],
            "用途" if zh else "use": ROLE[point.role][not zh],
            "来源" if zh else "source": f"{point.observation} {sources.get(point.source, point.source)}",
            "说明" if zh else "caveat": point.caveat,
        }
        for point in outlook.evidence.points
    ]
    headings = ("数字", "截至", "发布", "精确度", "用途", "来源", "说明")
    english = ("figure", "as of", "published", "precision", "use", "source", "caveat")
    return pd.DataFrame(rows, columns=list(headings if zh else english))


def status_table(study: Study) -> pd.DataFrame:
    """One row per indicator: which years are known, how many figures of which use, the grade."""
    zh = study.lang == "zh"
    rows = []
    for outlook in study.outlooks:
        counts = {role: len(outlook.evidence.with_role(role)) for role in Role}
        years = annual_years(outlook.evidence)
        row = {
            "#": outlook.indicator.id,
            "指标" if zh else "indicator": outlook.indicator.short(study.lang),
            "责任单位" if zh else "owner": "、".join(outlook.indicator.owners),
            "方案口径年份" if zh else "years on record": "、".join(map(str, years)) or "—",
        }
        row |= {ROLE[role][not zh]: counts[role] for role in Role}
        row["等级" if zh else "grade"] = outlook.grade.value
        rows.append(row)
    return pd.DataFrame(rows).set_index("#")


def reasons_table(study: Study) -> pd.DataFrame:
    """One row per indicator: why a probability can or cannot be given."""
    zh = study.lang == "zh"
    rows = [
        {
            "#": outlook.indicator.id,
            "指标" if zh else "indicator": outlook.indicator.short(study.lang),
            "等级" if zh else "grade": outlook.grade.value,
            "概率" if zh else "probability": _yes_no(outlook.forecast is not None, study.lang),
            "依据或原因" if zh else "evidence or reason": outlook.targets[0].reason(study.lang),
        }
        for outlook in study.outlooks
    ]
    return pd.DataFrame(rows).set_index("#")


def requests_table(study: Study) -> pd.DataFrame:
    """One row per indicator with data owed: what is missing and who holds it."""
    zh = study.lang == "zh"
    rows = [
        {
            "#": outlook.indicator.id,
            "责任单位" if zh else "owner": "、".join(outlook.indicator.owners),
            "请提供" if zh else "please send": outlook.request(study.lang),
        }
        for outlook in study.outlooks
        if outlook.request(study.lang)
    ]
    columns = ["#", "责任单位" if zh else "owner", "请提供" if zh else "please send"]
    return pd.DataFrame(rows, columns=columns).set_index("#")


def earlier_table(study: Study) -> pd.DataFrame:
    """Targets of the earlier round and whether the record shows them met."""
    return earlier_round(study.plan, study.ledger.as_of(study.as_of))


def _name_with_unit(outlook: IndicatorOutlook, lang: str) -> str:
    return f"{outlook.indicator.short(lang)}（{outlook.indicator.unit(lang)}）"


def _latest(outlook: IndicatorOutlook) -> str:
    target = outlook.targets[0]
    if target.latest_value is None:
        return "—"
    return f"{outlook.indicator.format(target.latest_value)} ({target.latest_date})"


def _period(point: Point) -> str:
    from zerobay_analysis.assessment.outlook import month_label

    return month_label(point.time)


def _yes_no(value: bool, lang: str) -> str:
    if lang == "zh":
        return "有" if value else "无"
    return "yes" if value else "no"
