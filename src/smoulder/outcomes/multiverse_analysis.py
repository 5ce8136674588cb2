"""One cohort judged by many definitions: how rates, shares of PIRA and times of first events move with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from smoulder.errors import InputError
from smoulder.outcomes.attribution import LABELS, attribute
from smoulder.outcomes.composites import NO_COMPONENT, Composite, first_of
from smoulder.outcomes.definitions import Definition, Given, by_column, judged, named, names
from smoulder.outcomes.disability_change import Worsenings, changes, multiple, worsening
from smoulder.outcomes.events import Events, Times
from smoulder.outcomes.rules.published import PIRA_MULLER_2023
from smoulder.outcomes.rules.worsening import AttributionRule, WorseningRule
from smoulder.outcomes.search.follow_ups import scores_of
from smoulder.records import Records, years
from smoulder.statistics import Estimate, number_at_risk, rate

__all__ = ["YEARS", "Labelled", "Multiverse", "clustered_rate", "labelled", "multiverse", "since_first_day"]

YEARS = (1, 2, 5)
"""Years from the first day under observation at which Kaplan-Meier shares are given."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """The confirmed worsenings that a definition's rules find, and what each is attributed to.

    ``every``: one row an event, every loss once (the reference of the rule moves with worsening); otherwise one row a
    person, the first of any score. ``labels`` str[rows]: RAW, PIRA, undefined, or '' where none was seen, by ``by``.
    """

    events: Worsenings | Composite
    labels: NDArray[np.str_]
    by: AttributionRule
    every: bool

    def frame(self) -> pd.DataFrame:
        """The rows of ``events`` with ``label`` (RAW, PIRA, undefined, "" where there is no event)."""
        return self.events.frame().assign(label=self.labels)

    @property
    def shares(self) -> dict[str, float]:
        """RAW, PIRA and undefined as shares of the worsenings (NaN where there is none)."""
        total = int(self.events.seen.sum())
        counts = {label: int((self.labels == label).sum()) for label in LABELS[1:]}
        return {label: number / total if total else float("nan") for label, number in counts.items()}


@dataclass(frozen=True, eq=False)
class Multiverse:
    """A cohort by D definitions, as frames for pandas.

    ``definitions`` has one row each: definition, event, scales, not_scored (scales of it without any score here),
    confirmed_days (first window), people (with a score), people_years (watched), first_events, years_to_first (those up
    to the event or censoring), rate, lo, hi (first events a year, exact Poisson), events (every one, where the
    reference moves with what is counted, else <NA>), events_a_year with events_lo and events_hi (``clustered_rate``),
    share_<y>, lo_<y>, hi_<y> and at_risk_<y> (Kaplan-Meier from the first day under observation; NaN once nobody is
    followed), median, median_lo, median_hi (years by which half had it; infinite: not reached), median_seen (years,
    among those with the event), worsenings, RAW, PIRA, undefined (``Labelled``: their number and shares),
    counts_every, attributed_by.

    ``agreement`` has one row a pair of definitions: first, second, people, both, only_first, only_second, neither,
    same_day (of both), jaccard (both of either), median_later (days, second minus first, among both).

    ``first_days`` has one row a person: person, and the day of the first event by each definition (<NA>: none).
    """

    definitions: pd.DataFrame
    agreement: pd.DataFrame
    first_days: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """One row a definition: ``definitions`` with the columns described above."""
        return self.definitions.copy()


def multiverse(
    records: Records,
    definitions: Sequence[str | Definition] | None = None,
    *,
    withdrew: ArrayLike | None = None,
    scores: Mapping[str, ArrayLike] | None = None,
) -> Multiverse:
    """Judge ``records`` by all ``definitions`` (names or records; all named ones unless given).

    ``withdrew`` is as for ``judged``; ``scores`` are those that stand in for columns, by column, such as
    ``Cohort.scores``. UnknownName for a name that is not there; InputError without definitions or for
    one that stands twice.
    """
    given = names() if definitions is None else definitions
    chosen = [named(one) if isinstance(one, str) else one for one in given]
    called = [one.name for one in chosen]
    if not chosen or len(set(called)) < len(called):
        raise InputError("a multiverse needs at least one definition, and each only once")
    firsts = [judged(records, one, withdrew=withdrew, score=scores) for one in chosen]
    rows = [_row(records, one, first, withdrew, scores or {}) for one, first in zip(chosen, firsts, strict=True)]
    days: dict[str, Any] = {"person": records.people.person}
    for one, first in zip(called, firsts, strict=True):
        days[one] = pd.arrays.IntegerArray(first.day.copy(), ~first.seen)
    pairs = [_pair(called, firsts, i, j) for i, j in combinations(range(len(called)), 2)]
    table = pd.DataFrame(rows).astype({"events": "Int64"})
    return Multiverse(table, pd.DataFrame(pairs, columns=_PAIR), pd.DataFrame(days))


_PAIR = [
    "first", "second", "people", "both", "only_first", "only_second", "neither", "same_day", "jaccard", "median_later",
]


def labelled(
    records: Records, definition: Definition, *, withdrew: ArrayLike | None = None, score: Given = None
) -> Labelled:
    """The confirmed worsenings that the rules of ``definition`` find, whatever its event, attributed to relapses by its
    rule of attribution, or by ``PIRA_MULLER_2023`` where it has none. ``withdrew`` and ``score`` are as for ``judged``.
    """
    given = by_column(definition, score)
    by = PIRA_MULLER_2023 if definition.by is None else definition.by
    if len(definition.rules) == 1 and definition.rules[0].reference.moves_on_worsening:
        (rule,) = definition.rules
        own = given.get(rule.scale.column)
        events = multiple(records, rule, score=own, withdrew=_asked(rule, withdrew))
        return Labelled(events, attribute(events, records, by, score=own), by, every=True)
    own_scores = [given.get(rule.scale.column) for rule in definition.rules]
    parts = tuple(
        worsening(records, rule, score=own, withdrew=_asked(rule, withdrew))
        for rule, own in zip(definition.rules, own_scores, strict=True)
    )
    told = np.stack([attribute(part, records, by, score=own) for part, own in zip(parts, own_scores, strict=True)])
    if len(parts) == 1:
        return Labelled(parts[0], told[0], by, every=False)
    first = first_of(parts)
    labels = np.where(first.component == NO_COMPONENT, "", told[first.component, np.arange(len(first.person))])
    return Labelled(first, labels, by, every=False)


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


def _asked(rule: WorseningRule, withdrew: ArrayLike | None) -> ArrayLike | None:
    return withdrew if rule.confirmation.unconfirmed == "withdrawn" else None


def _row(
    records: Records,
    definition: Definition,
    first: Worsenings | Composite,
    withdrew: ArrayLike | None,
    given: Mapping[str, ArrayLike],
) -> dict[str, Any]:
    """One row of ``Multiverse.definitions``."""
    scales = list(dict.fromkeys(rule.scale for rule in definition.rules))
    seen = np.zeros(len(records), dtype=np.bool_)
    empty = []
    for scale in scales:
        table, values = scores_of(records, scale, given.get(scale.column))
        had = np.bincount(table.owners(records.people)[~np.isnan(values)], minlength=len(records)) > 0
        seen |= had
        empty += [] if had.any() else [scale.column]
    watched = np.where(seen, years(_end(records) - records.people.first_day), 0.0)
    times = since_first_day(records, first)
    found = labelled(records, definition, withdrew=withdrew, score=given)
    events = int(first.seen.sum())
    yearly = rate(events, times.years.sum())
    return {
        "definition": definition.name,
        "event": definition.event,
        "scales": ", ".join(scale.column for scale in scales),
        "not_scored": ", ".join(empty),
        "confirmed_days": min(rule.confirmation.days for rule in definition.rules),
        "people": int(seen.sum()),
        "people_years": float(watched.sum()),
        "first_events": events,
        "years_to_first": float(times.years.sum()),
        **_three("rate", "", yearly),
        **_every(records, definition, found, watched, given),
        **_curve(times),
        "worsenings": int(found.events.seen.sum()),
        **found.shares,
        "counts_every": found.every,
        "attributed_by": found.by.name,
    }


def _end(records: Records) -> NDArray[np.int64]:
    people = records.people
    dead = people.death_day >= 0
    return np.where(dead, np.minimum(people.last_day, people.death_day), people.last_day).astype(np.int64)


def _every(
    records: Records,
    definition: Definition,
    found: Labelled,
    watched: NDArray[np.float64],
    given: Mapping[str, ArrayLike],
) -> dict[str, Any]:
    """Every event of the definition's kind, where the reference moves with such events."""
    counted: Any = None
    if definition.event == "worsening" and found.every:
        counted = found.events.person
    elif definition.event in LABELS and found.every:
        counted = found.events.person[found.labels == definition.event]
    elif definition.event == "improvement" and len(definition.rules) == 1:
        (rule,) = definition.rules
        if rule.reference.moves_on_improvement:
            sure = replace(rule, confirmation=replace(rule.confirmation, unconfirmed="never"))
            both = changes(records, sure, score=given.get(rule.scale.column))
            counted = both.person[both.kind < 0]
    if counted is None:
        return {"events": pd.NA, "events_a_year": np.nan, "events_lo": np.nan, "events_hi": np.nan}
    number = np.bincount(np.searchsorted(records.people.person, counted), minlength=len(records))
    return {"events": int(number.sum()), **_three("events_a_year", "events_", clustered_rate(number, watched))}


def _three(name: str, before: str, found: Estimate) -> dict[str, float]:
    return {name: float(found.value), f"{before}lo": float(found.lo), f"{before}hi": float(found.hi)}


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


def _pair(called: list[str], firsts: Sequence[Events], i: int, j: int) -> tuple[Any, ...]:
    one, other = firsts[i], firsts[j]
    both = one.seen & other.seen
    later = (other.day - one.day)[both]
    either = int((one.seen | other.seen).sum())
    return (
        called[i],
        called[j],
        len(one.person),
        int(both.sum()),
        int((one.seen & ~other.seen).sum()),
        int((other.seen & ~one.seen).sum()),
        len(one.person) - either,
        int((later == 0).sum()),
        int(both.sum()) / either if either else np.nan,
        float(np.median(later)) if len(later) else np.nan,
    )
