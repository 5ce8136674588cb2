"""The results of one definition as numbers: rates, Kaplan-Meier shares, and causes of the worsenings as shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from smoulder.outcomes.attribution import Labelled
from smoulder.outcomes.definitions import Definition
from smoulder.outcomes.events import Events, Times
from smoulder.outcomes.rules.worsening import Scale
from smoulder.records import Records, years
from smoulder.statistics import Estimate, number_at_risk, rate

__all__ = ["YEARS", "clustered_rate", "definition_numbers", "since_first_day"]

YEARS = (1, 2, 5)
"""Years from the first day under observation at which Kaplan-Meier shares are given."""


def since_first_day(records: Records, events: Events) -> Times:
    """Years from each person's first day under observation to the first event or censoring, for Kaplan-Meier; people
    in whom nothing was scored, whose time is none, are left out.
    """
    elapsed = years(events.end_day.astype(np.int64) - records.people.first_day)
    kept = events.seen | (elapsed > 0)
    return Times(events.person[kept], np.maximum(elapsed[kept], 0), events.seen[kept])


def clustered_rate(events: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> Estimate:
    """Events a unit of exposure of people who may have several: sum(e) / sum(t), with the interval of a Poisson model
    whose variance is taken from the spread between people (Liang and Zeger, Biometrika 73:13, 1986): on the log scale
    se = sqrt(sum (e - r t)^2) / sum e. NaN limits without events; NaN without exposure.
    """
    count, time = np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    total, watched = count.sum(), time.sum()
    if watched <= 0 or total == 0:
        value = np.asarray(total / watched if watched > 0 else np.nan)
        return Estimate(value, np.asarray(np.nan), np.asarray(np.nan))
    value = total / watched
    spread = np.exp(ndtri((1 + level) / 2) * np.sqrt(np.sum((count - value * time) ** 2)) / total)
    return Estimate(np.asarray(value), np.asarray(value / spread), np.asarray(value * spread))


def definition_numbers(
    records: Records,
    definition: Definition,
    scored: Mapping[Scale, NDArray[np.int64]],
    first: Events,
    times: Times,
    labelled: Labelled,
    repeated: NDArray[np.int64] | None,
) -> dict[str, Any]:
    """One row of ``Multiverse.definitions``.

    ``scored`` says for each scale of the definition how often each person was scored (int64[N]); ``first`` and
    ``times`` are the first events and the years to them; ``labelled`` holds the worsenings with their labels;
    ``repeated`` is the person of every event of the definition's kind, one entry an event, or None where only the
    first of each person is counted.
    """
    seen = np.any([counts > 0 for counts in scored.values()], axis=0)
    watched = np.where(seen, years(_end(records) - records.people.first_day), 0.0)
    events = int(first.seen.sum())
    yearly = rate(events, times.years.sum())
    return {
        "definition": definition.name,
        "event": definition.event,
        "scales": ", ".join(scale.column for scale in scored),
        "not_scored": ", ".join(scale.column for scale, counts in scored.items() if not counts.any()),
        "confirmed_days": min(rule.confirmation.days for rule in definition.rules),
        "people": int(seen.sum()),
        "people_years": float(watched.sum()),
        "first_events": events,
        "years_to_first": float(times.years.sum()),
        **_with_limits("rate", "", yearly),
        **_repeated(records, repeated, watched),
        **_curve(times),
        "worsenings": int(labelled.events.seen.sum()),
        **labelled.shares,
        "counts_every": labelled.every,
        "attributed_by": labelled.by.name,
    }


def _end(records: Records) -> NDArray[np.int64]:
    people = records.people
    dead = people.death_day >= 0
    return np.where(dead, np.minimum(people.last_day, people.death_day), people.last_day).astype(np.int64)


def _repeated(
    records: Records, persons: NDArray[np.int64] | None, watched: NDArray[np.float64]
) -> dict[str, Any]:
    """Every event of the definition's kind and their rate; unknown where only first events are counted."""
    if persons is None:
        return {"events": pd.NA, "events_a_year": np.nan, "events_lo": np.nan, "events_hi": np.nan}
    number = np.bincount(np.searchsorted(records.people.person, persons), minlength=len(records))
    return {"events": int(number.sum()), **_with_limits("events_a_year", "events_", clustered_rate(number, watched))}


def _with_limits(name: str, before: str, estimate: Estimate) -> dict[str, float]:
    """An estimate and its limits by the names of their columns."""
    return {name: float(estimate.value), f"{before}lo": float(estimate.lo), f"{before}hi": float(estimate.hi)}


def _curve(times: Times) -> dict[str, Any]:
    """Kaplan-Meier at ``YEARS``, its median, and the median of those with the event."""
    curve = times.survival()
    at_risk = number_at_risk(times.years, YEARS)
    shares = curve.share_at(YEARS)
    known = (at_risk > 0) | (shares.value >= 1)
    row: dict[str, Any] = {}
    for place, year in enumerate(YEARS):
        three = [float(part[place]) if known[place] else np.nan for part in shares]
        row |= dict(zip((f"share_{year}", f"lo_{year}", f"hi_{year}"), three, strict=True))
        row[f"at_risk_{year}"] = int(at_risk[place])
    half = curve.median()
    row |= {"median": float(half.value), "median_lo": float(half.lo), "median_hi": float(half.hi)}
    row["median_seen"] = float(np.median(times.years[times.event])) if times.event.any() else np.nan
    return row
