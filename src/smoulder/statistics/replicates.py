"""A quantity over replicates or people in four numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from smoulder.statistics.counts import Estimate

__all__ = ["Replicates", "interval_of_mean", "spread"]


class Replicates(NamedTuple):
    """``mean`` over replicates, their central part ``lo`` to ``hi``, and the Monte Carlo ``error`` of the mean (of its
    logarithm when geometric).
    """

    mean: float
    lo: float
    hi: float
    error: float


def spread(values: ArrayLike, *, geometric: bool = False, level: float = 0.95) -> Replicates:
    """How ``values`` (any shape, one a replicate) spread: mean, central ``level`` of them, standard error of the mean.

    NaN are left out. Infinite values (and zeros when geometric) count in lo and hi as what they are, but are left out
    of mean and error, which they would leave without a value. Ends are interpolated linearly between replicates. With
    one replicate the error is NaN, with none everything. ValueError for negative values when geometric.
    """
    known, inner = _known(values, geometric)
    if len(known) == 0:
        return Replicates(*(np.nan,) * 4)
    tail = (1 - level) / 2
    lo, hi = (_quantile(np.sort(known), share) for share in (tail, 1 - tail))
    mean, error = _mean(inner)
    return Replicates(float(np.exp(mean)) if geometric else mean, lo, hi, error)


def interval_of_mean(values: ArrayLike, *, geometric: bool = False, level: float = 0.95) -> Estimate:
    """Mean (geometric when asked) of ``values`` with its Student t interval; what has no value is left out as in
    :func:`spread`.
    """
    _, inner = _known(values, geometric)
    mean, error = _mean(inner)
    half = stdtrit(len(inner) - 1, (1 + level) / 2) * error if len(inner) > 1 else np.nan
    ends = (np.float64(mean), np.float64(mean - half), np.float64(mean + half))
    return Estimate(*(np.asarray(np.exp(end) if geometric else end) for end in ends))


def _known(values: ArrayLike, geometric: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values that are not NaN; and those a mean can be taken of, as logarithms when geometric."""
    known = np.asarray(values, dtype=np.float64).ravel()
    known = known[~np.isnan(known)]
    if not geometric:
        return known, known[np.isfinite(known)]
    if (known < 0).any():
        raise ValueError("a geometric mean needs values that are not negative")
    return known, np.log(known[np.isfinite(known) & (known > 0)])


def _mean(inner: NDArray[np.float64]) -> tuple[float, float]:
    n = len(inner)
    return (float(inner.mean()) if n else np.nan), (float(inner.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan)


def _quantile(ordered: NDArray[np.float64], share: float) -> float:
    """Linear between order statistics; NumPy's has no value beside an infinite one."""
    place = share * (len(ordered) - 1)
    below, part = int(place), place - int(place)
    lower, upper = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return float(lower if part == 0 or lower in (upper, -np.inf) else lower + (upper - lower) * part)
