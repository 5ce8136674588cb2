"""People, Visits, Relapses, Scans, Tests, Samples, Eyes: frozen tables of numpy columns, sorted by person and day.

``measurements`` makes the class of one more such table, for an instrument that has none here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, make_dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import InputError
from smoulder.records.schema import Column, read_column, refuse_duplicates, refuse_headings, refuse_rows, show_column
from smoulder.records.time import DAYS_PER_YEAR, UNKNOWN_DAY

__all__ = [
    "FUNCTIONAL_SYSTEMS",
    "Eyes",
    "People",
    "Relapses",
    "Samples",
    "Scans",
    "Table",
    "Tests",
    "Visits",
    "measurements",
]

_LAST_DAY = 200_000  # five centuries: catches dates written as YYYYMMDD, refuses no cohort
_OLDEST_YEARS = 125  # no life has been documented beyond 122 years
_MAX_EDSS = 20  # half points
#: Default of a column that may be left out when a table is made: the whole of it was not recorded.
_ABSENT: Any = None


def _person() -> Column:
    return Column("person", "int64", "", 0, float(2**53), "identity of the person")


def _day(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "int32", "day", 0, _LAST_DAY, meaning, None if required else UNKNOWN_DAY)


def _score(name: str, high: int, meaning: str) -> Column:
    return Column(name, "int8", "", 0, high, meaning, -1)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "int16", "lesions", 0, 1000, meaning, -1)


def _timed(name: str, high: int, meaning: str) -> Column:
    return Column(name, "float32", "second", 0, high, meaning, np.nan, unable=True)


@dataclass(frozen=True, eq=False)
class Table:
    """A table with one row a moment of a person; columns are 1-D numpy arrays of one length, read-only.

    Made directly (columns in stored units: half points, -1 for not recorded) the rows are sorted and typed but not
    checked one by one; ``from_frame`` checks everything and is the border that foreign data crosses. A column given as
    None (the default of the optional ones) was not recorded at all.
    """

    SCHEMA: ClassVar[tuple[Column, ...]] = ()

    person: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Type, sort and freeze the columns; InputError when they are not of one length."""
        columns = {c.name: self._typed(c) for c in self.SCHEMA}
        if len({values.shape for values in columns.values()}) > 1 or columns["person"].ndim != 1:
            lengths = ", ".join(f"{name} {values.shape}" for name, values in columns.items())
            raise InputError(f"columns of {type(self).__name__} must be 1-D and of one length, not {lengths}")
        order = self._order(columns)
        for name, values in columns.items():
            column = values.copy() if order is None else values[order]
            column.flags.writeable = False
            object.__setattr__(self, name, column)

    def _typed(self, column: Column) -> NDArray[Any]:
        given = getattr(self, column.name)
        if given is None and column.missing is not None:
            return np.full(np.shape(self.person), column.missing, dtype=column.dtype)
        return np.asarray(given, dtype=column.dtype)

    @staticmethod
    def _order(columns: dict[str, NDArray[Any]]) -> NDArray[np.intp] | None:
        """Stable order by person and day, or None when the rows stand so already."""
        person = columns["person"]
        day = columns.get("day", np.zeros(len(person), dtype=np.int32))
        later = (person[1:] > person[:-1]) | ((person[1:] == person[:-1]) & (day[1:] >= day[:-1]))
        return None if later.all() else np.lexsort((day, person))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, file: str = "table") -> Self:
        """Read and check a table in shown units (EDSS 0 to 10); a blank or -1 is "not recorded".

        Raises TableError naming ``file``, row (1 = first data row) and column for an unknown, repeated or absent
        column, a value that is no number, out of range or impossible, and for a repeated row.
        """
        refuse_headings(frame, cls.SCHEMA, file)
        columns = {column.name: read_column(frame, column, file) for column in cls.SCHEMA}
        cls._check(columns, file)
        return cls(**columns)

    @classmethod
    def _check(cls, columns: dict[str, NDArray[Any]], file: str) -> None:
        refuse_duplicates([columns["person"], columns["day"]], file=file, column="day")

    @classmethod
    def empty(cls) -> Self:
        """The table without rows."""
        return cls(**{column.name: np.empty(0, dtype=column.dtype) for column in cls.SCHEMA})

    def frame(self) -> pd.DataFrame:
        """The table in shown units (EDSS 0 to 10), blank where not recorded; ``from_frame`` reads it back."""
        return pd.DataFrame({column.name: show_column(getattr(self, column.name), column) for column in self.SCHEMA})

    def take(self, rows: NDArray[Any]) -> Self:
        """The chosen rows: ``rows`` is a mask (bool, one per row) or row numbers."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def offsets(self, people: People) -> NDArray[np.int64]:
        """Where each person's rows start, int64[N + 1] in the order of ``people``; row ``offsets[i]`` up to
        ``offsets[i + 1]`` belongs to person i. Every person of the table must stand in ``people`` (Records sees to it).
        """
        starts = np.searchsorted(self.person, people.person, side="left")
        return np.append(starts, len(self.person)).astype(np.int64)

    def owners(self, people: People) -> NDArray[np.int64]:
        """For each row the position of its person in ``people``, int64[rows]."""
        return np.searchsorted(people.person, self.person, side="left").astype(np.int64)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.person)


@dataclass(frozen=True, eq=False)
class People(Table):
    """One row a person. Sex 1 female, 0 male; days are -1 where unknown, ``death_day`` also while alive.

    ``first_day`` to ``last_day`` is the time under observation; ``onset_day`` is the recorded clinical onset.
    """

    SCHEMA: ClassVar[tuple[Column, ...]] = (
        _person(),
        Column("sex", "int8", "", 0, 1, "1 female, 0 male", -1),
        _day("birth_day", "day of birth"),
        _day("onset_day", "day of clinical onset"),
        _day("death_day", "day of death"),
        _day("first_day", "first day under observation", required=True),
        _day("last_day", "last day under observation", required=True),
    )

    sex: NDArray[np.int8]
    birth_day: NDArray[np.int32]
    onset_day: NDArray[np.int32]
    death_day: NDArray[np.int32]
    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]

    @classmethod
    def _check(cls, columns: dict[str, NDArray[Any]], file: str) -> None:
        refuse_duplicates([columns["person"]], file=file, column="person")
        order = [
            ("birth_day", "onset_day", "clinical onset before birth: negative age"),
            ("birth_day", "first_day", "observed before birth: negative age"),
            ("birth_day", "death_day", "death before birth: negative age"),
            ("first_day", "last_day", "last day under observation before the first"),
            ("onset_day", "death_day", "death before clinical onset"),
            ("last_day", "death_day", "observed after death"),
        ]
        for before, after, problem in order:
            known = (columns[before] != UNKNOWN_DAY) & (columns[after] != UNKNOWN_DAY)
            column = before if before == "last_day" else after
            refuse_rows(known & (columns[after] < columns[before]), problem, file=file, column=column)
        age = np.where(columns["birth_day"] != UNKNOWN_DAY, columns["last_day"] - columns["birth_day"], 0)
        old = age > _OLDEST_YEARS * DAYS_PER_YEAR
        refuse_rows(old, f"age above {_OLDEST_YEARS} years", file=file, column="last_day")


@dataclass(frozen=True, eq=False)
class Visits(Table):
    """One row an examination: EDSS (half points 0 to 20 held, 0 to 10 shown), seven functional systems, ambulation
    and use of arms as in the Neurostatus form; -1 where not rated. EDSS 0.5 does not exist.
    """

    SCHEMA: ClassVar[tuple[Column, ...]] = (
        _person(),
        _day("day", "day of the visit", required=True),
        Column("edss", "int8", "EDSS", 0, _MAX_EDSS, "Expanded Disability Status Scale", -1, per_unit=2, barred=(1,)),
        _score("fs_pyramidal", 6, "pyramidal functions"),
        _score("fs_cerebellar", 5, "cerebellar functions"),
        _score("fs_brainstem", 5, "brainstem functions"),
        _score("fs_sensory", 6, "sensory functions"),
        _score("fs_bowel_bladder", 6, "bowel and bladder functions"),
        _score("fs_visual", 6, "visual functions"),
        _score("fs_cerebral", 5, "cerebral functions"),
        _score("ambulation", 12, "ambulation score"),
        _score("arm_use", 3, "use of arms when in bed, 3 is none"),
    )

    day: NDArray[np.int32]
    edss: NDArray[np.int8]
    fs_pyramidal: NDArray[np.int8]
    fs_cerebellar: NDArray[np.int8]
    fs_brainstem: NDArray[np.int8]
    fs_sensory: NDArray[np.int8]
    fs_bowel_bladder: NDArray[np.int8]
    fs_visual: NDArray[np.int8]
    fs_cerebral: NDArray[np.int8]
    ambulation: NDArray[np.int8]
    arm_use: NDArray[np.int8]


FUNCTIONAL_SYSTEMS = tuple(column.name for column in Visits.SCHEMA if column.name.startswith("fs_"))


@dataclass(frozen=True, eq=False)
class Relapses(Table):
    """One row a reported relapse, by the day it began; the attack at clinical onset is one of them."""

    SCHEMA: ClassVar[tuple[Column, ...]] = (_person(), _day("day", "day the relapse began", required=True))

    day: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Scans(Table):
    """One row an MRI: lesions counted and measured, volumes, cord area; -1 or NaN where not measured. Volumes of brain
    and grey matter are fractions of a reference or ml, one unit in a cohort.
    """

    SCHEMA: ClassVar[tuple[Column, ...]] = (
        _person(),
        _day("day", "day of the scan", required=True),
        _count("new_t2", "new or enlarging T2 lesions since the last scan"),
        _count("gd", "gadolinium-enhancing lesions"),
        Column("brain_volume", "float32", "fraction or ml", 0, 3000, "whole-brain volume", np.nan),
        Column("cord_area", "float32", "mm2", 0, 300, "upper cervical cord area", np.nan),
        _count("rims", "paramagnetic rim lesions present"),
        Column("t2_volume", "float32", "ml", 0, 1000, "volume of all T2 lesions", np.nan),
        _count("t1_holes", "T1-hypointense lesions (black holes) present"),
        _count("sel", "slowly expanding lesions present"),
        _count("cortical", "cortical lesions seen"),
        Column("grey_volume", "float32", "fraction or ml", 0, 3000, "grey-matter volume", np.nan),
    )

    day: NDArray[np.int32]
    new_t2: NDArray[np.int16] = _ABSENT
    gd: NDArray[np.int16] = _ABSENT
    brain_volume: NDArray[np.float32] = _ABSENT
    cord_area: NDArray[np.float32] = _ABSENT
    rims: NDArray[np.int16] = _ABSENT
    t2_volume: NDArray[np.float32] = _ABSENT
    t1_holes: NDArray[np.int16] = _ABSENT
    sel: NDArray[np.int16] = _ABSENT
    cortical: NDArray[np.int16] = _ABSENT
    grey_volume: NDArray[np.float32] = _ABSENT


@dataclass(frozen=True, eq=False)
class Tests(Table):
    """One row a sitting of timed and scored tests: 25-foot walk and nine-hole peg test of each hand in seconds, inf
    where the person tried and could not complete it, NaN where it was not done; symbol digit test in correct answers,
    -1 where it was not done.
    """

    __test__: ClassVar[bool] = False  # a table, not tests of the code

    SCHEMA: ClassVar[tuple[Column, ...]] = (
        _person(),
        _day("day", "day of the tests", required=True),
        _timed("t25fw", 180, "timed 25-foot walk"),
        _timed("nhpt_dominant", 300, "nine-hole peg test, dominant hand"),
        _timed("nhpt_other", 300, "nine-hole peg test, other hand"),
        Column("sdmt", "int16", "point", 0, 110, "symbol digit modalities test, correct answers", -1),
    )

    day: NDArray[np.int32]
    t25fw: NDArray[np.float32] = _ABSENT
    nhpt_dominant: NDArray[np.float32] = _ABSENT
    nhpt_other: NDArray[np.float32] = _ABSENT
    sdmt: NDArray[np.int16] = _ABSENT


@dataclass(frozen=True, eq=False)
class Samples(Table):
    """One row a blood sample: neurofilament light chain, NaN where not measured. Assays differ by a factor; a cohort
    holds one.
    """

    SCHEMA: ClassVar[tuple[Column, ...]] = (
        _person(),
        _day("day", "day of the sample", required=True),
        Column("snfl", "float32", "pg/mL", 0, 10_000, "neurofilament light chain in blood", np.nan),
    )

    day: NDArray[np.int32]
    snfl: NDArray[np.float32] = _ABSENT


@dataclass(frozen=True, eq=False)
class Eyes(Table):
    """One row an examination of the eyes, NaN where not done: letters read with both eyes on the low-contrast chart
    (2.5 percent contrast), and the mean of both eyes of the thickness of retinal layers and of the latency of the
    visual evoked potential.
    """

    SCHEMA: ClassVar[tuple[Column, ...]] = (
        _person(),
        _day("day", "day of the examination", required=True),
        Column("low_contrast", "float32", "letter", 0, 140, "letters read at 2.5 percent contrast, both eyes", np.nan),
        Column("rnfl", "float32", "um", 0, 300, "peripapillary retinal nerve fibre layer", np.nan),
        Column("gcipl", "float32", "um", 0, 200, "macular ganglion cell and inner plexiform layer", np.nan),
        Column("vep", "float32", "ms", 0, 500, "P100 latency of the visual evoked potential", np.nan),
    )

    day: NDArray[np.int32]
    low_contrast: NDArray[np.float32] = _ABSENT
    rnfl: NDArray[np.float32] = _ABSENT
    gcipl: NDArray[np.float32] = _ABSENT
    vep: NDArray[np.float32] = _ABSENT


def measurements(name: str, meaning: str, *columns: Column) -> Any:
    """The class of a table with one row a day on which an instrument was used: a :class:`Table` with ``person``,
    ``day`` and ``columns``, each of which must say what stands for "not recorded" (``missing``).

    ``name`` is that of the table in records and on disk, a word in small letters, digits and _; ``meaning`` becomes the
    docstring. Raises InputError for another name, a table without columns, a column given twice or one that is always
    required.

    >>> Fatigue = measurements("fatigue", "Fatigue.", Column("fatigue_severity", "float32", "point", 1, 7, "", np.nan))
    >>> len(Fatigue(person=[1, 1], day=[10, 40], fatigue_severity=[4.5, 5.0]))
    2
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise InputError(f"'{name}' is no name of a table: small letters, digits and _, a letter first")
    schema = (_person(), _day("day", f"day of the {name.replace('_', ' ')}", required=True), *columns)
    names = [column.name for column in schema]
    repeated = next((column for column in names if names.count(column) > 1), None)
    required = next((column.name for column in columns if column.missing is None), None)
    if not columns or repeated or required:
        problem = f"column '{repeated}' stands twice" if repeated else f"'{required}' cannot be left out"
        raise InputError(f"table '{name}': {problem if columns else 'it has no column'}")
    held: list[Any] = [("day", NDArray[np.int32]), *((column.name, NDArray[Any], _ABSENT) for column in columns)]
    class_name = "".join(part.capitalize() for part in name.split("_"))
    body = {"SCHEMA": schema, "__doc__": meaning, "__module__": __name__}
    return make_dataclass(class_name, held, bases=(Table,), namespace=body, frozen=True, eq=False)
