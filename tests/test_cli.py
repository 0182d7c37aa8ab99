"""The command: exit status 0, 1 or 2, and words that name the cure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

Command = Callable[..., tuple[int, str, str]]


def zerobay(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in its own process, as a user does."""
    command = [sys.executable, "-c", "from zerobay_analysis.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in this process, which starts much sooner; status, output and errors."""
    from zerobay_analysis.cli import main

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["zerobay", *map(str, arguments)])
        monkeypatch.setenv("ZEROBAY_WARM", "0")  # nothing is run here
        with pytest.raises(SystemExit) as caught:
            main()
        said = capsys.readouterr()
        return int(caught.value.code or 0), said.out, said.err

    return run


def test_help_lists_the_commands_in_both_languages() -> None:
    done = zerobay("--help")
    assert done.returncode == 0
    assert "运行全部笔记本并生成报告" in done.stdout
    assert "write the report" in done.stdout


def test_outlook_shows_probabilities_grades_and_the_reason_where_there_is_none() -> None:
    done = zerobay("outlook", "--as-of", "2026-11-22")
    assert done.returncode == 0
    assert "基金规模" in done.stdout and "较难" in done.stdout
    assert "不能给出概率" in done.stdout


def test_outlook_speaks_english_when_asked(here: Command) -> None:
    status, shown, _ = here("outlook", "--as-of", "2026-11-22", "--lang", "en")
    assert status == 0
    assert "Fund size" in shown
    assert "no probability can be given" in shown


def test_classes_lists_every_reference_class_with_its_scores(here: Command) -> None:
    status, shown, _ = here("classes", "--lang", "en")
    assert status == 0
    assert all(name in shown for name in ("general", "china_science", "patents"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "02_trajectory", "-p", "indicator=99"),
        ("outlook", "--as-of", "2999-01-01"),
        ("outlook", "--as-of", "yesterday"),
        ("outlook", "--model", "magic"),
        ("outlook", "--reference-class", "crystals"),
        ("run", "03_outlook", "-p", "reference_class=crystals"),
        ("run", "02_trajectory", "-p", "indicators=9"),
        ("run", "02_trajectory", "-p", "indicator"),
        ("run", "no_such_notebook"),
        ("nonsense",),
        ("outlook", "--nonsense"),
    ],
)
def test_wrong_usage_is_status_2(arguments: tuple[str, ...], here: Command) -> None:
    status, _, said = here(*arguments)
    assert status == 2
    assert said.strip()


def test_a_process_ends_with_that_status_and_no_traceback() -> None:
    done = zerobay("outlook", "--lang", "fr")
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_unusable_data_is_status_1_with_every_problem(tmp_path: Path, here: Command) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("indicator,period,value,unit\n7,2025,abc,家\n7,2024,120,人\n99,2024,1,家\n", "utf-8")
    status, shown, _ = here("check", path)
    assert status == 1
    for word in ("abc", "人", "99"):
        assert word in shown
    assert here("outlook", "--data", path)[0] == 1
    assert here("outlook", "--data", tmp_path / "absent")[0] == 1


def test_good_data_of_ones_own_is_assessed(tmp_path: Path, here: Command) -> None:
    rows = "".join(f"7,{2020 + i},{100 + 9 * i},家\n" for i in range(6))
    path = tmp_path / "own.csv"
    path.write_bytes(("indicator,period,value,unit\n" + rows).encode("gb18030"))
    assert here("check", path)[0] == 0
    status, shown, _ = here("outlook", "--data", path, "--csv", tmp_path / "out.csv")
    assert status == 0
    assert "│ A" in shown
    assert len((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()) == 34


def test_the_data_that_the_readme_shows_is_accepted(tmp_path: Path, here: Command) -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    blocks = text.split("```\n")
    example = next(block for block in blocks if block.startswith("indicator,period"))
    path = tmp_path / "my.csv"
    path.write_text(example, "utf-8")
    status, shown, said = here("check", path)
    assert status == 0, shown + said


def test_methods_are_listed_with_rule_source_and_what_is_unconfirmed(
    here: Command,
) -> None:
    status, shown, _ = here("methods")
    assert status == 0
    for name in ("schedule_light", "un_progress_chart", "dns_weather"):
        assert name in shown
    assert "界线未核实" in shown
    assert "Destatis" in shown


def test_methods_say_what_they_think_of_one_indicator_and_why_they_refuse(
    here: Command,
) -> None:
    status, shown, _ = here(
        "methods", "--indicator", "5", "--data", "demo", "--as-of", "2026-11-22", "--lang", "en"
    )
    assert status == 0
    assert "2 methods can say: 0 on track, 2 behind" in shown
    assert "compared within the year only" in shown
    assert here("methods", "--indicator", "12")[0] == 2


def test_a_scenario_is_checked_with_the_line_and_cure_of_every_problem(tmp_path: Path, here: Command) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "name: 甲\nindicator: 7\nlevers:\n  - lever: pace\n    from: 2027\n    percent: 20\n"
        "---\nname: 乙\nlevers:\n  - lever: 恰好达标\n    indicator: 7\n",
        encoding="utf-8",
    )
    status, shown, _ = here("check", file)
    assert status == 0
    assert "提速 20%" in shown and "恰好达到" in shown
    file.write_text("name: 甲\nindicator: 7\nlevers:\n  - lever: pce\n    from: 2027\n", encoding="utf-8")
    status, shown, _ = here("check", tmp_path)
    assert status == 1
    assert "第4行" in shown and "hold_pace" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("runs", "show", "/etc"),
        ("runs", "show", "**"),
        ("runs", "show", "[a"),
        ("runs", "show", "../x"),
        ("runs", "show", "."),
        ("runs", "show", ""),
        ("runs", "--out", "FILE"),
        ("run", "02_trajectory", "--out", "FILE"),
        ("run", "02_trajectory", "--out", "FILE/below"),
        ("run", "/nowhere/02_trajectory.ipynb"),
        ("run", "/"),
        ("run", ".."),
        ("run", "FILE"),
        ("report", "--resume", "../x"),
        ("outlook", "--csv", "/nonexistent/x"),
        ("outlook", "--csv", "."),
        ("outlook", "--data", "x" * 5000),
        ("template", "--out", "/nonexistent/x.xlsx"),
    ],
)
def test_a_path_that_cannot_be_used_is_status_2_and_no_traceback(
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    here: Command,
) -> None:
    (tmp_path / "FILE").write_text("text", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    status, _, said = here(*arguments)
    assert status == 2
    assert said.strip()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["FILE"]


def test_a_run_outside_the_output_folder_is_not_read(tmp_path: Path) -> None:
    from zerobay_analysis.errors import ParameterError
    from zerobay_analysis.suite.manifest import find_run

    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "manifest.json").write_text("{}", encoding="utf-8")
    (tmp_path / "out" / "link").symlink_to(tmp_path / "elsewhere")
    for number in ("../elsewhere", str(tmp_path / "elsewhere"), "link", "*"):
        with pytest.raises(ParameterError):
            find_run(tmp_path / "out", number)


def test_runs_of_one_second_keep_a_notebook_each(
    tmp_path: Path, make_notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from zerobay_analysis.suite import notebook as module

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls(2026, 6, 18, 9, 30, tzinfo=tz)

    monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.setenv("ZEROBAY_WARM", "0")  # a server for two small notebooks would take longer
    notebook = make_notebook("book", "x: int = 1\n", "print('x is', x)")
    with ThreadPoolExecutor(3) as pool:
        claimed = [
            run.result() for run in [pool.submit(module._claim, tmp_path, "book", notebook) for _ in range(3)]
        ]
    assert sorted(path.name for path in claimed) == [
        "book-20260618-093000-2.ipynb",
        "book-20260618-093000-3.ipynb",
        "book-20260618-093000.ipynb",
    ]
    result = module.run_single(notebook, {"x": 7}, tmp_path / "out")
    again = module.run_single(notebook, {"x": 8}, tmp_path / "out")
    assert [result.error, again.error] == ["", ""]
    for found, number in ((result, 7), (again, 8)):
        assert f"x is {number}" in (tmp_path / "out" / found.files[0]).read_text(encoding="utf-8")
