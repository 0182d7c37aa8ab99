"""Files are the same for the same chart, and say what they show."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from tests import charts_cases as cases
from tests.browser import needs_browser
from tests.browser import page as page_of
from zerobay_analysis.briefing import figures
from zerobay_analysis.charts import words
from zerobay_analysis.charts.compare import curve
from zerobay_analysis.charts.fan import fan_figure
from zerobay_analysis.charts.heat import heat_figure
from zerobay_analysis.charts.save import alt_text, interactive, save, set_alt_text, told
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.study import Study

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


@needs_browser
def test_in_a_notebook_a_chart_tells_its_marks_and_zooms_and_is_a_picture_without_scripts(
    tmp_path: Path,
) -> None:
    html = interactive(fan_figure(cases.all_eleven()[8]))
    assert html is not None and "\n<" not in html.partition("<script>")[0]
    file = tmp_path / "chart.html"
    file.write_text(f"<meta charset=utf-8>{html}", encoding="utf-8")
    errors: list[str] = []
    with page_of(errors) as tab:
        tab.goto(file.as_uri())
        tab.locator("[id^='figure.o2023.4']").hover()
        assert "超200 亿元" in tab.locator("output").inner_text()
        tab.locator("[id='target.t9-2028.'] >> nth=-1").focus()
        assert "目标 450" in tab.locator("output").inner_text()
        whole = tab.locator("svg").get_attribute("viewBox")
        tab.locator("svg").dblclick(position={"x": 300, "y": 200})
        assert tab.locator("svg").get_attribute("viewBox") != whole
        tab.keyboard.press("Escape")
        assert tab.locator("svg").get_attribute("viewBox") == whole
        assert tab.locator("img").is_hidden()
    assert errors == []
    picture = re.search(r'<img alt="([^"]+)" [^>]*src="data:image/png;base64,([^"]+)"', html)
    assert picture is not None and "390" in picture[1]
    with Image.open(BytesIO(b64decode(picture[2]))) as image:
        assert image.width == 1056


def test_cells_dots_and_curves_tell_what_they_are() -> None:
    outlooks, study = cases.all_eleven(), Study.open("public")
    cell = words.target_told(outlooks[8].targets[-1], "zh")
    for figure, said in (
        (heat_figure(outlooks), f"{outlooks[8].indicator.short()} {cell}"),
        (figures.completeness(study), "2025"),
        (figures.reliability(study), "→"),
        (curve(study.conditional(study.outlook(1))), "2028"),
    ):
        html = interactive(figure)
        assert html is not None and any(said in text for text in told(figure).values())


def test_a_chart_without_marks_stays_a_picture() -> None:
    figure = Figure()
    figure.add_subplot().plot([0, 1])
    assert interactive(figure) is None
