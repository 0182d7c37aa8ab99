"""Tables for decisions: what the official methods say, what it would take, who, what if."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zerobay_analysis.assessment.joint import joint_outlooks
from zerobay_analysis.assessment.methods import apply_methods, methods_frame, results_frame
from zerobay_analysis.assessment.methods.agreement import agreements
from zerobay_analysis.assessment.outlook import IndicatorOutlook
from zerobay_analysis.assessment.owners import units_of
from zerobay_analysis.assessment.pace import paces
from zerobay_analysis.assessment.tracker import (
    commitments_frame,
    tasks_frame,
    track_commitments,
    track_tasks,
)
from zerobay_analysis.briefing.words import required_text
from zerobay_analysis.charts.words import number, percent
from zerobay_analysis.language import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zerobay_analysis.scenarios.run import ScenarioResult
    from zerobay_analysis.study import Study

__all__ = [
    "agreement_table",
    "commitments_table",
    "joint_distribution_table",
    "joint_table",
    "levers_table",
    "method_results_table",
    "methods_table",
    "pace_table",
    "scenario_runs",
    "scenarios_table",
    "tasks_table",
    "units_table",
]

Headings = dict[str, tuple[str, str]]


def methods_table(lang: str) -> pd.DataFrame:
    """Every official method: its question, its rule, its source, and whether that was read."""
    headings: Headings = {
        "name": ("方法", "method"),
        "question": ("回答什么", "question"),
        "kinds": ("适用", "kinds"),
        "rule": ("规则", "rule"),
        "classes": ("分级", "classes"),
        "min_points": ("最少数字", "least points"),
        "confirmed": ("界线已核实", "thresholds confirmed"),
        "source": ("出处", "source"),
    }
    table = methods_frame(lang)
    table["confirmed"] = table["confirmed"].map({True: "✓", False: say(lang, "未核实", "unconfirmed")})
    return _shown(table, headings, lang)


def agreement_table(study: Study) -> pd.DataFrame:
    """Per indicator and year: the probability, how many methods agree, and why they differ."""
    lang = study.lang
    rows = [
        {
            "#": found.indicator,
            say(lang, "指标", "indicator"): study.plan.indicator(found.indicator).short(lang),
            say(lang, "年份", "year"): found.year,
            say(lang, "概率", "probability"): (
                "—" if found.p_met is None else f"{found.verdict.symbol} {percent(found.p_met)}"
            ),
            say(lang, "各方法", "methods"): found.summary(lang),
            say(lang, "为什么不同", "why they differ"): found.why(lang) or "—",
        }
        for found in agreements(study.outlooks, study.plan)
    ]
    return pd.DataFrame(rows).set_index("#")


def method_results_table(outlook: IndicatorOutlook, study: Study, year: int) -> pd.DataFrame:
    """What each method says about one target, with its deciding number or its reason to refuse."""
    lang = study.lang
    results = results_frame(apply_methods(outlook.evidence, study.plan, year), lang)
    results["word"] = results["symbol"] + " " + results["word"]
    results["number"] = [
        "—" if pd.isna(value) else f"{name} {value:.3g}"
        for name, value in zip(results["number_name"], results["number"], strict=True)
    ]
    headings: Headings = {
        "name": ("方法", "method"),
        "question": ("回答什么", "question"),
        "word": ("结论", "result"),
        "number": ("依据的数", "deciding number"),
        "reason": ("不适用的原因", "why it refuses"),
        "note": ("注", "note"),
    }
    return _shown(results, headings, lang)


def pace_table(study: Study) -> pd.DataFrame:
    """Per indicator and year: the gap, the pace it takes, how unusual that is, and by when."""
    lang = study.lang
    rows = []
    for outlook in study.outlooks:
        for pace in paces(outlook):
            gap = "—" if pace.gap is None else number(round(pace.gap, 1), outlook.indicator, lang)
            rows.append(
                {
                    "#": outlook.indicator.id,
                    say(lang, "指标", "indicator"): outlook.indicator.short(lang),
                    say(lang, "年份", "year"): pace.year,
                    say(lang, "差距", "gap"): gap,
                    say(lang, "需要的速度", "required pace"): required_text(pace, lang),
                    say(lang, "自身历史", "own history"): pace.own_text(lang),
                    say(lang, "可比序列", "comparable series"): pace.reference_text(lang),
                    say(lang, "中位数何时达到", "median gets there"): pace.median_text(lang),
                    say(lang, "最迟何时提速", "latest day"): pace.deadline.text(lang),
                }
            )
    return pd.DataFrame(rows).set_index("#")


def joint_table(study: Study) -> pd.DataFrame:
    """How many targets are met together, at independence and at two strengths of dependence."""
    lang = study.lang
    rows = [
        {
            say(lang, "年份", "year"): say(lang, "三年全部", "all years") if j.year is None else str(j.year),
            say(lang, "相关强度", "dependence"): f"{j.rho:g}",
            say(lang, "预计完成", "expected"): f"{j.expected:.1f} / {len(j.indicators)}",
            say(lang, "80% 区间", "80% interval"): f"{j.quantile(0.1)} – {j.quantile(0.9)}",
            say(lang, "全部完成", "all met"): percent(j.p_all or 0.0),
            say(lang, "无概率的指标", "without probability"): "、".join(map(str, j.left_out)) or "—",
        }
        for j in joint_outlooks(study.outlooks)
        if j.indicators
    ]
    return pd.DataFrame(rows)


def joint_distribution_table(study: Study) -> pd.DataFrame:
    """Probability of every number of targets met, at independence and at two strengths."""
    lang = study.lang
    rows = [
        {
            say(lang, "年份", "year"): say(lang, "三年全部", "all years") if j.year is None else str(j.year),
            say(lang, "相关强度", "dependence"): f"{j.rho:g}",
        }
        | {say(lang, f"{met} 项", str(met)): percent(share) for met, share in enumerate(j.distribution)}
        for j in joint_outlooks(study.outlooks)
        if j.indicators
    ]
    return pd.DataFrame(rows)


def units_table(study: Study) -> pd.DataFrame:
    """One row per responsible unit; joint responsibility counts in full for each."""
    lang = study.lang
    rows = [
        {
            say(lang, "责任单位", "unit"): unit.unit,
            say(lang, "指标（其中共同）", "indicators (joint)"): (
                f"{len(unit.indicators)}（{sum(owned.joint for owned in unit.indicators)}）"
            ),
            say(lang, "把握六成以上", "on course"): len(unit.on_course),
            say(lang, "有风险", "at risk"): len(unit.at_risk),
            say(lang, "无法给出概率", "no probability"): len(unit.without_probability),
            say(lang, "承诺", "commitments"): len(unit.commitments),
            say(lang, "任务", "tasks"): len(unit.tasks),
            say(lang, "欠数据", "data owed"): len(unit.owed),
        }
        for unit in units_of(study)
    ]
    return pd.DataFrame(rows).set_index(say(lang, "责任单位", "unit"))


def commitments_table(study: Study) -> pd.DataFrame:
    """The plan's quantified commitments: done, against the time that has passed, and owed."""
    lang = study.lang
    table = commitments_frame(track_commitments(study.plan, study.ledger, study.as_of), lang)
    table["goal"] = [f"{goal:g} {unit}" for goal, unit in zip(table["target"], table["unit"], strict=True)]
    stated = table["by_year_stated"]
    table["by"] = table["by_year"].astype(str).where(stated, table["by_year"].astype(str) + "*")
    table["owners"] = table["owners"].replace("", say(lang, "方案未列", "none named"))
    headings: Headings = {
        "commitment": ("编号", "id"),
        "text": ("承诺", "commitment"),
        "goal": ("目标", "goal"),
        "by": ("期限", "by"),
        "owners": ("责任单位", "owners"),
        "label": ("最新数字", "latest figure"),
        "done": ("完成", "done"),
        "elapsed": ("时间过去", "time passed"),
        "state": ("进度", "progress"),
        "missing": ("缺什么", "missing"),
    }
    return _shown(_tracked(table), headings, lang)


def tasks_table(study: Study) -> pd.DataFrame:
    """The plan's 12 tasks with their units and what the ledger says of them."""
    table = tasks_frame(track_tasks(study.plan, study.ledger, study.as_of), study.lang)
    headings: Headings = {
        "task": ("任务", "task"),
        "title": ("内容", "title"),
        "owners": ("责任单位", "owners"),
        "commitments": ("量化承诺", "commitments"),
        "label": ("最新数字", "latest figure"),
        "done": ("完成", "done"),
        "elapsed": ("时间过去", "time passed"),
        "state": ("进度", "progress"),
        "missing": ("缺什么", "missing"),
    }
    return _shown(_tracked(table), headings, study.lang)


def scenario_runs(study: Study, path: str = "") -> tuple[tuple[ScenarioResult, ...], pd.DataFrame]:
    """Run the scenario file ``path``, or all shipped examples when it is empty.

    Returns
    -------
    results : tuple of ScenarioResult
    refused : pandas.DataFrame
        What could not be run on these data, and why.

    Raises
    ------
    DataError
        The file has problems; each names its line and cure.
    """
    from zerobay_analysis.scenarios.form import report_scenarios
    from zerobay_analysis.scenarios.run import try_scenarios

    lang = study.lang
    results, refused = try_scenarios(report_scenarios(path, study.plan), study.outlooks)
    headings = [say(lang, *pair) for pair in (("情景", "scenario"), ("指标", "indicator"), ("原因", "why"))]
    rows = [
        (r.scenario.name.get(lang), study.plan.indicator(r.indicator).short(lang), r.reason.get(lang))
        for r in refused
    ]
    if not rows:
        none = say(lang, "全部情景都已推演", "every scenario was run")
        return results, pd.DataFrame({headings[2]: [none]})
    return results, pd.DataFrame(rows, columns=headings)


def scenarios_table(results: Sequence[ScenarioResult], lang: str) -> pd.DataFrame:
    """Per scenario, indicator and year: the probability against the baseline."""
    rows = [
        {
            say(lang, "情景", "scenario"): result.scenario.name.get(lang),
            say(lang, "指标", "indicator"): result.outlook.indicator.short(lang),
            say(lang, "年份", "year"): year.year,
            say(lang, "目标", "target"): number(year.target, result.outlook.indicator, lang),
            say(lang, "基线概率", "baseline"): percent(year.p_baseline),
            say(lang, "情景概率", "with the levers"): percent(year.p_met),
            say(lang, "变化（百分点）", "change (points)"): f"{100 * year.change:+.0f}",
            say(lang, "情景中位", "median"): number(round(year.q50, 1), result.outlook.indicator, lang),
        }
        for result in results
        for year in result.years
    ]
    return pd.DataFrame(rows)


def levers_table(results: Sequence[ScenarioResult], lang: str) -> pd.DataFrame:
    """What each scenario assumes, and the numbers that follow from it."""
    from zerobay_analysis.scenarios.run import findings_frame

    table = findings_frame(results, lang)
    table["value"] = [
        "—" if pd.isna(value) else f"{value:.3g} {unit}"
        for value, unit in zip(table["value"], table["unit"], strict=True)
    ]
    kinds = {"lever": say(lang, "假设", "assumed"), "finding": say(lang, "得出", "follows")}
    table["kind"] = table["kind"].map(kinds)
    headings: Headings = {
        "scenario": ("情景", "scenario"),
        "indicator": ("指标", "indicator"),
        "kind": ("类别", "kind"),
        "text": ("内容", "what"),
        "value": ("数值", "value"),
    }
    return _shown(table, headings, lang)


def _tracked(table: pd.DataFrame) -> pd.DataFrame:
    table["state"] = table["symbol"] + " " + table["word"]
    for column in ("done", "elapsed"):
        table[column] = ["—" if pd.isna(share) else f"{share:.0%}" for share in table[column]]
    dated = table["label"] + " (" + table["day"] + ")"
    table["label"] = dated.where(table["label"] != "", "")
    for column in ("label", "missing", "commitments"):
        if column in table:
            table[column] = table[column].replace("", "—")
    return table


def _shown(table: pd.DataFrame, headings: Headings, lang: str) -> pd.DataFrame:
    chosen = table[list(headings)]
    return chosen.set_axis([say(lang, *pair) for pair in headings.values()], axis="columns")
