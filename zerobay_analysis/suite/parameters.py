"""Typed parameters of a notebook, checked before any kernel starts."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from pathlib import Path

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import readable
from zerobay_analysis.plan import Plan, load_plan

_BOOLEANS = {"true": True, "1": True, "yes": True, "是": True}
_BOOLEANS |= {"false": False, "0": False, "no": False, "否": False}
_KINDS = {"int": "整数 int", "float": "有限的数 float", "bool": "true 或 false", "str": "UTF-8 文字 str"}


def notebook_parameters(notebook: Path) -> dict[str, str]:
    """Names and types in the cell tagged ``parameters``, one ``name: type = default`` a line.

    Raises
    ------
    ParameterError
        The notebook does not exist, has no such cell, or a parameter has no type.
    """
    lines = _parameters_cell(notebook).splitlines()
    try:
        tree = ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines))
    except SyntaxError as error:
        raise ParameterError(
            f"{notebook.name} 的 parameters 单元格第 {error.lineno} 行不是 Python：{error.msg} / "
            f"line {error.lineno} of its cell tagged 'parameters' is not Python"
        ) from None
    found: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
                found[name] = ast.unparse(kind).strip("'\"")
            case ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = ""
    untyped = [name for name, kind in found.items() if not kind]
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
    defaults: dict[str, object] = {}
    if plan is not load_plan():
        defaults = {"indicator": plan.indicators[0].id, "year": plan.years[-1], "unit": plan.units[0]}
    for name, value in {**{n: v for n, v in defaults.items() if n in known}, **given}.items():
        if name not in known:
            shown = readable(name)[:60]
            problems.append(
                f"{notebook.name} 没有参数“{shown}”，可用：{', '.join(known)} / "
                f"unknown parameter '{shown}', choose from: {', '.join(known)}"
            )
            continue
        try:
            values[name] = _convert(name, known[name], value)
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


def _convert(name: str, kind: str, value: object) -> object:
    if kind not in _READ:
        raise ParameterError(f"参数“{name}”的类型 {kind} 不支持 / unsupported type {kind}")
    try:
        return _READ[kind](str(value).strip())
    except (ValueError, KeyError):
        shown = readable(str(value))[:60]
        raise ParameterError(
            f"参数“{name}”应为 {_KINDS[kind]}，得到“{shown}” / "
            f"parameter '{name}' must be {kind}, got '{shown}'"
        ) from None


def _check_range(name: str, value: object, plan: Plan) -> None:
    """Check the parameters whose meaning is the same in every notebook."""
    from zerobay_analysis.forecast import forecaster
    from zerobay_analysis.language import LANGUAGES
    from zerobay_analysis.scenarios.form import load_scenarios
    from zerobay_analysis.study import parse_day

    text = str(value)
    if name == "indicator":
        plan.indicator(int(text))
    elif name == "as_of":
        parse_day(text)
    elif name == "scenario" and text:
        load_scenarios([Path(text)], plan)
    elif name == "unit" and text not in plan.units:
        listed = "、".join(plan.units)
        raise ParameterError(
            f"计划中没有责任单位“{text}”，可选：{listed} / no such unit in the plan: '{text}'"
        )
    elif name == "model":
        forecaster(text)
    elif name == "reference_class" and text:
        forecaster(reference_class=text)
    elif name == "lang" and text not in LANGUAGES:
        raise ParameterError(f"语言“{text}”不支持，可选 zh、en / unknown language '{text}': zh or en")
