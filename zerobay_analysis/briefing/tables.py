"""Tables that a person reads, in the person's language; one function per table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zerobay_analysis.assessment.earlier_round import earlier_round
from zerobay_analysis.assessment.outlook import VERDICTS, IndicatorOutlook, annual_years
from zerobay_analysis.briefing.words import PRECISION, ROLE, counted, pace_text, unlisted
from zerobay_analysis.charts.words import named, number, verdict_label
from zerobay_analysis.language import say
from zerobay_analysis.plan import Indicator, Kind
from zerobay_analysis.series import Point, Role

if TYPE_CHECKING:
    from zerobay_analysis.study import Study

__all__ = [
    "calibration_models",
    "calibration_note",
    "calibration_provenance",
    "calibration_words",
    "conflicts_table",
    "earlier_table",
    "figures_table",
    "influence_table",
    "lateness_table",
    "latest_text",
    "model_notes",
    "outlook_table",
    "owed_note",
    "owed_table",
    "reasons_table",
    "revisions_table",
    "status_table",
    "targets_table",
]

LEAST_WEIGHT = 0.005
"""Weight below which a figure has no row of its own in the table of influence."""


def outlook_table(study: Study) -> pd.DataFrame:
    """One row per indicator: latest figure, grade, and target and verdict for every year."""
    lang = study.lang
    rows = [
        {
            "#": outlook.indicator.id,
            say(lang, "指标", "indicator"): named(outlook.indicator, lang, short=True),
            say(lang, "最新", "latest"): latest_text(outlook, lang),
            say(lang, "等级", "grade"): outlook.grade.value,
        }
        | {
            str(t.year): f"{number(t.target, t.indicator, lang)}  {verdict_label(t, lang)}"
            for t in outlook.targets
        }
        for outlook in study.outlooks
    ]
    return pd.DataFrame(rows).set_index("#")


def targets_table(outlook: IndicatorOutlook, lang: str) -> pd.DataFrame:
    """One row per target year of one indicator: verdict, central range, required pace."""
    year = say(lang, "年份", "year")
    rows = [
        {
            year: t.year,
            say(lang, "目标", "target"): number(t.target, t.indicator, lang),
            say(lang, "前景", "outlook"): verdict_label(t, lang),
            say(lang, "预测中位", "median"): _number(t.q50, outlook, lang),
            say(lang, "80% 区间", "80% interval"): (
                "—" if t.q10 is None else f"{_number(t.q10, outlook, lang)} – {_number(t.q90, outlook, lang)}"
            ),
            say(lang, "需要的速度", "required pace"): pace_text(t, lang),
        }
        for t in outlook.targets
    ]
    return pd.DataFrame(rows).set_index(year)


def figures_table(outlook: IndicatorOutlook, study: Study) -> pd.DataFrame:
    """Every figure known about one indicator, with its use and its source."""
    lang = study.lang
    publishers = study.ledger.sources.set_index("source")["publisher"]
    columns = [
        say(lang, *pair)
        for pair in (
            ("数字", "figure"),
            ("期间", "period"),
            ("发布", "published"),
            ("精确度", "precision"),
            ("用途", "use"),
            ("来源", "source"),
            ("说明", "caveat"),
        )
    ]
    rows = [
        (
            point.label,
            point.period(lang),
            "—" if point.published is None else point.published.isoformat(),
            say(lang, *PRECISION[point.precision]),
            say(lang, *ROLE[point.role]),
            f"{point.observation} {publishers.get(point.source, point.source)}",
            point.caveat,
        )
        for point in outlook.evidence.listed
    ]
    if left := unlisted(outlook.evidence).get(lang):
        rows.append(("…", "", "", "", "", "", left))
    return pd.DataFrame(rows, columns=columns)


def influence_table(outlook: IndicatorOutlook, study: Study) -> pd.DataFrame:
    """What each figure does to the answer: its weight, and every probability without it.

    In brackets, in percentage points, what the figure adds. Figures that move nothing are
    counted in the last row.
    """
    from zerobay_analysis.assessment.influence import leave_one_out

    lang = study.lang
    found = leave_one_out(study.plan, outlook.evidence, model=study.model, seed=study.seed)
    targets = found.outlook.targets
    headings = [
        say(lang, *pair)
        for pair in (("数字", "figure"), ("期间", "period"), ("用途", "use"), ("权重", "weight"))
    ]
    headings += [say(lang, f"没有它时 {t.year}", f"{t.year} without it") for t in targets]
    rows: list[tuple[str, ...]] = []
    for figure in found.figures:
        point = figure.point
        if figure.weight is not None and figure.weight < LEAST_WEIGHT:
            continue
        weight = say(lang, "决定性", "decisive") if figure.weight is None else f"{figure.weight:.0%}"
        cells = (_without(p, t.p_met) for p, t in zip(figure.p_met, targets, strict=True))
        use = say(lang, *ROLE[point.role])
        rows.append((point.label, point.period(lang), use, weight, *cells))
    idle = len(found.figures) - len(rows)
    if idle:
        text = say(lang, f"其余 {idle} 个数字", f"{idle} other figures")
        rows.append((text, "—", "—", f"<{LEAST_WEIGHT:.1%}", *("—" for _ in targets)))
    return pd.DataFrame(rows, columns=headings)


def _without(p: float | None, p_met: float | None) -> str:
    """Probability without a figure, and in points what the figure adds."""
    return "—" if p is None or p_met is None else f"{p:.0%} ({round(100 * (p_met - p)):+d})"


def status_table(study: Study) -> pd.DataFrame:
    """One row per indicator: which years are known, how many figures of which use, the grade."""
    lang = study.lang
    rows = [
        {
            "#": outlook.indicator.id,
            say(lang, "指标", "indicator"): outlook.indicator.short(lang),
            say(lang, "责任单位", "owner"): "、".join(outlook.indicator.owners),
            say(lang, "方案口径年份", "years on record"): (
                "、".join(map(str, annual_years(outlook.evidence))) or "—"
            ),
        }
        | {say(lang, *ROLE[role]): len(outlook.evidence.with_role(role)) for role in Role}
        | {say(lang, "等级", "grade"): outlook.grade.value}
        for outlook in study.outlooks
    ]
    return pd.DataFrame(rows).set_index("#")


def reasons_table(study: Study) -> pd.DataFrame:
    """One row per indicator: why a probability can or cannot be given."""
    lang = study.lang
    rows = [
        {
            "#": outlook.indicator.id,
            say(lang, "指标", "indicator"): outlook.indicator.short(lang),
            say(lang, "等级", "grade"): outlook.grade.value,
            say(lang, "概率", "probability"): (
                say(lang, "无", "no") if outlook.forecast is None else say(lang, "有", "yes")
            ),
            say(lang, "依据或原因", "evidence or reason"): outlook.targets[0].reason(lang),
        }
        for outlook in study.outlooks
    ]
    return pd.DataFrame(rows).set_index("#")


def owed_table(study: Study) -> pd.DataFrame:
    """What is owed for the indicators, joint units in one row; the workbook lists all, by unit."""
    from zerobay_analysis.assessment.data_owed import Need, data_owed

    lang = study.lang
    headings = [
        say(lang, *pair)
        for pair in (
            ("责任单位", "units"),
            ("编号", "no."),
            ("事项", "need"),
            ("请提供", "please send"),
            ("形式", "form"),
            ("时限", "due"),
        )
    ]
    items = data_owed(study.plan, study.ledger, study.outlooks, study.as_of)
    rows = {
        (item.number, item.need, item.what): (
            "、".join(study.plan.indicator(int(item.number)).owners),
            item.number,
            item.need.word(lang),
            item.what.get(lang),
            item.form.get(lang),
            item.due.isoformat(),
        )
        for item in items
        if item.need not in (Need.COMMITMENT, Need.NEXT)
    }
    return pd.DataFrame(list(rows.values()), columns=headings)


def owed_note(study: Study) -> str:
    """How the days of the list were set; before it, figures to check first."""
    from zerobay_analysis.assessment.data_owed import due_rule
    from zerobay_analysis.assessment.outliers import outliers_text

    return "\n".join(filter(None, (outliers_text(study.outliers, study.lang), due_rule(study.lang))))


def lateness_table(study: Study) -> pd.DataFrame:
    """How long after its period each indicator's official figures came out, and how many changed."""
    from zerobay_analysis.assessment.completeness import LATE_DAYS, lateness

    lang = study.lang
    table = lateness(study.ledger, study.as_of)
    indicators = {indicator.id: indicator for indicator in study.plan.indicators}
    columns = {
        "#": table["indicator"],
        say(lang, "指标", "indicator"): [indicators[int(n)].short(lang) for n in table["indicator"]],
        say(lang, "方案口径数字", "figures"): table["figures"],
        say(lang, "发布日期不明", "day unknown"): table["undated"],
        say(lang, "期末到发布（天，中位）", "days to publication (median)"): _days(table["median_days"]),
        say(lang, "最长（天）", "longest (days)"): _days(table["longest_days"]),
        say(lang, "最长的一期", "longest: period"): table["longest_period"].replace("", "—"),
        say(lang, f"超过{LATE_DAYS}天", f"over {LATE_DAYS} days"): table["late"],
        say(lang, "修订过", "revised"): table["revised"],
    }
    return pd.DataFrame(columns).set_index("#")


def _days(values: pd.Series[float]) -> list[str]:
    return ["—" if pd.isna(value) else f"{value:.0f}" for value in values]


def conflicts_table(study: Study) -> pd.DataFrame:
    """Figures that contradict each other; all are kept."""
    lang = study.lang
    known = study.ledger.as_of(study.as_of).frame
    known = known[known["conflict"] != ""].sort_values(["conflict", "period_end", "observation"])
    columns = ["conflict", "observation", "geography", "measure", "period", "value", "unit", "conflict_note"]
    headings = (
        ("组", "group"),
        ("编号", "id"),
        ("地域", "area"),
        ("统计内容", "measure"),
        ("时点", "period"),
        ("数值", "value"),
        ("单位", "unit"),
        ("矛盾之处", "what conflicts"),
    )
    return (
        known[columns]
        .set_axis([say(lang, *pair) for pair in headings], axis="columns")
        .reset_index(drop=True)
    )


def revisions_table(study: Study) -> pd.DataFrame:
    """Figures published more than once, with how far and how late they moved."""
    return study.ledger.revisions()


def earlier_table(study: Study) -> pd.DataFrame:
    """Targets of the earlier round and whether the record shows them met."""
    lang = study.lang
    table = earlier_round(study.plan, study.ledger.as_of(study.as_of))
    year = table["target_year"].astype("string").fillna(say(lang, "未写明", "not stated"))
    goal = table["target"].map("{:g}".format) + " " + table["unit"]
    columns = {
        say(lang, "指标", "indicator"): table["name"],
        say(lang, "目标年份", "year"): year,
        say(lang, "目标", "target"): goal,
        say(lang, "记录中的数字", "figure on record"): table["figure"].fillna("—"),
        say(lang, "是否达到", "met"): table[f"met_{lang}"],
        say(lang, "依据", "evidence"): table[f"reason_{lang}"],
    }
    return pd.DataFrame(columns)


def model_notes(outlook: IndicatorOutlook, lang: str) -> str:
    """What the model wants its reader to know, one line each."""
    notes = () if outlook.forecast is None else outlook.forecast.notes
    return "\n".join(notes) or say(lang, "无", "none")


def calibration_note(outlook: IndicatorOutlook, study: Study) -> str:
    """How far this model could be believed on public series with as few figures as here."""
    from zerobay_analysis.errors import ParameterError
    from zerobay_analysis.evaluation.calibration import calibration_at

    lang = study.lang
    if outlook.forecast is None:
        return say(lang, "没有概率，无从校准。", "No probability, nothing to calibrate.")
    known = max(1, len(annual_years(outlook.evidence)))
    try:
        row = calibration_at(study.model, known)
    except ParameterError as error:
        return str(error)
    return say(
        lang,
        f"公开序列上只给 {row['n']} 个数字时：80% 区间实际覆盖 {row['coverage80']:.0%}，"
        f"95% 区间 {row['coverage95']:.0%}，概率平均偏差 {row['ece']:.1%}。",
        f"On public series with {row['n']} figures: the 80% interval covered {row['coverage80']:.0%}, "
        f"the 95% interval {row['coverage95']:.0%}; probabilities were {row['ece']:.1%} off on average.",
    )


def latest_text(outlook: IndicatorOutlook, lang: str) -> str:
    """Where the indicator stands: its latest figure and what that covers, or ``—``.

    Of a flow's or a rate's year under way its first months, those of last year and how far the
    target is. Several standing reports of one date are all told, the one that counts first.
    """
    evidence = outlook.evidence
    so_far, latest = evidence.year_to_date, evidence.latest
    if so_far is not None:
        return _so_far(so_far, outlook, lang)
    return "—" if latest is None else f"{_reported(latest, outlook, lang)} ({latest.period(lang)})"


def _so_far(point: Point, outlook: IndicatorOutlook, lang: str) -> str:
    year = round(point.time)
    before = outlook.evidence.reaching(year - 1, point.through)
    was = say(lang, "无数", "not known") if before is None else _reported(before, outlook, lang, unit=True)
    parts = [
        f"{point.period(lang)}{say(lang, '', ': ')}{_reported(point, outlook, lang, unit=True)}",
        say(lang, f"上年同期{was}", f"a year before {was}"),
    ]
    target = next((t.target for t in outlook.targets if t.year == year), None)
    if target is not None:
        parts.append(_done(point.reported, target, outlook.indicator, lang))
    return say(lang, "，", ", ").join(parts)


def _done(value: float, target: float, indicator: Indicator, lang: str) -> str:
    """Share of a flow's target that is in; of a rate, which does not add up, the points to it."""
    if indicator.kind is Kind.FLOW and target > 0:
        share = f"{value / target:.0%}"
        word = "完成" if indicator.direction > 0 else "为目标的"
        return say(lang, f"{word}{share}", f"{share} of the target")
    gap = number(round(abs(value - target), indicator.decimals), indicator, lang)
    if value >= target:
        return say(lang, f"高于目标{gap}个百分点", f"{gap} points above the target")
    return say(lang, f"低于目标{gap}个百分点", f"{gap} points below the target")


def _reported(point: Point, outlook: IndicatorOutlook, lang: str, *, unit: bool = False) -> str:
    """The number that counts; with others reported for the same, all of them and which one counts."""
    indicator = outlook.indicator
    shown = number(point.reported, indicator, lang)
    rivals = dict.fromkeys(number(p.reported, indicator, lang) for p in outlook.evidence.rivals(point))
    every = " / ".join((shown, *rivals))
    if unit:
        space = "" if lang == "zh" or indicator.unit(lang) == "%" else " "
        every += space + counted(indicator, lang)
    if not rivals:
        return every
    return say(lang, f"{every} 待核对，暂以{shown}为准", f"{every} to be reconciled, {shown} counts for now")


def _number(value: float | None, outlook: IndicatorOutlook, lang: str) -> str:
    return "—" if value is None else number(value, outlook.indicator, lang)


def calibration_words(lang: str, model: str) -> pd.DataFrame:
    """How often targets were met when the model said each word, by points of history."""
    from zerobay_analysis.evaluation.calibration import WORD_EDGES, calibration_table

    words = {v.key: v for v in VERDICTS}
    rows = []
    for row in calibration_table().query("model == @model").to_dict("records"):
        cells = {say(lang, "历史年数", "points"): row["n"]}
        for key, (low, high) in WORD_EDGES.items():
            heading = f"{words[key].symbol} {words[key].word(lang)} {low:.0%}–{high:.0%}"
            count = int(row[f"count_{key}"])
            cells[heading] = f"{row[f'observed_{key}']:.0%} (n={count})" if count else "—"
        rows.append(cells)
    return pd.DataFrame(rows).set_index(say(lang, "历史年数", "points"))


def calibration_models(lang: str) -> pd.DataFrame:
    """Coverage and probability scores of every model by points of history."""
    from zerobay_analysis.charts.calibration import MODEL_LABELS
    from zerobay_analysis.evaluation.calibration import calibration_table

    table = calibration_table()
    table["model"] = [MODEL_LABELS.get(m, (m, m))[lang != "zh"] for m in table["model"]]
    columns = {
        "model": say(lang, "模型", "model"),
        "n": say(lang, "历史年数", "points"),
        "answered": say(lang, "给出预测的比例", "answered"),
        "coverage80": say(lang, "80% 区间覆盖", "80% coverage"),
        "coverage95": say(lang, "95% 区间覆盖", "95% coverage"),
        "brier": "Brier",
        "ece": "ECE",
    }
    return table[list(columns)].rename(columns=columns).round(3)


def calibration_provenance(lang: str) -> str:
    """Where the calibration figures come from: command, date, sets, versions."""
    from zerobay_analysis.evaluation.calibration import calibration_source

    source = calibration_source()
    versions = ", ".join(f"{name} {version}" for name, version in source["versions"].items())
    return (
        say(lang, "来源：", "Source: ")
        + f"{source['command']} · {source['date']} · {', '.join(source['sets'])} · {versions}"
    )
