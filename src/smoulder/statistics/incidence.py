"""Cumulative incidence of one kind of event when others may come first (Aalen-Johansen)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from smoulder.statistics.counts import Estimate

__all__ = ["Incidence", "cumulative_incidence"]

_ROUNDING = 1e-12  # a sum of fractions that should be 1 may miss it by this much


@dataclass(frozen=True, eq=False)
class Incidence:
    """At each distinct time of an event of any kind float64[K]: number at risk just before it, ``events`` of the kind
    asked for and ``competing`` ones at it, and the cumulative incidence just after it with pointwise interval. Before
    the first it is 0.
    """

    people: int
    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    competing: NDArray[np.int64]
    incidence: NDArray[np.float64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]

    def frame(self) -> pd.DataFrame:
        """One row a distinct ``time`` of an event (in the unit of
        the times given): ``at_risk``, ``events``, ``competing``, ``incidence``, ``lo``, ``hi``.
        """
        columns = ("time", "at_risk", "events", "competing", "incidence", "lo", "hi")
        return pd.DataFrame({name: getattr(self, name) for name in columns})

    def at(self, times: ArrayLike) -> Estimate:
        """Incidence and interval at ``times`` (any shape); beyond the last event the curve is carried on."""
        place = np.searchsorted(self.time, np.asarray(times, dtype=np.float64), side="right")
        return Estimate(*(np.append(0.0, curve)[place] for curve in (self.incidence, self.lo, self.hi)))


def cumulative_incidence(time: ArrayLike, cause: ArrayLike, of: int = 1, level: float = 0.95) -> Incidence:
    """Share of people with an event of kind ``of`` by each time, others having come first in some (Aalen and Johansen,
    Scand J Stat 5:141, 1978): F = sum S(t-) d_of / n, S the Kaplan-Meier curve of any event.

    ``time`` float[n] not negative; ``cause`` int[n], 0 censored, other numbers kinds of event. Variance of the delta
    method (Dinse and Larson, Biometrika 73:379, 1986), interval on the log(-log) scale. ValueError for NaN times and
    ``of`` = 0.
    """
    times, kind = np.asarray(time, dtype=np.float64), np.asarray(cause)
    if times.shape != kind.shape or times.ndim != 1 or np.isnan(times).any() or (times < 0).any():
        raise ValueError("time and cause must be 1-D of one length, time without NaN and not negative")
    if of == 0:
        raise ValueError("cause 0 is censoring, not an event")
    moments, place = np.unique(times[kind != 0], return_inverse=True)
    events = np.bincount(place, kind[kind != 0] == of, len(moments)).astype(np.int64)
    any_kind = np.bincount(place, minlength=len(moments)).astype(np.int64)
    at_risk = len(times) - np.searchsorted(np.sort(times), moments, side="left")
    free = np.cumprod(1 - any_kind / at_risk)
    before = np.append(1.0, free)[:-1]
    incidence = np.cumsum(before * events / at_risk)
    lo, hi = _limits(incidence, _variance(incidence, before, events, any_kind, at_risk), level)
    return Incidence(len(times), moments, at_risk, events, any_kind - events, incidence, lo, hi)


def _variance(
    incidence: NDArray[np.float64],
    before: NDArray[np.float64],
    events: NDArray[np.int64],
    any_kind: NDArray[np.int64],
    n: NDArray[np.int64],
) -> NDArray[np.float64]:
    """sum (F - F_i)^2 d / (n (n - d)) + sum S^2 d_of (n - d_of) / n^3 - 2 sum (F - F_i) S d_of / n^2, over times up to
    each. At the last time, if nobody is left, F - F_i is 0 and so is its first term.
    """
    left = n - any_kind
    hazard = np.divide(any_kind, n * left, out=np.zeros(len(n)), where=left > 0)
    own = before * events / n**2.0
    square = incidence**2 * np.cumsum(hazard) - 2 * incidence * np.cumsum(incidence * hazard)
    square += np.cumsum(incidence**2 * hazard)
    cross = incidence * np.cumsum(own) - np.cumsum(incidence * own)
    return square + np.cumsum(before**2 * events * (n - events) / n**3.0) - 2 * cross


def _limits(
    incidence: NDArray[np.float64], variance: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits on the log(-log) scale; 0 before the first event. Where everybody has had it there is no variance: the
    lower limit stays where it was, as in :func:`kaplan_meier`.
    """
    inner = (incidence > 0) & (incidence < 1 - _ROUNDING)
    share = np.where(inner, incidence, 0.5)
    far = ndtri((1 + level) / 2) * np.sqrt(np.maximum(variance, 0)) / (share * np.abs(np.log(share)))
    lo, hi = np.where(inner, share ** np.exp(far), 0.0), np.where(inner, share ** np.exp(-far), incidence)
    all_had = incidence >= 1 - _ROUNDING
    lo[all_had] = lo[~all_had][-1] if (~all_had).any() else 0.0
    return lo, hi
