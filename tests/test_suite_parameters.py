"""Parameters are checked before any kernel starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import NotebookMaker
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.files.disk import notebooks_dir
from zerobay_analysis.suite.notebook import check_parameters, notebook_parameters

CELL = 'indicator: int = 9  # which\nshare: float = 0.5\nflag: bool = False\nname: str = "a"\n'


def test_names_and_types_are_read_from_the_cell(make_notebook: NotebookMaker) -> None:
    found = notebook_parameters(make_notebook("book", CELL))
    assert found == {"indicator": "int", "share": "float", "flag": "bool", "name": "str"}


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


def test_equals_signs_and_hashes_in_a_default_or_a_comment_are_text(make_notebook: NotebookMaker) -> None:
    cell = (
        "ok: int = 1  # fine\n"
        'filter: str = "year>=2020 # all"  # a = filter\n'
        "note: int = 2  # 1 = yes, 2 = no\n"
        'pairs: "str" = (\n    "a=1;"\n    "b=2"\n)  # two lines\n'
        "%matplotlib inline\n"
    )
    found = notebook_parameters(make_notebook("book", cell))
    assert found == {"ok": "int", "filter": "str", "note": "int", "pairs": "str"}
    assert check_parameters(make_notebook("book", cell), {"filter": "a==b"}) == {"filter": "a==b"}


@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity", "1e999", float("nan"), [1.0, float("nan")]])
def test_a_number_that_json_has_no_word_for_is_refused(make_notebook: NotebookMaker, value: object) -> None:
    with pytest.raises(ParameterError, match="share"):
        check_parameters(make_notebook("book", CELL), {"share": value})


def test_text_that_is_not_utf8_is_refused(make_notebook: NotebookMaker) -> None:
    with pytest.raises(ParameterError, match="UTF-8"):
        check_parameters(make_notebook("book", CELL), {"name": "\udcb1"})


def test_a_file_that_is_no_notebook_or_has_broken_parameters_is_refused(
    make_notebook: NotebookMaker, tmp_path: Path
) -> None:
    (tmp_path / "text.ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(ParameterError, match="不是笔记本"):
        notebook_parameters(tmp_path / "text.ipynb")
    with pytest.raises(ParameterError, match="第 2 行"):
        notebook_parameters(make_notebook("broken", "a: int = 1\nb: int = = 2\n"))


def test_half_a_character_in_a_cell_is_refused(make_notebook: NotebookMaker) -> None:
    path = make_notebook("book", CELL)
    path.write_text(path.read_text(encoding="utf-8").replace("which", "\\ud83d"), encoding="utf-8")
    with pytest.raises(ParameterError, match="not a notebook"):
        notebook_parameters(path)


def test_the_name_of_an_unknown_parameter_can_be_printed(make_notebook: NotebookMaker) -> None:
    with pytest.raises(ParameterError) as caught:
        check_parameters(make_notebook("book", CELL), {"\udcff": "1"})
    str(caught.value).encode("utf-8")
