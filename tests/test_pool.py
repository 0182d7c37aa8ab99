"""A ledger tells which classes its indicators are like."""

from __future__ import annotations

import numpy as np
import pytest

from tests.test_reference_class import history, indicator
from zerobay_analysis.assessment.outlook import percent
from zerobay_analysis.briefing import tables
from zerobay_analysis.errors import ParameterError
from zerobay_analysis.forecast.reference_class import ReferenceClass, class_evidence, pooled_shares
from zerobay_analysis.series import Evidence
from zerobay_analysis.study import Study


def steady(number: int, name: str, growth: float, noise: float, n: int = 9) -> Evidence:
    rng = np.random.default_rng(number)
    values = 100 * np.exp(np.cumsum(growth + noise * rng.standard_normal(n)))
    return history(*values, of=indicator(id=number, reference_class=name))


def test_one_thin_indicator_stays_with_the_class_it_names() -> None:
    for values in ((100.0,), (100.0, 140.0)):
        shares = pooled_shares([history(*values, of=indicator(reference_class="firms"))])[7]
        assert dict(shares)["firms"] > 0.9
    assert dict(pooled_shares([history(100.0, of=indicator(reference_class="firms"))])[7])["firms"] == 1


def test_a_ledger_unlike_its_named_class_is_moved_and_one_like_it_is_not() -> None:
    ledgers = {
        name: [steady(number, name, 0.1, 0.03) for number in range(1, 9)]
        for name in ("employment", "china_output")
    }
    found = {name: dict(pooled_shares(ledger)[1]) for name, ledger in ledgers.items()}
    assert found["china_output"]["china_output"] > 0.9
    assert found["employment"]["employment"] < 0.7
    assert max(found["employment"], key=lambda name: found["employment"][name] * (name != "employment")) == (
        "china_output"
    )


def test_a_record_is_likelier_under_a_class_that_moves_as_it_does() -> None:
    calm, wild = (
        class_evidence(steady(1, "general", 0.0, 0.02)),
        class_evidence(steady(1, "general", 0.05, 0.4)),
    )
    assert calm["patents"] - calm["employment"] < wild["patents"] - wild["employment"]
    assert class_evidence(history(100.0)) == {}


def test_shares_change_a_forecast_and_a_name_that_is_none_is_refused() -> None:
    known = history(100.0)
    alone = [
        ReferenceClass(c).forecast(known, (2026,)).quantile(0.5, 2026) for c in ("firms", "china_research")
    ]
    shares = (("firms", 0.5), ("china_research", 0.5))
    both = ReferenceClass(shares).forecast(known, (2026,)).quantile(0.5, 2026)
    assert alone[0] < both < alone[1]
    with pytest.raises(ParameterError, match="china_output"):
        pooled_shares([history(1.0, 2.0, of=indicator(reference_class="crystals"))])


def test_a_study_pools_unless_told_not_to_and_takes_one_class_for_all() -> None:
    day = "2026-11-22"
    assert set(Study.open("demo", day).class_shares) == set(range(1, 12))
    assert Study.open("demo", day, pool=False).class_shares == {}
    table = Study.open("demo", day, reference_class="patents").table
    assert set(table["reference_class"]) == {"patents"}
    with pytest.raises(ParameterError, match="china_output"):
        Study.open("demo", day, reference_class="crystals")


def test_weights_and_probabilities_before_and_after_pooling_stand_in_a_table() -> None:
    study = Study.open("demo", "2026-11-22")
    table = tables.pooling(study)
    assert [row[0].text for row in table.rows] == [str(number) for number in range(1, 12)]
    weight, last = table.rows[5][3].text, table.rows[5][5].text
    assert weight == f"100% → {dict(study.class_shares[6])['china_market']:.0%}"
    after = study.outlook(6).targets[-1].p_met
    assert after is not None
    assert last.endswith(f" → {percent(after)}")
    assert tables.pooling(Study.open("demo", "2026-11-22", pool=False)).rows == ()


def test_the_outlook_names_its_class_and_how_far_the_answer_hangs_on_it() -> None:
    table = Study.open("demo", "2026-11-22").table
    assert (table["p_low"] <= table["p_met"]).all()
    assert (table["p_met"] <= table["p_high"]).all()
    assert (table["p_low"] < table["p_high"]).any()
    assert set(table["reference_class"]) >= {"china_output", "shares"}
