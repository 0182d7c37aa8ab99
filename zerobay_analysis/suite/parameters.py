"""Typed parameters of a notebook, checked before any kernel starts."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import readable

__all__ = ["check_parameters", "notebook_parameters"]

_BOOLEANS = {"true": True, "1": True, "yes": True, "是": True}
_BOOLEANS |= {"false": False, "0": False, "no": False, "否": False}


def notebook_parameters(notebook: Path) -> dict[str, str]:
    """Read the cell tagged ``parameters``, whose lines are ``name: type = default``.

    Returns
    -------
    dict of str to str
        The type of every parameter by its name.

    Raises
    ------
    ParameterError
        The notebook does not exist, has no such cell, or a parameter has no type.
    """
    try:
        found = dict(_declared(_parameters_cell(notebook)))
    except SyntaxError as error:
        raise ParameterError(
            f"{notebook.name} 的 parameters 单元格第 {error.lineno} 行不是 Python：{error.msg} / "
            f"line {error.lineno} of its cell tagged 'parameters' is not Python"
        ) from None
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


def _declared(source: str) -> Iterator[tuple[str, str]]:
    """Names and types assigned in a cell, as Python itself reads them."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    for statement in ast.parse("\n".join(lines) + "\n").body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
                yield name, ast.unparse(kind).strip("'\"")
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name, ""


def check_parameters(notebook: Path, given: Mapping[str, object]) -> dict[str, object]:
    """Convert ``given`` to the notebook's types; list every problem at once.

    Parameters
    ----------
    given : mapping
        Values as text (from a command line) or already of the right type.

    Raises
    ------
    ParameterError
        A parameter is unknown, is not of its type, or is outside its range.
    """
    known = notebook_parameters(notebook)
    problems: list[str] = []
    values: dict[str, object] = {}
    for name, value in given.items():
        if name not in known:
            shown = readable(name)[:60]
            problems.append(
                f"{notebook.name} 没有参数“{shown}”，可用：{', '.join(known)} / "
                f"unknown parameter '{shown}', choose from: {', '.join(known)}"
            )
            continue
        try:
            values[name] = _convert(name, known[name], value)
            _check_range(name, values[name])
        except ParameterError as error:
            problems.append(str(error))
    if problems:
        raise ParameterError("\n".join(problems))
    return values


def _convert(name: str, kind: str, value: object) -> object:
    text = str(value).strip()
    if kind not in _TYPES:
        raise ParameterError(f"参数“{name}”的类型 {kind} 不支持 / unsupported type {kind}")
    words, read = _TYPES[kind]
    try:
        return read(text)
    except (ValueError, KeyError):
        shown = readable(str(value))[:60]
        raise ParameterError(
            f"参数“{name}”应为 {words}，得到“{shown}” / parameter '{name}' must be {kind}, got '{shown}'"
        ) from None


def _finite(text: str) -> float:
    """A number that JSON has a word for: the record of a run is JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_TYPES: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "int": ("整数 int", int),
    "float": ("有限的数 float", _finite),
    "bool": ("true 或 false", lambda text: _BOOLEANS[text.lower()]),
    "str": ("UTF-8 文字 str", lambda text: text.encode("utf-8").decode("utf-8")),
}


def _check_range(name: str, value: object) -> None:
    """Check the parameters whose meaning is the same in every notebook."""
    from zerobay_analysis.forecast import forecaster
    from zerobay_analysis.plan import load_plan
    from zerobay_analysis.scenarios.form import load_scenarios
    from zerobay_analysis.study import LANGUAGES, parse_day

    if name == "indicator":
        load_plan().indicator(int(str(value)))
    elif name == "as_of":
        parse_day(str(value))
    elif name == "scenario" and value:
        load_scenarios([Path(str(value))])
    elif name == "unit":
        _check_unit(str(value))
    elif name == "model":
        forecaster(str(value))
    elif name == "lang" and value not in LANGUAGES:
        raise ParameterError(f"语言“{value}”不支持，可选 zh、en / unknown language '{value}': zh or en")


def _check_unit(name: str) -> None:
    from zerobay_analysis.plan import load_plan

    plan = load_plan()
    known = dict.fromkeys(
        [unit for indicator in plan.indicators for unit in indicator.owners]
        + [unit for owners in plan.tasks["owners"] for unit in str(owners).split(";")]
    )
    if name not in known:
        listed = "、".join(known)
        raise ParameterError(
            f"计划中没有责任单位“{name}”，可选：{listed} / no such unit in the plan: '{name}'"
        )
