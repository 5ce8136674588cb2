"""One cohort judged by many definitions: how rates, shares of PIRA and times of first events move with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from smoulder.errors import InputError
from smoulder.outcomes.definitions import Definition, named, names
from smoulder.outcomes.events import Events
from smoulder.outcomes.judgements.judgement import Judgement
from smoulder.outcomes.judgements.numbers import YEARS
from smoulder.records import Records

__all__ = ["YEARS", "Multiverse", "compare_definitions", "multiverse"]


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
    return compare_definitions(Judgement(records, scores or {}, withdrew), definitions)


def compare_definitions(
    judgement: Judgement, definitions: Sequence[str | Definition] | None = None
) -> Multiverse:
    """The same for records under judgement: what was found in them before is not searched for again."""
    chosen = [
        named(definition) if isinstance(definition, str) else definition
        for definition in (names() if definitions is None else definitions)
    ]
    called = [definition.name for definition in chosen]
    if not chosen or len(set(called)) < len(called):
        raise InputError("a multiverse needs at least one definition, and each only once")
    firsts = [judgement.first_events(definition) for definition in chosen]
    days: dict[str, Any] = {"person": judgement.records.people.person}
    for name, first in zip(called, firsts, strict=True):
        days[name] = pd.arrays.IntegerArray(first.day.copy(), ~first.seen)
    pairs = [_pair(called, firsts, i, j) for i, j in combinations(range(len(called)), 2)]
    table = pd.DataFrame([judgement.numbers(definition) for definition in chosen]).astype({"events": "Int64"})
    return Multiverse(table, pd.DataFrame(pairs, columns=_PAIR), pd.DataFrame(days))


_PAIR = [
    "first", "second", "people", "both", "only_first", "only_second", "neither", "same_day", "jaccard", "median_later",
]


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
