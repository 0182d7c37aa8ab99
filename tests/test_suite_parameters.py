"""Parameters are checked before any kernel starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import NotebookMaker
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.paths import notebooks_dir
from zerobay_analysis.suite.parameters import check_parameters, notebook_parameters

CELL = 'indicator: int = 9  # which\nshare: float = 0.5\nflag: bool = False\nname: str = "a"\n'


def test_types_defaults_and_help_are_read_from_the_cell(make_notebook: NotebookMaker) -> None:
    found = notebook_parameters(make_notebook("book", CELL))
    assert [(p.name, p.type) for p in found.values()] == [
        ("indicator", "int"),
        ("share", "float"),
        ("flag", "bool"),
        ("name", "str"),
    ]
    assert found["indicator"].default == "9"
    assert found["indicator"].help == "which"


def test_text_is_converted_to_the_type_of_the_cell(make_notebook: NotebookMaker) -> None:
    given = {"indicator": "7", "share": "0.25", "flag": "true", "name": "x"}
    checked = check_parameters(make_notebook("book", CELL), given)
    assert checked == {"indicator": 7, "share": 0.25, "flag": True, "name": "x"}


def test_every_problem_is_named_at_once(make_notebook: NotebookMaker) -> None:
    given = {"indicator": "seven", "shares": "1", "flag": "perhaps"}
    with pytest.raises(ParameterError) as caught:
        check_parameters(make_notebook("book", CELL), given)
    message = str(caught.value)
    assert all(word in message for word in ("seven", "shares", "perhaps"))
    assert "indicator, share, flag, name" in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("indicator", "12"),
        ("as_of", "2026-13-01"),
        ("as_of", "2999-01-01"),
        ("lang", "fr"),
        ("model", "magic"),
    ],
)
def test_values_outside_their_range_are_refused(name: str, value: str) -> None:
    with pytest.raises(ParameterError, match=value):
        check_parameters(notebooks_dir() / "02_trajectory.ipynb", {name: value})


def test_a_notebook_without_parameters_is_refused(make_notebook: NotebookMaker, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="parameters"):
        notebook_parameters(make_notebook("bare", ""))
    with pytest.raises(ParameterError, match="absent"):
        notebook_parameters(tmp_path / "absent.ipynb")


def test_a_parameter_without_a_type_is_refused(make_notebook: NotebookMaker) -> None:
    with pytest.raises(ParameterError, match="untyped"):
        notebook_parameters(make_notebook("book", "untyped = None\n"))


def test_every_notebook_of_the_project_states_typed_parameters() -> None:
    for path in sorted(notebooks_dir().glob("*.ipynb")):
        assert {"data", "as_of", "lang"} <= set(notebook_parameters(path)), path.name
