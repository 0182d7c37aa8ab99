"""Chinese first, English second: one place that chooses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

LANGUAGES = ("zh", "en")
CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Text:
    """A word or a sentence in both languages.

    Iterating gives the Chinese, then the English.

    Examples
    --------
    >>> Text("年份", "Year").get("en")
    'Year'
    """

    zh: str
    en: str

    def get(self, lang: str = "zh") -> str:
        """The text in the reader's language."""
        return self.zh if lang == "zh" else self.en

    def fill(self, lang: str, *parts: object, **values: object) -> str:
        """The text in the reader's language with its braces filled in, as ``str.format`` does."""
        return self.get(lang).format(*parts, **values)

    def __iter__(self) -> Iterator[str]:
        return iter((self.zh, self.en))


NOTHING = Text("", "")
"""What is said where there is nothing to say."""


def editions(told: str) -> Text:
    """What a record says, line by line, in either edition.

    A line ``中文 / English`` has a half for each; any other line is as it was written in both.
    """
    halves = []
    for line in told.splitlines():
        zh, _, en = line.partition(" / ")
        both = en and CHINESE.search(zh) and not CHINESE.search(en)
        halves.append((zh, en) if both else (line, line))
    return Text("；".join(zh for zh, _ in halves), "; ".join(en for _, en in halves))


SYNTHETIC = Text("演示数据，非真实数字", "Synthetic demonstration data, not real figures")
"""What every output made from made-up figures says."""


class Name(str):
    """A name as a plan or a ledger writes it, with its English; used and compared as it is written."""

    en: str

    def __new__(cls, zh: str, en: str = "") -> Self:
        """Keep the English; what has none stays as it is written."""
        name = super().__new__(cls, zh)
        name.en = en or zh
        return name


def in_language(of: object, lang: str) -> str:
    """A text or a name in the reader's language; a name without English as it is written."""
    if isinstance(of, Text):
        return of.get(lang)
    return of.en if lang == "en" and isinstance(of, Name) else str(of)


def listed(items: Iterable[object]) -> Text:
    """Names, texts or numbers in a row."""
    both = [[in_language(of, lang) for lang in LANGUAGES] for of in items]
    return Text("、".join(zh for zh, _ in both), ", ".join(en for _, en in both))


class Texts:
    """Texts of a TOML file of ``NAME = ["中文", "English"]``, each an attribute or an item of its name."""

    def __init__(self, file: Path) -> None:
        import tomllib

        both = tomllib.loads(file.read_text(encoding="utf-8"))
        self.named = {name: Text(*texts) for name, texts in both.items()}

    def __getitem__(self, name: str) -> Text:
        """The text of that name."""
        return self.named[name]

    def both(self, name: str, /, **values: object) -> Text:
        """The text of that name filled in; a value that is a text or a name itself in its own language."""

        def filled(lang: str) -> str:
            own = {key: in_language(of, lang) for key, of in values.items() if isinstance(of, Text | Name)}
            return self.named[name].fill(lang, **values | own)

        return Text(*map(filled, LANGUAGES))

    def __getattr__(self, name: str) -> Text:
        """The text of that name."""
        if name == "named" or name not in self.named:
            raise AttributeError(f"no such text: {name}")
        return self.named[name]


def say(lang: str, zh: str, en: str) -> str:
    """``zh`` or ``en``, as ``lang`` asks."""
    return zh if lang == "zh" else en


class Word(StrEnum):
    """A key with its word in both languages: ``DONE = "done", "已完成", "done"``."""

    text: Text

    def __new__(cls, key: str, zh: str, en: str) -> Self:
        """Make a member of its key, its Chinese and its English."""
        member = str.__new__(cls, key)
        member._value_, member.text = key, Text(zh, en)
        return member

    def word(self, lang: str = "zh") -> str:
        """The word in the reader's language."""
        return self.text.get(lang)
