"""Chinese first, English second: one place that chooses."""

from __future__ import annotations

__all__ = ["LANGUAGES", "SYNTHETIC", "say"]

LANGUAGES = ("zh", "en")

SYNTHETIC = ("演示数据，非真实数字", "Synthetic demonstration data, not real figures")
"""What every output made from made-up figures says."""


def say(lang: str, zh: str, en: str) -> str:
    """``zh`` or ``en``, as ``lang`` asks."""
    return zh if lang == "zh" else en
