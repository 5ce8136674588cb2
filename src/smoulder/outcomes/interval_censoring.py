"""When an event can have happened: between the last visit without it and the first with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError
from smoulder.outcomes.events import Events
from smoulder.outcomes.rules.worsening import Scale
from smoulder.outcomes.search.follow_ups import follow_up
from smoulder.records import Records, years

__all__ = ["intervals"]


def intervals(records: Records, events: Events, scale: Scale, *, score: ArrayLike | None = None) -> pd.DataFrame:
    """The interval in which each person's first event happened, by the scored visits of ``scale``; one row a person.

    Columns: person; event (seen or not); left_day, the last scored visit before the event, or the last up to the day of
    censoring where there was none; right_day, the visit of the event, or -1; left and right, the same in years from the
    first scored visit (right is infinite where no event was seen); span, right minus left. left_day is -1 (left NaN)
    for people without a scored visit, and equals right_day where the event is at the first. Visits in a relapse count
    as looks: what a rule would not have counted at such a visit can make an interval shorter than it was.

    ``events`` must have one row a person of ``records`` (InputError); ``score`` is as for ``worsening``.
    """
    people = records.people
    if not np.array_equal(events.person, people.person):
        raise InputError("events must have one row a person of the records, in their order")
    seen = follow_up(records, scale, score)
    any_visit = np.diff(seen.offsets) > 0
    had = events.seen
    until = np.where(had, events.day - 1, events.censor_day)
    row = _last_up_to(seen.offsets, seen.day, until)
    first = np.where(any_visit, np.append(seen.day, 0)[seen.offsets[:-1]], -1)
    left = np.where(row >= 0, np.append(seen.day, 0)[row], np.where(had, events.day, first))
    left = np.where(any_visit, left, -1)
    right = np.where(had, events.day, -1)
    table = pd.DataFrame({"person": people.person, "event": had, "left_day": left, "right_day": right})
    table["left"] = np.where(any_visit, years(left - first), np.nan)
    table["right"] = np.where(had, years(right - first), np.inf)
    table["span"] = table["right"] - table["left"]
    return table


def _last_up_to(offsets: NDArray[np.int64], day: NDArray[np.int32], until: NDArray[np.int32]) -> NDArray[np.int64]:
    """Row of the last visit of each person on or before ``until``, int64[N]; -1 where there is none."""
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    number = np.bincount(owner[day <= until[owner]], minlength=len(offsets) - 1)
    return np.where(number > 0, offsets[:-1] + number - 1, -1).astype(np.int64)
