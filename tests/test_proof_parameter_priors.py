"""Priors against SciPy's distributions, and the grammar they are written in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from smoulder.parameters.priors import parse_between, parse_prior

PAIRS = [
    ("normal(3, 2)", stats.norm(3, 2)),
    ("lognormal(28, 0.7)", stats.lognorm(0.7, scale=28)),
    ("uniform(-1, 4)", stats.uniform(-1, 5)),
    ("beta(2, 5)", stats.beta(2, 5)),
]


@pytest.mark.parametrize(("text", "theirs"), PAIRS, ids=[text for text, _ in PAIRS])
def test_a_prior_is_the_distribution_it_is_named_after(text: str, theirs: stats.rv_continuous) -> None:
    ours = parse_prior(text, 0.0)
    shares = np.linspace(0.001, 0.999, 37)
    np.testing.assert_allclose(ours.quantile(shares), theirs.ppf(shares), rtol=1e-12)
    assert ours.median == pytest.approx(theirs.median())
    low, high = theirs.ppf(0.2), theirs.ppf(0.9)
    assert ours.mass_inside(low, high) == pytest.approx(0.7)
    assert ours.below(low - 1e6) == 0 and ours.below(high + 1e6) == 1


@pytest.mark.parametrize(("text", "theirs"), PAIRS, ids=[text for text, _ in PAIRS])
def test_draws_follow_the_prior(text: str, theirs: stats.rv_continuous) -> None:
    drawn = parse_prior(text, 0.0).sample(np.random.default_rng(1), 4000)
    # the Kolmogorov distance of 4000 true draws exceeds 0.031 once in a thousand times
    assert stats.kstest(drawn, theirs.cdf).statistic < 0.031
    assert stats.kstest(drawn * 1.1 + 0.05, theirs.cdf).statistic > 0.031


@given(st.floats(0.01, 0.99), st.floats(0.1, 50), st.floats(0.05, 2), st.floats(0.01, 100))
def test_scaling_a_prior_scales_its_quantiles(share: float, median: float, spread: float, factor: float) -> None:
    for text in (f"lognormal({median}, {spread})", f"normal({median}, {spread})", f"uniform({median}, {median + 1})"):
        prior = parse_prior(text, median)
        scaled = prior.scaled(factor)
        assert scaled.quantile(share) == pytest.approx(prior.quantile(share) * factor, rel=1e-9, abs=1e-9)


def test_a_fixed_value_is_certain() -> None:
    fixed = parse_prior("fixed", 3.0)
    assert fixed.median == fixed.sample(np.random.default_rng(0)) == 3.0
    assert (fixed.quantile(np.array([0.1, 0.9])) == 3.0).all()
    assert (fixed.mass_inside(2, 3), fixed.mass_inside(3.1, 9)) == (1.0, 0.0)
    assert fixed.scaled(7).median == 21.0


@pytest.mark.parametrize("text", ["fixed", "normal(1, 2)", "lognormal(2, 0.5)", "uniform(0, 1)", "beta(3, 4)"])
def test_a_prior_prints_as_it_is_written(text: str) -> None:
    assert str(parse_prior(text, 1.0)) == text


@pytest.mark.parametrize(
    ("text", "kind", "sd", "scaled"),
    [
        ("none", "none", 0.0, 0.0),
        ("lognormal(0.3)", "lognormal", 0.3, 0.3),
        ("normal(2)", "normal", 2.0, 20.0),
        ("logistic", "logistic", 1.0, 1.0),
    ],
)
def test_a_spread_between_people_reads_and_prints(text: str, kind: str, sd: float, scaled: float) -> None:
    spread = parse_between(text)
    assert (spread.kind, spread.sd, str(spread)) == (kind, sd, text)
    assert spread.scaled(10).sd == scaled
