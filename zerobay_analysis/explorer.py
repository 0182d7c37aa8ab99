"""The explorer: choose an indicator, pull levers, read the fan and the probability.

A change is answered in two steps: the table of probabilities at once, the fan as soon as no
further change follows, so that a slider can be dragged. What may be asked for next, the other
indicators and the other models, is computed ahead while nobody asks.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import html
import math
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar

import ipywidgets as widgets
from matplotlib.figure import Figure

from zerobay_analysis.assessment.conditional import CONFIDENT
from zerobay_analysis.assessment.inverse import reachable
from zerobay_analysis.assessment.outlook import IndicatorOutlook, TargetOutlook, with_forecast
from zerobay_analysis.assessment.pace import TargetPace, paces
from zerobay_analysis.briefing import figures, tables, text
from zerobay_analysis.briefing.content import Briefing, required_text
from zerobay_analysis.charts.compare import compare
from zerobay_analysis.charts.save import render
from zerobay_analysis.charts.words import range_label, verdict_label
from zerobay_analysis.errors import ForecastDeclined, ParameterError, ZerobayError
from zerobay_analysis.files.csv import csv_bytes
from zerobay_analysis.forecast import DEFAULT_FORECASTER, forecaster, forecaster_names
from zerobay_analysis.forecast.prior import class_table
from zerobay_analysis.language import Text, say
from zerobay_analysis.scenarios.form import scenario_text
from zerobay_analysis.scenarios.levers import Attrition, ChangePace, Lever, PulledLever, Scenario, Step
from zerobay_analysis.scenarios.run import ScenarioResult, run_scenario, scenario_frame
from zerobay_analysis.study import Study, parse_day

__all__ = ["Explorer", "Lookahead"]

QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))
WIDE = widgets.Layout(width="100%")
MEDIA = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv", "yaml": "application/yaml"}
STYLE = """<style>
.zerobay-answer table, details table { border-collapse: collapse; }
.zerobay-answer th, .zerobay-answer td, details th, details td
  { padding: .2em .8em .2em 0; text-align: left; vertical-align: top; }
.zerobay-answer td { font-size: 1.15em; } .zerobay-answer td.note { font-size: 1em; }
.zerobay-chart, details { overflow-x: auto; } .zerobay-chart svg { max-width: 100%; height: auto; }
@media (max-width: 600px) { .zerobay-chart svg { max-width: none; width: 40rem; }
  .zerobay-answer thead { display: none; } .zerobay-answer tr { display: block; padding-bottom: .6em; }
  .zerobay-answer td { display: grid; grid-template-columns: 8.5em 1fr; font-size: 1em; padding: 0; }
  .zerobay-answer td:first-child { font-weight: bold; }
  .zerobay-answer td::before { content: attr(data-label); } details table { min-width: 40rem; } }
</style>"""
"""On a phone each target is a block of lines, and chart and sources can be moved sideways."""
KEPT = 96
"""Assessed indicators and drawn charts kept ready, so that going back to one is instant."""
SETTLE = 0.04
"""Seconds without a further change after which the fan is drawn."""
PAUSE = 2.0
"""Seconds without a question before the next value is computed ahead: who drags a slider must not
wait for what nobody has asked for."""

Key = tuple[int, date, str, float | None]
"""Indicator, day, model, and the hypothetical figure, if any."""


@dataclass(frozen=True)
class Assessed:
    """One indicator on one day by one model: all that does not depend on a lever."""

    outlook: IndicatorOutlook
    paces: tuple[TargetPace, ...]
    sources: str


@dataclass(frozen=True)
class View:
    """What the controls ask for.

    Attributes
    ----------
    key : Key
    assessed : Assessed
    scenario : Scenario
        The levers that apply.
    result : IndicatorOutlook or ScenarioResult
        The outlook under these.
    refused : tuple of str
        Why other levers do not apply.
    beside : str
        Model, or model and class, to compare with; empty for none.
    """

    key: Key
    assessed: Assessed
    scenario: Scenario
    result: IndicatorOutlook | ScenarioResult
    refused: tuple[str, ...] = ()
    beside: str = ""

    @property
    def moved(self) -> IndicatorOutlook:
        """The outlook under the levers that apply."""
        if isinstance(self.result, ScenarioResult):
            return with_forecast(self.result.outlook, self.result.forecast)
        return self.result


class Explorer:
    """Controls on the left of a fan chart; every change answers at once.

    Parameters
    ----------
    study : Study
        Plan, ledger, day, model and language to begin with.
    indicator : int
        Shown first; the first of the plan by default.
    on_answer : callable, optional
        Called each time the table of probabilities is in place, before the fan.
    """

    def __init__(
        self, study: Study, indicator: int | None = None, on_answer: Callable[[], None] | None = None
    ) -> None:
        # A trend model that stops early says so to whoever fits it; a reader of a page cannot act on it.
        warnings.filterwarnings("ignore", message="Maximum Likelihood optimization failed")
        self._study = study
        self.on_answer = on_answer
        self._assessed: Lookahead[Key, Assessed] = Lookahead(self._assess, KEPT)
        self._drawn = lru_cache(maxsize=KEPT)(self._draw)
        self._studies = lru_cache(maxsize=KEPT)(self._opened)
        # JupyterLab may handle some messages of a page in a thread of their own; matplotlib's
        # settings are global, so two charts at once would take each other's font.
        self._lock = threading.RLock()
        self._turn = 0
        self._offered: str | None = None
        self._controls = self._make_controls(indicator or study.plan.indicators[0].id)
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
        choose = widgets.VBox([c["indicator"], c["as_of"], c["model"], c["beside"], c["supposed"]])
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

    def choices(self, control: str) -> tuple[object, ...]:
        """Values that a list offers, in its order; raises ``KeyError`` for an unknown control."""
        return tuple(value for _, value in self._controls[control].options)

    def look_ahead(self) -> None:
        """Compute now what would be computed while nobody asks."""
        self._assessed.finish()

    def _make_controls(self, indicator: int) -> dict[str, widgets.Widget]:
        study, lang = self._study, self._study.lang
        style = {"description_width": "9.5em"}
        layout = widgets.Layout(width="24.5em", max_width="100%")

        def made(kind: type[widgets.Widget], zh: str, en: str, **options: Any) -> widgets.Widget:
            return kind(description=say(lang, zh, en), style=style, layout=layout, **options)

        indicators = [(f"{i.id} {i.short(lang)}", i.id) for i in study.plan.indicators]
        models = [(say(lang, forecaster(name).name_zh, name), name) for name in forecaster_names()]
        models[1:1] = [  # the default model under one class, whatever the plan names
            (f"· {row[f'name_{lang}']}", f"{DEFAULT_FORECASTER}:{row['name']}")
            for row in class_table().to_dict("records")
        ]
        self._named = {value: title.removeprefix("· ") for title, value in models}
        ends = [day for day in _quarters(study.plan.years) if day > study.as_of]
        starts = [day + timedelta(days=1) for day in ends[:-1]]
        return {
            "indicator": made(widgets.Dropdown, "指标", "indicator", options=indicators, value=indicator),
            "as_of": made(
                widgets.Text, "截至日期", "as of", value=study.as_of.isoformat(), continuous_update=False
            ),
            "model": made(widgets.Dropdown, "模型", "model", options=models, value=study.model),
            "beside": made(
                widgets.Dropdown, "对比模型", "compare with", options=[("—", ""), *models], value=""
            ),
            "supposed": made(
                widgets.Text, "试填一个数（假设）", "try a figure", value="", continuous_update=False
            ),
            "pace": made(widgets.IntSlider, "提速（%）", "faster (%)", min=-50, max=100, step=5, value=0),
            "pace_from": made(widgets.Dropdown, "提速、流失起点", "from", options=_named(starts or ends)),
            "step": made(widgets.FloatText, "一次性增减", "one-off step", value=0.0, step=1.0),
            "step_on": made(widgets.Dropdown, "增减日期", "step on", options=_named(ends)),
            "attrition": made(
                widgets.FloatSlider, "每年流失（%）", "lapse a year (%)", min=0, max=20, step=0.5, value=0
            ),
        }

    def _make_buttons(self) -> list[widgets.Widget]:
        yaml = say(self._study.lang, "情景 YAML", "scenario YAML")
        titles = {"png": "PNG", "svg": "SVG", "csv": "CSV", "yaml": yaml}
        buttons = []
        for form, title in titles.items():
            tooltip = f"{say(self._study.lang, '导出', 'export')} {title}"
            button = widgets.Button(description=title, tooltip=tooltip)
            button.on_click(lambda _, form=form: self.offer(form))
            buttons.append(button)
        return buttons

    def _value(self, name: str) -> Any:
        return self._controls[name].value

    def _opened(self, day: date, model: str) -> Study:
        name, _, reference_class = model.partition(":")
        reference_class = reference_class or self._study.reference_class
        return replace(self._study, as_of=day, model=name, reference_class=reference_class)

    def _at(self, key: Key) -> Study:
        number, day, model, figure = key
        study = self._studies(day, model)
        return study if figure is None else replace(study, supposed=((number, figure),))

    def _assess(self, key: Key) -> Assessed:
        number, day, model, figure = key
        study = self._studies(day, model)
        if figure is not None:  # never stored, and not among the figures below the chart
            supposed = study.supposing({number: figure}).outlook(number)
            return Assessed(supposed, paces(supposed, beyond=0), self._assessed.get((*key[:3], None)).sources)
        outlook = study.outlook(number)
        briefing = Briefing(study)
        found = tables.figures(briefing, [briefing.line(outlook)])
        table = found.frame().reset_index().to_html(index=False, border=0)
        table += "".join(f"<p>{html.escape(note)}</p>" for note in found.notes)
        sources = (
            f"<details open><summary>{briefing.say(text.FIGURES_AND_SOURCES)}</summary>{table}</details>"
        )
        return Assessed(outlook, paces(outlook, beyond=0), sources)

    def _figure(self) -> float | None:
        """The hypothetical figure; ``None`` where none is typed in."""
        typed = str(self._value("supposed")).strip().replace(",", "").replace("，", "")
        try:
            figure = float(typed) if typed else None
        except ValueError:
            figure = math.nan
        if figure is not None and not math.isfinite(figure):
            raise ParameterError(
                f"“{typed}”不是数，请填一个数，如 66 / '{typed}' is no number, type one like 66"
            )
        return figure

    def _pulled(self) -> list[Lever]:
        """Levers that are away from zero."""
        levers: list[Lever] = []
        if self._value("pace"):
            levers.append(ChangePace(self._value("pace_from"), float(self._value("pace"))))
        if self._value("step"):
            levers.append(Step(self._value("step_on"), float(self._value("step"))))
        if self._value("attrition"):
            levers.append(Attrition(self._value("pace_from"), float(self._value("attrition"))))
        return levers

    def _view(self) -> View:
        """What the controls ask for; raises ``ParameterError`` for a day or a figure that is none."""
        day, model = parse_day(self._value("as_of")), self._value("model")
        key = (self._value("indicator"), day, model, self._figure())
        return self._seen(
            key, tuple(self._pulled()), self._value("beside") * (self._value("beside") != model)
        )

    def _seen(self, key: Key, pulled: tuple[Lever, ...], beside: str = "") -> View:
        """The view of these levers, as far as they apply."""
        assessed = self._assessed.get(key)
        levers, refused = [], []
        for lever in pulled:
            try:
                run_scenario(_scenario(key[0], (lever,)), assessed.outlook)
            except (ParameterError, ForecastDeclined) as error:
                refused.append(str(error))
            else:
                levers.append(lever)
        scenario = _scenario(key[0], levers)
        result = run_scenario(scenario, assessed.outlook) if levers else assessed.outlook
        return View(key, assessed, scenario, result, tuple(dict.fromkeys(refused)), beside)

    def _other(self, view: View) -> View:
        """The same asked of the model that it is compared with."""
        number, day, _, figure = view.key
        return self._seen((number, day, view.beside, figure), tuple(p.lever for p in view.scenario.levers))

    def _picture(self, view: View) -> Figure:
        """The fan, or two models' answers over one another."""
        assumed = self._assumed(view.key, view.scenario.levers)
        if not view.beside:
            base = view.result.outlook if isinstance(view.result, ScenarioResult) else None
            return figures.fan(view.moved, self._at(view.key), assumed, base=base)
        both = {self._named[one.key[2]]: one.result for one in (view, self._other(view))}
        return compare(both, lang=self._study.lang)

    def export(self, form: str) -> tuple[str, str, bytes]:
        """Suffix, media type and bytes of the current view.

        Parameters
        ----------
        form : {"png", "svg", "csv", "yaml"}

        Raises
        ------
        ParameterError
            The day cannot be read; or ``yaml`` without a lever that applies: there is no scenario.
        ForecastDeclined
            ``csv`` without a forecast.
        """
        view = self._view()
        if form in ("png", "svg"):
            content = render(self._picture(view), form, "explore")
        elif form == "csv":
            result = run_scenario(view.scenario, view.assessed.outlook)
            table = scenario_frame([result], self._study.lang)
            if supposition := self._at(view.key).supposition:
                table = table.assign(hypothetical=supposition)
            content = csv_bytes(table, float_format="%.6g")
        elif view.scenario.levers:
            content = scenario_text(view.scenario).encode("utf-8")
        else:
            zh, en = "先动一个适用的杠杆，再导出情景", "pull a lever that applies, then export the scenario"
            raise ParameterError(f"{zh} / {en}")
        return form, MEDIA[form], content

    def offer(self, form: str) -> None:
        """Show a link that saves the current view; the file travels inside the link.

        The link follows the view: a change takes it away, and once the fan of the new view is there
        it is made again. A page sends a slider's last value after the press of a button.
        """
        with self._lock:
            self._offered = form
            self._export.value = self._link(form)

    def _link(self, form: str) -> str:
        """The link of ``offer``, or why there is none."""
        try:
            suffix, kind, content = self.export(form)
        except (ParameterError, ForecastDeclined) as error:
            return _alert(str(error))
        encoded = base64.b64encode(content).decode("ascii")
        name = f"zerobay_{self._value('indicator'):02d}_{self._value('as_of')}.{suffix}"
        text = say(self._study.lang, "下载", "download")
        return f'<a download="{name}" href="data:{kind};base64,{encoded}">{text} {name}</a>'

    def _update(self, change: Any = None) -> None:
        """Answer with the table now, with the fan as soon as no further change follows."""
        if change and change["owner"] is self._controls["indicator"] and self._value("supposed"):
            self._controls["supposed"].value = ""  # of the other indicator; its change comes back here
            return
        with self._lock, _without_collection():
            self._turn += 1
            self._export.value = ""  # an earlier view's
            try:
                view = self._view()
            except ZerobayError as error:
                stale = say(self._study.lang, "下图仍是之前的选择。", "The chart is still the earlier one.")
                self._answer.value = STYLE + _alert(f"{error} {stale}")
                return
            self._fit(view.assessed.outlook)
            self._answer.value = STYLE + self._table(view)
            self._sources.value = view.assessed.sources
            if self.on_answer is not None:
                self.on_answer()
            self._show_fan(view)
        self._plan_ahead(view.key)

    def _fit(self, outlook: IndicatorOutlook) -> None:
        """Switch off levers that this indicator does not have, and name the unit of the step."""
        indicator, lang = outlook.indicator, self._study.lang
        for name, lever in (("pace", ChangePace), ("attrition", Attrition), ("step", Step)):
            applies = indicator.kind in lever.kinds and outlook.forecast is not None
            self._controls[name].disabled = not applies
        unit = f"（{indicator.unit_zh}）" if lang == "zh" else f" ({indicator.unit_en})"
        self._controls["step"].description = say(lang, "一次性增减", "one-off step") + unit

    def _show_fan(self, view: View) -> None:
        """Draw, and renew an export, once changes settle; at once where no event loop runs."""
        turn = self._turn

        def show() -> None:
            with self._lock, _without_collection():
                if turn == self._turn:
                    self._chart.value = self._drawn(view.key, view.scenario.levers, view.beside)
                    if self._offered is not None:
                        self._export.value = self._link(self._offered)

        try:
            asyncio.get_running_loop().call_later(SETTLE, show)
        except RuntimeError:
            show()

    def _draw(self, key: Key, levers: tuple[PulledLever, ...], beside: str) -> str:
        view = self._seen(key, tuple(pulled.lever for pulled in levers), beside)
        svg = render(self._picture(view), "svg", "explore").decode("utf-8")
        return f'<div class="zerobay-chart">{svg[svg.index("<svg") :]}</div>'

    def _assumed(self, key: Key, levers: tuple[PulledLever, ...]) -> str:
        """What a picture must say so that nobody takes it for the forecast; empty where it is that."""
        lang, indicator = self._study.lang, self._study.plan.indicator(key[0])
        listed = say(lang, "；", "; ").join(pulled.lever.text(lang, indicator) for pulled in levers)
        scenario = say(lang, f"情景假设，不是基线预测：{listed}", f"Scenario, not the baseline: {listed}")
        return say(lang, "；", "; ").join(filter(None, (self._at(key).supposition, scenario * bool(listed))))

    def _plan_ahead(self, key: Key) -> None:
        """Other indicators by this model, then this indicator by the other models."""
        number, day, model, _ = key
        others = [(indicator.id, day, model, None) for indicator in self._study.plan.indicators]
        self._assessed.ahead([*others, *((number, day, name, None) for name in self._named)])

    @staticmethod
    def _sure(outlook: IndicatorOutlook, year: int) -> str:
        """What ``year`` can be counted on for with 80 % confidence."""
        if outlook.forecast is None:
            return "—"
        indicator = outlook.indicator
        return indicator.format(reachable(outlook.forecast, indicator, CONFIDENT, year))

    def _baseline(self, target: TargetOutlook) -> str:
        """Probability on record, with its range under other classes."""
        if target.p_met is None:
            return "—"
        return " ".join(filter(None, (target.shown, range_label(target, self._study.lang))))

    def _table(self, view: View) -> str:
        lang, moved = self._study.lang, view.moved
        before = self._assessed.get((*view.key[:3], None)).outlook.targets
        columns = {
            text.YEAR: [str(now.year) for now in moved.targets],
            text.TARGET: [now.indicator.format(now.target) for now in moved.targets],
            text.PROBABILITY: [verdict_label(now, lang) for now in moved.targets],
            text.BASELINE: [self._baseline(base) for base in before],
            text.REQUIRED: [required_text(pace, lang) for pace in view.assessed.paces],
            text.COMPARABLE: [pace.reference_text(lang) for pace in view.assessed.paces],
            text.CONFIDENT: [self._sure(moved, now.year) for now in moved.targets],
        }
        heads = [heading.get(lang) for heading in columns]
        rows = [list(row) for row in zip(*columns.values(), strict=True)]
        refused = list(view.refused)
        if view.beside:
            other = self._other(view)
            heads.insert(3, self._named[view.beside])
            for row, target in zip(rows, other.moved.targets, strict=True):
                row.insert(3, verdict_label(target, lang))
            refused += [other.moved.targets[0].reason(lang)] * (other.moved.forecast is None)
        study = self._studies(view.key[1], view.key[2])
        assumed = self._assumed(view.key, view.scenario.levers)
        grade = f"{say(lang, '等级', 'grade')} {moved.grade.value}"
        note = html.escape(" · ".join(filter(None, (grade, str(study), assumed))))
        reason = moved.targets[0].reason(lang) if moved.forecast is None else ""
        said = [one for one in dict.fromkeys(refused) if one != reason]
        return (
            '<div role="status" aria-live="polite" class="zerobay-answer"><table><thead><tr>'
            + "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
            + f"</tr></thead><tbody>{''.join(_row(heads, row) for row in rows)}</tbody></table>"
            f"{''.join(map(_alert, said))}<p>{html.escape(reason)}</p><p>{note}</p></div>"
        )


@contextmanager
def _without_collection() -> Iterator[None]:
    """Put garbage collection off until the answer is there: a full one takes as long as a chart."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _scenario(indicator: int, levers: list[Lever] | tuple[Lever, ...]) -> Scenario:
    pulled = tuple(PulledLever(indicator, lever) for lever in levers)
    return Scenario(Text("探索中的情景", "explored scenario"), pulled)


def _row(heads: list[str], row: list[str]) -> str:
    """A row; its last two cells are notes in smaller type."""
    cells = (
        f'<td data-label="{html.escape(head)}"{" class=note" * (k >= len(row) - 2)}>{html.escape(cell)}</td>'
        for k, (head, cell) in enumerate(zip(heads, row, strict=True))
    )
    return f"<tr>{''.join(cells)}</tr>"


def _alert(text: str) -> str:
    return f'<p role="alert">✗ {html.escape(text)}</p>'


def _named(days: list[date]) -> list[tuple[str, date]]:
    return [(day.isoformat(), day) for day in days]


def _quarters(years: tuple[int, ...]) -> list[date]:
    return [date(year, month, day) for year in years for month, day in QUARTER_ENDS]


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lookahead(Generic[K, V]):
    """A function that caches its latest values and can compute the next ones ahead.

    Parameters
    ----------
    compute : callable
        From a key to its value. Run in the caller's thread by :meth:`get` and in a thread of its
        own by :meth:`ahead`; never for the same key in both at once.
    size : int
        Values cached; the one asked for longest ago goes first.
    """

    def __init__(self, compute: Callable[[K], V], size: int) -> None:
        self._compute, self._size = compute, size
        self._lock = threading.Lock()
        self._cache: OrderedDict[K, Future[V]] = OrderedDict()
        self._next: list[K] = []
        self._thread: threading.Thread | None = None
        self._rest_until = 0.0

    def get(self, key: K) -> V:
        """The value of ``key``, cached or computed now; raises what ``compute`` raises."""
        self._rest_until = time.monotonic() + PAUSE
        return self._value(key)

    def ahead(self, keys: Iterable[K]) -> None:
        """Compute these next, in their order, instead of what was to come; returns at once."""
        with self._lock:
            self._next = [key for key in keys if key not in self._cache]
            if self._next and self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="lookahead")
                self._thread.start()

    def finish(self) -> None:
        """Compute now what is left to come."""
        with self._lock:
            left, self._next = self._next, []
        for key in left:
            with suppress(Exception):  # who asks for it is told, because it is then tried again
                self._value(key)

    def _value(self, key: K) -> V:
        with self._lock:
            new = key not in self._cache
            future = self._cache.setdefault(key, Future())
            self._cache.move_to_end(key)
            while len(self._cache) > self._size:
                self._cache.popitem(last=False)
        if new:
            try:
                future.set_result(self._compute(key))
            except BaseException as error:
                with self._lock:
                    self._cache.pop(key, None)  # to be tried again when asked for again
                future.set_exception(error)
        return future.result()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._next:
                    self._thread = None
                    return
                key = self._next.pop(0)
            while (rest := self._rest_until - time.monotonic()) > 0:
                time.sleep(rest)
            with suppress(Exception):
                self._value(key)
