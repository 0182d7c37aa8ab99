"""Typed parameters of a notebook, checked before any kernel starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zerobay_analysis.errors import ParameterError
from zerobay_analysis.suite.imports import quick_imports

__all__ = ["Parameter", "check_parameters", "notebook_parameters"]

_BOOLEANS = {"true": True, "1": True, "yes": True, "是": True}
_BOOLEANS |= {"false": False, "0": False, "no": False, "否": False}


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
    with quick_imports():
        import papermill

    if not notebook.is_file():
        raise ParameterError(f"找不到笔记本 {notebook} / no such notebook: {notebook}")
    found = {
        name: Parameter(name, str(entry["inferred_type_name"]), str(entry["default"]), str(entry["help"]))
        for name, entry in papermill.inspect_notebook(notebook).items()
    }
    if not found:
        raise ParameterError(
            f"{notebook.name} 没有带 parameters 标签的单元格 / it has no cell tagged 'parameters'"
        )
    untyped = [p.name for p in found.values() if p.type == "None"]
    if untyped:
        raise ParameterError(
            f"{notebook.name} 的参数没有写类型 / parameters without a type: {', '.join(untyped)}"
        )
    return found


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
            problems.append(
                f"{notebook.name} 没有参数“{name}”，可用：{', '.join(known)} / "
                f"unknown parameter '{name}', choose from: {', '.join(known)}"
            )
            continue
        try:
            values[name] = _convert(known[name], value)
            _check_range(name, values[name])
        except ParameterError as error:
            problems.append(str(error))
    if problems:
        raise ParameterError("\n".join(problems))
    return values


def _convert(parameter: Parameter, value: object) -> object:
    text = str(value).strip()
    try:
        match parameter.type:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return _BOOLEANS[text.lower()]
            case "str":
                return text
    except (ValueError, KeyError):
        raise ParameterError(
            f"参数“{parameter.name}”应为 {parameter.type}，得到“{value}” / "
            f"parameter '{parameter.name}' must be {parameter.type}, got '{value}'"
        ) from None
    raise ParameterError(
        f"参数“{parameter.name}”的类型 {parameter.type} 不支持 / unsupported type {parameter.type}"
    )


def _check_range(name: str, value: object) -> None:
    """Check the parameters whose meaning is the same in every notebook."""
    from zerobay_analysis.forecast import forecaster
    from zerobay_analysis.plan import load_plan
    from zerobay_analysis.scenario_file import load_scenarios
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
