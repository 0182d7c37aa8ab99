"""Typed parameters of a notebook, checked before any kernel starts."""

from __future__ import annotations

import ast
import io
import math
import tokenize
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import Path

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import readable
from zerobay_analysis.plan import Plan, load_plan

_BOOLEANS = {"true": True, "1": True, "yes": True, "是": True}
_BOOLEANS |= {"false": False, "0": False, "no": False, "否": False}
_KINDS = {"int": "整数 int", "float": "有限的数 float", "bool": "true 或 false", "str": "UTF-8 文字 str"}


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell: ``name: type = default  # help``."""

    name: str
    type: str
    default: str
    help: str


def notebook_parameters(notebook: Path) -> dict[str, Parameter]:
    """Read the cell tagged ``parameters``.

    Raises
    ------
    ParameterError
        The notebook does not exist, has no such cell, or a parameter has no type.
    """
    source = _parameters_cell(notebook)
    try:
        found = {parameter.name: parameter for parameter in _declared(source)}
    except SyntaxError as error:
        raise ParameterError(
            f"{notebook.name} 的 parameters 单元格第 {error.lineno} 行不是 Python：{error.msg} / "
            f"line {error.lineno} of its cell tagged 'parameters' is not Python"
        ) from None
    untyped = [p.name for p in found.values() if not p.type]
    if untyped:
        raise ParameterError(
            f"{notebook.name} 的参数没有写类型 / parameters without a type: {', '.join(untyped)}"
        )
    return found


def _parameters_cell(notebook: Path) -> str:
    """Source of the first cell tagged ``parameters``."""
    import nbformat

    if not notebook.is_file():
        raise ParameterError(f"找不到笔记本 {notebook} / no such notebook: {notebook}")
    try:
        cells = nbformat.read(notebook, as_version=4).cells
        tagged = [str(c.source) for c in cells if "parameters" in c.metadata.get("tags", ())]
        "".join(tagged).encode("utf-8")  # half a character is text to JSON, and to nothing else
    except Exception as error:  # whatever a file can be that is no notebook
        raise ParameterError(
            f"{notebook} 不是笔记本（{type(error).__name__}） / this file is not a notebook"
        ) from error
    if not tagged or not tagged[0].strip():
        raise ParameterError(
            f"{notebook.name} 没有带 parameters 标签的单元格 / it has no cell tagged 'parameters'"
        )
    return tagged[0]


def _declared(source: str) -> list[Parameter]:
    """Assignments of a cell, as Python itself reads them: ``=`` and ``#`` may stand in any text."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    code = "\n".join(lines) + "\n"
    found = []
    tree = ast.parse(code)
    comments = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.type == tokenize.COMMENT
    }
    for statement in tree.body:
        target: ast.expr
        if isinstance(statement, ast.AnnAssign):
            target, kind = statement.target, ast.unparse(statement.annotation).strip("'\"")
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, kind = statement.targets[0], ""
        else:
            continue
        if isinstance(target, ast.Name):
            default = ast.get_source_segment(code, statement.value) if statement.value else ""
            told = comments.get(statement.end_lineno or 0, "")
            found.append(Parameter(target.id, kind, default or "", told))
    return found


def check_parameters(notebook: Path, given: Mapping[str, object]) -> dict[str, object]:
    """Convert ``given`` to the notebook's types; list every problem at once.

    Where ``given`` names another plan, values of that plan stand for defaults that are of the shipped one.

    Parameters
    ----------
    given : mapping
        Values as text (from a command line) or already of the right type.

    Raises
    ------
    ParameterError
        A parameter is unknown, is not of its type, or is outside its range.
    """
    known, plan = notebook_parameters(notebook), load_plan(str(given.get("plan", "")))
    problems: list[str] = []
    values: dict[str, object] = {}
    for name, value in {**_plan_defaults(known, plan), **given}.items():
        if name not in known:
            shown = readable(name)[:60]
            problems.append(
                f"{notebook.name} 没有参数“{shown}”，可用：{', '.join(known)} / "
                f"unknown parameter '{shown}', choose from: {', '.join(known)}"
            )
            continue
        try:
            values[name] = _convert(known[name], value)
            _check_range(name, values[name], plan)
        except ParameterError as error:
            problems.append(str(error))
    if problems:
        raise ParameterError("\n".join(problems))
    return values


def _finite(text: str) -> float:
    """A number that JSON has a word for: the record of a run is JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_READ: dict[str, Callable[[str], object]] = {
    "int": int,
    "float": _finite,
    "bool": lambda text: _BOOLEANS[text.lower()],
    "str": lambda text: text.encode("utf-8").decode(),
}


def _convert(parameter: Parameter, value: object) -> object:
    if parameter.type not in _READ:
        raise ParameterError(
            f"参数“{parameter.name}”的类型 {parameter.type} 不支持 / unsupported type {parameter.type}"
        )
    try:
        return _READ[parameter.type](str(value).strip())
    except (ValueError, KeyError):
        shown = readable(str(value))[:60]
        raise ParameterError(
            f"参数“{parameter.name}”应为 {_KINDS[parameter.type]}，得到“{shown}” / "
            f"parameter '{parameter.name}' must be {parameter.type}, got '{shown}'"
        ) from None


def _check_range(name: str, value: object, plan: Plan) -> None:
    """Check the parameters whose meaning is the same in every notebook."""
    from zerobay_analysis.forecast import forecaster
    from zerobay_analysis.language import LANGUAGES
    from zerobay_analysis.scenarios.form import load_scenarios
    from zerobay_analysis.study import parse_day

    if name == "indicator":
        plan.indicator(int(str(value)))
    elif name == "as_of":
        parse_day(str(value))
    elif name == "scenario" and value:
        load_scenarios([Path(str(value))], plan)
    elif name == "unit":
        if value not in plan.units:
            listed = "、".join(plan.units)
            raise ParameterError(
                f"计划中没有责任单位“{value}”，可选：{listed} / no such unit in the plan: '{value}'"
            )
    elif name == "model":
        forecaster(str(value))
    elif name == "reference_class" and value:
        forecaster(reference_class=str(value))
    elif name == "lang" and value not in LANGUAGES:
        raise ParameterError(f"语言“{value}”不支持，可选 zh、en / unknown language '{value}': zh or en")


def _plan_defaults(known: Container[str], plan: Plan) -> dict[str, object]:
    if plan is load_plan():
        return {}
    values = {"indicator": plan.indicators[0].id, "year": plan.years[-1], "unit": plan.units[0]}
    return {name: value for name, value in values.items() if name in known}
