"""Which reference classes the indicators of one ledger are like, told by all their figures together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from zerobay_analysis.errors import ForecastDeclined
from zerobay_analysis.forecast.prior import ClassShares, as_shares, load_prior
from zerobay_analysis.forecast.reference_class import class_evidence
from zerobay_analysis.series import Evidence

STRAY = (0.25, 4.75)
"""Beta law of the share of indicators that are not like the class they name: a twentieth, little known."""
EVEN = 0.5
"""Dirichlet law of the classes of those that stray: so much for each class beforehand."""
ROUNDS = 50


def pooled_shares(evidence: Iterable[Evidence]) -> dict[int, ClassShares]:
    """Shares of the classes for each indicator, by its number.

    Each indicator is like the class it names, or strays to one drawn from the ledger's own law of
    classes; both are learned from the likelihood of all indicators' figures under every class, by EM
    with a prior. What an indicator's own figures say of its class is left to its forecast, which
    weighs the shares by their likelihood. One thin indicator stays with the class it names.

    Raises
    ------
    ParameterError
        When an indicator names a class that there is not.
    """
    known = tuple(evidence)
    classes = list(load_prior().quantity.log_weight)
    own = np.array([classes.index(as_shares(one.indicator.reference_class)[0][0]) for one in known])
    likely = np.zeros((len(known), len(classes)))
    told = np.zeros(len(known), dtype=bool)
    for row, one in enumerate(known):
        try:
            found = class_evidence(one)
        except ForecastDeclined:
            continue
        if found:
            told[row], likely[row] = True, [found[name] for name in classes]
    likely = np.exp(likely - likely.max(axis=1, keepdims=True, initial=-np.inf))
    rows = np.flatnonzero(told)
    # From a half, which only the figures of several indicators can hold up.
    stray, law = 0.5 if rows.size else 0.0, np.full(len(classes), 1 / len(classes))
    for _ in range(ROUNDS if rows.size else 0):
        strayed = stray * law * likely[rows]
        total = strayed.sum(axis=1) + (1 - stray) * likely[rows, own[rows]]
        part = strayed / total[:, None]
        stray = (STRAY[0] + part.sum()) / (sum(STRAY) + rows.size)
        law = (EVEN + part.sum(axis=0)) / (EVEN * len(classes) + part.sum())
    shares = {}
    for row, one in enumerate(known):
        share = stray * law + (1 - stray) * (np.arange(len(classes)) == own[row])
        shares[one.indicator.id] = tuple(zip(classes, share.tolist(), strict=True))
    return shares
