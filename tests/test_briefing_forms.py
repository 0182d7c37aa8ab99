"""Every form tells the same facts, in a layout that holds them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pptx import Presentation
from pptx.oxml.ns import qn
from pypdf import PageObject, PdfReader

from tests.briefing_cases import CASES, Made, facts, made, manifest, study, text_of, tight, write_briefings
from zerobay_analysis.assessment.outlook import (
    DISAGREES,
    NO_VERDICT,
    ONE_FIGURE,
    OUTLOOK_COLUMNS,
    OUTSIDE,
    percent,
)
from zerobay_analysis.briefing.changes import (
    FIGURES,
    VERDICTS_FILE,
    changes_since,
    news_since,
    previous_run,
    read_run,
)
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.fonts import line_count
from zerobay_analysis.briefing.writers import FILES, parse_formats
from zerobay_analysis.briefing.writers import pptx as deck_module
from zerobay_analysis.briefing.writers.docx import NAME, docx_bytes
from zerobay_analysis.briefing.writers.pdf import TEMPLATES, Block, leadership, pdf_bytes
from zerobay_analysis.briefing.writers.xlsx import workbook_bytes
from zerobay_analysis.charts import words
from zerobay_analysis.errors import ParameterError

STYLES = {
    "公文标题": ("方正小标宋简体", 22.0),
    "公文副题": ("楷体_GB2312", 10.5),
    "公文一级标题": ("黑体", 16.0),
    "公文二级标题": ("楷体_GB2312", 16.0),
    "公文正文": ("仿宋_GB2312", 16.0),
    "公文附注": ("仿宋_GB2312", 10.5),
    "公文附件": ("黑体", 16.0),
    "公文表格": ("仿宋_GB2312", 10.5),
    "公文间隔": ("仿宋_GB2312", 5.0),
}
"""Typeface and size of every style of the shipped template; those of GB/T 9704-2012."""
FULL = ("index.html", "report.pdf", "deck.pptx", "report.docx")
"""Files that hold every fact as a text; the workbook holds numbers as numbers."""


@pytest.fixture(params=CASES, ids=lambda case: "-".join(case))
def run(request: pytest.FixtureRequest) -> Made:
    return made(*request.param)


@pytest.mark.parametrize("name", FULL)
def test_every_form_holds_every_fact(run: Made, name: str) -> None:
    text = text_of(run.folder / name)
    assert [fact for fact in facts(run.briefing) if fact not in text] == []


def test_the_workbook_holds_every_number_as_a_number(run: Made) -> None:
    book = load_workbook(run.folder / "workbook.xlsx")
    rows = [[c.value for c in row] for row in book.worksheets[1].iter_rows(min_row=4, max_col=15)]
    lines = [(i, t) for i in run.briefing.indicators for t in i.lines]
    assert len([row for row in rows if row[0]]) == len(lines)
    for row, (indicator, line) in zip(rows, lines, strict=False):
        outlook = line.outlook
        assert row[:3] == [indicator.number, indicator.name, indicator.unit]
        assert row[5:7] == [outlook.year, outlook.target]
        assert row[10] == outlook.p_met
        assert row[11] == line.verdict
        for shown, value in zip(row[12:15], (outlook.q50, outlook.q10, outlook.q90), strict=True):
            assert (shown is None) == (value is None)
            assert shown is None or abs(shown - value) < 10**-indicator.outlook.indicator.decimals
    text = text_of(run.folder / "workbook.xlsx")
    wanted = [tight(told) for _, told in run.briefing.headlines] + [tight(run.briefing.method.trust)]
    wanted += [tight(item.what.get(run.briefing.lang)) for item in run.briefing.owed]
    wanted += [tight(s.publisher) for s in run.briefing.sources]
    wanted += [tight(t.required) for _, t in lines]
    assert [fact for fact in wanted if fact not in text] == []


def test_the_workbook_holds_every_chance_under_every_scenario(run: Made) -> None:
    sheet = load_workbook(run.folder / "workbook.xlsx").worksheets[3]
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=4)]
    told = [
        (i.number, row.label, move.year, line.outlook.p_met, move.p_met, round(100 * move.change))
        for i in run.briefing.indicators
        for row in run.briefing.scenarios_of(i)
        for line, move in zip(i.lines, row.years, strict=True)
    ]
    assert told
    assert [(r[0], r[2], r[4], r[5], r[6], r[7]) for r in rows] == told


def test_a_scenario_stands_with_the_chance_it_is_compared_with(run: Made) -> None:
    for indicator in run.briefing.indicators:
        for row in run.briefing.scenarios_of(indicator):
            for line, move, shown in zip(indicator.lines, row.years, row.chances, strict=True):
                assert line.outlook.p_met is not None
                points = round(100 * (move.p_met - line.outlook.p_met))
                assert shown == percent(move.p_met) + (f" ({points:+d})" if points else "")


def test_every_indicator_at_risk_has_an_answer_to_what_if(run: Made) -> None:
    assert all(map(run.briefing.scenarios_of, run.briefing.at_risk))


def test_the_headline_counts_every_target_of_this_year_and_the_last_once(run: Made) -> None:
    briefing = run.briefing
    assert [year for year, _ in briefing.headlines] == [2026, 2028]
    for year, told in briefing.headlines:
        counts = {said: n for said, n in briefing.verdict_counts(year).items() if n}
        assert sum(counts.values()) == len(briefing.indicators)
        for said, n in counts.items():
            word = f"{said.word_zh}{n}项" if briefing.lang == "zh" else f"{said.word_en} {n}"
            assert word in told
    for line in briefing.at_risk:
        if any(target.at_risk for target in line.lines):
            assert line.owners in briefing.risks_text and line.short in briefing.risks_text


def test_every_target_has_a_probability_or_says_what_it_hangs_on(run: Made) -> None:
    for indicator in run.briefing.indicators:
        for line in indicator.lines:
            said = line.outlook.said
            assert said != NO_VERDICT
            assert (said.floor is None) == bool(indicator.missing)
            if said == DISAGREES:
                assert line.outlook.supposed is not None and line.outlook.p_met is not None
    public = made("public", "zh").briefing
    kinds = {i.number: {line.outlook.said for line in i.lines} for i in public.indicators}
    assert kinds[6] == kinds[7] == {DISAGREES}
    assert kinds[4] == kinds[8] == {OUTSIDE}
    assert kinds[1] == kinds[11] == {ONE_FIGURE}
    assert all(i.owners in public.missing_text for i in public.indicators if i.missing)


def test_the_page_for_leadership_names_the_worst_and_is_one_page(run: Made) -> None:
    text = text_of(run.folder / "leadership.pdf")
    for year, _ in run.briefing.headlines:
        assert tight(words.year_finding(run.study.outlooks, year, run.briefing.lang, most=0)) in text
        assert tight(run.briefing.urgent(year)) in text
    for line in run.briefing.indicators:
        assert tight(line.missing) in text and tight(line.owners) in text


@pytest.mark.parametrize("data", ["public", "demo"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_for_leadership_is_exactly_one_page(data: str, lang: str, tmp_path: Path) -> None:
    briefing = Briefing(study(data, lang), "x")
    (tmp_path / "page.pdf").write_bytes(pdf_bytes(briefing, leadership(briefing)))
    assert len(PdfReader(tmp_path / "page.pdf").pages) == 1


def places(page: PageObject) -> list[tuple[float, float]]:
    """Where each run of text begins, in points from the lower left corner."""
    found: list[tuple[float, float]] = []

    def visit(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        if text.strip():
            found.append((cm[0] * tm[4] + cm[2] * tm[5] + cm[4], cm[1] * tm[4] + cm[3] * tm[5] + cm[5]))

    page.extract_text(visitor_text=visit)
    return found


def test_the_pdf_is_laid_out_by_the_standard(run: Made) -> None:
    reader = PdfReader(run.folder / "report.pdf")
    first = reader.pages[0]
    assert [round(float(side) / 72 * 25.4) for side in first.mediabox[2:]] == [210, 297]
    left, right = 28 / 25.4 * 72, (28 + 156) / 25.4 * 72
    top, bottom = (297 - 37) / 25.4 * 72, 35 / 25.4 * 72
    body = [(x, y) for x, y in places(first) if bottom < y < top]
    assert min(x for x, _ in body) >= left - 1
    assert max(x for x, _ in body) <= right
    numbers = [f"—{n}—" for n in range(1, len(reader.pages) + 1)]
    assert all(n in tight(p.extract_text()) for n, p in zip(numbers, reader.pages, strict=True))


def test_the_pdf_has_the_sizes_of_the_standard() -> None:
    """Title in size 2, body in size 3; the page number in size 4."""
    first = PdfReader(made("public", "zh").folder / "report.pdf").pages[0]
    sizes: dict[float, str] = {}

    def visit(text: str, cm: list[float], tm: list[float], _: object, size: float) -> None:
        if text.strip():
            scale = abs(cm[3] * tm[3])
            sizes[round(size * scale, 1)] = sizes.get(round(size * scale, 1), "") + text

    first.extract_text(visitor_text=visit)
    assert "行动计划目标前景" in sizes[22.0]
    assert "总体判断" in sizes[16.0]
    assert "1" in sizes[14.0]


def test_a_chinese_line_holds_28_characters_and_a_page_22_lines(tmp_path: Path) -> None:
    briefing = Briefing(study("public", "zh"), "x")
    blocks = [Block("par", "测" * 27 * 60)]
    (tmp_path / "grid.pdf").write_bytes(pdf_bytes(briefing, blocks))
    pages = PdfReader(tmp_path / "grid.pdf").pages
    lines = [line.strip() for line in pages[1].extract_text().splitlines() if "测" in line]
    assert {len(line) for line in lines} == {28}
    assert len(lines) == 22


def test_every_font_is_embedded_in_the_pdf(run: Made) -> None:
    for name in FILES["pdf"]:
        for page in PdfReader(run.folder / name).pages:
            for font in page["/Resources"]["/Font"].values():
                inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
                assert any(key in inner for key in ("/FontFile2", "/FontFile3")), name


def test_every_character_has_a_glyph(run: Made) -> None:
    from fontTools.ttLib import TTFont
    from pylopdf_fonts_zh_cn import sans_path, serif_path

    known = set(TTFont(sans_path()).getBestCmap()) & set(TTFont(serif_path()).getBestCmap())
    for name in (*FULL, *FILES["pdf"], "workbook.xlsx"):
        unknown = {c for c in text_of(run.folder / name) if ord(c) not in known and c.isprintable()}
        assert unknown == set(), name


def test_the_deck_is_wide_and_no_text_overflows(run: Made) -> None:
    deck = Presentation(str(run.folder / "deck.pptx"))
    assert round(deck.slide_width / deck.slide_height, 3) == round(16 / 9, 3)
    for number, slide in enumerate(deck.slides, start=1):
        assert slide.shapes.title.text_frame.text
        for shape in slide.shapes:
            where = f"slide {number}: {shape.name}"
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width, where
            assert shape.top >= 0 and shape.top + shape.height <= deck.slide_height, where
            if shape.has_text_frame and shape.text_frame.text:
                room = (shape.width - 2 * shape.text_frame.margin_left) / 12700
                needed = sum(
                    line_count(p.text, room / p.runs[0].font.size.pt) * p.line_spacing.pt
                    for p in shape.text_frame.paragraphs
                )
                assert needed <= shape.height / 12700 + 1, f"{where}: {shape.text_frame.text}"


def test_tables_of_the_deck_hold_their_text(run: Made) -> None:
    for number, slide in enumerate(Presentation(str(run.folder / "deck.pptx")).slides, start=1):
        for shape in (s for s in slide.shapes if getattr(s, "has_table", False)):
            assert sum(row.height for row in shape.table.rows) <= shape.height + 20
            for row in shape.table.rows:
                for cell, column in zip(row.cells, shape.table.columns, strict=True):
                    size = cell.text_frame.paragraphs[0].runs[0].font.size.pt
                    room = (column.width - 2 * cell.margin_left) / 12700 / size
                    lines = sum(line_count(part, room) for part in cell.text.split("\n"))
                    assert lines * size * 1.35 <= (row.height - 2 * cell.margin_top) / 12700 + 1, (
                        number,
                        cell.text,
                    )


def test_text_of_the_deck_names_its_east_asian_typeface(run: Made) -> None:
    for slide in Presentation(str(run.folder / "deck.pptx")).slides:
        for run_properties in slide._element.iter(qn("a:rPr")):
            assert run_properties.find(qn("a:ea")).get("typeface") == "微软雅黑"


def test_pictures_charts_and_tables_of_the_deck_have_text_alternatives(run: Made) -> None:
    kinds = set()
    for slide in Presentation(str(run.folder / "deck.pptx")).slides:
        for shape in slide.shapes:
            if shape.shape_type is not None and shape.shape_type.name in ("PICTURE", "CHART", "TABLE"):
                kinds.add(shape.shape_type.name)
                assert shape._element.xpath(".//p:cNvPr")[0].get("descr")
    assert kinds == {"PICTURE", "CHART", "TABLE"}


def test_a_slide_for_every_indicator_at_risk(run: Made) -> None:
    titles = [s.shapes.title.text_frame.text for s in Presentation(str(run.folder / "deck.pptx")).slides]
    assert [line.finding for line in run.briefing.at_risk] == [
        t for t in titles if t in findings(run.briefing)
    ]


def findings(briefing: Briefing) -> set[str]:
    return {line.finding for line in briefing.indicators}


def test_synthetic_data_says_so_on_every_slide_page_and_sheet() -> None:
    run = made("demo", "en")
    said = run.briefing.synthetic
    for slide in Presentation(str(run.folder / "deck.pptx")).slides:
        assert any(s.has_text_frame and said in s.text_frame.text for s in slide.shapes)
    for page in PdfReader(run.folder / "report.pdf").pages:
        assert tight(said) in tight(page.extract_text())
    for sheet in load_workbook(run.folder / "workbook.xlsx"):
        assert sheet["A2"].value == said


def test_text_that_looks_like_a_formula_stays_text() -> None:
    briefing = made("public", "zh").briefing
    first = briefing.sources[0]
    evil = [replace(first, id=f"S{n}", title=t) for n, t in enumerate(("=1+1", "+1", "-1", "@SUM(A1)"))]
    forged = replace(briefing)
    vars(forged)["sources"] = tuple(evil)
    book = load_workbook(_saved(workbook_bytes(forged)))
    cells = [sheet_row[2] for sheet_row in book["来源"].iter_rows(min_row=4, max_row=7)]
    assert [c.value for c in cells] == ["=1+1", "+1", "-1", "@SUM(A1)"]
    assert {c.data_type for c in cells} == {"s"}
    assert all(c.quotePrefix for c in cells)


def _saved(content: bytes) -> Path:
    import tempfile

    path = Path(tempfile.mkdtemp()) / "file.xlsx"
    path.write_bytes(content)
    return path


def test_sheets_have_frozen_headers_filters_formats_and_native_charts(run: Made) -> None:
    book = load_workbook(run.folder / "workbook.xlsx")
    for sheet in book:
        assert sheet.freeze_panes == "A4"
        assert sheet.auto_filter.ref.startswith("A3:")
        assert not any(c.data_type == "f" for row in sheet.iter_rows() for c in row)
    assert "%" in book.worksheets[1]["K4"].number_format
    assert sum(len(sheet._charts) for sheet in book) == 2


def test_a_fresh_word_template_can_be_had_to_make_ones_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "zerobay_analysis.briefing.writers.docx", str(tmp_path / "templates")]
    subprocess.run(command, check=True)
    assert (tmp_path / "templates" / NAME).read_bytes() == (TEMPLATES / NAME).read_bytes()


def test_the_word_file_names_the_official_typefaces() -> None:
    from docx import Document
    from docx.oxml.ns import qn as word

    document = Document(str(made("public", "zh").folder / "report.docx"))
    for name, (typeface, size) in STYLES.items():
        style = document.styles[name]
        assert style.element.rPr.rFonts.get(word("w:eastAsia")) == typeface
        assert style.font.size.pt == size
    section = document.sections[0]
    assert (round(section.top_margin.mm), round(section.left_margin.mm)) == (37, 28)
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)


def test_a_unit_can_use_a_template_of_its_own(tmp_path: Path) -> None:
    from docx import Document

    own = Document()
    own.add_paragraph("某某区科学技术委员会")
    own.add_paragraph("{{ title }} {{ as_of }}")
    own.add_paragraph("{%p for block in blocks %}")
    own.add_paragraph("{{ block.text }}")
    own.add_paragraph("{%p endfor %}")
    own.save(str(tmp_path / NAME))
    briefing = Briefing(study("public", "zh"), "x")
    (tmp_path / "out.docx").write_bytes(docx_bytes(briefing, [Block("par", "a < b & c")], tmp_path))
    text = text_of(tmp_path / "out.docx")
    assert "某某区科学技术委员会" in text
    assert tight(briefing.title) in text
    assert "a<b&c" in text
    with pytest.raises(FileNotFoundError, match=re.escape(NAME)):
        docx_bytes(briefing, [], tmp_path / "nowhere")


def test_a_template_beside_the_runs_is_used_and_one_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    from docx import Document

    subject = study("public", "zh")
    run, own = tmp_path / "run", tmp_path / "templates" / NAME
    run.mkdir()
    own.parent.mkdir()
    document = Document()
    document.add_paragraph("某某局 {{ title }}")
    document.save(str(own))
    (came,) = write_briefings(subject, manifest(subject), run, ("docx",))
    assert came.completed and "某某局" in text_of(run / "report.docx")

    own.write_bytes(b"no Word file")
    failed, other = write_briefings(subject, manifest(subject), run, ("docx", "xlsx"))
    assert str(own) in failed.error and "无法读取" in failed.error
    assert other.completed

    document.add_paragraph("{{ title")
    document.save(str(own))
    (failed,) = write_briefings(subject, manifest(subject), run, ("docx",))
    assert "标记有误" in failed.error


def test_a_form_that_fails_is_named_and_the_others_still_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError("no slides today")

    monkeypatch.setattr(deck_module, "deck_bytes", broken)
    subject = study("public", "zh")
    results = write_briefings(subject, manifest(subject), tmp_path, ("pptx", "xlsx"))
    failed, came = {r.name: r for r in results}["pptx"], {r.name: r for r in results}["xlsx"]
    assert failed.error == "RuntimeError: no slides today" and not failed.completed and failed.files == ()
    assert came.completed
    assert {path.name for path in tmp_path.iterdir()} == {FIGURES, VERDICTS_FILE, "workbook.xlsx"}


def test_unknown_forms_are_refused() -> None:
    assert parse_formats("PDF, html,pdf") == ("pdf", "html")
    for text in ("", "odt", "pdf,odt"):
        with pytest.raises(ParameterError, match="html, pdf, pptx, docx, xlsx"):
            parse_formats(text)


def _earlier(folder: Path, of: Made, **moved: str) -> Path:
    """A run of yesterday, as it would have been with ``moved`` in its first row with a probability."""
    folder.mkdir(parents=True)
    table = of.study.table.astype(object).where(of.study.table.notna(), "")
    row = table.index[table["p_met"] != ""][0]
    for name, value in moved.items():
        table.loc[row, name] = value
    table.to_csv(folder / "outlook.csv", index=False, encoding="utf-8-sig")
    assert tuple(table.columns) == OUTLOOK_COLUMNS
    record = {
        "run_id": folder.name,
        "parameters": {"data": "public", "as_of": "2026-11-21", "model": "reference_class"},
        "status": "COMPLETED",
        "finished": "2026-11-21T00:00:00+00:00",
    }
    (folder / "manifest.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def test_nothing_has_changed_since_the_same_run(tmp_path: Path) -> None:
    run = made("public", "zh")
    earlier = read_run(_earlier(tmp_path / "a", run))
    assert changes_since(earlier, run.study.outlooks, "zh") == ()
    briefing = Briefing(run.study, "x", tmp_path / "a")
    assert "没有变化" in briefing.changes_text


def test_a_new_verdict_and_its_cause_are_told_in_every_form(tmp_path: Path) -> None:
    run = made("public", "zh")
    folder = _earlier(tmp_path / "a", run, p_met="0.85", verdict="very_likely", latest_value="150")
    (change,) = changes_since(read_run(folder), run.study.outlooks, "zh")
    assert change.before == "▲ 很可能 85%"
    assert "最新数字" in change.cause
    out = tmp_path / "b"
    out.mkdir()
    assert previous_run(out, "public") == folder
    assert previous_run(out, "demo") is None
    write_briefings(run.study, manifest(run.study), out)
    for name in (*FULL, "workbook.xlsx"):
        assert tight(change.before) in text_of(out / name), name
        assert tight(change.cause) in text_of(out / name), name
    for name in (*FULL, "workbook.xlsx", "leadership.pdf", "leadership.docx"):
        assert "1个目标的判断" in text_of(out / name), name


def test_a_table_of_made_up_data_says_so_in_every_row_and_a_real_one_keeps_the_contract() -> None:
    assert tuple(study("public", "zh").table.columns) == OUTLOOK_COLUMNS
    table = study("demo", "zh").table
    assert tuple(table.columns) == (*OUTLOOK_COLUMNS, "data")
    assert table["data"].str.contains("演示数据").all() and table["data"].str.contains("Synthetic").all()


def _with_figures(folder: Path, of: Made, **moved: str) -> Path:
    """A run of the same day that left its figures, but for ``moved`` in the row of one of indicator 7."""
    from zerobay_analysis.assessment.evidence_changes import figures_frame

    _earlier(folder, of, p_met="0.85", verdict="very_likely")
    table = figures_frame(of.study.outlooks)
    first = table.index[table["indicator"] == int(of.study.table["indicator"][_first_judged(of)])][0]
    for name, value in moved.items():
        table.loc[first, name] = value
    table.to_csv(folder / FIGURES, index=False, encoding="utf-8-sig")
    return folder


def _first_judged(of: Made) -> int:
    return int(of.study.table["p_met"].first_valid_index())


def test_a_revised_figure_is_the_cause_even_where_the_latest_one_stays(tmp_path: Path) -> None:
    run = made("public", "zh")
    earlier = read_run(_with_figures(tmp_path / "a", run, label="1家"))
    (change,) = changes_since(earlier, run.study.outlooks, "zh")
    assert "修订：1家" in change.cause and "未变" not in change.cause
    ((number, text),) = news_since(earlier, run.study.outlooks, "zh")
    assert number == change.indicator and text == change.cause


def test_without_new_figures_the_day_or_the_model_is_named(tmp_path: Path) -> None:
    run = made("public", "zh")
    earlier = read_run(_with_figures(tmp_path / "a", run))
    (change,) = changes_since(earlier, run.study.outlooks, "zh")
    assert change.cause == "数字未变；截止日期 2026-11-21 → 2026-11-22"
    same_day = replace(earlier, as_of="2026-11-22", model="holt")
    assert "模型 holt → reference_class" in changes_since(same_day, run.study.outlooks, "zh")[0].cause
    same = replace(earlier, as_of="2026-11-22")
    assert "方法有更新" in changes_since(same, run.study.outlooks, "zh")[0].cause


def test_a_new_figure_that_moves_no_verdict_is_told_all_the_same(tmp_path: Path) -> None:
    run = made("public", "zh")
    _with_figures(tmp_path / "a", run, label="1家")
    shutil.copy(tmp_path / "a" / FIGURES, tmp_path / FIGURES)
    unmoved = _earlier(tmp_path / "b", run)
    shutil.copy(tmp_path / FIGURES, unmoved / FIGURES)
    briefing = Briefing(run.study, "x", unmoved)
    assert briefing.changes == ()
    assert "有新数字而判断未变的：" in briefing.changes_text and "修订：1家" in briefing.changes_text


def test_a_run_that_cannot_be_read_is_no_run_to_compare_with(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "manifest.json").write_text("{", encoding="utf-8")
    assert previous_run(tmp_path / "b", "public") is None
