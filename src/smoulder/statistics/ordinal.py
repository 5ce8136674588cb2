"""How far two ratings of the same things agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from smoulder.statistics.counts import Estimate, proportion

__all__ = ["Agreement", "agreement"]


@dataclass(frozen=True)
class Agreement:
    """Agreement of ``pairs`` ratings: share equal, share at most one step apart (Wilson intervals), and kappa."""

    pairs: int
    exact: Estimate
    within_one: Estimate
    kappa: float


def agreement(first: ArrayLike, second: ArrayLike) -> Agreement:
    """Agreement of two ratings int[n] on a scale counted in whole steps.

    Kappa is Cohen's, unweighted (Educ Psychol Meas 20:37, 1960): agreement beyond that of independent raters with
    the same margins; NaN without pairs or when both raters use one category only.
    """
    a, b = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError("both ratings must be 1-D and of one length")
    pairs = len(a)
    exact = proportion(np.sum(a == b), pairs)
    within = proportion(np.sum(np.abs(a - b) <= 1), pairs)
    if pairs == 0:
        return Agreement(0, exact, within, float("nan"))
    categories = np.union1d(a, b)
    chance = sum(float(np.mean(a == c) * np.mean(b == c)) for c in categories)
    kappa = (float(exact.value) - chance) / (1 - chance) if len(categories) > 1 else float("nan")
    return Agreement(pairs, exact, within, kappa)
