"""Units convert by scaling to one base a dimension, and know nothing outside their list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoulder import evidence
from smoulder.errors import UnknownName

NAMES = st.sampled_from(sorted(evidence.units()))
NUMBERS = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("value", "name", "expected", "base"),
    [
        (6, "month", 0.5, "year"),
        (365.25, "day", 1.0, "year"),
        (365.25, "week", 7.0, "year"),
        (0.25, "per_month", 3.0, "per_year"),
        (-68, "percent", -0.68, "relative_change"),
        (-0.5, "percent_per_year", -0.005, "relative_change_per_year"),
        (1.5, "mL", 1500.0, "mm3"),
        (-3.18, "mL_per_year", -3180.0, "mm3_per_year"),
        (120, "ms", 0.12, "second"),
        (0.3, "proportion", 0.3, "proportion"),
        (78.5, "mm2", 78.5, "mm2"),
        (6.5, "EDSS", 6.5, "EDSS"),
    ],
)
def test_known_conversions(value: float, name: str, expected: float, base: str) -> None:
    assert evidence.in_base(value, name) == pytest.approx(expected, rel=1e-14)
    assert evidence.base_unit(name) == base


@given(NAMES)
def test_a_base_is_its_own_base(name: str) -> None:
    base = evidence.base_unit(name)
    assert evidence.base_unit(base) == base
    assert evidence.in_base(1.0, base) == 1.0


@given(NAMES, NUMBERS, NUMBERS)
def test_conversion_keeps_zero_order_and_sign(name: str, a: float, b: float) -> None:
    assert evidence.in_base(0.0, name) == 0.0
    assert (evidence.in_base(a, name) <= evidence.in_base(b, name)) == (a <= b) or abs(a - b) < 1e-9 * max(1, abs(a))
    assert (evidence.in_base(a, name) < 0) == (a < 0) or abs(a) < 1e-300


def test_rates_and_times_convert_inversely() -> None:
    assert evidence.in_base(1, "per_month") * evidence.in_base(1, "month") == pytest.approx(1)


@given(NAMES)
def test_ranges_of_a_unit_and_its_base_agree(name: str) -> None:
    own, base = evidence.unit(name), evidence.unit(evidence.base_unit(name))
    for limit, other in ((own.lower, base.lower), (own.upper, base.upper)):
        assert (limit is None) == (other is None)
        assert limit is None or other is None or limit * own.factor == pytest.approx(other)


def test_an_unknown_unit_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'month'"):
        evidence.in_base(1, "months")
    with pytest.raises(UnknownName, match="Did you mean 'month'"):
        evidence.base_unit("months")


def test_unknown_words_and_vocabularies_are_refused() -> None:
    with pytest.raises(UnknownName, match="'hazard_ratio'"):
        evidence.meaning("statistic", "hazardratio")
    with pytest.raises(UnknownName, match="'statistic'"):
        evidence.terms("statistics")
    with pytest.raises(UnknownName, match="'per_year'"):
        evidence.meaning("unit", "peryear")
