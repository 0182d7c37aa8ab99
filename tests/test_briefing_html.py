"""The page opens anywhere, links every figure to its source, and is readable for everyone."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

from tests.briefing_cases import CASES, Made, made, manifest, tight
from tests.browser import needs_browser
from tests.browser import page as page_of
from zerobay_analysis.assessment.outlook import verdict
from zerobay_analysis.briefing import tables
from zerobay_analysis.briefing.content import Briefing
from zerobay_analysis.briefing.writers import FormTask
from zerobay_analysis.briefing.writers.html import render_index
from zerobay_analysis.language import CHINESE

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(params=CASES, ids=lambda case: "-".join(case))
def run(request: pytest.FixtureRequest) -> Made:
    return made(*request.param)


def page(run: Made) -> str:
    return (run.folder / "index.html").read_text(encoding="utf-8")


def test_the_page_needs_no_other_file_and_no_network(run: Made) -> None:
    html = page(run)
    assert not re.search(r'\bsrc="|<link\b|<script\b(?!>)|@import|url\((?!"?(?:data:|#))', html)
    assert html.count("<script>") == 1 and len(html.encode("utf-8")) < 4_000_000
    assert html.count("<svg ") == len(run.briefing.indicators) + 1


@pytest.mark.parametrize("data", ["public", "demo"])
def test_the_english_page_has_no_chinese_but_titles_and_names_beside_their_english(data: str) -> None:
    run = made(data, "en")
    html = re.sub(r"(?s)<(script|style).*?</\1>|<svg .*?</svg>", "", page(run))
    titles = {source.title for source in run.briefing.sources}
    plan = run.study.plan
    beside = (*plan.units, plan.document, "专精特新", "沪科合〔2023〕3号")
    left = []
    for told in map(unescape, re.findall(r"(?:>|=\")([^<>\"]*[\u4e00-\u9fff][^<>\"]*)(?=[<\"])", html)):
        bare = told.strip()
        for name in beside:
            bare = bare.replace(f"({name})", "")
        if bare not in titles and not bare.endswith((".docx", ".pdf")) and CHINESE.search(bare):
            left.append(bare)
    assert left == []


def test_every_anchor_leads_somewhere_and_no_identifier_is_used_twice(run: Made) -> None:
    html = page(run)
    names = Counter(re.findall(r'\bid="([^"]+)"', html))
    assert [name for name, count in names.items() if count > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(names)
    assert set(re.findall(r"url\(#([^)]+)\)", html)) <= set(names)


def test_every_figure_leads_to_its_observation_and_its_source(run: Made) -> None:
    html = page(run)
    for line in run.briefing.indicators:
        assert f'href="#evidence-{line.number}"' in html
        for point in line.points:
            row = re.search(rf'<tr id="{point.observation}">.*?</tr>', html, re.DOTALL)
            assert row is not None
            assert f'href="#{point.source}"' in row[0]
        if line.latest != "—":
            assert re.search(rf'<a href="#\w+">{re.escape(line.latest)}</a>', html)


def test_every_chart_has_a_text_alternative(run: Made) -> None:
    for svg in re.findall(r"<svg .*?</svg>", page(run), re.DOTALL):
        labels = re.search(r'role="img" aria-labelledby="(\S+) (\S+)"', svg)
        assert labels is not None
        assert all(re.search(rf'id="{label}">[^<]+<', svg) for label in labels.groups())


def test_text_from_a_file_is_escaped() -> None:
    run = made("public", "zh")
    source = replace(run.briefing.sources[0], title="<script>alert(1)</script>", url='javascript:"x"')
    line = replace(run.briefing.indicators[0], reason='"><img src=x onerror=alert(1)>')
    briefing = replace(run.briefing)
    vars(briefing)["sources"] = (source, *run.briefing.sources[1:])
    vars(briefing)["indicators"] = (line, *run.briefing.indicators[1:])
    html = render_index(FormTask(briefing, (), run.folder, manifest(run.study, "<b>run</b>")))
    assert "<script>alert" not in html and "<img" not in html and "<b>run" not in html
    assert "&lt;script&gt;" in html


def test_links_to_other_forms_exist(run: Made) -> None:
    for name in re.findall(r'href="([a-z]+\.(?:pdf|docx|pptx|xlsx))"', page(run)):
        assert (run.folder / name).is_file()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package chromium")
@pytest.mark.parametrize(
    ("case", "width", "scheme"),
    [(CASES[0], 390, "light"), (CASES[0], 1200, "dark"), (CASES[1], 1200, "light")],
)
def test_the_page_passes_axe_and_fits_the_screen(case: tuple[str, str], width: int, scheme: str) -> None:
    from playwright.sync_api import sync_playwright

    run = made(*case)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("request", lambda r: said.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        tab.goto((run.folder / "index.html").resolve().as_uri())
        found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
        across = tab.evaluate("document.documentElement.scrollWidth")
        browser.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
    assert across <= width
    assert said == []


@needs_browser
def test_the_page_can_be_asked() -> None:
    run, errors = made("public", "zh"), []  # type: tuple[Made, list[str]]
    number = 9
    with page_of(errors) as tab:
        tab.goto((run.folder / "index.html").resolve().as_uri())
        rows = tab.locator("table.heat tbody tr")
        line = next(line for line in run.briefing.indicators if line.number == number)
        tab.select_option("#ask [name=unit]", line.outlook.indicator.owners[0])
        held = [
            i
            for i in run.briefing.indicators
            if line.outlook.indicator.owners[0] in i.outlook.indicator.owners
        ]
        assert rows.locator("visible=true").count() == len(held)
        tab.click("#ask [type=reset]")
        tab.select_option("#ask [name=year]", "2028")
        tab.select_option("#ask [name=said]", line.lines[-1].outlook.said.key)
        same = [i for i in run.briefing.indicators if i.lines[-1].outlook.said == line.lines[-1].outlook.said]
        tab.wait_for_function(f"document.querySelector('#ask output').value.startsWith('{len(same)} /')")
        tab.click("#ask [type=reset]")
        tab.locator("table.heat thead button", has_text="2028").click()
        told = [
            float(found[1])
            for text in rows.locator("td.goal:nth-child(6)").all_inner_texts()
            if (found := re.search(r"(\d+)%", text))
        ]
        assert told == sorted(told) and len(told) > 5
        rows.locator(f"a[href='#i{number}']").click()
        dialog = tab.locator("dialog[open]")
        assert dialog.locator("h3").inner_text().startswith(f"{number} ")
        mark = dialog.locator(".mark[id*='-figure.']").first
        mark.hover()
        tip = tab.locator("#tip").inner_text()
        point = next(p for p in line.points if p.observation in tip)
        publisher = next(source.publisher for source in run.briefing.sources if source.id == point.source)
        assert point.label in tip and str(point.published) in tip and publisher in tip
        assert mark.get_attribute("aria-label")
        tab.keyboard.press("Escape")
        assert tab.locator("dialog[open]").count() == 0
        assert tab.locator(f"main section #i{number}").count() == 1
    assert errors == []


@needs_browser
def test_without_scripts_every_table_chart_and_unit_is_there() -> None:
    run = made("public", "zh")
    with page_of([], scripts=False) as tab:
        tab.goto((run.folder / "index.html").resolve().as_uri())
        assert tab.locator("#ask").is_hidden()
        assert tab.locator("table.heat tbody tr").locator("visible=true").count() == len(
            run.briefing.indicators
        )
        assert tab.locator("main figure svg").locator("visible=true").count() > len(run.briefing.indicators)
        tab.locator("details.unit > summary").first.click()
        assert tab.locator("details.unit[open] table").first.is_visible()


@needs_browser
def test_an_indicator_shows_what_earlier_runs_said_of_it(tmp_path: Path) -> None:
    run, errors, number = made("demo", "en"), [], 9  # type: tuple[Made, list[str], int]
    assert page(run).count("none yet to compare with") == len(run.briefing.indicators)
    for folder, day, chance in (("a", "2026-06-30", 0.85), ("b", "2026-09-30", 0.35)):
        table = run.study.table.copy()
        table.loc[table["indicator"] == number, ["p_met", "verdict"]] = (chance, verdict(chance).key)
        (tmp_path / folder).mkdir()
        table.to_csv(tmp_path / folder / "outlook.csv", index=False, encoding="utf-8-sig")
        record = {"run_id": folder, "status": "COMPLETED", "finished": day}
        asked = {"data": "demo", "as_of": day, "model": run.study.model}
        text = json.dumps({**record, "parameters": asked})
        (tmp_path / folder / "manifest.json").write_text(text, encoding="utf-8")
    briefing = Briefing(run.study, "now", tmp_path / "b")
    html = render_index(FormTask(briefing, (), run.folder, manifest(run.study)))
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    with page_of(errors) as tab:
        tab.goto((tmp_path / "index.html").resolve().as_uri())
        tab.locator(f"table.heat a[href='#i{number}']").click()
        shown = tab.locator("dialog[open]")
        assert "3 runs since 2026-06-30" in shown.inner_text() and shown.locator("svg .step").count() == 3
        for mark in shown.locator(".past .mark[id*='-2028-figure.']").all():
            mark.hover(force=True)  # another year's mark may lie upon it
            assert mark.get_attribute("aria-label")
        mark = shown.locator(".past .mark[id*='-2028-figure.']").nth(1)
        assert "2028: ▽ unlikely 35%; Cause: " in str(mark.get_attribute("aria-label"))
        axe = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
        assert [v["id"] for v in axe if v["impact"] in ("serious", "critical")] == []
    assert errors == []


@needs_browser
def test_it_prints_on_at_most_twenty_pages(run: Made) -> None:
    with page_of([]) as tab:
        tab.goto((run.folder / "index.html").resolve().as_uri())
        assert len(PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True))).pages) <= 20


def test_every_unit_of_the_plan_has_a_section_with_what_it_is_asked_for(run: Made) -> None:
    html = page(run)
    assert len(run.briefing.pages) >= 20
    for unit, its in zip(run.briefing.units, run.briefing.pages, strict=True):
        section = re.search(
            rf'<details class="unit">\s*<summary><h3 id="{its.anchor}">.*?(?=<details class="unit">|<h2)',
            html,
            re.DOTALL,
        )
        assert section is not None
        text = tight(unescape(re.sub(r"<[^>]+>", "", section[0])))
        assert tight(its.headline) in text
        for key, table in tables.unit_tables(run.briefing, its).items():
            for row in table.rows:
                assert all(tight(cell.full) in text for cell in row), (its.unit, key)
        for owned in unit.indicators:
            assert f'href="#i{owned.outlook.indicator.id}"' in section[0]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install the package chromium")
@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_first_screen_holds_the_table_and_no_printed_page_hides_made_up_data(
    case: tuple[str, str],
) -> None:
    from playwright.sync_api import sync_playwright

    run = made(*case)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 800})
        tab.goto((run.folder / "index.html").resolve().as_uri())
        last = tab.locator(".heat tbody tr").last.bounding_box()
        cut_off = tab.locator(".scroll:has(.heat)").evaluate("e => e.scrollWidth - e.clientWidth")
        printed = PdfReader(BytesIO(tab.pdf(prefer_css_page_size=True)))
        tab.set_viewport_size({"width": 390, "height": 844})
        third = tab.locator(".heat tbody tr").nth(2).bounding_box()
        seen = tab.locator(".heat tbody tr").first.inner_text()
        browser.close()
    assert cut_off == 0
    assert all(tight(run.briefing.synthetic) in tight(sheet.extract_text()) for sheet in printed.pages)
    assert last is not None and last["y"] + last["height"] <= 800
    assert third is not None and third["y"] + third["height"] <= 844
    first = run.briefing.indicators[0]
    for fact in (first.owners, first.lines[0].verdict, first.lines[-1].verdict, first.missing):
        assert tight(fact) in tight(seen)


def test_paths_in_the_page_are_relative(run: Made) -> None:
    assert str(Path.home()) not in page(run)
