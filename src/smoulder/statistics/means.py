"""Values of two groups compared: means, geometric means, ranks, shifts, and two periods within the same people.

People with a missing value or covariate (NaN) are left out throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from smoulder.statistics.contrast import Difference, Ratio, columns, difference_of, groups, ratio

__all__ = ["Crossover", "crossover", "difference", "geometric_ratio", "hodges_lehmann", "ranked_ancova"]

_ROUNDING = 1e-20  # a sum of squares this small beside those it came from is rounding


def difference(
    values: ArrayLike,
    group: ArrayLike,
    baseline: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    level: float = 0.95,
) -> Difference:
    """Mean of group 1 minus mean of group 0, adjusted for ``baseline`` and ``covariates`` when given (analysis of
    covariance: least squares of values on group and covariates, one residual variance; Fisher, Statistical Methods for
    Research Workers, 4th ed 1932). Without them this is Student's two-sample t test.

    ``values``, ``baseline`` float[n]; ``covariates`` float[n] or [n, k] (strata: see :func:`indicators`). A delayed
    start is compared in this way too: early against late start, at the end of the later period.
    """
    y = np.asarray(values, dtype=np.float64)
    arm = groups(group, len(y))
    return _regressed(y, arm, np.column_stack([columns(baseline, len(y)), columns(covariates, len(y))]), level)


def geometric_ratio(
    values: ArrayLike,
    group: ArrayLike,
    baseline: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    level: float = 0.95,
) -> Ratio:
    """Geometric mean of group 1 over that of group 0: :func:`difference` of log values, with the log of ``baseline``
    when given and ``covariates`` as they are. ValueError where a value or baseline is not positive.
    """
    logs = [None if part is None else np.asarray(part, dtype=np.float64) for part in (values, baseline)]
    for part in logs:
        if part is not None and (part <= 0).any():
            raise ValueError("a geometric mean needs positive values and baselines")
    y, before = (None if part is None else np.log(part) for part in logs)
    assert y is not None
    found = difference(y, group, before, covariates, level)
    return ratio(found.value, found.se, level, found.df)


def ranked_ancova(
    values: ArrayLike,
    group: ArrayLike,
    baseline: ArrayLike,
    covariates: ArrayLike | None = None,
    level: float = 0.95,
) -> Difference:
    """Analysis of covariance of ranks, for skewed outcomes such as a timed walk: ``values`` and ``baseline`` are
    replaced by their ranks over all people (ties: mid-ranks) and compared by :func:`difference`; ``covariates`` enter
    as they are (Conover and Iman, Biometrics 38:715, 1982).

    The result is a difference of mean ranks: its p is what is used, its value has no unit. Publications that say
    "ranked analysis of covariance" seldom say which covariates were ranked.
    """
    y = np.asarray(values, dtype=np.float64)
    arm, extra = groups(group, len(y)), columns(covariates, len(y))
    before = columns(baseline, len(y))
    if before.shape[1] != 1:
        raise ValueError("baseline must be one value a person; further covariates go into covariates")
    whole = ~np.isnan(np.column_stack([y, before, extra])).any(axis=1)
    ranks = _ranks(before[whole, 0])
    return _regressed(_ranks(y[whole]), arm[whole], np.column_stack([ranks, extra[whole]]), level)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, tied values sharing the mean of theirs (SciPy's own takes half a second to import)."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(times) - (times - 1) / 2)[place]


def hodges_lehmann(values: ArrayLike, group: ArrayLike, level: float = 0.95) -> Difference:
    """Median of all differences between a person of group 1 and one of group 0 (Hodges and Lehmann, Ann Math Stat
    34:598, 1963), p of the Wilcoxon rank sum test and the shifts it does not reject (Moses; Hollander and Wolfe,
    Nonparametric Statistical Methods).

    Both by the normal approximation with continuity correction, poor below about 10 people a group; the variance allows
    for ties in p, not in the interval (which is then on the wide side). ``se`` is NaN: there is none to give. Memory is
    n0 times n1.
    """
    y = np.asarray(values, dtype=np.float64)
    arm = groups(group, len(y))
    arm, y = arm[~np.isnan(y)], y[~np.isnan(y)]
    first, second = y[arm == 1], y[arm == 0]
    pairs = len(first) * len(second)
    if pairs == 0:
        return Difference(*(np.nan,) * 5, np.inf)
    shifts = (first[:, None] - second).ravel()
    wins = np.sum(shifts > 0) + np.sum(shifts == 0) / 2
    untied = pairs * (len(y) + 1) / 12
    ties = np.unique(y, return_counts=True)[1].astype(np.float64)
    tied = untied - pairs * np.sum(ties**3 - ties) / (12 * len(y) * max(len(y) - 1, 1))
    away = max(abs(wins - pairs / 2) - 0.5, 0.0)  # continuity
    p = float(min(2 * ndtr(-away / np.sqrt(tied)), 1.0)) if tied > 0 else np.nan
    place = int(np.ceil(pairs / 2 - 0.5 - ndtri((1 + level) / 2) * np.sqrt(untied)))
    middle = (pairs - 1) // 2, pairs // 2
    known = place >= 1
    ends = (place - 1, pairs - place) if known else middle
    shifts = np.partition(shifts, sorted({*middle, *ends}))
    value = (shifts[middle[0]] + shifts[middle[1]]) / 2
    lo, hi = (shifts[ends[0]], shifts[ends[1]]) if known else (-np.inf, np.inf)
    return Difference(float(value), float(lo), float(hi), np.nan, p, np.inf)


@dataclass(frozen=True)
class Crossover:
    """``effect``: treatment minus control; ``period``: second period minus first."""

    effect: Difference
    period: Difference


def crossover(values: ArrayLike, sequence: ArrayLike, level: float = 0.95) -> Crossover:
    """Two-period crossover by differences within people (Hills and Armitage, Br J Clin Pharmacol 8:7, 1979).

    ``values`` float[n, 2] in the first and second period; ``sequence`` [n]: 1 treatment first, 0 control first. With
    D1, D0 the mean of first minus second period in each sequence, effect = (D1 - D0) / 2 and period = -(D1 + D0) / 2,
    both with standard error s sqrt(1/n1 + 1/n0) / 2 and t of n - 2 degrees; no carry-over is assumed. People seen in
    one period only are left out.
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 2 or y.shape[1] != 2:
        raise ValueError(f"values must have one row a person and two columns, not shape {y.shape}")
    order = groups(sequence, len(y))
    half = (y[:, 0] - y[:, 1]) / 2
    effect = _regressed(half, order, np.empty((len(y), 0)), level)
    both = ~np.isnan(half)
    people = np.bincount(order[both], minlength=2)
    with np.errstate(invalid="ignore"):
        means = np.bincount(order[both], half[both], minlength=2) / people
    return Crossover(effect, difference_of(-means.sum(), effect.se, level, effect.df))


def _regressed(y: NDArray[np.float64], arm: NDArray[np.int64], x: NDArray[np.float64], level: float) -> Difference:
    """Coefficient of ``arm`` in the least squares of ``y`` on it and the columns of ``x``.

    What ``x`` explains is taken out of both first (Frisch and Waugh 1933); NaN where nothing of the arm is left.
    """
    whole = ~(np.isnan(y) | np.isnan(x).any(axis=1))
    both = np.column_stack([arm, y])[whole].astype(np.float64)
    x = x[whole]
    if len(both) == 0:
        return difference_of(np.nan, np.nan, level, np.nan)
    power = both[:, 1] @ both[:, 1]
    both -= both.mean(axis=0)
    rank = 0
    x = x[:, x.max(axis=0) > x.min(axis=0)]  # what is the same for all adjusts nothing
    if x.shape[1]:
        x = x - x.mean(axis=0)
        x = x / np.abs(x).max(axis=0)
        b, _, explained, _ = np.linalg.lstsq(x, both, rcond=None)
        rank = int(explained)
        both -= x @ b
    free = len(both) - 2 - rank
    left = both[:, 0] @ both[:, 0]
    if left <= _ROUNDING * len(both):
        return difference_of(np.nan, np.nan, level, free)
    value = both[:, 0] @ both[:, 1] / left
    rest = both[:, 1] - value * both[:, 0]
    squares = rest @ rest
    se = np.sqrt(squares / free / left) if free > 0 and squares > _ROUNDING * power else np.nan
    return difference_of(float(value), float(se), level, free)
