"""Why a method says nothing."""

from __future__ import annotations

from zerobay_analysis.errors import ZerobayError

__all__ = ["MethodRefused"]


class MethodRefused(ZerobayError):  # noqa: N818 - a refusal with a reason, not a fault
    """A method does not apply here; ``zh`` and ``en`` say why."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} / {en}")
