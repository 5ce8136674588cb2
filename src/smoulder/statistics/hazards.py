"""Hazards of two groups compared: log-rank test and Cox regression, quick enough for thousands of trials."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from smoulder.compiled import njit
from smoulder.statistics.contrast import Ratio, Test, columns, groups, ratio, strata_of
from smoulder.statistics.survival import follow_up

__all__ = ["cox", "cox_adjusted", "log_rank"]

_STEPS, _TOLERANCE, _STRIDE = 100, 1e-12, 2.0
_NO_INFORMATION = 1e4  # variance of a log hazard ratio per standard deviation: 1 / 10,000 of one event's worth


def log_rank(time: ArrayLike, event: ArrayLike, group: ArrayLike, strata: ArrayLike | None = None) -> Test:
    """Log-rank test (Mantel, Cancer Chemother Rep 50:163, 1966), within ``strata`` [n] when given.

    ``time`` float[n] not negative, ``event`` bool[n] (False is censored). Over the distinct event times of all strata,
    with d events among n at risk of whom n1 in group 1: chi2 = (sum d1 - d n1/n)^2 / sum d n0 n1 (n - d) / (n^2 (n-1)).
    NaN when no event happened while both groups were at risk. With everybody's time equal this is the
    Cochran-Mantel-Haenszel test of a binary outcome.
    """
    table = _risk_table(time, event, group, strata)
    n0, n1, d0, d1 = table.astype(np.float64)
    n, d = n0 + n1, d0 + d1
    expected = d * n1 / n
    variance = np.sum(d * n0 * n1 * (n - d) / (n**2 * np.maximum(n - 1, 1)))
    observed = (float(d0.sum()), float(d1.sum()))
    under_null = (float(d.sum() - expected.sum()), float(expected.sum()))
    if variance <= 0:
        return Test(np.nan, np.nan, observed, under_null)
    statistic = float((observed[1] - under_null[1]) ** 2 / variance)
    return Test(statistic, float(chdtrc(1, statistic)), observed, under_null)


def cox(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, strata: ArrayLike | None = None, level: float = 0.95
) -> Ratio:
    """Hazard ratio of group 1 against group 0 by Cox's partial likelihood (JRSS B 34:187, 1972), Efron's ties (JASA
    72:557, 1977), within ``strata`` [n] when given; Wald interval and p from the observed information.

    ``time`` float[n] not negative, ``event`` bool[n]. The likelihood needs only the counts at risk and with the event
    at each time. It has no maximum when all events in the presence of both groups are of one group: the ratio is then
    infinite or 0 with NaN interval, and NaN when there is no such event.
    """
    log, information = _cox(_risk_table(time, event, group, strata))
    return ratio(log, 1 / np.sqrt(information) if information > 0 else np.nan, level)


def cox_adjusted(
    time: ArrayLike, event: ArrayLike, covariates: ArrayLike, strata: ArrayLike | None = None, level: float = 0.95
) -> list[Ratio]:
    """Hazard ratios per unit of each column of ``covariates`` float[n, k], adjusted for the others (statsmodels PHReg,
    Efron's ties), within ``strata`` when given.

    A column without information at the end of the search (the likelihood rises without end, as when one group has no
    events) is 0 or infinite with NaN interval; where the search fails all are NaN. A thousand times as slow as
    :func:`cox`.
    """
    from statsmodels.duration.hazard_regression import PHReg  # half a second, for those who use it

    times, happened = follow_up(time, event)
    x = columns(covariates, len(times))
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), np.nan) if len(x) else np.full(x.shape[1], np.nan)
    nothing = [ratio(np.nan, np.nan, level)] * x.shape[1]
    if not happened.any() or np.isnan(scale).any():
        return nothing
    standard = (x - x.mean(axis=0)) / scale
    model = PHReg(times, standard, status=happened.astype(int), strata=strata_of(strata, len(times)), ties="efron")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of a likelihood without a maximum, which is told below
        try:
            fit = model.fit(disp=0)
            log, variance = np.asarray(fit.params), np.diag(np.linalg.inv(-model.hessian(fit.params)))
        except (np.linalg.LinAlgError, ValueError):
            return nothing
    ends = np.where(variance > _NO_INFORMATION, np.sign(log) * np.inf, log / scale)
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(variance) / scale
    return [ratio(float(b), float(se), level) for b, se in zip(ends, errors, strict=True)]


def _risk_table(time: ArrayLike, event: ArrayLike, group: ArrayLike, strata: ArrayLike | None) -> NDArray[np.int64]:
    """int64[4, K]: at risk in groups 0 and 1 and events in groups 0 and 1, at each event time of each stratum."""
    times, happened = follow_up(time, event)
    arm, stratum = groups(group, len(times)), strata_of(strata, len(times))
    order = np.lexsort((-times, stratum))
    return _count(times[order], happened[order], arm[order], stratum[order])


@njit
def _count(time, event, arm, stratum):
    """Rows sorted by stratum, then from the longest time down: each row met is at risk at all shorter times."""
    table = np.zeros((4, len(time)), dtype=np.int64)
    risk = np.zeros(2, dtype=np.int64)
    rows = 0
    i = 0
    while i < len(time):
        if i == 0 or stratum[i] != stratum[i - 1]:
            risk[:] = 0
        moment, here = time[i], stratum[i]
        died = np.zeros(2, dtype=np.int64)
        while i < len(time) and time[i] == moment and stratum[i] == here:
            risk[arm[i]] += 1
            died[arm[i]] += event[i]
            i += 1
        if died[0] + died[1] > 0:
            table[:2, rows] = risk
            table[2:, rows] = died
            rows += 1
    return table[:, :rows].copy()


@njit
def _slope(table, log):
    """First derivative of Efron's log likelihood and its negative second, at log hazard ratio ``log``."""
    odds = np.exp(log)
    score, information = 0.0, 0.0
    for k in range(table.shape[1]):
        d0, d1 = table[2, k], table[3, k]
        d = d0 + d1
        score += d1
        if table[0, k] == 0:
            score -= d
            continue
        for gone in range(d):
            share = gone / d
            weight = (table[1, k] - share * d1) * odds
            p = weight / (weight + table[0, k] - share * d0)
            score -= p
            information += p * (1 - p)
    return score, information


@njit
def _cox(table):
    """(log hazard ratio, information) by Newton's steps kept between bounds; the likelihood is concave."""
    against, with_ = 0, 0  # events of group 0 with group 1 at risk, and the other way about
    for k in range(table.shape[1]):
        against += table[2, k] if table[1, k] > 0 else 0
        with_ += table[3, k] if table[0, k] > 0 else 0
    if against == 0 or with_ == 0:
        return (np.nan if against == with_ else (np.inf if against == 0 else -np.inf)), 0.0
    low, high, log = -np.inf, np.inf, 0.0
    for _ in range(_STEPS):
        score, information = _slope(table, log)
        if score > 0:
            low = log
        else:
            high = log
        step = score / information if information > 0 else np.sign(score)
        if abs(step) <= _TOLERANCE * max(1.0, abs(log)):
            break
        following = log + min(max(step, -_STRIDE), _STRIDE)
        if not low < following < high:
            following = (low + high) / 2  # both ends are known by then: a step leads towards the end not yet found
        log = following
    return log, _slope(table, log)[1]
