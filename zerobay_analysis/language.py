"""Chinese first, English second: one place that chooses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["LANGUAGES", "SYNTHETIC", "Text", "say"]

LANGUAGES = ("zh", "en")


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

    def __iter__(self) -> Iterator[str]:
        return iter((self.zh, self.en))


SYNTHETIC = Text("演示数据，非真实数字", "Synthetic demonstration data, not real figures")
"""What every output made from made-up figures says."""


def say(lang: str, zh: str, en: str) -> str:
    """``zh`` or ``en``, as ``lang`` asks."""
    return zh if lang == "zh" else en
