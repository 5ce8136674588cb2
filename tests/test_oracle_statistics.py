"""Rates, shares, survival and agreement against SciPy, statsmodels, lifelines, exact fractions and theory."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from smoulder.statistics import agreement, batch_error, kaplan_meier, proportion, rate

follow_ups = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


@given(st.integers(0, 400), st.floats(0.5, 5000))
def test_the_rate_interval_is_the_exact_poisson_one_of_scipy(count: int, exposure: float) -> None:
    found = rate(count, exposure)
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    assert found.value == pytest.approx(count / exposure)
    assert found.lo == pytest.approx(low / exposure, rel=1e-9)
    assert found.hi == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2 / exposure, rel=1e-9)


@pytest.mark.parametrize("count", [1, 7, 60])
def test_the_ends_of_the_rate_interval_leave_the_stated_tail(count: int) -> None:
    found = rate(count, 1.0, level=0.9)
    assert stats.poisson.sf(count - 1, found.lo) == pytest.approx(0.05, rel=1e-9)
    assert stats.poisson.cdf(count, found.hi) == pytest.approx(0.05, rel=1e-9)


def test_no_exposure_and_no_trials_have_no_estimate() -> None:
    assert np.isnan(rate([0, 3], [0, 0]).value).all()
    assert np.isnan([*proportion(0, 0)]).all()


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_interval_is_wilsons_of_statsmodels(case: tuple[int, int]) -> None:
    found = proportion(*case)
    assert (found.lo, found.hi) == pytest.approx(proportion_confint(*case, method="wilson"), abs=1e-12)
    assert 0 <= found.lo <= found.value <= found.hi <= 1


def test_batch_error_of_a_mean_is_what_theory_says() -> None:
    values = np.random.default_rng(1).normal(size=40_000)
    found = batch_error(lambda who: values[who].mean(), len(values))
    # a standard deviation from 20 batches has itself a relative error of 1 / sqrt(38); four of them here
    assert found == pytest.approx(1 / np.sqrt(len(values)), rel=4 / np.sqrt(38))


def test_batch_error_uses_every_person_once_and_refuses_too_few() -> None:
    seen: list[int] = []
    assert batch_error(lambda who: seen.extend(who.tolist()) or 2.0, 47) == 0  # type: ignore[func-returns-value]
    assert sorted(seen) == list(range(47))
    assert np.isnan(batch_error(lambda who: np.inf if 0 in who else 1.0, 47))
    with pytest.raises(ValueError, match="batches"):
        batch_error(lambda who: 0.0, 19)


@given(follow_ups)
def test_kaplan_meier_is_that_of_lifelines(rows: list[tuple[int, bool]]) -> None:
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    curve = kaplan_meier(time, event)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = KaplanMeierFitter().fit(time, event)
    grid = np.arange(14) + 0.5
    assert curve.at(grid).value == pytest.approx(theirs.predict(grid).to_numpy(), abs=1e-9)
    table = theirs.event_table.loc[lambda t: t.observed > 0]
    assert curve.at_risk.tolist() == table.at_risk.tolist()
    assert curve.events.tolist() == table.observed.tolist()
    inner = (curve.survival > 0) & (curve.survival < 1)
    bounds = theirs.confidence_interval_.loc[curve.time[inner]].to_numpy()
    assert np.column_stack([curve.lo, curve.hi])[inner] == pytest.approx(bounds, abs=1e-9)


@given(follow_ups, st.sampled_from([0.25, 0.5, 0.75]))
def test_a_quantile_is_the_first_time_by_exact_fractions(rows: list[tuple[int, bool]], share: float) -> None:
    survival, expected = Fraction(1), np.inf
    for moment in sorted({time for time, event in rows if event}):
        at_risk = sum(time >= moment for time, _ in rows)
        survival *= 1 - Fraction(sum(time == moment and event for time, event in rows), at_risk)
        if survival <= 1 - Fraction(share):
            expected = moment
            break
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    assert kaplan_meier(time, event).quantile(share).value == expected


def test_the_median_and_its_interval_are_those_of_lifelines() -> None:
    draw = np.random.default_rng(3)
    time, end = draw.exponential(10, 501), draw.uniform(0, 30, 501)
    curve = kaplan_meier(np.minimum(time, end), time <= end)
    theirs = KaplanMeierFitter().fit(np.minimum(time, end), time <= end)
    found = curve.median()
    assert found.value == theirs.median_survival_time_
    assert [found.lo, found.hi] == median_survival_times(theirs.confidence_interval_).to_numpy().ravel().tolist()


def test_the_curve_of_exponential_times_covers_the_truth_as_often_as_it_says() -> None:
    draw = np.random.default_rng(11)
    covered = 0
    for _ in range(400):
        found = kaplan_meier(*_exponential(draw)).at(7.0)
        covered += bool(found.lo <= np.exp(-0.7) <= found.hi)
    assert stats.binomtest(covered, 400, 0.95).pvalue > 1e-3


def _exponential(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    time, end = draw.exponential(10, 200), draw.uniform(0, 30, 200)
    return np.minimum(time, end), time <= end


def test_nobody_with_the_event_is_a_flat_curve_and_bad_times_are_refused() -> None:
    curve = kaplan_meier([1.0, 2.0], [False, False])
    assert curve.at([0, 5]).value.tolist() == [1, 1]
    assert curve.median().value == np.inf
    for bad in ([np.nan, 1.0], [-1.0, 1.0]):
        with pytest.raises(ValueError, match="time"):
            kaplan_meier(bad, [True, True])


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_agreement_is_counted_and_kappa_is_that_of_statsmodels(rows: list[tuple[int, int]]) -> None:
    a, b = (np.array(column) for column in zip(*rows, strict=True))
    found = agreement(a, b)
    assert found.exact.value == pytest.approx(sum(x == y for x, y in rows) / len(rows))
    assert found.within_one.value == pytest.approx(sum(abs(x - y) <= 1 for x, y in rows) / len(rows))
    table = np.zeros((5, 5))
    np.add.at(table, (a, b), 1)
    if len({*a, *b}) > 1:
        assert found.kappa == pytest.approx(cohens_kappa(table, return_results=False), abs=1e-9)
    else:
        assert np.isnan(found.kappa)
