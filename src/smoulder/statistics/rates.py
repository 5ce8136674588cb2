"""Rates of repeated events compared between two groups by negative binomial regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from smoulder.statistics.contrast import Ratio, columns, groups, ratio
from smoulder.statistics.counts import Estimate
from smoulder.statistics.overdispersed import fit

__all__ = ["RateRatio", "rate_ratio"]


@dataclass(frozen=True)
class RateRatio:
    """The ``ratio`` of rates of group 1 against 0, the ``rates`` of groups 0 and 1 with intervals (arrays [2], per unit
    of exposure, at the mean of the covariates), and the ``dispersion`` a of variance m + a m^2 (0: Poisson).
    """

    ratio: Ratio
    rates: Estimate
    dispersion: float


def rate_ratio(
    counts: ArrayLike,
    exposure: ArrayLike,
    group: ArrayLike,
    covariates: ArrayLike | None = None,
    level: float = 0.95,
) -> RateRatio:
    """Ratio of event rates of group 1 against group 0 by negative binomial regression (variance m + a m^2) with the
    logarithm of exposure as offset, everything by maximum likelihood; Wald intervals from the observed information.

    ``counts`` whole numbers [n], ``exposure`` float[n], ``covariates`` float[n] or [n, k] or None. People without
    exposure are left out. Poisson where the likelihood does not rise from a = 0. A group without events has rate 0 and
    ratio 0 or infinite with NaN interval; without any event, or any exposure of one group, the ratio is NaN (the rates
    are then plain events over exposure). ValueError for counts that are not whole or happen without exposure.
    """
    y, time = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    if y.shape != time.shape or y.ndim != 1 or not ((y >= 0) & (y == np.floor(y)) & (time >= 0)).all():
        raise ValueError("counts must be whole, exposure not negative, both 1-D of one length and without NaN")
    if ((time == 0) & (y > 0)).any():
        raise ValueError("events without exposure have no rate")
    arm, extra = groups(group, len(y)), columns(covariates, len(y))
    seen = time > 0
    y, time, arm, extra = y[seen], time[seen], arm[seen], extra[seen]
    events, exposed = (np.array([part[arm == one].sum() for one in (0, 1)]) for part in (y, time))
    if (events == 0).any() or (exposed == 0).any():
        return _at_the_edge(events, exposed, level)
    design = np.column_stack([np.ones(len(y)), arm, extra - extra.mean(axis=0)])
    b, covariance, dispersion = fit(np.ascontiguousarray(design), np.log(time), y.astype(np.int64))
    if np.isnan(dispersion):
        return RateRatio(ratio(np.nan, np.nan, level), Estimate(*np.full((3, 2), np.nan)), np.nan)
    of_arms = np.zeros((2, len(b)))
    of_arms[:, 0], of_arms[1, 1] = 1, 1
    errors = np.sqrt(np.einsum("ij,jk,ik->i", of_arms, covariance, of_arms))
    logs, half = of_arms @ b, ndtri((1 + level) / 2) * errors
    rates = Estimate(np.exp(logs), np.exp(logs - half), np.exp(logs + half))
    return RateRatio(ratio(b[1], np.sqrt(covariance[1, 1]), level), rates, float(dispersion))


def _at_the_edge(events: NDArray[np.float64], exposed: NDArray[np.float64], level: float) -> RateRatio:
    """Without events or exposure in some group: no likelihood with a maximum, but plain rates."""
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = np.where(exposed > 0, events / exposed, np.nan)
        log = np.log(plain[1]) - np.log(plain[0])
    unknown = np.full(2, np.nan)
    return RateRatio(ratio(float(log), np.nan, level), Estimate(plain, unknown, unknown), np.nan)
