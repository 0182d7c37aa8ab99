"""The examples of docs/api.md run as they stand, in order, in one session."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

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
