"""Records: the tables of one cohort, which must speak of the same people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import InputError
from smoulder.records.schema import refuse_rows
from smoulder.records.tables import Eyes, People, Relapses, Samples, Scans, Table, Tests, Visits
from smoulder.records.time import UNKNOWN_DAY, years

__all__ = ["Records", "concat"]


@dataclass(frozen=True, eq=False)
class Records:
    """People and their visits, relapses, scans, timed and scored tests, blood samples and examined eyes; a table that
    is not given is empty. Raises InputError when a table names a person not in ``people`` or ``people`` names one
    twice.
    """

    people: People
    visits: Visits
    relapses: Relapses
    scans: Scans
    tests: Tests = field(default_factory=Tests.empty)
    samples: Samples = field(default_factory=Samples.empty)
    eyes: Eyes = field(default_factory=Eyes.empty)

    def __post_init__(self) -> None:
        """Check that every row has its person."""
        if np.any(self.people.person[1:] == self.people.person[:-1]):
            raise InputError("a person stands twice in people")
        for table in self._seen():
            unknown = _strangers(table.person, self.people)
            if unknown.any():
                name = type(table).__name__.lower()
                raise InputError(f"{name} hold person {table.person[np.argmax(unknown)]}, who is not in people")

    def _seen(self) -> list[Any]:
        """Every table but ``people``, in the order of the fields."""
        return [getattr(self, one.name) for one in fields(self)[1:]]

    @classmethod
    def from_frames(
        cls,
        people: pd.DataFrame,
        visits: pd.DataFrame,
        relapses: pd.DataFrame | None = None,
        scans: pd.DataFrame | None = None,
        tests: pd.DataFrame | None = None,
        samples: pd.DataFrame | None = None,
        eyes: pd.DataFrame | None = None,
        *,
        folder: str = "",
    ) -> Records:
        """Read and check the tables of a cohort in shown units; ``folder`` goes before file names in messages.

        Raises TableError (file, row, column) as each table does, and for a row of an unknown person, before birth
        or after the last day under observation, and for anything but a relapse before the first. A relapse may lie
        before the first day under observation: the history taken then reports it.
        """
        who = People.from_frame(people, file=f"{folder}people.csv")
        read: list[Any] = []
        kinds: tuple[type[Table], ...] = (Visits, Relapses, Scans, Tests, Samples, Eyes)
        for kind, frame in zip(kinds, (visits, relapses, scans, tests, samples, eyes), strict=True):
            if frame is None:
                read.append(kind.empty())
                continue
            file = f"{folder}{kind.__name__.lower()}.csv"
            table = kind.from_frame(frame, file=file)
            _refuse_outside(frame, who, seen_in_person=kind is not Relapses, file=file)
            read.append(table)
        return cls(who, *read)

    def select(self, keep: NDArray[np.bool_]) -> Records:
        """The records of the people marked True in ``keep`` (bool[N], order of ``people``)."""
        keep = np.asarray(keep, dtype=bool)
        people = self.people
        return Records(people.take(keep), *(table.take(keep[table.owners(people)]) for table in self._seen()))

    def frame(self) -> pd.DataFrame:
        """One row a person: the columns of ``people``, ``years`` under observation, and how many rows there are of it
        in ``visits``, ``relapses`` and ``scans``. The tables themselves: ``records.visits.frame()`` and so on.
        """
        people = self.people
        counts = {
            name: np.diff(getattr(self, name).offsets(people)) for name in ("visits", "relapses", "scans")
        }
        watched = years(people.last_day.astype(np.int64) - people.first_day)
        return people.frame().assign(years=watched, **counts)

    def __len__(self) -> int:
        """Number of people."""
        return len(self.people)


def concat(parts: Iterable[Records]) -> Records:
    """The cohorts as one, sorted again by person and day; a person in two of them raises InputError."""
    cohorts = list(parts)
    if not cohorts:
        raise InputError("nothing to concatenate")
    return Records(*(_stack([getattr(part, one.name) for part in cohorts]) for one in fields(Records)))


def _stack(tables: list[Any]) -> Any:
    kind: type[Table] = type(tables[0])
    return kind(**{c.name: np.concatenate([getattr(table, c.name) for table in tables]) for c in kind.SCHEMA})


def _strangers(person: NDArray[np.int64], people: People) -> NDArray[np.bool_]:
    """True for each row whose person is not in ``people``."""
    if len(people) == 0:
        return np.ones(len(person), dtype=bool)
    place = np.minimum(np.searchsorted(people.person, person), len(people) - 1)
    return people.person[place] != person


def _refuse_outside(frame: pd.DataFrame, people: People, *, seen_in_person: bool, file: str) -> None:
    """Check rows, in the order of the file, against the life and observation of their person."""
    person = pd.to_numeric(frame["person"]).to_numpy(dtype=np.int64)
    day = pd.to_numeric(frame["day"]).to_numpy(dtype=np.int64)
    unknown = _strangers(person, people)
    refuse_rows(unknown, lambda row: f"person {person[row]} is not in people", file=file, column="person")
    if len(person) == 0:
        return
    owner = np.searchsorted(people.person, person)
    birth = people.birth_day[owner]
    refuse_rows((birth != UNKNOWN_DAY) & (day < birth), "before birth: negative age", file=file, column="day")
    refuse_rows(day > people.last_day[owner], "after the last day under observation", file=file, column="day")
    if seen_in_person:
        early = day < people.first_day[owner]
        refuse_rows(early, "before the first day under observation", file=file, column="day")
