"""Kaplan-Meier in arrays, quick enough to be repeated over batches and resamples of a large cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from smoulder.statistics.counts import Estimate

__all__ = ["Survival", "kaplan_meier"]

_ROUNDING = 1e-12  # a product of fractions that should equal a level may miss it by this much


@dataclass(frozen=True, eq=False)
class Survival:
    """A Kaplan-Meier curve: at each distinct event time float64[K] the survival just after it with its pointwise
    interval, the number at risk just before it and the events at it. Before the first event survival is 1.
    """

    people: int
    time: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    survival: NDArray[np.float64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]

    def at(self, times: ArrayLike) -> Estimate:
        """Survival and interval at ``times`` (any shape); beyond the last event the curve is carried on."""
        place = np.searchsorted(self.time, np.asarray(times, dtype=np.float64), side="right")
        return Estimate(*(np.append(1.0, curve)[place] for curve in (self.survival, self.lo, self.hi)))

    def quantile(self, share: float) -> Estimate:
        """Time by which ``share`` of people had the event (first time survival is at most 1 - share), with the
        interval of Brookmeyer and Crowley (Biometrics 38:29, 1982); infinite where it was not reached.
        """
        level = 1 - share + _ROUNDING

        def first(curve: NDArray[np.float64]) -> NDArray[np.float64]:
            below = curve <= level
            return np.asarray(self.time[np.argmax(below)] if below.any() else np.inf, dtype=np.float64)

        return Estimate(first(self.survival), first(self.lo), first(self.hi))

    def median(self) -> Estimate:
        """Time by which half of people had the event."""
        return self.quantile(0.5)


def kaplan_meier(time: ArrayLike, event: ArrayLike, level: float = 0.95) -> Survival:
    """Kaplan-Meier curve of ``time`` (float[n], not negative) with ``event`` (bool[n]; False is censored then).

    Intervals are Greenwood's on the log(-log) scale (Kalbfleisch and Prentice 1980), as in lifelines. Rows with a NaN
    time are ValueError: leave out people without an origin first.
    """
    times = np.asarray(time, dtype=np.float64)
    happened = np.asarray(event, dtype=bool)
    if times.shape != happened.shape or times.ndim != 1 or np.isnan(times).any() or (times < 0).any():
        raise ValueError("time and event must be 1-D of one length, time without NaN and not negative")
    moments, events = np.unique(times[happened], return_counts=True)
    at_risk = len(times) - np.searchsorted(np.sort(times), moments, side="left")
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - events / at_risk, dtype=np.float64)
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events)))) / np.abs(np.log(survival))
        z = ndtri((1 + level) / 2)
        lo = survival ** np.exp(z * spread)
        hi = survival ** np.exp(-z * spread)
    if len(survival) and survival[-1] == 0:
        # Greenwood's variance has no value once all have had the event: the upper limit stays where it was.
        lo[-1], hi[-1] = 0.0, hi[-2] if len(hi) > 1 else 1.0
    return Survival(len(times), moments, at_risk, events, survival, lo, hi)
