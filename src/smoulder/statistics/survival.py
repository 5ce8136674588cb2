"""Kaplan-Meier in arrays, quick enough to be repeated over batches and resamples of a large cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from smoulder.statistics.counts import Estimate

__all__ = ["Mean", "Survival", "follow_up", "kaplan_meier", "number_at_risk", "restricted_mean"]

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

    def frame(self) -> pd.DataFrame:
        """One row a distinct ``time`` of an event (in the unit of
        the times given): ``at_risk``, ``events``, ``survival``, ``lo``, ``hi``.
        """
        columns = ("time", "at_risk", "events", "survival", "lo", "hi")
        return pd.DataFrame({name: getattr(self, name) for name in columns})

    def at(self, times: ArrayLike) -> Estimate:
        """Survival and interval at ``times`` (any shape); beyond the last event the curve is carried on."""
        place = np.searchsorted(self.time, np.asarray(times, dtype=np.float64), side="right")
        return Estimate(*(np.append(1.0, curve)[place] for curve in (self.survival, self.lo, self.hi)))

    def share_at(self, times: ArrayLike) -> Estimate:
        """Share of people with the event by ``times`` (any shape) and its interval: one minus :meth:`at`."""
        survival, lo, hi = self.at(times)
        return Estimate(1 - survival, 1 - hi, 1 - lo)

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


class Mean(NamedTuple):
    """A mean with its interval and standard error."""

    value: float
    lo: float
    hi: float
    se: float


def follow_up(time: ArrayLike, event: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """``time`` float64[n] and ``event`` bool[n] as arrays. ValueError for unequal lengths, NaN or negative times."""
    times, happened = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    if times.shape != happened.shape or times.ndim != 1 or np.isnan(times).any() or (times < 0).any():
        raise ValueError("time and event must be 1-D of one length, time without NaN and not negative")
    return times, happened


def kaplan_meier(time: ArrayLike, event: ArrayLike, level: float = 0.95) -> Survival:
    """Kaplan-Meier curve of ``time`` (float[n], not negative) with ``event`` (bool[n]; False is censored then).

    Intervals are Greenwood's on the log(-log) scale (Kalbfleisch and Prentice 1980), as in lifelines. Rows with a NaN
    time are ValueError: leave out people without an origin first.
    """
    times, happened = follow_up(time, event)
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


def number_at_risk(time: ArrayLike, times: ArrayLike) -> NDArray[np.int64]:
    """How many of ``time`` float[n] are still followed just before each of ``times`` (any shape), as below a curve."""
    ordered = np.sort(np.asarray(time, dtype=np.float64))
    return len(ordered) - np.searchsorted(ordered, np.asarray(times, dtype=np.float64), side="left")


def restricted_mean(time: ArrayLike, event: ArrayLike, until: float, level: float = 0.95) -> Mean:
    """Mean time without the event up to ``until``: area under the Kaplan-Meier curve, with Greenwood's variance
    sum A_i^2 d_i / (n_i (n_i - d_i)), A_i the area from event time i to ``until`` (Klein and Moeschberger, Survival
    Analysis, 2nd ed 2003, section 4.5).

    NaN when follow-up ends before ``until`` with somebody still without the event: the curve is not known there.
    """
    times, happened = follow_up(time, event)
    curve = kaplan_meier(times, happened, level)
    if len(times) == 0 or (times.max() < until and not (len(curve.survival) and curve.survival[-1] == 0)):
        return Mean(*(np.nan,) * 4)
    inside = curve.time < until
    moments, survival = curve.time[inside], curve.survival[inside]
    steps = np.append(1.0, survival) * np.diff(np.concatenate([[0.0], moments, [until]]))
    after = np.cumsum(steps[::-1])[::-1][1:]  # area from each event time on
    at_risk, events = curve.at_risk[inside], curve.events[inside]
    left = at_risk - events
    square = np.divide(after**2 * events, at_risk * left, out=np.zeros(len(after)), where=left > 0)
    value, se = float(steps.sum()), float(np.sqrt(square.sum()))
    half = ndtri((1 + level) / 2) * se
    return Mean(value, float(value - half), float(value + half), se)
