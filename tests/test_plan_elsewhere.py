"""Another city's plan, invented: 14 indicators, 4 target years, other units, nothing of it in the code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner
from voila.app import Voila

from zerobay_analysis.cli import app
from zerobay_analysis.errors import DataError, ParameterError
from zerobay_analysis.plan import load_plan
from zerobay_analysis.study import Study
from zerobay_analysis.suite import report as suite_report
from zerobay_analysis.suite.pool import StepResult

PLAN = Path(__file__).parent / "data" / "plan_elsewhere"
DAY = "2026-11-01"
OURS = ("零号湾", "闵行", "闵府发", "紫竹", "neoBay", "Minhang")


def command(*arguments: object) -> str:
    """Output of a command that does what is asked."""
    done = CliRunner().invoke(app, [str(a) for a in arguments] + ["--plan", str(PLAN)])
    assert done.exit_code == 0, done.output or done.exception
    return done.output


def no_charts(task: object) -> list[StepResult]:
    """Stand in for the charts, which the forms draw for themselves."""
    return [StepResult("charts", 0.0)]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger made by importing the figures that come with the plan."""
    folder = tmp_path_factory.mktemp("elsewhere")
    sent = folder / "figures.csv"
    shutil.copy(PLAN / "figures.csv", sent)
    assert "53 行，无问题" in command("check", sent)
    command("import", sent, "--data", folder / "ledger", "--history", "--yes", "--operator", "test")
    return folder / "ledger"


def test_the_plan_is_read_as_it_is() -> None:
    plan = load_plan(PLAN)
    assert (len(plan.indicators), plan.years) == (14, (2025, 2026, 2027, 2028))
    assert plan.name.en == "Yunlan port revival plan (invented)"
    assert plan.units[:2] == ("港务局", "投资公司")
    assert plan.earlier_targets.empty


def test_its_scenario_is_checked_against_it() -> None:
    assert "投资提速20%" in command("check", PLAN / "scenarios" / "faster.yaml")


def test_its_template_names_it_and_its_units(tmp_path: Path) -> None:
    command("template", "--year", 2026, "--out", tmp_path / "form.xlsx")
    book = load_workbook(tmp_path / "form.xlsx")
    assert {*load_plan(PLAN).units, "牵头单位"} >= set(book.sheetnames[1:])
    text = "".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    assert "“云澜港”振兴计划（虚构）" in text and "万标箱" in text
    assert not any(word in text for word in OURS)


def test_its_outlook_has_every_target(ledger: Path) -> None:
    out = ledger.parent / "outlook.csv"
    command("outlook", "--data", ledger, "--as-of", DAY, "--csv", out)
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 1 + 14 * 4


def test_the_figures_of_the_shipped_plan_are_not_taken_for_its_own() -> None:
    with pytest.raises(ParameterError, match="belongs to the shipped plan"):
        Study.open("public", DAY, plan=str(PLAN))


@pytest.mark.parametrize(("lang", "formats"), [("zh", "html,pdf,pptx,docx,xlsx"), ("en", "html,xlsx")])
def test_its_report_has_all_forms_and_names_only_itself(
    lang: str, formats: str, ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "06_commitments"  # one for all, and no charts but those in the forms: the rest takes minutes
    monkeypatch.setattr(suite_report, "TITLES", {name: suite_report.TITLES[name]})
    monkeypatch.setattr(suite_report, "write_charts", no_charts)
    asked = {"--data": ledger, "--as-of": DAY, "--lang": lang, "--out": tmp_path, "--formats": formats}
    monkeypatch.setenv("ZEROBAY_WARM", "0")  # a server for one notebook would take longer
    command("report", "--jobs", 1, *(part for option in asked.items() for part in option))
    folder = (tmp_path / "latest").resolve()
    record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert record["parameters"]["plan"] == str(PLAN)
    assert "plan/plan.toml" in {file["name"] for file in record["inputs"]}
    suffixes = {path.suffix for path in folder.iterdir()}
    assert suffixes >= {f".{name}" for name in ("csv", *formats.split(","))}
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert load_plan(PLAN).name.get(lang) in page
    assert not any(word in page for word in OURS)


def test_the_explorer_shows_it(ledger: Path) -> None:
    from zerobay_analysis.explorer import Explorer

    explorer = Explorer(Study.open(str(ledger), DAY, plan=str(PLAN)))
    explorer.set("indicator", 14)
    assert "66" in explorer.answer
    assert len(explorer.choices("indicator")) == 14


def test_the_dashboard_shows_it_on_its_own_figures(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = []
    monkeypatch.setattr(
        Voila, "launch_instance", lambda args: served.append(Path(args[0]).read_text("utf-8"))
    )
    command("dashboard", "--data", ledger, "--no-browser", "--as-of", DAY, "--lang", "en")
    shown = served[0].replace('\\"', "'")
    assert f"plan = '{PLAN}'" in shown and "indicator = 1" in shown
    assert f"as_of = '{DAY}'" in shown and "lang = 'en'" in shown
    with pytest.raises(AssertionError, match="fr"):  # told by the command, not inside a page
        command("dashboard", "--data", ledger, "--no-browser", "--lang", "fr")
    assert len(served) == 1


def test_what_is_wrong_with_a_plan_is_said_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    shutil.copytree(PLAN, folder)
    path = folder / "plan.toml"
    text = path.read_text(encoding="utf-8").replace('name.en = "', 'nom = "').replace("03-31", "31 March")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_plan(folder)
    assert {p.column for p in caught.value.problems} == {"name.en", "nom", "closing.days"}
    path.write_text("name = ", encoding="utf-8")
    with pytest.raises(DataError, match=r"plan\.toml"):
        load_plan(folder)
    with pytest.raises(ParameterError, match="no such folder"):
        load_plan(tmp_path / "none")
