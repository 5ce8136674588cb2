"""What a comparison of two groups comes to, and how groups, strata and covariates are read.

Everywhere in this package ``group`` is bool or 0/1 [n], contrasts are group 1 against group 0, p is two-sided, and an
estimate that the data cannot give is NaN, never an error: one trial among thousands may have an empty arm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

__all__ = ["Difference", "Ratio", "Test", "indicators"]


@dataclass(frozen=True)
class Test:
    """A chi-squared test of one degree of freedom: ``statistic``, ``p``, and the events ``observed`` and ``expected``
    if the groups did not differ, of group 0 and group 1.
    """

    __test__ = False  # test collectors take classes by their name

    statistic: float
    p: float
    observed: tuple[float, float]
    expected: tuple[float, float]


@dataclass(frozen=True)
class Ratio:
    """A ratio with its interval; ``log`` is its natural logarithm, ``se`` the standard error of that.

    A ratio on the edge (no events in one group) is 0 or infinite; its interval, ``se`` and ``p`` are then NaN.
    """

    value: float
    lo: float
    hi: float
    log: float
    se: float
    p: float


@dataclass(frozen=True)
class Difference:
    """A difference with its interval, standard error and p; ``df`` are the degrees of freedom of its t distribution
    (infinite: normal).
    """

    value: float
    lo: float
    hi: float
    se: float
    p: float
    df: float


def ratio(log: float, se: float, level: float, df: float = np.inf) -> Ratio:
    """The ratio whose logarithm is estimated as ``log``, by Wald on the log scale (t with ``df``)."""
    value = float(np.exp(log))
    if not np.isfinite(log):
        return Ratio(value, np.nan, np.nan, float(log), np.nan, np.nan)
    wald = difference_of(log, se, level, df)
    return Ratio(value, float(np.exp(wald.lo)), float(np.exp(wald.hi)), float(log), wald.se, wald.p)


def difference_of(value: float, se: float, level: float, df: float = np.inf) -> Difference:
    """The difference estimated as ``value``, by Wald (t with ``df``); no interval without a positive ``se``."""
    if not (np.isfinite(value) and np.isfinite(se) and se > 0 and df > 0):
        return Difference(float(value), np.nan, np.nan, np.nan, np.nan, float(df))
    tail = (1 + level) / 2
    if np.isinf(df):
        half, p = ndtri(tail) * se, 2 * ndtr(-abs(value / se))
    else:
        half, p = stdtrit(df, tail) * se, 2 * stdtr(df, -abs(value / se))
    return Difference(float(value), float(value - half), float(value + half), float(se), float(p), float(df))


def groups(group: ArrayLike, people: int) -> NDArray[np.int64]:
    """``group`` as int64[people] of 0 and 1. ValueError for anything else."""
    found = np.asarray(group)
    if found.shape != (people,):
        raise ValueError(f"group must be 1-D with one entry a person ({people}), not of shape {found.shape}")
    whole = found.astype(np.int64)
    if not ((whole == found) & (whole >= 0) & (whole <= 1)).all():
        raise ValueError("group must hold 0 and 1 only")
    return whole


def strata_of(strata: ArrayLike | None, people: int) -> NDArray[np.int64]:
    """Strata numbered from 0, int64[people]; one stratum when there are none. ValueError for another length."""
    if strata is None:
        return np.zeros(people, dtype=np.int64)
    found = np.asarray(strata)
    if found.shape != (people,):
        raise ValueError(f"strata must be 1-D with one entry a person ({people}), not of shape {found.shape}")
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def columns(covariates: ArrayLike | None, people: int) -> NDArray[np.float64]:
    """Covariates [n] or [n, k] as float64[n, k]; none as float64[n, 0]. ValueError for another length."""
    if covariates is None:
        return np.empty((people, 0))
    found = np.asarray(covariates, dtype=np.float64)
    found = found[:, None] if found.ndim == 1 else found
    if found.ndim != 2 or len(found) != people:
        raise ValueError(f"covariates must have one row a person ({people}), not shape {found.shape}")
    return found


def indicators(strata: ArrayLike) -> NDArray[np.float64]:
    """Strata [n] as 0/1 columns float64[n, k - 1], one for each stratum but the first, to adjust for as covariates."""
    number = strata_of(strata, len(np.asarray(strata)))
    return (number[:, None] == np.arange(1, number.max(initial=0) + 1)).astype(np.float64)
