"""Differences, ratios of geometric means, ranks, shifts and crossovers against statsmodels, SciPy and enumeration."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from smoulder.statistics import (
    crossover,
    difference,
    geometric_ratio,
    hodges_lehmann,
    indicators,
    interval_of_mean,
    ranked_ancova,
    spread,
)

several = pytest.mark.parametrize("seed", range(6))


def _people(seed: int, people: int = 80) -> tuple[np.ndarray, ...]:
    """Values, group, baseline, strata: positive and skewed, rounded so that some are tied."""
    draw = np.random.default_rng(seed)
    group, strata = draw.integers(0, 2, people), draw.integers(0, 3, people)
    baseline = draw.normal(size=people)
    values = np.round(np.exp(1 + 0.7 * baseline + 0.2 * group + 0.3 * strata + 0.5 * draw.normal(size=people)), 1) + 0.1
    return values, group, np.round(np.exp(baseline), 2) + 0.01, strata


def _of_group(y: np.ndarray, *columns: np.ndarray) -> tuple[float, ...]:
    """Coefficient, interval, standard error, p and degrees of freedom of the first of ``columns`` in least squares."""
    fit = sm.OLS(y, sm.add_constant(np.column_stack(columns))).fit()
    return (fit.params[1], *fit.conf_int()[1], fit.bse[1], fit.pvalues[1], fit.df_resid)


@several
def test_the_plain_difference_is_students_t_test(seed: int) -> None:
    values, group, *_ = _people(seed)
    theirs = stats.ttest_ind(values[group == 1], values[group == 0])
    bounds = theirs.confidence_interval()
    found = difference(values, group)
    assert (found.lo, found.hi, found.p, found.df) == pytest.approx((*bounds, theirs.pvalue, theirs.df), rel=1e-9)
    assert found.value == pytest.approx(values[group == 1].mean() - values[group == 0].mean())


@several
def test_the_adjusted_difference_is_least_squares_of_statsmodels(seed: int) -> None:
    values, group, baseline, strata = _people(seed)
    found = difference(values, group, baseline, indicators(strata))
    theirs = _of_group(values, group, baseline, strata == 1, strata == 2)
    ours = (found.value, found.lo, found.hi, found.se, found.p, found.df)
    assert ours == pytest.approx(theirs, rel=1e-8)


@several
def test_the_geometric_ratio_is_least_squares_of_logarithms(seed: int) -> None:
    values, group, baseline, strata = _people(seed)
    found = geometric_ratio(values, group, baseline, indicators(strata))
    log, lo, hi, se, p, _ = _of_group(np.log(values), group, np.log(baseline), strata == 1, strata == 2)
    assert (found.log, found.se, found.p) == pytest.approx((log, se, p), rel=1e-8)
    assert (found.value, found.lo, found.hi) == pytest.approx(tuple(np.exp([log, lo, hi])), rel=1e-8)
    plain = stats.gmean(values[group == 1]) / stats.gmean(values[group == 0])
    assert geometric_ratio(values, group).value == pytest.approx(plain)


@several
def test_the_ranked_analysis_of_covariance_is_least_squares_of_ranks(seed: int) -> None:
    values, group, baseline, strata = _people(seed)
    assert len(np.unique(values)) < len(values)  # some are tied
    found = ranked_ancova(values, group, baseline, strata)
    theirs = _of_group(stats.rankdata(values), group, stats.rankdata(baseline), strata)
    assert (found.value, found.lo, found.hi, found.se, found.p, found.df) == pytest.approx(theirs, rel=1e-8)


def test_the_ranked_analysis_of_covariance_keeps_its_size_where_outcomes_are_skewed() -> None:
    draw = np.random.default_rng(5)
    rejected = 0
    for _ in range(400):
        before = draw.lognormal(size=120)
        rejected += ranked_ancova(before * draw.lognormal(size=120), np.arange(120) % 3 == 0, before).p < 0.05
    assert stats.binomtest(rejected, 400, 0.05).pvalue > 1e-3


@several
def test_the_shift_is_the_median_of_all_differences_and_its_p_the_rank_sum_test(seed: int) -> None:
    values, group, *_ = _people(seed)
    first, second = values[group == 1], values[group == 0]
    found = hodges_lehmann(values, group)
    assert found.value == pytest.approx(np.median([a - b for a in first for b in second]))
    theirs = stats.mannwhitneyu(first, second, method="asymptotic")
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)


@several
def test_the_shifts_of_the_interval_are_those_the_test_does_not_reject(seed: int) -> None:
    draw = np.random.default_rng(seed)
    values, group = draw.normal(size=61), np.arange(61) % 3 == 0
    found = hodges_lehmann(values, group)

    def p(shift: float) -> float:
        return float(stats.mannwhitneyu(values[group] - shift, values[~group], method="asymptotic").pvalue)

    assert min(p(found.lo + 1e-9), p(found.hi - 1e-9)) >= 0.05
    assert max(p(found.lo - 1e-9), p(found.hi + 1e-9)) < 0.05


@several
def test_the_crossover_is_least_squares_with_an_effect_of_every_person(seed: int) -> None:
    draw = np.random.default_rng(seed)
    people = 24
    sequence = np.arange(people) % 3 == 0
    values = draw.normal(size=(people, 1)) * 3 + draw.normal(size=(people, 2))
    values += [0.0, 0.5] + 1.5 * np.column_stack([sequence, ~sequence])
    treated, period = np.column_stack([sequence, ~sequence]).ravel(), np.tile([0, 1], people)
    person = np.repeat(np.eye(people), 2, axis=0)
    fit = sm.OLS(values.ravel(), np.column_stack([treated, period, person])).fit()
    found = crossover(values, sequence)
    for place, ours in enumerate((found.effect, found.period)):
        theirs = (fit.params[place], *fit.conf_int()[place], fit.bse[place], fit.pvalues[place], fit.df_resid)
        assert (ours.value, ours.lo, ours.hi, ours.se, ours.p, ours.df) == pytest.approx(theirs, rel=1e-8)


@several
def test_replicates_are_summed_up_as_by_numpy_and_scipy(seed: int) -> None:
    values = np.random.default_rng(seed).lognormal(size=57)
    gaps = np.insert(values, [3, 30], np.nan)
    found, ratios = spread(gaps), spread(gaps, geometric=True)
    ends = tuple(np.quantile(values, [0.025, 0.975]))
    assert found == pytest.approx((values.mean(), *ends, stats.sem(values)))
    assert ratios == pytest.approx((stats.gmean(values), *ends, stats.sem(np.log(values))))
    interval = stats.ttest_1samp(values, 0).confidence_interval()
    assert [*interval_of_mean(gaps)] == pytest.approx([values.mean(), *interval])
    interval = np.exp(stats.ttest_1samp(np.log(values), 0).confidence_interval())
    assert [*interval_of_mean(gaps, geometric=True)] == pytest.approx([stats.gmean(values), *interval])
