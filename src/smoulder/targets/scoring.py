"""Published beside simulated, with the Monte Carlo error of the simulation: hits and misses alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smoulder.cohorts.followed import Cohort
from smoulder.targets.quantities.protocols import Protocols
from smoulder.targets.table import Target, load

__all__ = ["Score", "frame", "headline", "rmse", "score"]

_BATCHES = 20
_Z = 1.96  # two-sided 95 percent of the normal law

#: Years of disease and levels of the headline comparison with the EDSS distribution of 2005.
_MSSS_YEARS = ("5", "10", "15", "20", "25", "30")
_MSSS_LEVELS = ("3", "4", "6", "7")


@dataclass(frozen=True)
class Score:
    """One target with its simulated value, the Monte Carlo error of that, and whether it is a hit.

    A hit lies inside lo..hi of the target, widened by 1.96 Monte Carlo errors. ``z`` is the distance to the aim in
    tolerances.
    """

    target: Target
    simulated: float
    error: float

    @property
    def hit(self) -> bool:
        """Whether the simulated value lies in the published interval, Monte Carlo error allowed for."""
        margin = _Z * self.error
        return bool(self.target.lo - margin <= self.simulated <= self.target.hi + margin)

    @property
    def z(self) -> float:
        """Distance from the aim in units of the tolerance."""
        return (self.simulated - self.target.aim) / self.target.tolerance

    def as_dict(self) -> dict:
        """Plain values for JSON; numbers that are not finite become None."""
        t = self.target
        published = {"published": t.published, "lo": t.lo, "hi": t.hi}
        numbers = {**published, "simulated": self.simulated, "monte_carlo_error": self.error}
        return {
            "target": t.id, "evidence": t.evidence, "role": t.role, "status": t.status, "fitted": t.weight > 0,
            **{k: (float(v) if np.isfinite(v) else None) for k, v in numbers.items()}, "hit": self.hit, "note": t.note,
        }


def score(
    cohort: Cohort, protocols: Protocols | None, targets: Sequence[Target] | None = None, *, errors: bool = True
) -> list[Score]:
    """Score every target, those of protocols only where ``protocols`` is given; ``errors=False`` skips the batches."""
    everyone = np.arange(len(cohort))
    scores = []
    for target in load() if targets is None else targets:
        measure = target.definition.measure
        if measure is not None:
            value = measure(cohort, everyone, *target.arguments)
            scores.append(Score(target, value, _error(measure, cohort, target) if errors else 0.0))
        elif protocols is not None:
            scores.append(Score(target, *protocols[target.quantity]))
    return scores


def frame(scores: Sequence[Score]) -> pd.DataFrame:
    """Scores as a table, one row a target: ``target``, ``evidence``, ``role``, ``status``, ``fitted``, ``published``,
    ``lo``, ``hi``, ``simulated`` and ``monte_carlo_error`` in base units (NaN: no number), ``distance`` in tolerances,
    ``hit``, ``note``.
    """
    rows = [
        {**score.as_dict(), "distance": score.z if np.isfinite(score.z) else None} for score in scores
    ]
    columns = (
        "target", "evidence", "role", "status", "fitted", "published", "lo", "hi", "simulated", "monte_carlo_error",
        "distance", "hit", "note",
    )
    numbers = ("published", "lo", "hi", "simulated", "monte_carlo_error", "distance")
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(numbers, np.float64))


def _error(measure: Callable[..., float], cohort: Cohort, target: Target) -> float:
    """Monte Carlo error by batches of people: the spread of the batch values over the root of their number."""
    parts = np.array_split(np.arange(len(cohort)), _BATCHES)
    values = np.array([measure(cohort, part, *target.arguments) for part in parts])
    values = values[np.isfinite(values)]
    return float(np.std(values, ddof=1) / np.sqrt(values.size)) if values.size > 1 else np.nan


def rmse(scores: Sequence[Score]) -> float:
    """Root mean square difference of P(EDSS >= 3, 4, 6, 7) at years 5 to 30 from the distribution of 2005."""
    gaps = [s.simulated - s.target.published for s in scores
            if s.target.quantity == "edss_at_least"
            and s.target.arguments[0] in _MSSS_LEVELS and s.target.arguments[1] in _MSSS_YEARS]
    return float(np.sqrt(np.mean(np.square(gaps))))


def headline(scores: Sequence[Score]) -> dict[str, float]:
    """The numbers a reader asks for first, by name."""
    named = {s.target.headline: s.simulated for s in scores if s.target.headline}
    return {"rmse_msss2005": rmse(scores), **named}
