"""Official progress methods: one rule per file, a registry, and how far they agree."""

from __future__ import annotations

from zerobay_analysis.assessment.methods.agreement import (
    Agreement,
    agreement,
    agreements,
)
from zerobay_analysis.assessment.methods.method import (
    Category,
    Method,
    MethodResult,
    Number,
    Question,
    Status,
)
from zerobay_analysis.assessment.methods.refusal import MethodRefused
from zerobay_analysis.assessment.methods.registry import (
    METHODS,
    apply_methods,
    method,
    methods_frame,
    results_frame,
)
from zerobay_analysis.assessment.methods.situation import Reading, Situation, situation

__all__ = [
    "METHODS",
    "Agreement",
    "Category",
    "Method",
    "MethodRefused",
    "MethodResult",
    "Number",
    "Question",
    "Reading",
    "Situation",
    "Status",
    "agreement",
    "agreements",
    "apply_methods",
    "method",
    "methods_frame",
    "results_frame",
    "situation",
]
