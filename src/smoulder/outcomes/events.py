"""Days of events as times for Kaplan-Meier: from onset, from birth, or from one event to the next."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.records import UNKNOWN_DAY, People, Records, shown_days, years
from smoulder.statistics import Survival, kaplan_meier

__all__ = ["Events", "Times", "between", "censoring", "since_birth", "since_onset"]


@dataclass(frozen=True, eq=False)
class Events:
    """For each of N people the ``day`` of the event (-1 not seen) and the ``censor_day`` up to which it was looked
    for; ``person`` int64[N], days int32[N].
    """

    person: NDArray[np.int64]
    day: NDArray[np.int32]
    censor_day: NDArray[np.int32]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """True where the event was seen, bool[N]."""
        return self.day != UNKNOWN_DAY

    @property
    def end_day(self) -> NDArray[np.int32]:
        """Day of the event, or of censoring, int32[N]."""
        return np.where(self.seen, self.day, self.censor_day).astype(np.int32)

    def frame(self) -> pd.DataFrame:
        """One row as above: ``person``, every day under its name (<NA>: none), and ``seen``, whether there is an event.
        """
        held = [column.name for column in fields(self) if column.name.endswith("day")]
        days = {name: shown_days(getattr(self, name)) for name in held}
        return pd.DataFrame({"person": self.person, **days, "seen": self.seen})

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Events:
        """The events of some of the people (mask or positions)."""
        return Events(self.person[rows], self.day[rows], self.censor_day[rows])


@dataclass(frozen=True, eq=False)
class Times:
    """Times to an event: ``person`` int64[n], ``years`` float64[n] and ``event`` bool[n] (False: censored then)."""

    person: NDArray[np.int64]
    years: NDArray[np.float64]
    event: NDArray[np.bool_]

    def frame(self) -> pd.DataFrame:
        """One row a person: ``person``, ``years`` to the event or censoring, ``event`` (False: censored)."""
        return pd.DataFrame({"person": self.person, "years": self.years, "event": self.event})

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Times:
        """The times of some of the people (mask or positions)."""
        return Times(self.person[rows], self.years[rows], self.event[rows])

    def survival(self) -> Survival:
        """Kaplan-Meier curve of these times, in years."""
        return kaplan_meier(self.years, self.event)


def censoring(records: Records, looked_at: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Day int32[N] on which each person is censored: the end of observation or death, whichever is first.

    People without any usable rating (``looked_at`` False, bool[N]) are censored on their first day: nothing was
    looked for in them.
    """
    people = records.people
    dead = people.death_day != UNKNOWN_DAY
    end = np.where(dead, np.minimum(people.last_day, people.death_day), people.last_day)
    return np.where(looked_at, end, people.first_day).astype(np.int32)


def since_onset(events: Events, people: People) -> Times:
    """Years from the recorded clinical onset; people without one are left out.

    People with the event at their first visit keep the time of that visit. A time before onset counts as 0. Late
    entry into observation is not corrected for.
    """
    return _since(events, people, people.onset_day)


def since_birth(events: Events, people: People) -> Times:
    """Age in years at the event or at censoring (Kaplan-Meier from birth); people of unknown birth are left out."""
    return _since(events, people, people.birth_day)


def between(start: Events, stop: Events) -> Times:
    """Years from one event to a later one in the same people (EDSS 4 to 6): those who had the first, from its day.

    Both must be of the same people in the same order (ValueError). A second event on or before the day of the first
    counts as 0.
    """
    if not np.array_equal(start.person, stop.person):
        raise ValueError("both events must be of the same people in the same order")
    had = start.seen
    late = np.maximum(stop.end_day[had] - start.day[had], 0)
    return Times(start.person[had], years(late), stop.seen[had])


def _since(events: Events, people: People, origin: NDArray[np.int32]) -> Times:
    place = np.searchsorted(people.person, events.person)
    origin = origin[place]
    known = origin != UNKNOWN_DAY
    elapsed = np.maximum(events.end_day[known] - origin[known], 0)
    return Times(events.person[known], years(elapsed), events.seen[known])
