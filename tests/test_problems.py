"""Every text of a problem is used, and every use of one gives what the text needs."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import zerobay_analysis
from zerobay_analysis import errors
from zerobay_analysis.files.tables import PARSERS

PACKAGE = Path(zerobay_analysis.__file__).parent
TEXTS = tomllib.loads(Path(errors.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FOR_OPERATORS = {"no_database_yet", "subfolder"}
"""Problems of a ledger or a folder, which a unit never sees."""
KINDS = {f"not_{kind}" for kind in PARSERS}
"""Asked for by the kind of a column."""


@cache
def uses() -> tuple[tuple[str, set[str] | None], ...]:
    """Kinds of problem that the package names, with the facts given (``None``: cannot be told)."""
    return tuple(_uses())


def _uses() -> Iterator[tuple[str, set[str] | None]]:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                names = {keyword.arg for keyword in node.keywords}
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and argument.value in TEXTS:
                        called.add(argument.value)
                        yield argument.value, None if None in names else {str(name) for name in names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value in TEXTS and node.value not in called:
                yield node.value, None


def needed(key: str) -> set[str]:
    return {name for text in TEXTS[key] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_is_used() -> None:
    assert {key for key, _ in uses()} | KINDS >= TEXTS.keys()


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_a_text_has_message_and_cure_in_both_languages_and_gets_its_facts(key: str) -> None:
    assert len(TEXTS[key]) in (2, 4)  # a sentence without a place says its cure itself
    assert all(TEXTS[key])
    for given in (given for name, given in uses() if name == key and given is not None):
        assert needed(key) <= given


@pytest.mark.parametrize("key", [key for key, texts in TEXTS.items() if len(texts) == 4])
def test_a_cure_that_a_unit_may_read_names_no_command_and_no_option(key: str) -> None:
    cures = " ".join(TEXTS[key][2:])
    assert key in FOR_OPERATORS or not re.search(r"zerobay |--[a-z]|\bcontext（", cures)
