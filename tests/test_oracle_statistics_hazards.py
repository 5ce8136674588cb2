"""Log-rank test and Cox regression against lifelines, statsmodels and enumeration."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.statistics import logrank_test
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import survdiff
from statsmodels.stats.contingency_tables import StratifiedTable

from smoulder.statistics import cox, cox_adjusted, log_rank
from statistics_cases import followed

several = pytest.mark.parametrize("seed", range(6))
tied = pytest.mark.parametrize("ties", [True, False])


@several
@tied
def test_the_log_rank_test_is_that_of_lifelines(seed: int, ties: bool) -> None:
    case = followed(seed, ties=ties)
    first = case.group == 1
    theirs = logrank_test(case.time[first], case.time[~first], case.event[first], case.event[~first])
    found = log_rank(case.time, case.event, case.group)
    assert (found.statistic, found.p) == pytest.approx((theirs.test_statistic, theirs.p_value), rel=1e-9)
    assert found.observed == (case.event[~first].sum(), case.event[first].sum())
    assert sum(found.expected) == pytest.approx(case.event.sum())


@several
@tied
def test_the_stratified_log_rank_test_is_that_of_statsmodels(seed: int, ties: bool) -> None:
    case = followed(seed, ties=ties)
    theirs = survdiff(case.time, case.event.astype(int), case.group, strata=case.strata)
    found = log_rank(case.time, case.event, case.group, case.strata)
    assert (found.statistic, found.p) == pytest.approx(theirs, rel=1e-9)


@several
def test_with_one_time_for_all_it_is_the_mantel_haenszel_test(seed: int) -> None:
    case = followed(seed)
    tables = [_table(case.event[case.strata == s], case.group[case.strata == s]) for s in range(4)]
    theirs = StratifiedTable(tables).test_null_odds(correction=False)
    found = log_rank(np.ones(len(case.time)), case.event, case.group, case.strata)
    assert (found.statistic, found.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)


def _table(event: np.ndarray, group: np.ndarray) -> np.ndarray:
    return np.array([[np.sum((event == e) & (group == g)) for e in (1, 0)] for g in (1, 0)])


@several
@tied
@pytest.mark.parametrize("stratified", [True, False])
def test_the_hazard_ratio_is_that_of_lifelines(seed: int, ties: bool, stratified: bool) -> None:
    case = followed(seed, ties=ties)
    frame = pd.DataFrame({"t": case.time, "e": case.event, "g": case.group, "s": case.strata if stratified else 0})
    options = {"precision": 1e-12, "r_precision": 1e-14}
    theirs = CoxPHFitter().fit(frame, "t", "e", strata=["s"], fit_options=options).summary.loc["g"]
    found = cox(case.time, case.event, case.group, case.strata if stratified else None)
    columns = ["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%", "coef", "se(coef)", "p"]
    ours = (found.value, found.lo, found.hi, found.log, found.se, found.p)
    # their search ends within 1e-6 standard errors of the maximum; the next test shows which of the two is nearer
    assert list(ours) == pytest.approx(list(theirs[columns]), rel=1e-5)


@several
def test_the_slope_of_statsmodels_likelihood_is_zero_at_our_estimate(seed: int) -> None:
    case = followed(seed, people=400)
    model = PHReg(case.time, case.group, status=case.event.astype(int), strata=case.strata, ties="efron")
    found = cox(case.time, case.event, case.group, case.strata)
    at = np.array([found.log])
    # score in units of its own standard deviation: the estimate is off by this many standard errors
    assert abs(model.score(at)[0]) * found.se < 1e-8
    assert found.se == pytest.approx(1 / np.sqrt(-model.hessian(at)[0, 0]), rel=1e-8)


def test_the_hazard_ratio_has_the_highest_partial_likelihood_by_enumeration() -> None:
    """Without ties the partial likelihood is the chance of the order of events: all orders together have chance 1."""
    group = np.array([0, 1, 1, 0, 1])
    orders = list(permutations(range(5)))
    for log in (-0.7, 0.0, 1.3):
        assert sum(_chance(group[list(order)], log) for order in orders) == pytest.approx(1)
    seen = group[list(orders[37])]
    found = cox(np.arange(5.0), np.ones(5), seen)
    best = _chance(seen, found.log)
    assert all(best > _chance(seen, found.log + step) for step in (-0.01, 0.01))


def _chance(group: np.ndarray, log: float) -> float:
    weight = np.exp(log * group)
    return float(np.prod(weight / np.cumsum(weight[::-1])[::-1]))


@several
def test_one_covariate_adjusted_is_the_plain_hazard_ratio(seed: int) -> None:
    case = followed(seed)
    (adjusted,) = cox_adjusted(case.time, case.event, case.group, case.strata)
    plain = cox(case.time, case.event, case.group, case.strata)
    ends = [(r.value, r.lo, r.hi, r.log, r.se, r.p) for r in (adjusted, plain)]
    assert ends[0] == pytest.approx(ends[1], rel=1e-5)


@several
def test_adjusted_hazard_ratios_are_those_of_lifelines(seed: int) -> None:
    case = followed(seed)
    x = np.column_stack([case.group, 1000 + 50 * case.covariate])
    frame = pd.DataFrame({"t": case.time, "e": case.event, "g": x[:, 0], "x": x[:, 1], "s": case.strata})
    options = {"precision": 1e-12, "r_precision": 1e-14}
    theirs = CoxPHFitter().fit(frame, "t", "e", strata=["s"], fit_options=options)
    found = cox_adjusted(case.time, case.event, x, case.strata)
    assert [r.log for r in found] == pytest.approx(list(theirs.params_), rel=1e-5)
    assert [r.se for r in found] == pytest.approx(list(theirs.standard_errors_), rel=1e-5)


def test_the_interval_covers_the_hazard_ratio_as_often_as_it_says_and_the_test_keeps_its_size() -> None:
    covered, rejected = 0, 0
    for seed in range(400):
        case = followed(seed, people=300)
        found = cox(case.time, case.event, case.group, case.strata)
        same = followed(seed, people=300, ratio=1.0)
        # the covariate is left out, which draws the ratio towards 1 by far less than its standard error
        covered += bool(found.lo <= 0.6 <= found.hi)
        rejected += log_rank(same.time, same.event, same.group, same.strata).p < 0.05
    assert stats.binomtest(covered, 400, 0.95).pvalue > 1e-3
    assert stats.binomtest(rejected, 400, 0.05).pvalue > 1e-3
