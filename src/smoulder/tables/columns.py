"""Which column of a foreign table is which of ours: said by the user, or known by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smoulder.clinic import INSTRUMENTS, Instrument
from smoulder.errors import InputError, TableError, UnknownName, nearest
from smoulder.records import Column
from smoulder.tables.sheets import Sheet

__all__ = ["FIELDS", "KNOWN", "MEASURES", "Found", "Known", "Said", "find", "known_as", "read_mapping", "say_which"]

_SKIPPED = ("person", "day")


# What is read from a table besides what an instrument measures.
_ALSO: dict[str, tuple[str, ...]] = {
    "visits": ("ambulation_grades", "days_since_relapse"),
    "relapses": (),
    "people": ("sex", "birth_day", "birth_year", "onset_day", "death_day", "first_day", "last_day"),
    "treatments": ("stop_day", "drug"),
}
_REQUIRED = {"people": ("person",), "treatments": ("person", "day", "drug")}

# Names of others, as they stand once all but letters and digits is gone: msprog, MSoutcomes, msclinical, SDTM, and the
# variables of the MSDA core data set in words and short.
_NAMES: dict[str, str] = {
    "person": "person personid patient patientid patientcode patid subject subjectid subj subjid usubjid id pid msdaid",
    "edss": "edss edssscore edsstotal edssvalue edssrated expandeddisabilitystatusscale",
    "fs_pyramidal": "fspyramidal fspyr pyramidal pyramidalfs fspyramidalfunctions",
    "fs_cerebellar": "fscerebellar fscrbl cerebellar cerebellarfs",
    "fs_brainstem": "fsbrainstem fsbstem brainstem brainstemfs",
    "fs_sensory": "fssensory fssens sensory sensoryfs",
    "fs_bowel_bladder": "fsbowelbladder fssph bowelbladder bowelandbladder fsbowelandbladder sphincter fssphincteric",
    "fs_visual": "fsvisual fsvis visual visualfs",
    "fs_cerebral": "fscerebral fscereb cerebral mental fsmental cerebralfs",
    "ambulation": "ambulation ambulationscore",
    "ambulation_grades": "ambulationgrades ambulationgrade fsambulation fsamb",
    "arm_use": "armuse",
    "days_since_relapse": "dayssincerelapse dayspostrelapse dayssincelastrelapse",
    "t25fw": "t25fw t25w tw25 timed25footwalk t25fwseconds",
    "nhpt_dominant": "nhptdominant nhpt nhptdom 9hpt 9hptdom hpt9dom 9hptdominant",
    "nhpt_other": "nhptother nhptnondom nhptnondominant 9hptnondom hpt9nondom 9hptnondominant",
    "sdmt": "sdmt sdmtscore symboldigitmodalitiestest",
    "sex": "sex gender sexatbirth biologicalsex",
    "birth_year": "birthyear yearofbirth yob",
    "new_t2": "newt2 newt2lesions newt2count newlesions numberofnewt2lesions newenlargingt2 neworenlargingt2lesions",
    "gd": "gd gdlesions gdcount gdt1 t1gd gadoliniumenhancinglesions numberofgadoliniumenhancinglesions",
    "brain_volume": "brainvolume",
    "cord_area": "cordarea",
    "rims": "rims rimlesions prl",
    "t2_volume": "t2volume t2volumeml t2lesionvolume",
    "t1_holes": "t1holes blackholes",
    "sel": "sel sels",
    "cortical": "cortical corticallesions",
    "grey_volume": "greyvolume greymattervolume graymattervolume",
    "drug": "drug dmt dmtname treatment therapy nameofdmt medication",
}
# Moments have two lists: names of counted days, names of dates; that of an instrument's own table has the usual ones.
_USUAL_DAY = ("day days", "date visitdate dateofvisit dateofassessment")
_MOMENTS: dict[tuple[str, str], tuple[str, str]] = {
    ("visits", "day"): (
        "day days visitday",
        "date visitdate dateofvisit dateedss edssdate dateofedss dateofassessment rsdtc",
    ),
    ("relapses", "day"): (
        "day days relapseday onsetday visitday",
        "date relapsedate dateofrelapse relapseonset relapseonsetdate dateofrelapseonset onset onsetdate cestdtc",
    ),
    ("scans", "day"): ("day days scanday mriday", "date mridate scandate dateofmri dateofscan"),
    ("treatments", "day"): (
        "day startday",
        "start startdate dmtstartdate dmtstart dateofstart dateofdmtstart dmtdateofstart begin",
    ),
    ("treatments", "stop_day"): (
        "stopday endday",
        "stop stopdate end enddate dmtstopdate dmtenddate dmtend dmtstop dateofstop dateofdmtstop dmtdateofstop",
    ),
    ("people", "birth_day"): ("birthday", "birthdate dateofbirth dob birth"),
    ("people", "onset_day"): (
        "onsetday",
        "onsetdate onset dateofonset msonset msonsetdate dateofmsonset firstsymptomdate dateoffirstsymptoms",
    ),
    ("people", "death_day"): ("deathday", "deathdate dateofdeath death"),
    ("people", "first_day"): ("firstday startday", "firstdate startdate start entrydate dateofentry"),
    ("people", "last_day"): ("lastday endday", "lastdate enddate end lastfollowup lastfollowupdate dateoflastfollowup"),
}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(frozen=True)
class Known:
    """What can be read, by our names. ``measures`` are the measured columns of each table, and what each may hold;
    ``fields`` all columns of each table; ``names`` those of others for each field, parted by blanks.

    Of visits, ``ambulation_grades`` is ambulation in the twelve grades of before 2011; ``days_since_relapse`` counts
    from the latest relapse before the visit.
    """

    measures: dict[str, dict[str, Column]]
    fields: dict[str, tuple[str, ...]]
    names: dict[str, str]

    @classmethod
    def of(cls, instruments: tuple[Instrument, ...]) -> Known:
        """What people measured with ``instruments`` bring; an instrument whose columns usually stand in another's table
        is read from there as well as from its own.
        """
        measures = {instrument.name: dict(instrument.columns) for instrument in instruments}
        names = dict(_NAMES)
        for instrument in instruments:
            if instrument.sheet:
                measures[instrument.sheet] |= instrument.columns
            names |= {name: names.get(name, _plain(name)) for name in instrument.columns}
            for measure in instrument.measures:
                if measure.value is None:
                    names[measure.name] = " ".join([names[measure.name], *map(_plain, measure.aliases)])
        tables = ("visits", "relapses", "people", "scans", "treatments", *measures)
        fields = {
            table: ("person", *(() if table == "people" else ("day",)), *measures.get(table, ()), *_ALSO.get(table, ()))
            for table in dict.fromkeys(tables)
        }
        return cls(measures, fields, names)


Said = dict[str, dict[str, str]]
"""What the user said: table, our name, their column; the table ``""`` is every table that has such a column."""


@dataclass(frozen=True)
class Found:
    """Their column for each of our names; for a moment known by name, one column of days and one of dates may stand
    side by side (``days``, ``dates``), to be decided for all tables at once.
    """

    columns: dict[str, str]
    days: dict[str, str]
    dates: dict[str, str]

    def settle(self, dated: bool) -> dict[str, str]:
        """The columns once it is settled whether the cohort is in dates; a moment with one column keeps it."""
        first, second = (self.dates, self.days) if dated else (self.days, self.dates)
        return {**self.columns, **second, **first}


KNOWN = Known.of(INSTRUMENTS)
MEASURES = KNOWN.measures
FIELDS = KNOWN.fields


def read_mapping(columns: Mapping[str, Any] | str | Path | None, known: Known = KNOWN) -> Said:
    """What the user said of columns, as table -> our name -> their column, among those that are ``known``.

    ``columns`` is a mapping, or the path of a TOML file that holds one: by table (``{"visits": {"edss": "Score"}}``),
    or for every table that has such a column (``{"person": "PatID"}``). Raises UnknownName for a table or a name of
    ours that is not there.
    """
    if columns is None:
        return {}
    given: Mapping[str, Any] = _toml(Path(columns)) if isinstance(columns, str | Path) else columns
    if not isinstance(given, Mapping):
        raise InputError(f"columns must be a mapping or the path of a TOML file, not {type(columns).__name__}")
    said: Said = {table: {} for table in ("", *known.fields)}
    everywhere = list(dict.fromkeys(name for fields in known.fields.values() for name in fields))
    for key, value in given.items():
        if not isinstance(value, Mapping):
            _refuse_unknown("column", key, everywhere)
            said[""][key] = str(value)
            continue
        _refuse_unknown("table", key, known.fields)
        for name, column in value.items():
            _refuse_unknown(f"column of {key}", name, known.fields[key])
            said[key][name] = str(column)
    return said


def _refuse_unknown(kind: str, name: str, valid: Iterable[str]) -> None:
    if name not in valid:
        raise UnknownName(kind, str(name), valid)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: is no TOML: {error}") from None


def find(sheet: Sheet, table: str, said: Said, known: Known = KNOWN) -> Found:
    """Their column for each of our names in ``sheet``, a ``table`` whose fields are ``known``.

    Raises TableError when a column that was said is not there, two columns could be the same thing, or one that is
    required is not found.
    """
    columns = dict(said.get(table, {}))
    for field, column in columns.items():
        if column not in sheet.columns:
            close = nearest(column, sheet.columns)
            hint = f" Did you mean '{close}'?" if close else ""
            raise TableError(f"there is no column '{column}' to take as {field}.{hint}", file=sheet.name)
    soft = {f: c for f, c in said.get("", {}).items() if f in known.fields[table] and c in sheet.columns}
    columns = {**soft, **columns}
    days: dict[str, str] = {}
    dates: dict[str, str] = {}
    free = {name: _plain(name) for name in sheet.columns if name not in columns.values()}
    for field in known.fields[table]:
        if field in columns:
            continue
        moment = _MOMENTS.get((table, field), _USUAL_DAY if field == "day" else None)
        if moment is not None:
            for place, names in zip((days, dates), moment, strict=True):
                _take(place, field, names, free, sheet)
        elif field in known.names:
            _take(columns, field, known.names[field], free, sheet)
    there = {*columns, *days, *dates}
    for field in _REQUIRED.get(table, _SKIPPED):
        if field not in there:
            held = ", ".join(list(sheet.columns)[:12])
            raise TableError(
                f"no column is known as {field}; {say_which(f'{table}.{field}', '...')}. There are: {held}",
                file=sheet.name,
            )
    return Found(columns, days, dates)


def say_which(field: str, heading: str) -> str:
    """How to say which column is ``field`` (``visits.edss``, or ``edss`` for every table), in words for a message."""
    return f"write the line {field} = '{heading}' in the file of --columns (in Python: columns)"


def known_as(heading: str) -> str | None:
    """The measure of visits that a heading is known as; None for a heading of no meaning here."""
    plain = _plain(heading)
    fitting = (name for name in MEASURES["visits"] if plain in KNOWN.names[name].split())
    return heading if heading in MEASURES["visits"] else next(fitting, None)


def _take(place: dict[str, str], field: str, names: str, headings: dict[str, str], sheet: Sheet) -> None:
    """Note the one heading known as ``field``; TableError when two are."""
    known = names.split()
    fitting = [name for name, plain in headings.items() if plain in known]
    exact = [name for name in fitting if name.lower() == field]
    fitting = exact if len(exact) == 1 else fitting
    if len(fitting) > 1:
        raise TableError(
            f"'{fitting[0]}' and '{fitting[1]}' could both be {field}; {say_which(field, fitting[0])} if it is that",
            file=sheet.name,
        )
    if fitting:
        place[field] = fitting[0]
