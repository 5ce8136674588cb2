"""Negative binomial regression against statsmodels and SciPy."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from smoulder.statistics import rate_ratio
from smoulder.statistics.overdispersed import _bend, fit
from statistics_cases import Counts, counted

several = pytest.mark.parametrize("seed", range(6))
adjusted = pytest.mark.parametrize("covariates", [True, False])


def _theirs(case: Counts, covariates: bool) -> sm.NegativeBinomial:
    design = [np.ones(len(case.counts)), case.group]
    if covariates:
        design.append(case.covariate - case.covariate.mean())
    return sm.NegativeBinomial(case.counts, np.column_stack(design), exposure=case.exposure)


@several
@adjusted
@pytest.mark.parametrize("shape", [0.3, 1.0, 4.0])
def test_the_fit_is_the_maximum_of_statsmodels_likelihood(seed: int, covariates: bool, shape: float) -> None:
    case = counted(seed, shape=shape)
    model = _theirs(case, covariates)
    b, covariance, dispersion = fit(model.exog, np.log(case.exposure), case.counts)
    at = np.append(b, dispersion)
    assert dispersion > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their search ends early and says so
        found = model.fit(disp=0, method="bfgs", maxiter=500, gtol=1e-7)
    assert at == pytest.approx(found.params, abs=1e-3)
    assert model.loglike(at) >= found.llf - 1e-9
    theirs = np.linalg.inv(-model.hessian(at))
    # slope times standard error: how many standard errors our maximum lies from theirs
    assert (np.abs(model.score(at)) * np.sqrt(np.diag(theirs)) < 1e-6).all()
    assert covariance == pytest.approx(theirs[:-1, :-1], rel=1e-6, abs=1e-9)


@several
@adjusted
def test_the_ratio_and_the_rates_are_those_of_the_fit(seed: int, covariates: bool) -> None:
    case = counted(seed)
    found = rate_ratio(case.counts, case.exposure, case.group, case.covariate if covariates else None)
    b, covariance, dispersion = fit(_theirs(case, covariates).exog, np.log(case.exposure), case.counts)
    z = stats.norm.ppf(0.975)
    assert (found.ratio.log, found.ratio.se) == pytest.approx((b[1], np.sqrt(covariance[1, 1])), rel=1e-9)
    assert (found.ratio.value, found.dispersion) == pytest.approx((np.exp(b[1]), dispersion), rel=1e-9)
    assert found.ratio.hi == pytest.approx(np.exp(b[1] + z * found.ratio.se), rel=1e-9)
    assert found.rates.value == pytest.approx(np.exp([b[0], b[0] + b[1]]), rel=1e-9)
    errors = np.sqrt([covariance[0, 0], covariance[:2, :2].sum()])
    assert found.rates.lo == pytest.approx(found.rates.value * np.exp(-z * errors), rel=1e-9)


@several
@adjusted
def test_without_overdispersion_it_is_poisson_regression(seed: int, covariates: bool) -> None:
    case = counted(seed)
    even = (np.arange(len(case.counts)) % 3 == 0).astype(int)  # less spread than Poisson
    found = rate_ratio(even, case.exposure, case.group, case.covariate if covariates else None)
    design = _theirs(case, covariates).exog
    theirs = sm.GLM(even, design, family=sm.families.Poisson(), exposure=case.exposure).fit(tol=1e-12)
    assert found.dispersion == 0
    assert (found.ratio.log, found.ratio.se) == pytest.approx((theirs.params[1], theirs.bse[1]), rel=1e-6)
    assert found.ratio.p == pytest.approx(theirs.pvalues[1], rel=1e-6)


@several
def test_the_dispersion_is_the_one_the_negative_binomial_of_scipy_likes_best(seed: int) -> None:
    case = counted(seed, shape=0.5)
    found = rate_ratio(case.counts, case.exposure, case.group)
    mean = case.exposure * found.rates.value[case.group]

    def level(a: float) -> float:
        return float(stats.nbinom.logpmf(case.counts, 1 / a, 1 / (1 + a * mean)).sum())

    assert all(level(found.dispersion) > level(found.dispersion * step) for step in (0.999, 1.001))
    assert all(level(found.dispersion) >= level(a) for a in np.geomspace(0.01, 50, 40))


def test_the_series_meets_the_formula() -> None:
    below, above = _bend(0.01 * (1 - 1e-9)), _bend(0.01 * (1 + 1e-9))
    # the formula loses 1e-16 / x^2 and 1e-16 / x^3 to cancellation, the series stops at x^8, and 1e-11 lies between
    assert below[0] == pytest.approx(above[0], abs=1e-10)
    assert below[1] == pytest.approx(above[1], abs=1e-9)


def test_the_interval_covers_the_rate_ratio_as_often_as_it_says() -> None:
    covered, inside = 0, 0
    for seed in range(300):
        case = counted(seed, people=400)
        found = rate_ratio(case.counts, case.exposure, case.group, case.covariate)
        covered += bool(found.ratio.lo <= 0.5 <= found.ratio.hi)
        inside += bool(found.rates.lo[0] <= 0.8 * np.exp(0.2 * case.covariate.mean()) <= found.rates.hi[0])
    assert stats.binomtest(covered, 300, 0.95).pvalue > 1e-3
    assert stats.binomtest(inside, 300, 0.95).pvalue > 1e-3


def test_a_group_without_events_and_no_events_at_all_are_told_plainly() -> None:
    none = rate_ratio([0, 0, 2, 1], [1, 1, 1, 2], [1, 1, 0, 0])
    assert (none.ratio.value, none.rates.value.tolist()) == (0, [1, 0])
    assert np.isnan([none.ratio.se, none.ratio.lo, none.ratio.p]).all()
    assert rate_ratio([0, 0, 2, 1], [1, 1, 1, 2], [0, 0, 1, 1]).ratio.value == np.inf
    assert np.isnan(rate_ratio([0, 0], [1, 1], [0, 1]).ratio.value)
    assert np.isnan(rate_ratio([3, 0], [1, 0], [0, 1]).ratio.value)
    for counts, exposure in (([0.5, 1], [1, 1]), ([1, 1], [0, 1]), ([1, np.nan], [1, 1]), ([1, 1], [-1, 1])):
        with pytest.raises(ValueError, match="exposure"):
            rate_ratio(counts, exposure, [0, 1])
