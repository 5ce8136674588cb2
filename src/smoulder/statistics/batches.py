"""Ratios of sums over people with their Monte Carlo errors by batches of people, whole arrays at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["BATCHES", "Pair", "columns", "numbers", "ratio"]

#: Interleaved batches of people, as in ``statistics.batch_error``.
BATCHES = 20
#: What is divided by what, [..., N] each, people last.
Pair = tuple[ArrayLike, ArrayLike]


def ratio(top: ArrayLike, bottom: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sum over people of ``top`` over that of ``bottom`` ([..., N] each, NaN left out) and its error: [...] each.

    NaN where the sum below is 0; the error is NaN where it is so in any batch.
    """
    above, below = np.broadcast_arrays(np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64))

    def of(part: slice) -> NDArray[np.float64]:
        low = np.nansum(below[..., part], axis=-1)
        return np.asarray(np.nansum(above[..., part], axis=-1) / np.where(low > 0, low, np.nan))

    batches = np.stack([of(slice(first, None, BATCHES)) for first in range(BATCHES)])
    return of(slice(None)), np.asarray(batches.std(axis=0, ddof=1) / np.sqrt(BATCHES))


def columns(pairs: dict[str, Pair]) -> dict[str, NDArray[np.float64]]:
    """Each pair as columns ``name`` and ``name_error``."""
    found = {}
    for name, (top, bottom) in pairs.items():
        found[name], found[f"{name}_error"] = ratio(top, bottom)
    return found


def numbers(pairs: dict[str, Pair]) -> dict[str, float]:
    """The same of pairs of shape [N]: plain numbers."""
    return {name: float(value) for name, value in columns(pairs).items()}
