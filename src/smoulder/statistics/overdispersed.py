"""Negative binomial regression (NB2) by maximum likelihood, its sums over people compiled.

Counts y_i with mean m_i = exp(x_i b + offset_i) and variance m_i + a m_i^2. Up to a constant (Lawless, Can J Stat
15:209, 1987, written without gamma functions, so that it stays smooth down to a = 0, the Poisson model)
    L = sum_j N_j log(1 + a j) + sum_i [y_i log m_i - (y_i + 1/a) log(1 + a m_i)],   N_j = number of y_i above j.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smoulder.compiled import njit

__all__ = ["fit"]

_ROUNDS, _STEPS, _HALVINGS = 200, 60, 40
_CLOSE = 1e-11
_SERIES = 1e-2  # below it differences of nearly equal terms are taken from their power series
_SINGULAR = 1e-12  # determinant of an information matrix scaled to ones on the diagonal
_WILD = 30.0  # a logarithm of a rate this far from the overall one has no maximum to go to


Array = NDArray[np.float64]


def fit(design: Array, offset: Array, counts: NDArray[np.int64]) -> tuple[Array, Array, float]:
    """(b float64[p], its covariance float64[p, p], dispersion a); all NaN where there is no maximum.

    ``design`` float64[n, p] (its first column ones), ``offset`` float64[n], ``counts`` int64[n] with at least one above
    0. The dispersion is 0 when the likelihood does not rise from there; b then is Poisson's. The covariance is that of
    the observed information in (b, a), or in b when a = 0.
    """
    p = design.shape[1]
    b = np.zeros(p)
    b[0] = np.log(counts.sum() / np.exp(offset).sum())
    above = np.cumsum(np.bincount(counts)[::-1])[::-1][1:].astype(np.float64)
    start, a = b[0], 0.0
    for _ in range(_ROUNDS):
        found = _means(design, offset, counts, b, a)
        if found is None or abs(found[0] - start) > _WILD:
            break
        b, before = found, a
        a = _dispersion(above, counts, np.exp(design @ b + offset), a)
        if abs(a - before) <= _CLOSE * a:
            return b, _covariance(design, offset, above, counts, b, a), a
    return np.full(p, np.nan), np.full((p, p), np.nan), np.nan


def _means(design: Array, offset: Array, counts: NDArray[np.int64], b: Array, a: float) -> Array | None:
    """The best b for this a by Newton's steps, halved while the likelihood falls (it is concave in b); None if it has
    no maximum.
    """
    level, score, information = _sums(design, offset, counts, b, a)[:3]
    for _ in range(_STEPS):
        step = _solved(information, score)
        if step is None:
            return None
        for _ in range(_HALVINGS):
            reached, following, bent = _sums(design, offset, counts, b + step, a)[:3]
            if reached >= level - _CLOSE * (1 + abs(level)):
                break
            step = step / 2
        b, level, score, information = b + step, reached, following, bent
        if np.abs(step).max() < _CLOSE:
            return b
    return None


def _covariance(design: Array, offset: Array, above: Array, counts: NDArray[np.int64], b: Array, a: float) -> Array:
    _, _, information, cross = _sums(design, offset, counts, b, a)
    if a > 0:
        second = _curve(above, counts, np.exp(design @ b + offset), a)[1]
        information = information + np.outer(cross, cross) / second
    inverse = _solved(information, np.eye(len(b)))
    return np.full((len(b), len(b)), np.nan) if inverse is None else inverse


def _solved(information: Array, right: Array) -> Array | None:
    """``information`` divided into ``right``; None if it is not positive or singular to working precision."""
    diagonal = np.diag(information)
    if not (np.isfinite(information).all() and (diagonal > 0).all()):
        return None
    scale = np.sqrt(diagonal)
    if np.linalg.det(information / np.outer(scale, scale)) < _SINGULAR:
        return None
    return np.asarray(np.linalg.solve(information, right), dtype=np.float64)


@njit
def _sums(design, offset, counts, b, a):
    """The part of the log likelihood that depends on b, its slope, its negative curvature, and minus the slope of the
    slope in a.
    """
    people, p = design.shape
    total = 0.0
    score, cross, information = np.zeros(p), np.zeros(p), np.zeros((p, p))
    for i in range(people):
        predictor = offset[i]
        for j in range(p):
            predictor += design[i, j] * b[j]
        mean, y = np.exp(predictor), counts[i]
        grown = 1 + a * mean
        log = np.log1p(a * mean)
        total += y * (predictor - log) - (log / a if a > 0 else mean)
        slope = (y - mean) / grown
        weight = mean * (1 + a * y) / grown**2
        for j in range(p):
            score[j] += design[i, j] * slope
            cross[j] += design[i, j] * slope * mean / grown
            for k in range(j + 1):
                information[j, k] += design[i, j] * design[i, k] * weight
    for j in range(p):
        for k in range(j):
            information[k, j] = information[j, k]
    return total, score, information, cross


@njit
def _bend(x):
    """(log(1 + x) - x / (1 + x)) / x^2 and its derivative in x."""
    if x < _SERIES:
        first, second, power = 0.0, 0.0, 1.0
        for k in range(2, 10):
            first += (1 - 2 * (k % 2)) * power * (k - 1) / k
            second += (2 * (k % 2) - 1) * power * k * (k - 1) / (k + 1)
            power *= x
        return first, second
    h = np.log1p(x) - x / (1 + x)
    return h / x**2, 1 / (x * (1 + x) ** 2) - 2 * h / x**3


@njit
def _curve(above, counts, mean, a):
    """First and second derivative of the log likelihood in a."""
    first, second = 0.0, 0.0
    for j in range(len(above)):
        r = j / (1 + a * j)
        first += above[j] * r
        second -= above[j] * r**2
    for i in range(len(counts)):
        m = mean[i]
        r = m / (1 + a * m)
        bend, change = _bend(a * m)
        first += m**2 * bend - counts[i] * r
        second += m**3 * change + counts[i] * r**2
    return first, second


@njit
def _dispersion(above, counts, mean, a):
    """Where the likelihood in a is highest given the means: Newton's steps within bounds that close in; 0 if it falls
    from 0 on.
    """
    if _curve(above, counts, mean, 0.0)[0] <= 0:
        return 0.0
    low, high = 0.0, np.inf
    if a == 0:
        a = 1.0
    for _ in range(_STEPS):
        slope, second = _curve(above, counts, mean, a)
        if slope > 0:
            low = a
        else:
            high = a
        following = a - slope / second if second < 0 else np.inf
        if abs(following - a) <= _CLOSE * a:
            return following
        if not low < following < min(high, 8 * a):
            following = (low + high) / 2 if high < np.inf else 4 * a
        if high - low <= _CLOSE * a:
            return a
        a = following
    return a
