"""Shares of two groups compared, pooled over strata by Mantel and Haenszel (J Natl Cancer Inst 22:719, 1959).

With one stratum every estimate and variance below is the plain one (Katz, Woolf, Wald). ``event`` is bool or 0/1 [n].
In a stratum a of n1 people of group 1 and c of n0 of group 0 have the event, b and d have not, n = n1 + n0. A test that
needs no model: :func:`log_rank` with the same time for everybody.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smoulder.statistics.contrast import Difference, Ratio, difference_of, groups, ratio, strata_of

__all__ = ["odds_ratio", "risk_difference", "risk_ratio"]


def risk_ratio(event: ArrayLike, group: ArrayLike, strata: ArrayLike | None = None, level: float = 0.95) -> Ratio:
    """Share of group 1 over share of group 0: sum(a n0 / n) / sum(c n1 / n); variance of the log by Greenland and
    Robins (Biometrics 41:55, 1985): sum((n1 n0 (a + c) - a c n) / n^2) / (numerator times denominator).
    """
    a, b, c, d = _tables(event, group, strata)
    n1, n0, n = a + b, c + d, a + b + c + d
    top, bottom = np.sum(a * n0 / n), np.sum(c * n1 / n)
    return _pooled(top, bottom, np.sum((n1 * n0 * (a + c) - a * c * n) / n**2), top * bottom, level)


def odds_ratio(event: ArrayLike, group: ArrayLike, strata: ArrayLike | None = None, level: float = 0.95) -> Ratio:
    """Odds of group 1 over odds of group 0: sum(a d / n) / sum(b c / n); variance of the log by Robins, Breslow and
    Greenland (Biometrics 42:311, 1986).
    """
    a, b, c, d = _tables(event, group, strata)
    n = a + b + c + d
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    top, bottom = r.sum(), s.sum()
    spread = np.sum(p * r) * bottom**2 + np.sum(p * s + q * r) * top * bottom + np.sum(q * s) * top**2
    return _pooled(top, bottom, spread, 2 * (top * bottom) ** 2, level)


def risk_difference(
    event: ArrayLike, group: ArrayLike, strata: ArrayLike | None = None, level: float = 0.95
) -> Difference:
    """Share of group 1 minus share of group 0, strata weighted by w = n1 n0 / n; variance sum(w^2 (a b / n1^3 +
    c d / n0^3)) / sum(w)^2 (Greenland and Robins, Biometrics 41:55, 1985). Wald: NaN interval when nobody or everybody
    has the event in both groups.
    """
    a, b, c, d = _tables(event, group, strata)
    n1, n0 = a + b, c + d
    w = n1 * n0 / (n1 + n0)
    if w.sum() == 0:
        return difference_of(np.nan, np.nan, level)
    variance = np.sum(w**2 * (a * b / n1**3 + c * d / n0**3)) / w.sum() ** 2
    return difference_of(float(np.sum(w * (a / n1 - c / n0)) / w.sum()), float(np.sqrt(variance)), level)


def _tables(event: ArrayLike, group: ArrayLike, strata: ArrayLike | None) -> NDArray[np.float64]:
    """a, b, c, d float64[4, K] of the strata with people of both groups; others say nothing of the contrast."""
    happened = np.asarray(event)
    if happened.ndim != 1 or not ((happened == 0) | (happened == 1)).all():
        raise ValueError("event must be 1-D and hold 0 and 1 (or False and True) only")
    cell = 2 * (1 - groups(group, len(happened))) + (1 - happened.astype(np.int64))
    stratum = strata_of(strata, len(happened))
    counts = np.bincount(4 * stratum + cell, minlength=4 * (stratum.max(initial=0) + 1)).reshape(-1, 4)
    return counts[(counts[:, :2].sum(axis=1) > 0) & (counts[:, 2:].sum(axis=1) > 0)].T.astype(np.float64)


def _pooled(top: float, bottom: float, spread: float, scale: float, level: float) -> Ratio:
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(top) - np.log(bottom)
        return ratio(float(log), float(np.sqrt(spread / scale)), level)
