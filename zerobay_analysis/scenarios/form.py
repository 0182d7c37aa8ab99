"""Scenarios as an analyst writes them: a small YAML file, read with every problem at once.

::

    name: 基金二季度关账
    name_en: A fund closes in the second quarter
    indicator: 9                # number, key or name of the indicator
    levers:
      - lever: step             # or 一次性增减
        date: 2027Q2
        amount: 30
        unit: 亿元              # checked against the indicator, may be left out
      - lever: pace             # or 提速或减速
        from: 2027
        percent: 20

Several scenarios, to stand side by side, go into one file with a line of ``---`` between them, or
into files of one folder.

``from`` begins with its period (2027 is the first of January), ``date`` and ``trend_to`` end with it
(2027Q2 is the thirtieth of June). A lever may name its own ``indicator``, so that one file can hold a
package of measures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from zerobay_analysis.errors import DataError, ParameterError, Problem, problem
from zerobay_analysis.files.tables import normal, parse_integer, parse_number
from zerobay_analysis.language import Text
from zerobay_analysis.ledger import CheckReport
from zerobay_analysis.ledger.notation import parse_period
from zerobay_analysis.plan import Indicator, Kind, Plan, load_plan
from zerobay_analysis.scenarios import text
from zerobay_analysis.scenarios.levers import LEVERS, PulledLever, Scenario


@dataclass(frozen=True)
class Key:
    """A key of a lever: the lever's attribute that it fills, whether it is needed, and how it is read."""

    attribute: str
    required: bool
    parse: Callable[[str], Any] = parse_number
    hint: Text = text.HINT_NUMBER


_START = (lambda written: parse_period(written).start, text.HINT_FROM)
_END = (lambda written: parse_period(written).end, text.HINT_DATE)
_READ: Mapping[str, tuple[Callable[[str], Any], Text]] = {
    "start": _START,
    "trend_from": _START,
    "day": _END,
    "trend_to": _END,
    "year": (parse_integer, text.HINT_YEAR),
}
"""How an attribute that is no plain number is read, and what to write instead."""
_WRITTEN = {"start": "from", "day": "date"}
KEYS: Mapping[str, Mapping[str, Key]] = {
    name: {
        _WRITTEN.get(of.name, of.name): Key(of.name, of.default is MISSING, *_READ.get(of.name, ()))
        for of in fields(lever)  # type: ignore[arg-type]
    }
    for name, lever in LEVERS.items()
}
"""Keys of each lever besides ``lever``, ``indicator`` and ``unit``: its fields."""

_TOP = ("name", "name_en", "note", "indicator", "levers")
_EVERY = ("lever", "indicator", "unit")
_NAMES = {normal(word).casefold(): name for name, lever in LEVERS.items() for word in (name, lever.name.zh)}


SCENARIO_SUFFIXES = (".yaml", ".yml")
MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 20
"""A scenario needs three levels; what is nested by the thousand exhausts the parser's stack."""


def example_scenarios(plan: Plan | None = None) -> tuple[Path, ...]:
    """The example scenarios that come with a plan, by default with the shipped one."""
    return tuple(sorted(((plan or load_plan()).folder / "scenarios").glob("*.yaml")))


def report_scenarios(path: str = "", plan: Plan | None = None) -> tuple[Scenario, ...]:
    """Scenarios of a report: those of ``path``, a file or a folder, or the examples when it is empty.

    An example is called one in its name, so that no form shows it as somebody's intention.

    Raises
    ------
    DataError
        With every problem of every file at once.
    """
    if path:
        return load_scenarios((Path(path),), plan)
    shipped = load_scenarios(example_scenarios(plan), plan)
    return tuple(
        replace(one, name=Text(f"示例：{one.name.zh}", f"example: {one.name.en}")) for one in shipped
    )


def load_scenarios(sources: Iterable[Path], plan: Plan | None = None) -> tuple[Scenario, ...]:
    """Read several files or folders of ``*.yaml`` files.

    Raises
    ------
    DataError
        With every problem of every file at once.
    """
    files: list[Path] = []
    for source in sources:
        inside = (found for suffix in SCENARIO_SUFFIXES for found in source.glob(f"*{suffix}"))
        # A name too long is no folder; Path.is_dir raises.
        files += sorted(inside) if os.path.isdir(source) else [source]  # noqa: PTH112
    found: list[Scenario] = []
    problems: list[Problem] = []
    for file in files:
        try:
            found += parse_scenarios(_text(file), str(file), plan)
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return tuple(found)


def check_scenarios(path: Path, plan: Plan | None = None) -> CheckReport:
    """What a scenario file or a folder of them says, or all that is wrong with it; never raises.

    ``rows`` of the report counts levers; its notes tell each scenario in words.
    """
    known = plan or load_plan()
    try:
        scenarios = load_scenarios([path], known)
    except DataError as error:
        return CheckReport(str(path), problems=error.problems)
    notes = []
    for scenario in scenarios:
        notes.append(f"情景 / scenario: {scenario.name.zh}")
        for pulled in scenario.levers:
            indicator = known.indicator(pulled.indicator)
            notes.append(f"  {indicator.id} {indicator.short_zh}: {pulled.lever.text('zh', indicator)}")
    return CheckReport(str(path), sum(len(s.levers) for s in scenarios), (), tuple(notes))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError([_problem(str(path), "UNREADABLE", reason=error.strerror)]) from error
    except UnicodeDecodeError as error:
        raise DataError([_problem(str(path), "ENCODING")]) from error


def _problem(
    file: str, name: str, line: int | None = None, key: str | None = None, value: str = "", /, **facts: object
) -> Problem:
    """A problem of that name with the file as a whole, or with a line of it."""
    return problem(
        file, line, key, value, *(text.both(f"{half}_{name}", **facts) for half in ("PROBLEM", "CURE"))
    )


def parse_scenarios(written: str, file: str = "YAML", plan: Plan | None = None) -> tuple[Scenario, ...]:
    """Read the text of one scenario or several, with a line of ``---`` between them.

    Raises
    ------
    DataError
        With the line and the cure of every problem.
    """
    if len(written) > MAX_CHARACTERS:
        raise DataError([_problem(file, "LONG", most=f"{MAX_CHARACTERS:,}")])
    depth = 0
    try:
        for event in yaml.parse(written, Loader=yaml.SafeLoader):  # before anything is made of it
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise DataError([_problem(file, "DEEP", _line(event.start_mark), most=MAX_DEPTH)])
        roots: list[Node | None] = [*yaml.compose_all(written, Loader=yaml.SafeLoader)]
    except yaml.YAMLError as error:
        line, detail = _line(getattr(error, "problem_mark", None)), getattr(error, "problem", None) or error
        raise DataError([_problem(file, "SYNTAX", line, detail=detail)]) from error
    reader = _Reader(file, plan or load_plan(), [])
    found = [reader.scenario(root) for root in roots or [None]]
    if reader.problems:
        raise DataError(reader.problems)
    return tuple(scenario for scenario in found if scenario is not None)


def _line(mark: Any) -> int | None:
    return None if mark is None else int(mark.line) + 1


@dataclass(frozen=True)
class _Reader:
    """Reads one file; problems collect on the way."""

    file: str
    plan: Plan
    problems: list[Problem]

    def wrong(self, node: Node, key: str | None, name: str, /, **facts: object) -> None:
        """Note a problem of that name at a node's line."""
        value = node.value if isinstance(node, ScalarNode) else ""
        self.problems.append(_problem(self.file, name, node.start_mark.line + 1, key, value, **facts))

    def scenario(self, root: Node | None) -> Scenario | None:
        if root is None:
            self.problems.append(_problem(self.file, "EMPTY"))
            return None
        given = self.mapping(root, _TOP, ("name", "levers"), text.A_SCENARIO)
        default = self.indicator(given["indicator"]) if "indicator" in given else None
        name, name_en, note = (self.scalar(given.get(key), key) for key in ("name", "name_en", "note"))
        items, levers = given.get("levers"), list[PulledLever | None]()
        if isinstance(items, SequenceNode) and items.value:
            levers = [self.lever(item, default, "indicator" in given) for item in items.value]
        elif items is not None:
            self.wrong(items, "levers", "NO_LIST")
        return Scenario(Text(name, name_en or name), tuple(filter(None, levers)), note)

    def mapping(
        self, node: Node, allowed: Sequence[str], required: Sequence[str], what: Text
    ) -> dict[str, Node]:
        """Values by key, with unknown, repeated and missing keys noted."""
        words = "、".join(allowed)
        if not isinstance(node, MappingNode):
            self.wrong(node, None, "NO_KEYS", what=what, words=words)
            return {}
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in allowed:
                self.wrong(key, None, "UNKNOWN_KEY", words=words)
            elif name in found:
                self.wrong(key, None, "KEY_TWICE")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self.wrong(node, name, "KEY_MISSING", key=name, what=what)
        return found

    def scalar(self, node: Node | None, key: str) -> str:
        """Text of a scalar; empty for a missing one, a problem for anything else."""
        if node is None:
            return ""
        if isinstance(node, ScalarNode) and node.value.strip():
            return str(node.value).strip()
        self.wrong(node, key, "NO_VALUE", key=key)
        return ""

    def indicator(self, node: Node) -> Indicator | None:
        """An indicator by number, key or Chinese name."""
        named = self.scalar(node, "indicator")
        for indicator in self.plan.indicators:
            if named in (str(indicator.id), indicator.key, indicator.name_zh, indicator.short_zh):
                return indicator
        if named:
            known = "、".join(f"{i.id} {i.short_zh}" for i in self.plan.indicators)
            self.wrong(node, "indicator", "NO_INDICATOR", known=known)
        return None

    def lever(self, node: Node, default: Indicator | None, named: bool) -> PulledLever | None:
        """One lever with its indicator; ``None`` where something is wrong with it."""
        before = len(self.problems)
        name = self.lever_name(node)
        if name is None:
            return None
        keys = KEYS[name]
        required = [key for key, spec in keys.items() if spec.required]
        given = self.mapping(node, (*_EVERY, *keys), required, text.both("A_LEVER", name=name))
        indicator = self.indicator(given["indicator"]) if "indicator" in given else default
        if indicator is None and "indicator" not in given and not named:
            self.wrong(node, "indicator", "WHICH_INDICATOR")
        values = {keys[key].attribute: self.value(key, keys[key], given[key]) for key in keys if key in given}
        if indicator is None or len(self.problems) > before:
            return None
        self.unit(given.get("unit"), indicator)
        try:
            lever = LEVERS[name](**values)
            lever.check(indicator)
        except ParameterError as error:  # it has its own say about its values and its indicator
            self.wrong(node, name, "REFUSED", why=error.text)
            return None
        return PulledLever(indicator.id, lever)

    def lever_name(self, node: Node) -> str | None:
        """Identifier of the lever that an item names."""
        pairs = node.value if isinstance(node, MappingNode) else []
        named = next((value for key, value in pairs if key.value == "lever"), None)
        words = "、".join(f"{name}（{lever.name.zh}）" for name, lever in LEVERS.items())
        known = Text(words, ", ".join(LEVERS))
        name = None if named is None else _NAMES.get(normal(str(named.value)).casefold())
        if named is None:
            self.wrong(node, "lever", "WHICH_LEVER", known=known)
        elif name is None:
            self.wrong(named, "lever", "UNKNOWN_LEVER", known=known)
        return name

    def value(self, key: str, spec: Key, node: Node) -> Any:
        written = self.scalar(node, key)
        try:
            return spec.parse(written) if written else None
        except ValueError:
            self.wrong(node, key, "VALUE", hint=spec.hint)
            return None

    def unit(self, node: Node | None, indicator: Indicator) -> None:
        """The unit, where written, must be the indicator's (or percent, points for a rate)."""
        written = normal(self.scalar(node, "unit"))
        own = {normal(indicator.unit_zh), normal(indicator.unit_en)}
        if indicator.kind is Kind.RATE:
            own |= {"百分点", "个百分点", "points"}
        if node is not None and written and written not in own:
            self.wrong(node, "unit", "WRONG_UNIT", unit=Text(indicator.unit_zh, indicator.unit_en))


def scenario_text(scenario: Scenario) -> str:
    """The scenario as YAML that :func:`parse_scenarios` reads back to the same scenario."""
    top: dict[str, Any] = {"name": scenario.name.zh, "name_en": scenario.name.en}
    if scenario.note:
        top["note"] = scenario.note
    if len(scenario.indicators) == 1:
        top["indicator"] = scenario.indicators[0]
    top["levers"] = [_written(pulled, len(scenario.indicators) > 1) for pulled in scenario.levers]
    return yaml.dump(top, Dumper=_Plain, allow_unicode=True, sort_keys=False)


class _Plain(yaml.SafeDumper):
    """Writes a day twice rather than a reference to it, which no analyst would write."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _written(pulled: PulledLever, with_indicator: bool) -> dict[str, Any]:
    written: dict[str, Any] = {"lever": pulled.lever.id}
    if with_indicator:
        written["indicator"] = pulled.indicator
    values = {key: getattr(pulled.lever, of.attribute) for key, of in KEYS[pulled.lever.id].items()}
    return written | {key: value for key, value in values.items() if value is not None}
