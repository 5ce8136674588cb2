"""Made-up data of two groups that the tests of comparisons share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Trial(NamedTuple):
    """Two groups of people in four strata, followed with censoring; arrays [n]."""

    time: np.ndarray
    event: np.ndarray
    group: np.ndarray
    strata: np.ndarray
    covariate: np.ndarray


def followed(seed: int, people: int = 120, ties: bool = True, ratio: float = 0.6) -> Trial:
    """Exponential times to an event in groups whose hazards have ``ratio``; whole months when there are ``ties``."""
    draw = np.random.default_rng(seed)
    group = draw.integers(0, 2, people)
    strata = draw.integers(0, 4, people)
    covariate = draw.normal(size=people)
    hazard = 0.6 * ratio**group * (1 + 0.5 * strata) * np.exp(0.3 * covariate)
    time, end = draw.exponential(1 / hazard), draw.uniform(0.2, 3, people)
    event = time <= end
    seen = np.minimum(time, end)
    return Trial(np.ceil(seen * 6) / 6 if ties else seen, event, group, strata, covariate)


class Counts(NamedTuple):
    """Events of people in two groups over their exposure; arrays [n]."""

    counts: np.ndarray
    exposure: np.ndarray
    group: np.ndarray
    covariate: np.ndarray


def counted(seed: int, people: int = 200, shape: float = 0.7, rate: float = 0.8, ratio: float = 0.5) -> Counts:
    """Poisson counts at rates that differ between people by a gamma of ``shape``."""
    draw = np.random.default_rng(seed)
    group = draw.integers(0, 2, people)
    covariate, exposure = draw.normal(size=people), draw.uniform(0.3, 2, people)
    mean = exposure * rate * ratio**group * np.exp(0.2 * covariate) * draw.gamma(shape, 1 / shape, people)
    return Counts(draw.poisson(mean), exposure, group, covariate)
