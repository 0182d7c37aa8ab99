"""LibreOffice shows the office files as they are meant: pages, fonts, every character in its place."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from pypdf import PageObject, PdfReader

from tests.briefing_cases import CASES, made, tight
from tests.test_briefing_forms import STYLES
from zerobay_analysis.briefing.writers.pptx import EAST_ASIAN
from zerobay_analysis.files.sheets import FONT

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = pytest.mark.skipif(
    SOFFICE is None,
    reason="no LibreOffice on this machine: install libreoffice-impress, -writer and -calc to run this test",
)

OFFICE = ("deck.pptx", "report.docx", "leadership.docx", "workbook.xlsx")
SERIF = ("仿宋", "楷体", "宋")


@cache
def rendered(data: str, lang: str) -> dict[str, PdfReader]:
    """The office files as PDF, with the shipped fonts in the place of the official ones."""
    assert SOFFICE is not None
    folder = made(data, lang).folder
    out = folder / "rendered"
    out.mkdir(exist_ok=True)
    (out / "fonts.conf").write_text(_font_rules(out), encoding="utf-8")
    environment = {**os.environ, "FONTCONFIG_FILE": str(out / "fonts.conf"), "HOME": str(out)}
    profile = f"-env:UserInstallation={(out / 'profile').resolve().as_uri()}"
    files = [str(folder / name) for name in OFFICE]
    command = [SOFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", str(out)]
    found = {}
    for name, file in zip(OFFICE, files, strict=True):
        done = subprocess.run(
            [*command, file], env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        made_file = out / f"{Path(name).stem}.pdf"
        if not made_file.is_file() and "could not be loaded" in done.stderr:
            pytest.skip(f"this LibreOffice has no filter for {name}: install impress, writer and calc")
        kept = out / f"{name}.pdf"
        made_file.replace(kept)
        found[name] = PdfReader(kept)
    return found


def _font_rules(out: Path) -> str:
    """Fontconfig that knows the shipped fonts and gives them for the official names."""
    from matplotlib import get_data_path
    from pylopdf_fonts_zh_cn import sans_path

    official = {face for face, _ in STYLES.values()} | {EAST_ASIAN, FONT, "宋体", "Times New Roman"}
    rules = "".join(
        f'<match target="pattern"><test name="family" qual="any"><string>{escape(face)}</string></test>'
        '<edit name="family" mode="assign" binding="strong">'
        f"<string>{_stand_in(face)}</string></edit></match>"
        for face in sorted(official)
    )
    homes = (Path(sans_path()).parent, Path(get_data_path()) / "fonts" / "ttf", "/usr/share/fonts")
    folders = "".join(f"<dir>{escape(str(home))}</dir>" for home in homes)
    head = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
    return f"{head}<fontconfig>{folders}<cachedir>{escape(str(out / 'cache'))}</cachedir>{rules}</fontconfig>"


def _stand_in(face: str) -> str:
    if face == "Times New Roman":
        return "STIXGeneral"  # comes with matplotlib, as wide as Times
    return "Noto Serif SC" if any(part in face for part in SERIF) else "Noto Sans SC"


@pytest.mark.parametrize("case", CASES, ids="-".join)
@pytest.mark.parametrize("name", OFFICE)
class TestRendered:
    def test_every_font_is_embedded(self, case: tuple[str, str], name: str) -> None:
        for page in rendered(*case)[name].pages:
            for font in page["/Resources"].get("/Font", {}).values():
                inner = font.get_object()
                if "/DescendantFonts" in inner:
                    inner = inner["/DescendantFonts"][0].get_object()
                assert any(key.startswith("/FontFile") for key in inner["/FontDescriptor"].get_object())

    def test_chinese_is_set_in_a_font_that_has_it(self, case: tuple[str, str], name: str) -> None:
        fonts = {
            str(font.get_object()["/BaseFont"])
            for page in rendered(*case)[name].pages
            for font in page["/Resources"].get("/Font", {}).values()
        }
        assert any("Noto" in font for font in fonts), fonts
        text = "".join(page.extract_text() for page in rendered(*case)[name].pages)
        assert "\ufffd" not in text and "\u25a1" not in text
        assert "区科委" in tight(text) or "闵府发" in tight(text)

    def test_nothing_stands_outside_the_page(self, case: tuple[str, str], name: str) -> None:
        for number, page in enumerate(rendered(*case)[name].pages, start=1):
            width, height = float(page.mediabox.width), float(page.mediabox.height)
            for text, x, y in _runs(page):
                assert 0 <= x <= width and 0 <= y <= height, (number, text, x, y)


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_page_counts(case: tuple[str, str]) -> None:
    from pptx import Presentation

    pages = {name: len(reader.pages) for name, reader in rendered(*case).items()}
    assert pages["leadership.docx"] == 1
    assert pages["deck.pptx"] == len(Presentation(str(made(*case).folder / "deck.pptx")).slides)
    assert pages["report.docx"] >= 8
    assert pages["workbook.xlsx"] >= 11


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_word_file_keeps_to_the_text_block_of_the_standard(case: tuple[str, str]) -> None:
    """156 mm by 225 mm, 28 mm from the left and 37 mm from above; header and page number stand outside."""
    left, right = 28 / 25.4 * 72, (28 + 156) / 25.4 * 72
    top, bottom = (297 - 37) / 25.4 * 72, 35 / 25.4 * 72
    for number, page in enumerate(rendered(*case)["report.docx"].pages, start=1):
        inside = [(text, x) for text, x, y in _runs(page) if bottom < y < top]
        assert inside, number
        assert all(left - 1 <= x <= right for _, x in inside), number
        outside = tight("".join(text for text, _, y in _runs(page) if not bottom < y < top))
        said = tight(made(*case).briefing.synthetic)
        assert outside.replace(said, "") == f"—{number}—"


def test_lines_of_the_word_file_stand_as_far_apart_as_22_on_a_page() -> None:
    from itertools import pairwise

    pitch = 225 / 22 / 25.4 * 72
    prose = 0
    for page in rendered("public", "zh")["report.docx"].pages:
        heights = sorted({round(y, 1) for _, _, y in _runs(page) if y > 35 / 25.4 * 72})
        steps = [later - earlier for earlier, later in pairwise(heights) if later - earlier > 10]
        prose += bool(steps) and all(abs(step / pitch - round(step / pitch)) < 0.03 for step in steps)
    assert prose >= 2  # pages without a table or a chart


def _runs(page: PageObject) -> list[tuple[str, float, float]]:
    """Text with the place where it begins, in points from the lower left corner."""
    found: list[tuple[str, float, float]] = []

    def visit(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        if text.strip():
            x = cm[0] * tm[4] + cm[2] * tm[5] + cm[4]
            found.append((text, x, cm[1] * tm[4] + cm[3] * tm[5] + cm[5]))

    page.extract_text(visitor_text=visit)
    return found
