"""The explorer: choose an indicator, pull levers, read the fan and the probability.

A change is answered in two steps: the table of probabilities at once, the fan as soon as no
further change follows, so that a slider can be dragged. What may be asked for next, the other
indicators and the other models, is computed ahead while nobody asks.
"""

from __future__ import annotations

import asyncio
import base64
import html
import math
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import ipywidgets as widgets
import pandas as pd
from jinja2 import Template
from matplotlib.figure import Figure

from zerobay_analysis.assessment.conditional import CONFIDENT, reachable
from zerobay_analysis.assessment.data_owed import period_end
from zerobay_analysis.assessment.outlook import IndicatorOutlook, TargetOutlook, with_forecast
from zerobay_analysis.assessment.pace import TargetPace, paces
from zerobay_analysis.briefing import figures, tables, text
from zerobay_analysis.briefing.content import Briefing, required_text
from zerobay_analysis.charts.compare import compare
from zerobay_analysis.charts.save import render
from zerobay_analysis.charts.words import range_label, verdict_label
from zerobay_analysis.errors import ForecastDeclined, ParameterError, ZerobayError, message
from zerobay_analysis.files.csv import csv_bytes
from zerobay_analysis.files.tables import uncollected
from zerobay_analysis.forecast import DEFAULT_FORECASTER, forecaster, forecaster_names
from zerobay_analysis.forecast.prior import class_table
from zerobay_analysis.language import Text, Texts, say
from zerobay_analysis.scenarios.form import scenario_text
from zerobay_analysis.scenarios.levers import Attrition, ChangePace, Lever, PulledLever, Scenario, Step
from zerobay_analysis.scenarios.run import SCENARIO_COLUMNS, ScenarioResult, run_scenario, scenario_frame
from zerobay_analysis.study import Study, parse_day

__all__ = ["Explorer", "Lookahead"]

SAID = Texts(Path(__file__).with_suffix(".toml"))
WIDE = widgets.Layout(width="100%")
MEDIA = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv", "yaml": "application/yaml"}
ANSWER = Template(
    (Path(__file__).parent / "briefing" / "templates" / "explorer.html.j2").read_text("utf-8"),
    autoescape=True,
)
"""Page of the table of targets, or of what is wrong."""
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
    """What the controls ask for; equal where it is answered alike.

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
    beside : View or None
        The same asked of the model, or model and class, that it is compared with.
    """

    key: Key
    assessed: Assessed = field(compare=False)
    scenario: Scenario
    result: IndicatorOutlook | ScenarioResult = field(compare=False)
    refused: tuple[str, ...] = field(compare=False)
    beside: View | None

    @cached_property
    def moved(self) -> IndicatorOutlook:
        """The outlook under the levers that apply."""
        if isinstance(self.result, ScenarioResult):
            return with_forecast(self.result.outlook, self.result.forecast)
        return self.result

    @property
    def models(self) -> tuple[View, ...]:
        """Itself, and what it is compared with."""
        return (self,) if self.beside is None else (self, self.beside)


class Explorer:
    """Controls on the left of a fan chart; every change answers at once.

    Parameters
    ----------
    study : Study
        Plan, ledger, day, model and language to begin with.
    indicator : int
        Shown first; the first of the plan by default.
    """

    def __init__(self, study: Study, indicator: int | None = None) -> None:
        # A trend model that stops early says so to whoever fits it; a reader of a page cannot act on it.
        warnings.filterwarnings("ignore", message="Maximum Likelihood optimization failed")
        self._study = study
        self._assessed: Lookahead[Key, Assessed] = Lookahead(self._assess, KEPT)
        self._drawn = lru_cache(maxsize=KEPT)(self._draw)
        self._studies = lru_cache(maxsize=KEPT)(self._opened)
        self._seen = lru_cache(maxsize=KEPT)(self._see)
        # JupyterLab may handle some messages of a page in a thread of their own; matplotlib's
        # settings are global, so two charts at once would take each other's font.
        self._lock = threading.RLock()
        self._turn = 0
        self._offered: str | None = None
        self._controls = self._make_controls(indicator or study.plan.indicators[0].id)
        self._answer, self._chart, self._export, self._sources = (widgets.HTML(layout=WIDE) for _ in range(4))
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

        indicators = [(f"{i.id} {i.short(lang)}", i.id) for i in study.plan.indicators]
        models = [(say(lang, forecaster(name).name_zh, name), name) for name in forecaster_names()]
        models[1:1] = [  # the default model under one class, whatever the plan names
            (f"· {row[f'name_{lang}']}", f"{DEFAULT_FORECASTER}:{row['name']}")
            for row in class_table().to_dict("records")
        ]
        self._named = {value: title.removeprefix("· ") for title, value in models}
        quarters = (period_end(year, quarter) for year in study.plan.years for quarter in range(1, 5))
        ends = [(day.isoformat(), day) for day in quarters if day > study.as_of]
        starts = [(first.isoformat(), first) for first in (day + timedelta(days=1) for _, day in ends[:-1])]
        kinds: dict[str, tuple[type[widgets.Widget], dict[str, Any]]] = {
            "indicator": (widgets.Dropdown, {"options": indicators, "value": indicator}),
            "as_of": (widgets.Text, {"value": study.as_of.isoformat(), "continuous_update": False}),
            "model": (widgets.Dropdown, {"options": models, "value": study.model}),
            "beside": (widgets.Dropdown, {"options": [("—", ""), *models], "value": ""}),
            "supposed": (widgets.Text, {"value": "", "continuous_update": False}),
            "pace": (widgets.IntSlider, {"min": -50, "max": 100, "step": 5, "value": 0}),
            "pace_from": (widgets.Dropdown, {"options": starts or ends}),
            "step": (widgets.FloatText, {"value": 0.0, "step": 1.0}),
            "step_on": (widgets.Dropdown, {"options": ends}),
            "attrition": (widgets.FloatSlider, {"min": 0, "max": 20, "step": 0.5, "value": 0}),
        }
        return {
            name: kind(description=SAID[name].get(lang), style=style, layout=layout, **options)
            for name, (kind, options) in kinds.items()
        }

    def _make_buttons(self) -> list[widgets.Widget]:
        lang, buttons = self._study.lang, []
        for form in MEDIA:
            title = SAID["yaml"].get(lang) if form == "yaml" else form.upper()
            button = widgets.Button(description=title, tooltip=f"{SAID['export'].get(lang)} {title}")
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
        with suppress(ValueError):
            if not typed or math.isfinite(float(typed)):
                return float(typed) if typed else None
        raise ParameterError(f"“{typed}”不是数，请填一个数，如 66 / '{typed}' is no number, type one like 66")

    def _view(self) -> View:
        """What the controls ask for; raises ``ParameterError`` for a day or a figure that is none."""
        control, pulled = {name: one.value for name, one in self._controls.items()}, list[Lever]()
        if control["pace"]:
            pulled.append(ChangePace(control["pace_from"], float(control["pace"])))
        if control["step"]:
            pulled.append(Step(control["step_on"], float(control["step"])))
        if control["attrition"]:
            pulled.append(Attrition(control["pace_from"], float(control["attrition"])))
        model, beside = control["model"], control["beside"]
        key = (control["indicator"], parse_day(control["as_of"]), model, self._figure())
        return self._seen(key, tuple(pulled), beside * (beside != model))

    def _see(self, key: Key, pulled: tuple[Lever, ...], beside: str = "") -> View:
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
        other = self._seen((*key[:2], beside, key[3]), tuple(levers)) if beside else None
        return View(key, assessed, scenario, result, tuple(dict.fromkeys(refused)), other)

    def _picture(self, view: View) -> Figure:
        """The fan, or two models' answers over one another."""
        if view.beside:
            both = {self._named[one.key[2]]: one.result for one in view.models}
            return compare(both, lang=self._study.lang)
        base = view.result.outlook if isinstance(view.result, ScenarioResult) else None
        return figures.fan(view.moved, self._at(view.key), self._assumed(view), base=base)

    def _frame(self, view: View) -> pd.DataFrame:
        """Figures, baseline and levers as rows; where two models are compared, the rows of both."""
        tables = []
        for one in view.models:
            if view.beside and one.moved.forecast is None:
                reason = one.moved.targets[0].reason(self._study.lang)
                told = {"indicator": one.key[0], "type": "declined", "label": reason}
                tables.append(pd.DataFrame([told], columns=[*SCENARIO_COLUMNS]))
            else:
                result = run_scenario(one.scenario, one.assessed.outlook)
                tables.append(scenario_frame([result], self._study.lang))
            if view.beside:
                tables[-1].insert(0, "model", self._named[one.key[2]])
        table = pd.concat(tables, ignore_index=True)
        supposition = self._at(view.key).supposition
        return table.assign(hypothetical=supposition) if supposition else table

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
            content = csv_bytes(self._frame(view), float_format="%.6g")
        elif view.scenario.levers:
            content = scenario_text(view.scenario).encode("utf-8")
        else:
            raise ParameterError(message("no_lever"))
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
            return f'<p role="alert">✗ {html.escape(str(error))}</p>'
        encoded = base64.b64encode(content).decode("ascii")
        name = f"zerobay_{self._value('indicator'):02d}_{self._value('as_of')}.{suffix}"
        text = SAID["download"].get(self._study.lang)
        return f'<a download="{name}" href="data:{kind};base64,{encoded}">{text} {name}</a>'

    def _update(self, change: Any = None) -> None:
        """Answer with the table now, with the fan as soon as no further change follows."""
        if change and change["owner"] is self._controls["indicator"] and self._value("supposed"):
            self._controls["supposed"].value = ""  # of the other indicator; its change comes back here
            return
        with self._lock, uncollected():
            self._turn += 1
            self._export.value = ""  # an earlier view's
            try:
                view = self._view()
            except ZerobayError as error:
                stale = SAID["stale"].get(self._study.lang)
                self._answer.value = ANSWER.render(alerts=[f"{error} {stale}"])
                return
            self._fit(view.assessed.outlook)
            self._answer.value = self._table(view)
            self._sources.value = view.assessed.sources
            self._show_fan(view)
        self._plan_ahead(view.key)

    def _fit(self, outlook: IndicatorOutlook) -> None:
        """Switch off levers that this indicator does not have, and name the unit of the step."""
        indicator, lang = outlook.indicator, self._study.lang
        for name, lever in (("pace", ChangePace), ("attrition", Attrition), ("step", Step)):
            applies = indicator.kind in lever.kinds and outlook.forecast is not None
            self._controls[name].disabled = not applies
        unit = f"（{indicator.unit_zh}）" if lang == "zh" else f" ({indicator.unit_en})"
        self._controls["step"].description = SAID["step"].get(lang) + unit

    def _show_fan(self, view: View) -> None:
        """Draw, and renew an export, once changes settle; at once where no event loop runs."""
        turn = self._turn

        def show() -> None:
            with self._lock, uncollected():
                if turn == self._turn:
                    self._chart.value = self._drawn(view)
                    if self._offered is not None:
                        self._export.value = self._link(self._offered)

        try:
            asyncio.get_running_loop().call_later(SETTLE, show)
        except RuntimeError:
            show()

    def _draw(self, view: View) -> str:
        svg = render(self._picture(view), "svg", "explore").decode("utf-8")
        return f'<div class="zerobay-chart">{svg[svg.index("<svg") :]}</div>'

    def _assumed(self, view: View) -> str:
        """What a picture must say so that nobody takes it for the forecast; empty where it is that."""
        lang, indicator = self._study.lang, view.moved.indicator
        mark, supposition = say(lang, "；", "; "), self._at(view.key).supposition
        listed = mark.join(pulled.lever.text(lang, indicator) for pulled in view.scenario.levers)
        scenario = SAID["scenario"].fill(lang, listed=listed)
        return mark.join(filter(None, (supposition, scenario * bool(listed))))

    def _plan_ahead(self, key: Key) -> None:
        """Other indicators by this model, then this indicator by the other models."""
        number, day, model, _ = key
        others = [(indicator.id, day, model, None) for indicator in self._study.plan.indicators]
        self._assessed.ahead([*others, *((number, day, name, None) for name in self._named)])

    def _baseline(self, target: TargetOutlook) -> str:
        """Probability on record, with its range under other classes."""
        if target.p_met is None:
            return "—"
        return " ".join(filter(None, (target.shown, range_label(target, self._study.lang))))

    def _table(self, view: View) -> str:
        lang, moved, targets = self._study.lang, view.moved, view.moved.targets
        indicator, forecast, alerts = moved.indicator, moved.forecast, [*view.refused]
        columns = {
            text.YEAR.get(lang): [str(now.year) for now in targets],
            text.TARGET.get(lang): [indicator.format(now.target) for now in targets],
            text.PROBABILITY.get(lang): [verdict_label(now, lang) for now in targets],
        }
        if view.beside:
            other = view.beside.moved
            columns[self._named[view.beside.key[2]]] = [verdict_label(now, lang) for now in other.targets]
            alerts += [other.targets[0].reason(lang)] * (other.forecast is None)
        before = self._assessed.get((*view.key[:3], None)).outlook.targets
        columns[text.BASELINE.get(lang)] = [self._baseline(base) for base in before]
        columns[text.REQUIRED.get(lang)] = [required_text(pace, lang) for pace in view.assessed.paces]
        columns[text.COMPARABLE.get(lang)] = [pace.reference_text(lang) for pace in view.assessed.paces]
        columns[text.CONFIDENT.get(lang)] = [
            "—" if forecast is None else indicator.format(reachable(forecast, indicator, CONFIDENT, now.year))
            for now in targets
        ]
        grade = f"{SAID['grade'].get(lang)} {moved.grade.value}"
        said = grade, str(self._studies(*view.key[1:3])), self._assumed(view)
        reason = targets[0].reason(lang) if forecast is None else ""
        page = ANSWER.render(
            heads=list(columns),
            rows=list(zip(*columns.values(), strict=True)),
            alerts=[one for one in dict.fromkeys(alerts) if one != reason],
            reason=reason,
            note=" · ".join(filter(None, said)),
        )
        return str(page)


def _scenario(indicator: int, levers: list[Lever] | tuple[Lever, ...]) -> Scenario:
    pulled = tuple(PulledLever(indicator, lever) for lever in levers)
    return Scenario(Text("探索中的情景", "explored scenario"), pulled)


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
