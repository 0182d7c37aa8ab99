"""The examples of docs/api.md run as they stand, in order, in one session."""

from __future__ import annotations

import doctest
import re
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from zerobay_analysis.study import Study

PAGE = Path(__file__).parent.parent / "docs" / "api.md"
EXAMPLES = re.findall(r"^## (.+?):.*?```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_page_names_what_an_analyst_uses_each_in_a_few_lines() -> None:
    assert len(EXAMPLES) == 13
    for name, code in EXAMPLES:
        assert len([line for line in code.splitlines() if line]) <= 4, name


def test_every_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("agg")
    monkeypatch.chdir(tmp_path)
    session: dict[str, Any] = {}
    for name, code in EXAMPLES:
        exec(compile(code, f"docs/api.md, {name}", "exec"), session)
    assert all((tmp_path / name).stat().st_size > 0 for name in ("fan.png", "compared.png"))
    assert session["found"].agrees is False


def test_all_that_a_study_offers_has_an_example_that_runs() -> None:
    offered = {name: of for name, of in vars(Study).items() if not name.startswith("_")}
    parts = set(Study.__dataclass_fields__) | {"save", "supposition"}

    class Once:
        """The same study is opened once for all examples."""

        open = staticmethod(cache(Study.open))

    runner, parser = doctest.DocTestRunner(), doctest.DocTestParser()
    for name in set(offered) - parts:
        told = getattr(offered[name], "__func__", offered[name]).__doc__
        test = parser.get_doctest(told, {"Study": Once}, name, None, None)
        assert test.examples, name
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
