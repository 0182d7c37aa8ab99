"""Notebooks with a parameters cell, and what a command line or a caller may give for them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.judging import ACCEPTED, REFUSED, Fault
from tests.fuzz.texts import damaged
from zerobay_analysis.errors import ZerobayError
from zerobay_analysis.suite.notebook import (
    INJECTED,
    check_parameters,
    notebook_parameters,
    with_parameters,
)

__all__ = ["notebook_parameters_cell"]

NAMES = (
    "count",
    "share",
    "flag",
    "title",
    "indicator",
    "as_of",
    "lang",
    "unit",
    "model",
    "scenario",
    "data",
    "数",
    "_x",
    "lambda_",
)
DEFAULTS = {
    "int": ("1", "-3", "0x1F", "1_000", "2020 - 1"),
    "float": ("0.5", "1e-3", "float('nan')", "-1.0", "1"),
    "bool": ("True", "False", "not True"),
    "str": (
        '"a"',
        "'year>=2020'",
        '"a=b"',
        '"a#b"',
        '""',
        '"""x"""',
        "'说\"明\"'",
        'r"c:\\new"',
        '"a: int = 2"',
        '"\\u202e"',
    ),
}
COMMENTS = (
    "",
    "",
    "  # help",
    "  # 1 = yes, 2 = no",
    "  #",
    "  # a: int = 3",
    "  # type: ignore",
    "  # 说明：=，：",
)
GIVEN = (
    "1",
    "-3",
    "7",
    "１２",
    "٣",
    "1.0",
    "1e3",
    "1_0",
    " 5 ",
    "0x10",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1e400",
    "9" * 5000,
    "9" * 400,
    "",
    "true",
    "False",
    "是",
    "否",
    "YES",
    "0",
    "2",
    "None",
    "a",
    "a=b",
    "'",
    '"',
    "\\",
    "\n",
    "a\nb",
    "\x00",
    "\ud800",
    "\uffff",
    "\u202e1",
    "$(rm)",
    "{x}",
    "__import__('os')",
    "%pip",
    "2026-11-22",
    "2026-13-01",
    "2999-01-01",
    "20261122",
    "zh",
    "fr",
    "public",
    "/nonexistent/x",
    "区科委",
    "reference_class",
    "theta",
    "'''",
    "𝟣",
    "²",
    "1²",
    "½",
    1,
    2.5,
    True,
    None,
    float("nan"),
    float("inf"),
    10**400,
    [1],
    {"a": 1},
    b"x",
    1j,
)


def notebook_parameters_cell(random: Random, folder: Path) -> str:
    """A notebook and values for its parameters, either of which may be odd."""
    names = random.sample(NAMES, random.randint(1, 5))
    kinds = {name: _kind(random, name) for name in names}
    lines = [f"{n}: {k} = {random.choice(DEFAULTS[k])}{random.choice(COMMENTS)}" for n, k in kinds.items()]
    odd = random.random() < 0.3
    if odd:
        lines.insert(random.randint(0, len(lines)), random.choice(_LINES))
    path = folder / random.choice(("a.ipynb", "名 字.ipynb", "a[1].ipynb"))
    path.write_bytes(_notebook(random, "\n".join(lines), odd))
    try:
        found = notebook_parameters(path)
    except ZerobayError as error:
        str(error).encode("utf-8")
        if not odd and path.stat().st_size and b"\x00" not in path.read_bytes():
            raise Fault(f"a sound parameters cell is refused: {error}\n{lines}") from None
        return REFUSED
    if not odd and found != kinds:
        raise Fault(f"{kinds} are read as {found}")
    return _given(random, path, found)


_LINES = (
    "untyped = 1",
    "x: list = []",
    "x: 'int' = 1",
    "x: int",
    "import os",
    "x: int = (",
    "def f(): pass",
    "x: int = 1; y: int = 2",
    "x: int = \\\n  3",
    "a: int = 1  # " + "x" * 5000,
    "for i in range(3): pass",
    "x: Optional[int] = None",
    "%matplotlib inline",
    "!ls",
    "x: str = '''\na: int = 2\n'''",
    "class: int = 1",
    "1x: int = 1",
    "x : int=1",
    "x:int=1",
    "\tx: int = 1",
    "x: bool = 1",
    "x: int = 1\nx: str = 'a'",
    "\ud83d",
    "if True:\n    z: int = 1",
    "x: float = 1e999",
    "x: int = 9" + "9" * 5000,
    "(" * 3000,
)


def _kind(random: Random, name: str) -> str:
    if name == "indicator":
        return "int"
    return (
        "str"
        if name in {"as_of", "lang", "unit", "model", "scenario", "data"}
        else random.choice(list(DEFAULTS))
    )


def _notebook(random: Random, source: str, odd: bool) -> bytes:
    tags: Any = ["parameters"]
    cell: dict[str, Any] = {
        "cell_type": "code",
        "execution_count": None,
        "id": "a",
        "metadata": {"tags": tags},
        "outputs": [],
    }
    cell["source"] = source if random.random() < 0.5 else source.splitlines(keepends=True)
    cells: list[Any] = [{"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# a"}, cell]
    kernel: Any = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book: dict[str, Any] = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    if not odd:
        return json.dumps(book, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    match random.randrange(12):
        case 0:
            cells.append(dict(cell))
        case 1:
            cell["metadata"]["tags"] = random.choice(
                ("parameters", None, [["parameters"]], {"parameters": 1}, 5)
            )
        case 2:
            book["metadata"] = random.choice(
                ({}, [], None, {"kernelspec": None}, {"kernelspec": {"name": "julia"}})
            )
        case 3:
            book["nbformat"] = random.choice((3, 2, 99, None, "4"))
        case 4:
            cell["source"] = random.choice((None, 5, [1], [None], {}))
        case 5:
            book["cells"] = random.choice((None, {}, [None], [5], "x"))
        case 6:
            cell["cell_type"] = random.choice(("markdown", "raw", "x", None))
        case 7:
            return random.choice(
                (
                    b"",
                    b"null",
                    b"[]",
                    b"5",
                    b"{}",
                    b"\xff\xfe",
                    b"[" * 100_000,
                    b"PK\x03\x04",
                    b'{"cells": NaN}',
                )
            )
        case 8 | 9:
            return damaged(random, json.dumps(book).encode())
        case 10:
            return json.dumps(book).encode("utf-16" if random.random() < 0.5 else "utf-8-sig")
        case _:
            pass
    return json.dumps(book).encode("utf-8", "surrogatepass")


def _given(random: Random, path: Path, kinds: dict[str, str]) -> str:
    given = {name: random.choice(GIVEN) for name in random.sample(list(kinds), random.randint(0, len(kinds)))}
    if random.random() < 0.2:
        given[random.choice(("unknown", "", " ", "a b", "\ud800", "__class__"))] = "1"
    try:
        values = check_parameters(path, given)
    except ZerobayError as error:
        str(error).encode("utf-8")
        return REFUSED
    if values.keys() != given.keys():
        raise Fault(f"{given} are read as {values}")
    (cell,) = [cell for cell in with_parameters(path, values).cells if cell.get("id") == INJECTED]
    cell.source.encode("utf-8")
    space: dict[str, Any] = {}
    exec(cell.source, space)
    for name, value in values.items():
        _one(kinds[name], given[name], value, space[name])
    return ACCEPTED


def _one(kind: str, given: object, value: object, read: object) -> None:
    """A value has its type, is read from a notebook as it was written and means what was given."""
    if type(value).__name__ != kind:
        raise Fault(f"{given!r} becomes {value!r}, not {kind}")
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")
    if read != value:
        raise Fault(f"{value!r} is read as {read!r}")
    if kind == "float" and not math.isfinite(float(str(value))):
        raise Fault(f"{given!r} becomes {value!r}")
    if (
        kind in {"int", "float"}
        and isinstance(given, str)
        and given.strip().isascii()
        and float(given) != value
    ):
        raise Fault(f"{given!r} becomes {value!r}")
    if kind == "str" and isinstance(given, str) and value != given.strip():
        raise Fault(f"{given!r} becomes {value!r}")
