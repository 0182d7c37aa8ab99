"""How a run can fail as a whole."""

from __future__ import annotations

from zerobay_analysis.errors import ZerobayError

__all__ = ["RunFailed", "RunInterrupted"]


class RunFailed(ZerobayError):  # noqa: N818 - says what happened, as the other messages do
    """A run cannot begin or cannot go on; the message says why and what to do."""


class RunInterrupted(ZerobayError):  # noqa: N818 - asked for, not a fault
    """The user stopped the run; the message says what is done and how to go on."""
