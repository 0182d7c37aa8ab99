"""The explorer in a real browser, served by a real JupyterLab and a real Voilà."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import free_port, needs_browser, page, served
from zerobay_analysis.files.disk import notebooks_dir
from zerobay_analysis.scenarios.form import parse_scenarios
from zerobay_analysis.scenarios.levers import ChangePace

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = needs_browser
PATIENCE = 120_000
"""Milliseconds to wait for a kernel to start on a busy machine."""
FOREIGN = re.compile(r"favicon|cdn\.jsdelivr\.net/npm/@fortawesome")
"""Asked for by the hosting page, not by the explorer: Voilà's template wants icons from a network
that this machine does not have, and shows the page without them."""

ANSWERED = """() => {
    const pulled = Number(document.querySelector('[role=slider]').getAttribute('aria-valuenow'));
    const chance = document.querySelector('.zerobay-answer tbody tr:nth-child(3) td:nth-child(3)').innerText;
    const answer = document.querySelector('.zerobay-answer').innerText;
    const drawn = document.querySelector('.zerobay-chart desc').textContent;
    const told = [answer, drawn].every(text => text.includes(`提速 ${pulled}%`));
    return pulled > 0 && told && drawn.includes(chance);
}"""
"""Whether table and fan are those of the slider where it stands now: an answer to an earlier key may
stand for a moment."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the explorer's notebook, so that no run touches the project's own."""
    copied = tmp_path_factory.mktemp("served")
    shutil.copy(notebooks_dir() / "explore.ipynb", copied / "explore.ipynb")
    return copied


def chance(opened: Page) -> str:
    return opened.locator(".zerobay-answer tbody tr").nth(2).locator("td").nth(2).inner_text()


def use(opened: Page) -> None:
    """Do what an analyst does: read, change the indicator, pull a lever, export."""
    answer = opened.locator(".zerobay-answer")
    answer.wait_for(timeout=PATIENCE)
    opened.locator("svg[role=img]").first.wait_for(timeout=PATIENCE)
    first = chance(opened)
    opened.get_by_label("指标", exact=True).select_option(label="7 估值过亿企业")
    opened.wait_for_function(
        "before => document.querySelector('.zerobay-answer tbody tr:nth-child(3) td:nth-child(3)')"
        "?.innerText !== before",
        arg=first,
        timeout=PATIENCE,
    )
    second = chance(opened)
    slider = opened.get_by_role("slider").first
    slider.focus()
    for _ in range(6):
        slider.press("ArrowRight")  # by keyboard, as a user without a mouse does
    opened.wait_for_function(ANSWERED, timeout=PATIENCE)
    assert chance(opened) != second
    links = "[...document.querySelectorAll('.zerobay-chart use')].map(u => u.getAttribute('xlink:href'))"
    letters = [link for link in opened.evaluate(links) if "Noto" in link or "DejaVu" in link]
    assert letters
    assert all("Noto" in link for link in letters)  # two charts drawn at once lose their font
    opened.get_by_role("button", name="情景 YAML").click()
    link = opened.locator("a[download$='.yaml']")
    link.wait_for(timeout=PATIENCE)
    file = base64.b64decode(str(link.get_attribute("href")).split(",")[1]).decode("utf-8")
    pulled = parse_scenarios(file)[0].levers[0].lever
    assert isinstance(pulled, ChangePace)
    assert pulled.percent == float(str(slider.get_attribute("aria-valuenow")))


def test_in_voila_without_a_notebook(folder: Path) -> None:
    port, errors = free_port(), []
    arguments = ("dashboard", "--no-browser", f"--port={port}")
    with served("zerobay_analysis", *arguments, port=port, folder=folder) as address, page(errors) as opened:
        opened.goto(address, timeout=PATIENCE)
        use(opened)
        opened.screenshot(path=folder / "voila.png")
    assert [error for error in errors if not FOREIGN.search(error)] == []


def test_in_jupyterlab_as_it_is(folder: Path) -> None:
    port, errors = free_port(), []
    arguments = (
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--notebook-dir={folder}",
        "--IdentityProvider.token=",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )
    with (
        served("jupyterlab", *arguments, port=port, folder=folder, ready="/lab") as address,
        page(errors) as opened,
    ):
        opened.goto(f"{address}/lab/tree/explore.ipynb", timeout=PATIENCE)
        opened.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=PATIENCE)
        opened.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE)
        opened.get_by_text("Run", exact=True).first.click()
        opened.get_by_text("Run All Cells", exact=True).click()
        use(opened)
        opened.screenshot(path=folder / "lab.png")
    assert [error for error in errors if not FOREIGN.search(error)] == []
