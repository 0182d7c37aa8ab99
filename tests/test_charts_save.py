"""Files are the same for the same chart, and say what they show."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from tests import charts_cases as cases
from zerobay_analysis.charts.fan import fan_figure
from zerobay_analysis.charts.heat import heat_figure
from zerobay_analysis.charts.save import alt_text, save, set_alt_text
from zerobay_analysis.errors import ParameterError

SVG = "{http://www.w3.org/2000/svg}"


def test_the_same_chart_gives_the_same_bytes(tmp_path: Path) -> None:
    outlooks = cases.all_eleven()
    for folder in ("one", "two"):
        save(fan_figure(outlooks[6]), tmp_path / folder / "fan")
        save(heat_figure(outlooks), tmp_path / folder / "heat", formats=("svg", "pdf"))
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_a_picture_carries_its_title_and_text_alternative(tmp_path: Path) -> None:
    figure = fan_figure(cases.all_eleven()[8])
    title, description = alt_text(figure)
    png, svg = save(figure, tmp_path / "fan_09")
    with Image.open(png) as picture:
        assert picture.info["Title"] == title
        assert picture.info["Description"] == description
    root = ET.parse(svg).getroot()
    assert root.get("role") == "img"
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == (title, description)
    named = {root.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")}  # type: ignore[union-attr]
    assert set(root.get("aria-labelledby", "").split()) == named
    assert "390" in description


def test_text_from_users_is_escaped_in_the_svg(tmp_path: Path) -> None:
    figure = fan_figure(cases.all_eleven()[4])
    set_alt_text(figure, "<script>&", "a < b & $x$ \\1")
    (svg,) = save(figure, tmp_path / "a b", formats=("svg",))
    root = ET.parse(svg).getroot()
    assert root.findtext(f"{SVG}title") == "<script>&"
    assert root.findtext(f"{SVG}desc") == "a < b & $x$ \\1"


def test_files_are_named_by_format_and_the_folder_is_made(tmp_path: Path) -> None:
    figure = fan_figure(cases.all_eleven()[4])
    files = save(figure, tmp_path / "new" / "v1.2", formats=("png", "svg"))
    assert [file.name for file in files] == ["v1.2.png", "v1.2.svg"]


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="gif"):
        save(fan_figure(cases.all_eleven()[4]), tmp_path / "fan", formats=("png", "gif"))
    assert list(tmp_path.iterdir()) == []
