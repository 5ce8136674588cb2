"""Outcomes by the names and dates of the tables a cohort came from: a table of events, a table of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError
from smoulder.records import UNKNOWN_DAY, years
from smoulder.tables.cohort import Cohort

__all__ = ["EventsLike", "event_table", "person_table"]


class EventsLike(Protocol):
    """What outcomes hand over: one row a person or an event; ``day`` is -1 where none was seen."""

    @property
    def person(self) -> NDArray[np.int64]:
        """Whose, int64[rows]."""

    @property
    def day(self) -> NDArray[np.int32]:
        """When it was seen, int32[rows]."""

    @property
    def censor_day(self) -> NDArray[np.int32]:
        """Up to when it was looked for, int32[rows]."""


_DAYS = ("reference_day", "confirmed_day", "held_day")


def event_table(cohort: Cohort, events: EventsLike, *, label: ArrayLike | None = None) -> pd.DataFrame:
    """One row an event that was seen, sorted by person and day, in the days or dates of the cohort.

    Columns: id, nevent (1, 2 ... in each person), day, then reference_day, confirmed_day and held_day where the events
    know them, years (since the person's first day under observation), label (``label``, str[rows of ``events``], such
    as PIRA and RAW), rule (its name). InputError for labels of another length or a person of another cohort.
    """
    said = None if label is None else np.asarray(label)
    if said is not None and said.shape != events.day.shape:
        raise InputError(f"label must hold one text an event ({len(events.day)}), not be of shape {said.shape}")
    rows = np.flatnonzero(events.day != UNKNOWN_DAY)
    rows = rows[np.lexsort((events.day[rows], events.person[rows]))]
    person, day = events.person[rows], events.day[rows]
    nevent = pd.Series(person).groupby(person).cumcount().to_numpy() + 1
    table = pd.DataFrame({"id": cohort.names(person), "nevent": nevent})
    table["day"] = cohort.when(day)
    for name in _DAYS:
        if hasattr(events, name):
            table[name] = cohort.when(getattr(events, name)[rows])
    table["years"] = years(day.astype(np.int64) - _first(cohort, person))
    if said is not None:
        table["label"] = said[rows]
    table["rule"] = _rule(events)
    return table


def person_table(cohort: Cohort, outcomes: Mapping[str, EventsLike] | None = None) -> pd.DataFrame:
    """One row a person: id, sex (F, M or empty), birth, onset, death, first, last (days or dates), visits, relapses and
    scans (counts), and for each of ``outcomes`` whether it was seen (``name``), when (``name_day``) and after how many
    years from the first day (``name_years``: of the event, or of censoring).

    Outcomes must have one row a person of the cohort, in its order (InputError).
    """
    records = cohort.records
    people = records.people
    table = pd.DataFrame({"id": cohort.names(people.person)})
    table["sex"] = np.array(["", "M", "F"])[people.sex + 1]
    for name in ("birth", "onset", "death", "first", "last"):
        table[name] = cohort.when(getattr(people, f"{name}_day"))
    for name in ("visits", "relapses", "scans"):
        table[name] = np.diff(getattr(records, name).offsets(people))
    for name, events in (outcomes or {}).items():
        if not np.array_equal(events.person, people.person):
            raise InputError(f"outcome '{name}' must have one row a person of the cohort, in its order")
        seen = events.day != UNKNOWN_DAY
        table[name] = seen
        table[f"{name}_day"] = cohort.when(events.day)
        end = np.where(seen, events.day, events.censor_day).astype(np.int64)
        table[f"{name}_years"] = years(end - people.first_day)
    return table


def _first(cohort: Cohort, person: NDArray[np.int64]) -> NDArray[np.int64]:
    people = cohort.records.people
    return people.first_day[np.searchsorted(people.person, person)].astype(np.int64)


def _rule(events: Any) -> str:
    return str(getattr(getattr(events, "rule", None), "name", ""))
