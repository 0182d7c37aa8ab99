"""The explorer: choose an indicator, pull levers, read the fan and the probability."""

from __future__ import annotations

import base64
import html
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import ipywidgets as widgets

from zerobay_analysis.assessment.outlook import IndicatorOutlook, with_forecast
from zerobay_analysis.assessment.pace import TargetPace, paces
from zerobay_analysis.briefing import figures, tables
from zerobay_analysis.briefing.words import required_text
from zerobay_analysis.charts.save import render
from zerobay_analysis.charts.words import percent, verdict_label
from zerobay_analysis.errors import ForecastDeclined, ParameterError
from zerobay_analysis.forecast import forecaster, forecaster_names
from zerobay_analysis.language import say
from zerobay_analysis.levers import Attrition, ChangePace, Lever, Step
from zerobay_analysis.scenario_file import scenario_text
from zerobay_analysis.scenarios import PulledLever, Scenario, run_scenario, scenario_frame
from zerobay_analysis.study import Study, parse_day

__all__ = ["Explorer"]

QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))
WIDE = widgets.Layout(width="100%")
MEDIA = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv", "yaml": "application/yaml"}
STYLE = (
    "<style>.zerobay-answer table, details table { border-collapse: collapse; }"
    ".zerobay-answer th, .zerobay-answer td, details th, details td "
    "{ padding: .2em .8em .2em 0; text-align: left; vertical-align: top; }"
    ".zerobay-answer td { font-size: 1.15em; } "
    ".zerobay-chart svg { max-width: 100%; height: auto; }</style>"
)
KNOWN = 32
"""Assessed indicators kept ready, so that going back to one is instant."""


class Explorer:
    """Controls on the left of a fan chart; every change answers at once.

    Parameters
    ----------
    study : Study
        Plan, ledger, day, model and language to begin with.
    indicator : int
        Shown first.
    """

    def __init__(self, study: Study, indicator: int = 9) -> None:
        self._study = study
        self._assessed = lru_cache(maxsize=KNOWN)(self._assess)
        self._controls = self._make_controls(indicator)
        self._answer = widgets.HTML(layout=WIDE)
        self._chart = widgets.HTML(layout=WIDE)
        self._sources = widgets.HTML(layout=WIDE)
        self._export = widgets.HTML(layout=WIDE)
        for control in self._controls.values():
            control.observe(self._update, names="value")
        self._buttons = self._make_buttons()
        self._update()

    @property
    def widget(self) -> widgets.Widget:
        """The whole explorer, to be shown as the last value of a cell."""
        c = self._controls
        choose = widgets.VBox([c["indicator"], c["as_of"], c["model"]])
        pull = widgets.VBox([c["pace"], c["pace_from"], c["step"], c["step_on"], c["attrition"]])
        rows = [
            widgets.HBox([choose, pull], layout=widgets.Layout(flex_flow="row wrap")),
            self._answer,
            self._chart,
            widgets.HBox(self._buttons, layout=widgets.Layout(flex_flow="row wrap")),
            self._export,
            self._sources,
        ]
        return widgets.VBox(rows)

    @property
    def answer(self) -> str:
        """The table of targets and probabilities, or what is wrong, as HTML."""
        return str(self._answer.value)

    @property
    def chart(self) -> str:
        """The fan chart as SVG."""
        return str(self._chart.value)

    @property
    def download(self) -> str:
        """The link to the last export, as HTML."""
        return str(self._export.value)

    def set(self, control: str, value: object) -> None:
        """Set a control as its user would; raises ``KeyError`` for an unknown one."""
        self._controls[control].value = value

    def _make_controls(self, indicator: int) -> dict[str, widgets.Widget]:
        study, lang = self._study, self._study.lang
        style = {"description_width": "9em"}
        layout = widgets.Layout(width="24em")

        def made(kind: type[widgets.Widget], zh: str, en: str, **options: Any) -> widgets.Widget:
            return kind(description=say(lang, zh, en), style=style, layout=layout, **options)

        indicators = [(f"{i.id} {i.short(lang)}", i.id) for i in study.plan.indicators]
        models = [(say(lang, forecaster(name).name_zh, name), name) for name in forecaster_names()]
        after = [day for day in _quarters(study.plan.years) if day > study.as_of]
        days = [(f"{day:%Y-%m-%d}", day) for day in after]
        return {
            "indicator": made(widgets.Dropdown, "指标", "indicator", options=indicators, value=indicator),
            "as_of": made(
                widgets.Text, "截至日期", "as of", value=study.as_of.isoformat(), continuous_update=False
            ),
            "model": made(widgets.Dropdown, "模型", "model", options=models, value=study.model),
            "pace": made(widgets.IntSlider, "提速（%）", "faster (%)", min=-50, max=100, step=5, value=0),
            "pace_from": made(widgets.Dropdown, "提速起点", "faster from", options=days),
            "step": made(widgets.FloatText, "一次性增减", "one-off step", value=0.0, step=1.0),
            "step_on": made(widgets.Dropdown, "增减日期", "step on", options=days),
            "attrition": made(
                widgets.FloatSlider, "每年流失（%）", "lapse a year (%)", min=0, max=20, step=0.5, value=0
            ),
        }

    def _make_buttons(self) -> list[widgets.Widget]:
        titles = {"png": "PNG", "svg": "SVG", "csv": "CSV"}
        titles["yaml"] = say(self._study.lang, "情景 YAML", "scenario YAML")
        buttons = []
        for form, title in titles.items():
            tooltip = f"{say(self._study.lang, '导出', 'export')} {title}"
            button = widgets.Button(description=title, tooltip=tooltip)
            button.on_click(lambda _, form=form: self.offer(form))
            buttons.append(button)
        return buttons

    def _value(self, name: str) -> Any:
        return self._controls[name].value

    def _assess(
        self, indicator: int, as_of: date, model: str
    ) -> tuple[IndicatorOutlook, tuple[TargetPace, ...]]:
        outlook = replace(self._study, as_of=as_of, model=model).outlook(indicator)
        return outlook, paces(outlook)

    def _baseline(self) -> tuple[IndicatorOutlook, tuple[TargetPace, ...]]:
        return self._assessed(self._value("indicator"), parse_day(self._value("as_of")), self._value("model"))

    def _scenario(self) -> Scenario:
        levers: list[Lever] = []
        if self._value("pace"):
            levers.append(ChangePace(self._value("pace_from"), float(self._value("pace"))))
        if self._value("step"):
            levers.append(Step(self._value("step_on"), float(self._value("step"))))
        if self._value("attrition"):
            levers.append(Attrition(self._value("pace_from"), float(self._value("attrition"))))
        number = int(self._value("indicator"))
        return Scenario("探索中的情景", "explored scenario", tuple(PulledLever(number, x) for x in levers))

    def _moved(self) -> IndicatorOutlook:
        (baseline, _), scenario = self._baseline(), self._scenario()
        if not scenario.levers:
            return baseline
        return with_forecast(baseline, run_scenario(scenario, baseline).forecast)

    def _csv(self) -> bytes:
        result = run_scenario(self._scenario(), self._baseline()[0])
        return scenario_frame([result], self._study.lang).to_csv(index=False).encode("utf-8-sig")

    def _yaml(self) -> bytes:
        scenario = self._scenario()
        if not scenario.levers:
            zh, en = "先动一个杠杆，再导出情景", "pull a lever first, then export the scenario"
            raise ParameterError(f"{zh} / {en}")
        return scenario_text(scenario).encode("utf-8")

    def export(self, form: str) -> tuple[str, str, bytes]:
        """Suffix, media type and bytes of the current view.

        Parameters
        ----------
        form : {"png", "svg", "csv", "yaml"}

        Raises
        ------
        ParameterError
            ``yaml`` without a lever pulled: there is no scenario to write.
        """
        if form in ("png", "svg"):
            content = render(figures.fan(self._moved(), self._study), form, "explore")
        else:
            content = self._csv() if form == "csv" else self._yaml()
        return form, MEDIA[form], content

    def offer(self, form: str) -> None:
        """Show a link that saves the current view; the file travels inside the link."""
        try:
            suffix, kind, content = self.export(form)
        except (ParameterError, ForecastDeclined) as error:
            self._export.value = _alert(error)
            return
        encoded = base64.b64encode(content).decode("ascii")
        name = f"zerobay_{self._value('indicator'):02d}_{self._value('as_of')}.{suffix}"
        text = say(self._study.lang, "下载", "download")
        self._export.value = f'<a download="{name}" href="data:{kind};base64,{encoded}">{text} {name}</a>'

    def _update(self, _: object = None) -> None:
        try:
            (baseline, required), moved = self._baseline(), self._moved()
        except (ParameterError, ForecastDeclined) as error:
            self._answer.value = _alert(error)
            return
        self._answer.value = STYLE + self._table(baseline, moved, required)
        svg = render(figures.fan(moved, self._study), "svg", "explore").decode("utf-8")
        self._chart.value = f'<div class="zerobay-chart">{svg[svg.index("<svg") :]}</div>'
        table = tables.figures_table(moved, self._study)
        heading = say(self._study.lang, "数字与来源", "Figures and sources")
        self._sources.value = (
            f"<details open><summary>{heading}</summary>{table.to_html(index=False, border=0)}</details>"
        )

    def _table(
        self, baseline: IndicatorOutlook, moved: IndicatorOutlook, required: tuple[TargetPace, ...]
    ) -> str:
        lang = self._study.lang
        headings = (
            say(lang, "年份", "year"),
            say(lang, "目标", "target"),
            say(lang, "前景", "outlook"),
            say(lang, "基线", "baseline"),
            say(lang, "需要的速度", "required pace"),
        )
        rows = [
            (
                str(after.year),
                after.indicator.format(after.target),
                verdict_label(after, lang),
                "—" if before.p_met is None else percent(before.p_met),
                required_text(pace, lang),
            )
            for before, after, pace in zip(baseline.targets, moved.targets, required, strict=True)
        ]
        head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in headings)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows
        )
        note = html.escape(f"{say(lang, '等级', 'grade')} {moved.grade.value} · {self._study}")
        return (
            '<div role="status" aria-live="polite" class="zerobay-answer"><table>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{note}</p></div>"
        )


def _alert(error: Exception) -> str:
    return f'<p role="alert">✗ {html.escape(str(error))}</p>'


def _quarters(years: tuple[int, ...]) -> list[date]:
    return [date(year, month, day) for year in years for month, day in QUARTER_ENDS]
