"""A clinic's tables as records: who, when, what was measured, with an account of every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.clinic import INSTRUMENTS, Instrument
from smoulder.errors import InputError, TableError, UnknownName
from smoulder.records import UNKNOWN_DAY, Column, People, Records, Relapses, Table
from smoulder.tables.accounting import Account, account
from smoulder.tables.columns import Known, Said, find, read_mapping
from smoulder.tables.dates import ORIGIN, Moments, check_form
from smoulder.tables.ids import number_people
from smoulder.tables.people import FACTS, Facts, read_facts, refuse_early, refuse_outside
from smoulder.tables.reading import Reader, grades_note, scale_column
from smoulder.tables.same_day import one_row_a_day
from smoulder.tables.sheets import Sheet, Source, open_sheet

__all__ = ["Cohort", "Treatments", "read_cohort"]

#: Names of arguments of ``read_cohort``: an instrument of such a name is no further one.
_TABLES = ("visits", "relapses", "people", "scans", "treatments")


@dataclass(frozen=True, eq=False)
class Treatments(Table):
    """One row a course of a drug: ``day`` it began, ``stop_day`` its last day (-1: it goes on), ``drug`` its number in
    ``Cohort.drugs``.
    """

    SCHEMA: ClassVar[tuple[Column, ...]] = (
        Column("person", "int64", "", 0, float(2**53), "identity of the person"),
        Column("day", "int32", "day", 0, 200_000, "first day of the course"),
        Column("stop_day", "int32", "day", 0, 200_000, "last day of the course", UNKNOWN_DAY),
        Column("drug", "int16", "", 0, 32_767, "number of the drug"),
    )

    day: NDArray[np.int32]
    stop_day: NDArray[np.int32]
    drug: NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Cohort:
    """Records with the way back to the tables they came from.

    ``ids[n]`` is the identity of person n of ``records`` (int64[N], or text where any was text; sorted). ``dated``
    cohorts count days from ``smoulder.tables.ORIGIN``; others keep their own count, moved by ``shift`` so that no day
    is negative. ``scores`` holds further scales, float64[rows of ``records.visits``], NaN where not rated.
    """

    records: Records
    ids: NDArray[Any]
    account: Account
    dated: bool = False
    shift: int = 0
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    treatments: Treatments = field(default_factory=Treatments.empty)
    drugs: tuple[str, ...] = ()

    @classmethod
    def of(cls, records: Records) -> Cohort:
        """Records that came from no foreign table, such as simulated ones: people are called by their numbers."""
        nothing = account([], [])
        return cls(records, records.people.person.copy(), nothing)

    def names(self, person: ArrayLike) -> NDArray[Any]:
        """The identities of people given by their numbers in ``records``; InputError for a number that is not there."""
        asked = np.asarray(person, dtype=np.int64)
        held = self.records.people.person
        place = np.searchsorted(held, asked)
        there = place < len(held)
        there[there] = held[place[there]] == asked[there]
        if not there.all():
            raise InputError(f"person {asked[~there][0]} is not in these records")
        named: NDArray[Any] = self.ids[place]
        return named

    def when(self, day: ArrayLike) -> Any:
        """Days of ``records`` as the tables had them: datetime64[D] (NaT where -1) if ``dated``, else counted days as a
        pandas Int64 array, empty where -1.
        """
        given = np.asarray(day, dtype=np.int64)
        unknown = given == UNKNOWN_DAY
        if self.dated:
            return np.where(unknown, np.datetime64("NaT", "D"), np.datetime64(ORIGIN, "D") + given)
        return pd.arrays.IntegerArray(np.where(unknown, 0, given - self.shift), unknown)


def read_cohort(
    visits: Source,
    relapses: Source | None = None,
    people: Source | None = None,
    scans: Source | None = None,
    treatments: Source | None = None,
    *,
    columns: Mapping[str, Any] | str | Path | None = None,
    dates: str = "iso",
    scales: Sequence[str] = (),
    faulty: Literal["refuse", "set aside"] = "refuse",
    measured: Mapping[str, Source] | None = None,
    instruments: tuple[Instrument, ...] = INSTRUMENTS,
) -> Cohort:
    """Read a cohort from files (.csv, .parquet) or frames (pandas, polars, Arrow).

    Columns are known by their usual names (msprog, MSoutcomes, MSDA core data set, SDTM, ours) or said by ``columns``:
    a mapping (our name -> their column, in general or by table) or a TOML file of one. Times are whole days or dates,
    one or the other in a cohort; ``dates`` says how dates are written: 'iso', 'day first', 'month first' or a pattern
    such as '%d%b%Y'. ``scales`` are further numeric columns of the visits, to be worsened on. Days since the latest
    relapse that stand with visits become relapses.

    ``measured`` are the tables of further ``instruments`` by name, such as ``{"eyes": "oct.csv"}``: person, day, and
    what the instrument measures.

    With ``faulty`` 'refuse' the first fault (no number, an impossible score or date, a contradiction of two rows of one
    day, a visit before birth) raises TableError with file, row (1 is the first data row) and column. With 'set aside'
    its row is left out and stands in the account, as always do empty rows, repeats, and relapses and treatments of
    people who were never seen. Observation of a person who has none in ``people`` lasts from the first visit, scan or
    other measurement to the last of these or relapse.
    """
    check_form(dates)
    if faulty not in ("refuse", "set aside"):
        raise InputError(f"faulty must be 'refuse' or 'set aside', not '{faulty}'")
    given: dict[str, Source | None] = dict(zip(_TABLES, (visits, relapses, people, scans, treatments), strict=True))
    others = [instrument.name for instrument in instruments if instrument.name not in _TABLES]
    for name, source in (measured or {}).items():
        if name not in others:
            raise UnknownName("instrument with a table of its own", name, others)
        given[name] = source
    known = Known.of(instruments)
    said = read_mapping(columns, known)
    sheets = {table: open_sheet(source, table) for table, source in given.items() if source is not None}
    _refuse_same_name(sheets)
    _refuse_unused(said, sheets)
    found = {table: find(sheet, table, said, known) for table, sheet in sheets.items()}
    by_date = all("day" not in one.days or "day" in one.dates for one in found.values())
    readers = {
        table: Reader.begin(table, sheets[table], one.settle(by_date), dates, refuse=faulty == "refuse")
        for table, one in found.items()
    }
    codes, ids = number_people([reader.ids for reader in readers.values()])
    for reader, code in zip(readers.values(), codes, strict=True):
        reader.code = code
    return _Assembly(readers, ids, tuple(scales), instruments, known).cohort()


def _refuse_same_name(sheets: dict[str, Sheet]) -> None:
    names = [sheet.name for sheet in sheets.values()]
    for table, sheet in sheets.items():
        if names.count(sheet.name) > 1:  # two files called data.csv in two folders
            sheets[table] = Sheet(f"{table} ({sheet.name})", sheet.columns, sheet.rows)


def _refuse_unused(said: Said, sheets: dict[str, Sheet]) -> None:
    for name, column in said.get("", {}).items():
        if not any(column in sheet.columns for sheet in sheets.values()):
            every = [heading for sheet in sheets.values() for heading in sheet.columns]
            raise UnknownName(f"column (said to be {name})", column, every)
    for table, names in said.items():
        if table and names and table not in sheets:
            raise InputError(f"columns speak of {table}, and no such table was given")


_Measured = tuple[NDArray[np.intp], dict[str, NDArray[np.generic]]]
"""Rows of a measured table that stand for one person and day each, and the values of all its rows by our names."""


class _Assembly:
    """The tables of one cohort on their way to records; people are numbered by identity, seen or not."""

    def __init__(
        self,
        readers: dict[str, Reader],
        ids: NDArray[Any],
        scales: tuple[str, ...],
        instruments: tuple[Instrument, ...],
        known: Known,
    ) -> None:
        self.readers, self.ids, self.scales = readers, ids, scales
        self.instruments, self.known = instruments, known
        self.notes: list[str] = []
        self.moments = {table: self._moments(reader) for table, reader in readers.items()}
        self.dated = self._one_kind()
        self.since = readers["visits"].since_relapse()
        self.shift = 0 if self.dated else self._shift()
        self.facts = self._facts()

    def cohort(self) -> Cohort:
        """Everything at last."""
        measured_with = [instrument for instrument in self.instruments if instrument.name in self.readers]
        measured = {instrument.name: self._seen(instrument.name) for instrument in measured_with}
        seen = np.zeros(len(self.ids), dtype=bool)
        for table, (rows, _) in measured.items():
            seen[self.readers[table].code[rows]] = True
        watched = (self.facts.days["first_day"] != UNKNOWN_DAY) & (self.facts.days["last_day"] != UNKNOWN_DAY)
        seen |= watched
        relapse_code, relapse_day = self._relapses(seen)
        treated, drugs = self._treatments(seen)
        self._people_unseen(seen)
        number = np.cumsum(seen) - 1
        tables: dict[str, Table] = {"relapses": Relapses(person=number[relapse_code], day=_held(relapse_day))}
        tables |= {each.name: self._table(each, number, measured) for each in self.instruments}
        rows, values = measured["visits"]
        records = Records.of(self._people(seen, measured, relapse_code, relapse_day), tables)
        treated = Treatments(number[treated.person], treated.day, treated.stop_day, treated.drug)
        scores = {name: values[name][rows].astype(np.float64) for name in self.scales}
        done = account([(r.ledger, r.not_read(self.scales)) for r in self.readers.values()], self.notes)
        return Cohort(records, self.ids[seen], done, self.dated, self.shift, scores, treated, drugs)

    def _moments(self, reader: Reader) -> dict[str, Moments]:
        fields = {"people": FACTS, "treatments": ("day", "stop_day")}.get(reader.table, ("day",))
        read = {name: reader.moments(name, required=name == "day") for name in fields}
        return {name: one for name, one in read.items() if one is not None}

    def _one_kind(self) -> bool:
        """Whether the cohort is in dates; TableError where one column holds dates and another counted days."""
        first: tuple[str, str, bool] | None = None
        for table, read in self.moments.items():
            for name, one in read.items():
                if (one.blank | one.bad).all():
                    continue
                reader = self.readers[table]
                here = (reader.sheet.name, reader.columns[name], one.dated)
                first = here if first is None else first
                if here[2] != first[2]:
                    kinds = ("dates", "counted days") if here[2] else ("counted days", "dates")
                    other = f"'{first[1]}' of {first[0]} holds {kinds[1]}; a cohort is in one of them"
                    raise TableError(f"holds {kinds[0]}, but {other}", file=here[0], column=here[1])
        return first is not None and first[2]

    def _shift(self) -> int:
        """What must be added to counted days for none to be negative."""
        lowest = [0]
        for read in self.moments.values():
            lowest += [int(one.day.min(initial=0)) for one in read.values()]
        if self.since is not None:
            day = self.moments["visits"]["day"]
            usable = np.isfinite(self.since) & (self.since >= 0) & ~day.blank & ~day.bad
            lowest.append(int((day.day - np.where(usable, self.since, 0)).min(initial=0)))
        return -min(lowest)

    def _day(self, table: str, name: str = "day") -> NDArray[np.int64]:
        return self.moments[table][name].day + self.shift

    def _facts(self) -> Facts:
        if "people" not in self.readers:
            return Facts.unknown(len(self.ids))
        reader = self.readers["people"]
        if "birth_year" in reader.columns and "birth_day" not in reader.columns:
            if self.dated:
                self.notes.append(f"Birth was taken as 1 July of '{reader.columns['birth_year']}'.")
            else:
                self.notes.append(f"'{reader.columns.pop('birth_year')}' was not read: the cohort is in counted days.")
        return read_facts(reader, self.moments["people"], self.shift, len(self.ids))

    def _seen(self, table: str) -> _Measured:
        """Rows of a measured table that stand for one person and day each, and the values by our names."""
        reader = self.readers[table]
        scales = self.scales if table == "visits" else ()
        values = reader.values(self.known.measures[table], scales)
        if table == "visits":
            grade = reader.grades(values)
            if grade is not None:
                heading = reader.columns["ambulation_grades"]
                self.notes.append(grades_note(heading, grade, values.get("edss")))
            if "nhpt_dominant" in values and "dom" not in reader.columns["nhpt_dominant"].lower():
                self.notes.append(f"'{reader.columns['nhpt_dominant']}' was taken for the dominant hand.")
        heading = reader.columns["day"]
        refuse_outside(reader.ledger, heading, reader.code, self._day(table), self.facts)
        refuse_early(reader.ledger, heading, reader.code, self._day(table), self.facts)
        if table == "visits":
            self._refuse_unborn(reader)
        schema = {**self.known.measures[table], **{name: scale_column(name) for name in scales}}
        return one_row_a_day(reader.ledger, reader.code, self._day(table), values, schema, heading), values

    def _relapses(self, seen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Person and day of each relapse, of the table and of days since the latest, each once."""
        code, day = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        if "relapses" in self.readers:
            reader = self.readers["relapses"]
            at = self._day("relapses")
            reader.ledger.aside(_unseen(reader, seen), reader.columns["person"], "the person was never seen")
            refuse_outside(reader.ledger, reader.columns["day"], reader.code, at, self.facts)
            rows = one_row_a_day(reader.ledger, reader.code, at, {}, {}, reader.columns["day"])
            code, day = reader.code[rows], at[rows]
        told = self._told_with_visits()
        if told is not None:
            code, day = np.concatenate([code, told[0]]), np.concatenate([day, told[1]])
            both = np.unique(np.stack([code, day]), axis=1)
            code, day = both[0], both[1]
        return code, day

    def _relapse_days(self) -> NDArray[np.int64]:
        """Day of the latest relapse of each visit, where one is given."""
        since: Any = self.since
        return self._day("visits") - np.where(np.isfinite(since), since, 0).astype(np.int64)

    def _refuse_unborn(self, reader: Reader) -> None:
        """Visits that tell of a relapse before birth, or before the first day there can be."""
        if self.since is None:
            return
        day = self._relapse_days()
        birth = self.facts.days["birth_day"][np.maximum(reader.code, 0)]
        early = np.isfinite(self.since) & ((day < 0) | ((birth != UNKNOWN_DAY) & (day < birth)))
        reader.ledger.fault(early, reader.columns["days_since_relapse"], "a relapse before birth: negative age")

    def _told_with_visits(self) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        if self.since is None:
            return None
        reader = self.readers["visits"]
        heading = reader.columns["days_since_relapse"]
        rows = np.flatnonzero(reader.ledger.keep & np.isfinite(self.since))
        self.notes.append(f"Relapses were also taken from '{heading}': a relapse that was never the latest is missing.")
        return reader.code[rows], self._relapse_days()[rows]

    def _treatments(self, seen: NDArray[np.bool_]) -> tuple[Treatments, tuple[str, ...]]:
        if "treatments" not in self.readers:
            return Treatments.empty(), ()
        reader = self.readers["treatments"]
        ledger, start = reader.ledger, self._day("treatments")
        ledger.aside(_unseen(reader, seen), reader.columns["person"], "the person was never seen")
        stop = np.full(len(start), UNKNOWN_DAY, dtype=np.int64)
        if "stop_day" in self.moments["treatments"]:
            read = self.moments["treatments"]["stop_day"]
            stop = np.where(read.blank | read.bad, UNKNOWN_DAY, read.day + self.shift)
            early = (stop != UNKNOWN_DAY) & (stop < start)
            ledger.fault(early, reader.columns["stop_day"], "stopped before it began")
        cells = reader.cells("drug")
        ledger.fault(cells.blank, reader.columns["drug"], "no drug is named")
        names = np.array(["" if blank else cells.shown(row) for row, blank in enumerate(cells.blank)], dtype=object)
        again = pd.DataFrame({"who": reader.code, "start": start, "stop": stop, "drug": names})[
            ledger.keep
        ].duplicated()
        repeat = np.zeros(len(start), dtype=bool)
        repeat[np.flatnonzero(ledger.keep)] = again.to_numpy()
        ledger.aside(repeat, reader.columns["day"], "repeats a row")
        rows = np.flatnonzero(ledger.keep)
        drug, drugs = pd.factorize(names[rows], sort=True)
        return Treatments(reader.code[rows], _held(start[rows]), _held(stop[rows]), drug), tuple(
            str(one) for one in drugs
        )

    def _people_unseen(self, seen: NDArray[np.bool_]) -> None:
        if "people" in self.readers:
            reader = self.readers["people"]
            why = "no visit, no scan and no time under observation"
            reader.ledger.aside(_unseen(reader, seen), reader.columns["person"], why)
            strange = int((seen & ~self.facts.told).sum())
            if strange:
                self.notes.append(f"{strange} of {int(seen.sum())} people are not in {reader.sheet.name}.")

    def _people(
        self,
        seen: NDArray[np.bool_],
        measured: Mapping[str, _Measured],
        relapse_code: NDArray[np.int64],
        relapse_day: NDArray[np.int64],
    ) -> People:
        far = np.iinfo(np.int64).max
        first = np.full(len(self.ids), far, dtype=np.int64)
        last = np.full(len(self.ids), UNKNOWN_DAY, dtype=np.int64)
        for table, (chosen, _) in measured.items():
            code, day = self.readers[table].code[chosen], self._day(table)[chosen]
            np.minimum.at(first, code, day)
            np.maximum.at(last, code, day)
        inside = relapse_day >= first[relapse_code]
        np.maximum.at(last, relapse_code[inside], relapse_day[inside])
        days = self.facts.days
        told_first, told_last = days["first_day"], days["last_day"]
        first = np.where(told_first != UNKNOWN_DAY, told_first, first)
        last = np.where(told_last != UNKNOWN_DAY, told_last, np.maximum(last, first))
        return People(
            person=np.arange(int(seen.sum())),
            sex=self.facts.sex[seen],
            birth_day=_held(days["birth_day"][seen]),
            onset_day=_held(days["onset_day"][seen]),
            death_day=_held(days["death_day"][seen]),
            first_day=_held(first[seen]),
            last_day=_held(last[seen]),
        )

    def _table(self, instrument: Instrument, number: NDArray[np.int64], measured: Mapping[str, _Measured]) -> Table:
        """What was measured with an instrument: of its own table, or of the columns in another's where any is given."""
        sheets = [sheet for sheet in (instrument.name, instrument.sheet) if sheet in measured]
        held = {sheet: [name for name in instrument.columns if name in measured[sheet][1]] for sheet in sheets}
        if len(sheets) == 2 and all(held.values()):
            raise InputError(f"{instrument.name} stand in two tables, '{sheets[0]}' and '{sheets[1]}'")
        sheet = next((sheet for sheet in sheets if held[sheet] or sheet == instrument.name), None)
        if sheet is None:
            return instrument.table.empty()
        rows, values = measured[sheet]
        if sheet != instrument.name:
            done = [_recorded(values[name][rows], instrument.columns[name]) for name in held[sheet]]
            rows = rows[np.logical_or.reduce(done)]
        reader = self.readers[sheet]
        columns: dict[str, Any] = {
            name: values[name][rows] if name in held[sheet] else np.full(len(rows), column.missing, dtype=column.dtype)
            for name, column in instrument.columns.items()
        }
        keys: dict[str, Any] = {"person": number[reader.code[rows]], "day": _held(self._day(sheet)[rows])}
        return instrument.table(**keys, **columns)


def _held(day: NDArray[np.int64]) -> NDArray[np.int32]:
    return day.astype(np.int32)


def _unseen(reader: Reader, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return (reader.code < 0) | ~seen[np.maximum(reader.code, 0)]


def _recorded(values: NDArray[np.generic], column: Column) -> NDArray[np.bool_]:
    number = values.astype(np.float64)
    return ~np.isnan(number) if column.missing is None or np.isnan(column.missing) else number != column.missing
