"""Records: the tables of one cohort, which must speak of the same people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import InputError, UnknownName
from smoulder.records.schema import refuse_rows
from smoulder.records.tables import Eyes, People, Relapses, Samples, Scans, Table, Tests, Visits
from smoulder.records.time import UNKNOWN_DAY, years

__all__ = ["KINDS", "Records", "concat"]


#: The tables that a cohort has always, if empty: by name, in the order in which they are shown.
KINDS: dict[str, type[Table]] = {
    "visits": Visits, "relapses": Relapses, "scans": Scans, "tests": Tests, "samples": Samples, "eyes": Eyes,
}


@dataclass(frozen=True, eq=False)
class Records:
    """People and their visits, relapses, scans, timed and scored tests, blood samples and examined eyes; a table that
    is not given is empty. ``measured`` holds the tables of further instruments by name (made with
    :func:`smoulder.records.measurements`), each of which is also an attribute: ``records.fatigue``.

    Raises InputError when a table names a person not in ``people``, ``people`` names one twice, or a further table has
    the name of an attribute.
    """

    people: People
    visits: Visits
    relapses: Relapses
    scans: Scans
    tests: Tests = field(default_factory=Tests.empty)
    samples: Samples = field(default_factory=Samples.empty)
    eyes: Eyes = field(default_factory=Eyes.empty)
    measured: Mapping[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that every row has its person."""
        object.__setattr__(self, "measured", MappingProxyType(dict(self.measured)))
        for name in self.measured:
            if name in dir(type(self)) or name in type(self).__dataclass_fields__:
                raise InputError(f"no further table can be called '{name}': records have that already")
        if np.any(self.people.person[1:] == self.people.person[:-1]):
            raise InputError("a person stands twice in people")
        for name, table in self.tables.items():
            unknown = _strangers(table.person, self.people)
            if unknown.any():
                raise InputError(f"{name} hold person {table.person[np.argmax(unknown)]}, who is not in people")

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Table:
            """A further table by its name; AttributeError for what is none."""
            measured = self.__dict__.get("measured", {})
            if name not in measured:
                raise AttributeError(f"records hold no '{name}'")
            return measured[name]

    @classmethod
    def of(cls, people: People, tables: Mapping[str, Any]) -> Records:
        """Records of ``people`` from tables by name; those always there are empty unless given."""
        always = {name: tables.get(name, kind.empty()) for name, kind in KINDS.items()}
        return cls(people, **always, measured={name: table for name, table in tables.items() if name not in KINDS})

    @property
    def tables(self) -> dict[str, Any]:
        """Every table but ``people`` by name: those always there, then those of further instruments."""
        return {**{name: getattr(self, name) for name in KINDS}, **self.measured}

    def table(self, name: str) -> Any:
        """The table called ``name``, ``people`` included. Raises UnknownName, with the nearest."""
        tables = {"people": self.people, **self.tables}
        if name not in tables:
            raise UnknownName("table of records", name, tables)
        return tables[name]

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
        measured: Mapping[str, tuple[type[Table], pd.DataFrame]] | None = None,
        folder: str = "",
    ) -> Records:
        """Read and check the tables of a cohort in shown units; ``folder`` goes before file names in messages.
        ``measured`` gives those of further instruments by name: the class of the table, and the frame.

        Raises TableError (file, row, column) as each table does, and for a row of an unknown person, before birth
        or after the last day under observation, and for anything but a relapse before the first. A relapse may lie
        before the first day under observation: the history taken then reports it.
        """
        who = People.from_frame(people, file=f"{folder}people.csv")
        given = dict(zip(KINDS, (visits, relapses, scans, tests, samples, eyes), strict=True))
        frames = {name: (KINDS[name], frame) for name, frame in given.items() if frame is not None}
        tables = {}
        for name, (kind, frame) in {**frames, **(measured or {})}.items():
            file = f"{folder}{name}.csv"
            tables[name] = kind.from_frame(frame, file=file)
            _refuse_outside(frame, who, seen_in_person=kind is not Relapses, file=file)
        return cls.of(who, tables)

    def select(self, keep: NDArray[np.bool_]) -> Records:
        """The records of the people marked True in ``keep`` (bool[N], order of ``people``)."""
        keep = np.asarray(keep, dtype=bool)
        people = self.people
        tables = {name: table.take(keep[table.owners(people)]) for name, table in self.tables.items()}
        return Records.of(people.take(keep), tables)

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
    """The cohorts as one, sorted again by person and day, with every table that any of them has; a person in two of
    them raises InputError.
    """
    cohorts = list(parts)
    if not cohorts:
        raise InputError("nothing to concatenate")
    names = dict.fromkeys(name for part in cohorts for name in part.tables)
    held = {name: [part.tables[name] for part in cohorts if name in part.tables] for name in names}
    return Records.of(_stack([part.people for part in cohorts]), {name: _stack(parts) for name, parts in held.items()})


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
