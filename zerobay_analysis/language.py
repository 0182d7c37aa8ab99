"""Chinese first, English second: one place that chooses."""

from __future__ import annotations

__all__ = ["LANGUAGES", "say"]

LANGUAGES = ("zh", "en")


def say(lang: str, zh: str, en: str) -> str:
    """``zh`` or ``en``, as ``lang`` asks."""
    return zh if lang == "zh" else en
