"""Rates and shares with their intervals, and the Monte Carlo error of any statistic of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtri

__all__ = ["Estimate", "batch_error", "proportion", "rate"]


class Estimate(NamedTuple):
    """A value and its interval; each is a number or an array of one shape."""

    value: NDArray[np.float64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]


def rate(events: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> Estimate:
    """Events per unit of exposure with the exact Poisson interval (Garwood, Biometrika 28:437, 1936).

    Arrays broadcast; exposure must be positive, elsewhere the result is NaN.
    """
    count, time = np.broadcast_arrays(np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64))
    tail = (1 - level) / 2
    time = np.where(time > 0, time, np.nan)
    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0)
    return Estimate(count / time, low / time, gammaincinv(count + 1, 1 - tail) / time)


def proportion(successes: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Estimate:
    """Share with the Wilson score interval (Wilson, JASA 22:209, 1927). Arrays broadcast; no trials give NaN."""
    k, n = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64))
    n = np.where(n > 0, n, np.nan)
    z2 = ndtri((1 + level) / 2) ** 2
    share = k / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    # At the ends the limits are 0 and 1 exactly; rounding must not put them outside.
    lo = np.where(k == 0, 0.0, np.maximum(centre - half, 0.0))
    hi = np.where(k == n, 1.0, np.minimum(centre + half, 1.0))
    return Estimate(share, np.where(np.isnan(n), np.nan, lo), np.where(np.isnan(n), np.nan, hi))


def batch_error(statistic: Callable[[NDArray[np.intp]], float], people: int, batches: int = 20) -> float:
    """Monte Carlo standard error of ``statistic`` by batch means over ``batches`` interleaved batches of people.

    ``statistic`` takes positions of people (intp, 1-D) and returns a number. NaN when it is not finite in some batch
    (a median not reached): the error then cannot be told. ValueError with fewer people than batches.
    """
    if people < batches or batches < 2:
        raise ValueError(f"{batches} batches need at least as many people, and at least 2 batches; got {people} people")
    values = np.array([statistic(np.arange(first, people, batches)) for first in range(batches)], dtype=np.float64)
    return float(np.std(values, ddof=1) / np.sqrt(batches)) if np.isfinite(values).all() else float("nan")
