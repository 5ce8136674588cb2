"""Shares compared, cumulative incidence and restricted means against statsmodels, lifelines and the delta method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from scipy import stats
from statsmodels.duration.survfunc import CumIncidenceRight
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from smoulder.statistics import (
    cumulative_incidence,
    kaplan_meier,
    number_at_risk,
    odds_ratio,
    restricted_mean,
    risk_difference,
    risk_ratio,
)
from statistics_cases import followed

several = pytest.mark.parametrize("seed", range(6))


def _people(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Event, group and stratum of everybody in ``tables`` int[K, 2, 2] (group 1 then 0; with and without the event)."""
    stratum, row, column = np.indices(tables.shape)
    return tuple(np.repeat(part.ravel(), tables.ravel()) for part in (1 - column, 1 - row, stratum))


def _random(seed: int, strata: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(3, 40, (strata, 2, 2))


@several
def test_plain_ratios_are_those_of_statsmodels(seed: int) -> None:
    tables = _random(seed, 1)
    theirs = Table2x2(tables[0].astype(float))
    event, group, _ = _people(tables)
    risk, odds = risk_ratio(event, group), odds_ratio(event, group)
    assert (risk.value, risk.se) == pytest.approx((theirs.riskratio, theirs.log_riskratio_se))
    assert (risk.lo, risk.hi) == pytest.approx(theirs.riskratio_confint())
    assert (odds.value, odds.se) == pytest.approx((theirs.oddsratio, theirs.log_oddsratio_se))
    assert (odds.p, odds.hi) == pytest.approx((theirs.oddsratio_pvalue(), theirs.oddsratio_confint()[1]))


@several
def test_pooled_ratios_are_those_of_statsmodels(seed: int) -> None:
    tables = _random(seed, 4)
    theirs = StratifiedTable(np.moveaxis(tables, 0, 2).astype(float))
    event, group, strata = _people(tables)
    odds = odds_ratio(event, group, strata)
    assert (odds.value, odds.se) == pytest.approx((theirs.oddsratio_pooled, theirs.logodds_pooled_se))
    assert (odds.lo, odds.hi) == pytest.approx(theirs.oddsratio_pooled_confint())
    assert risk_ratio(event, group, strata).value == pytest.approx(theirs.riskratio_pooled)


@several
def test_the_error_of_the_pooled_difference_is_that_of_the_delta_method(seed: int) -> None:
    tables = _random(seed, 4)
    found = risk_difference(*_people(tables))
    assert found.value == pytest.approx(_weighted(tables))
    assert found.se == pytest.approx(_delta(tables, _weighted), rel=1e-6)
    half = stats.norm.ppf(0.975) * found.se
    assert (found.lo, found.hi) == pytest.approx((found.value - half, found.value + half))
    assert found.p == pytest.approx(2 * stats.norm.sf(abs(found.value) / found.se))


def test_the_error_of_the_pooled_ratio_is_that_of_the_delta_method_where_the_ratio_is_one_and_the_same() -> None:
    """Its variance supposes a common ratio; with exactly one (2) in all strata nothing is approximate."""
    tables = np.array([[[20, 30], [15, 60]], [[16, 4], [40, 60]], [[6, 24], [7, 63]]])
    found = risk_ratio(*_people(tables))
    assert found.value == pytest.approx(2)
    assert found.se == pytest.approx(_delta(tables, _log_pooled), rel=1e-6)


def _weighted(tables: np.ndarray) -> float:
    people = tables.sum(axis=2)
    shares = tables[:, :, 0] / people
    weight = people.prod(axis=1) / people.sum(axis=1)
    return float(np.sum(weight * (shares[:, 0] - shares[:, 1])) / weight.sum())


def _log_pooled(tables: np.ndarray) -> float:
    people = tables.sum(axis=2)
    cross = tables[:, :, 0] * people[:, ::-1] / people.sum(axis=1, keepdims=True)
    return float(np.log(cross[:, 0].sum() / cross[:, 1].sum()))


def _delta(tables: np.ndarray, estimate: Callable[[np.ndarray], float]) -> float:
    """Standard error of ``estimate`` when each row of each table is binomial, by central differences."""
    variance, step = 0.0, 1e-4
    for stratum, row in np.ndindex(tables.shape[:2]):
        move = np.zeros(tables.shape)
        move[stratum, row] = step, -step
        slope = (estimate(tables + move) - estimate(tables - move)) / (2 * step)
        variance += slope**2 * tables[stratum, row].prod() / tables[stratum, row].sum()
    return float(np.sqrt(variance))


def _competing(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    case = followed(seed, ties=ties)
    return case.time, case.event * np.where(case.covariate > 0.3, 2, 1)


@several
@pytest.mark.parametrize("of", [1, 2])
def test_the_incidence_and_its_error_are_those_of_statsmodels(seed: int, of: int) -> None:
    time, cause = _competing(seed, ties=True)
    found = cumulative_incidence(time, cause, of)
    with np.errstate(divide="ignore", invalid="ignore"):  # at the last time, if nobody is left
        theirs = CumIncidenceRight(time, cause)
    place = np.searchsorted(theirs.times, found.time)
    assert found.incidence == pytest.approx(theirs.cinc[of - 1][place])
    inner = (found.incidence > 0) & (found.at_risk > found.events + found.competing)
    f, lo = found.incidence[inner], found.lo[inner]
    # the standard error back from the lower limit on the log(-log) scale
    errors = f * np.abs(np.log(f)) * np.log(np.log(lo) / np.log(f)) / stats.norm.ppf(0.975)
    assert errors == pytest.approx(theirs.cinc_se[of - 1][place][inner], rel=1e-8)


@several
def test_the_incidence_and_its_interval_are_those_of_lifelines_without_ties(seed: int) -> None:
    time, cause = _competing(seed, ties=False)
    found = cumulative_incidence(time, cause)
    with np.errstate(all="ignore"):
        theirs = AalenJohansenFitter().fit(pd.Series(time), pd.Series(cause), 1)
    inner = (found.incidence > 0) & (found.at_risk > 1)
    assert found.incidence == pytest.approx(theirs.cumulative_density_.loc[found.time].to_numpy().ravel())
    limits = np.sort(theirs.confidence_interval_.loc[found.time[inner]].to_numpy(), axis=1)
    assert np.column_stack([found.lo, found.hi])[inner] == pytest.approx(limits, rel=1e-8)


@several
def test_with_one_kind_of_event_the_incidence_is_one_minus_kaplan_meier(seed: int) -> None:
    case = followed(seed)
    incidence, curve = cumulative_incidence(case.time, case.event.astype(int)), kaplan_meier(case.time, case.event)
    assert incidence.incidence == pytest.approx(1 - curve.survival, abs=1e-12)
    times = np.linspace(0, 3, 20)
    assert curve.share_at(times).value == pytest.approx(incidence.at(times).value, abs=1e-12)
    assert np.array(curve.share_at(times)) == pytest.approx(1 - np.array(curve.at(times))[[0, 2, 1]], abs=1e-12)


@several
def test_the_number_at_risk_is_that_of_lifelines(seed: int) -> None:
    case = followed(seed)
    theirs = KaplanMeierFitter().fit(case.time, case.event).event_table.at_risk
    assert number_at_risk(case.time, theirs.index).tolist() == theirs.tolist()
    assert number_at_risk(case.time, 99.0) == 0


@several
def test_the_restricted_mean_is_that_of_lifelines(seed: int) -> None:
    case = followed(seed)
    theirs = restricted_mean_survival_time(KaplanMeierFitter().fit(case.time, case.event), t=1.7)
    assert restricted_mean(case.time, case.event, 1.7).value == pytest.approx(theirs)


@several
def test_without_censoring_the_restricted_mean_is_a_plain_mean(seed: int) -> None:
    time = followed(seed).time
    found = restricted_mean(time, np.ones(len(time)), 1.1)
    cut = np.minimum(time, 1.1)
    assert (found.value, found.se) == pytest.approx((cut.mean(), cut.std() / np.sqrt(len(cut))))


def test_intervals_under_competing_risks_and_censoring_cover_as_often_as_they_say() -> None:
    draw = np.random.default_rng(8)
    shares, means = 0, 0
    for _ in range(400):
        first, end = draw.exponential(1, 250), draw.uniform(0, 3, 250)
        cause = (first <= end) * np.where(draw.random(250) < 0.3, 1, 2)
        time = np.minimum(first, end)
        found = cumulative_incidence(time, cause).at(1.0)
        shares += bool(found.lo <= 0.3 * (1 - np.exp(-1)) <= found.hi)
        area = restricted_mean(time, cause > 0, 1.5)
        means += bool(area.lo <= 1 - np.exp(-1.5) <= area.hi)
    assert stats.binomtest(shares, 400, 0.95).pvalue > 1e-3
    assert stats.binomtest(means, 400, 0.95).pvalue > 1e-3
