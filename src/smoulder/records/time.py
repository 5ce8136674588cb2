"""The one conversion between years (biology, life) and whole days (records)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["DAYS_PER_YEAR", "UNKNOWN_DAY", "days", "shown_days", "years"]

DAYS_PER_YEAR = 365.25
UNKNOWN_DAY = -1


def days(years: ArrayLike) -> NDArray[np.int32]:
    """Whole days nearest to ``years`` (any shape); what is not finite (never, not yet) becomes -1, unknown.

    A negative time has no place in records and raises ValueError, lest it be taken for unknown.
    """
    exact = np.asarray(years, dtype=np.float64) * DAYS_PER_YEAR
    known = np.isfinite(exact)
    whole = np.rint(np.where(known, exact, UNKNOWN_DAY)).astype(np.int32)
    if np.any(known & (whole < 0)):
        raise ValueError("years must not be negative: records count days forward from their origin")
    return whole


def years(days: ArrayLike) -> NDArray[np.float64]:
    """Years (any shape) in ``days``; differences of days may be negative and stay so."""
    return np.asarray(days, dtype=np.float64) / DAYS_PER_YEAR


def shown_days(days: NDArray[Any]) -> pd.arrays.IntegerArray:
    """Days (int[n]) as whole numbers for a table, <NA> where unknown."""
    return pd.arrays.IntegerArray(days.copy(), days == UNKNOWN_DAY)
