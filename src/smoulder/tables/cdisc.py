"""Records and outcomes in the shape of CDISC tables: ADTTE of ADaM, and RS, FT and CE of SDTM.

SDTM-like and ADaM-like, not more: variables have the names, kinds and order of SDTMIG 3.4 and of ADaM's basic structure
for times to events. EDSS and functional systems stand in RS, as the draft of version 2.0 of the EDSS supplement has it
(they were in QS before). Codes of tests follow the pattern of CDISC's codelists and are to be compared with the
terminology that a study names; what a study must add (arms, epochs, origins, define.xml) is not made up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import InputError
from smoulder.records import UNKNOWN_DAY, Table
from smoulder.tables.cohort import Cohort
from smoulder.tables.results import EventsLike

__all__ = ["LABELS", "adtte", "ce", "ft", "rs"]

# our column: code, name, category, subcategory, unit
_RS = {
    "edss": ("EDSS0101", "EDSS01-Expanded Disability Score", "EDSS", "", ""),
    "fs_pyramidal": ("KFSS101", "KFSS1-Pyramidal Functions", "KFSS", "", ""),
    "fs_cerebellar": ("KFSS102", "KFSS1-Cerebellar Functions", "KFSS", "", ""),
    "fs_brainstem": ("KFSS103", "KFSS1-Brain Stem Functions", "KFSS", "", ""),
    "fs_sensory": ("KFSS104", "KFSS1-Sensory Functions", "KFSS", "", ""),
    "fs_bowel_bladder": ("KFSS105", "KFSS1-Bowel and Bladder Functions", "KFSS", "", ""),
    "fs_visual": ("KFSS106", "KFSS1-Visual (Optic) Functions", "KFSS", "", ""),
    "fs_cerebral": ("KFSS107", "KFSS1-Cerebral (Mental) Functions", "KFSS", "", ""),
}
_FT = {
    "t25fw": ("T25FW101", "T25FW1-Time to Complete 25-Foot Walk", "T25FW", "", "sec"),
    "nhpt_dominant": ("NHPT0101", "NHPT01-Time to Complete 9-Hole Peg Test", "NHPT", "DOMINANT HAND", "sec"),
    "nhpt_other": ("NHPT0101", "NHPT01-Time to Complete 9-Hole Peg Test", "NHPT", "NON-DOMINANT HAND", "sec"),
    "sdmt": ("SDMT0101", "SDMT01-Total Score", "SDMT", "", ""),
}
_KEYS = {"STUDYID": "Study Identifier", "DOMAIN": "Domain Abbreviation", "USUBJID": "Unique Subject Identifier"}
_FINDING = {
    "SEQ": "Sequence Number",
    "TESTCD": "Short Name of Test",
    "TEST": "Name of Test",
    "CAT": "Category",
    "SCAT": "Subcategory",
    "ORRES": "Result or Finding in Original Units",
    "ORRESU": "Original Units",
    "STRESC": "Character Result in Standard Format",
    "STRESN": "Numeric Result in Standard Units",
    "STRESU": "Standard Units",
    "STAT": "Completion Status",
    "REASND": "Reason Not Done",
    "DTC": "Date of Examination",
    "DY": "Study Day of Examination",
}

LABELS: dict[str, dict[str, str]] = {
    "RS": {**_KEYS, **{f"RS{name}": text for name, text in _FINDING.items()}},
    "FT": {**_KEYS, **{f"FT{name}": text for name, text in _FINDING.items()}},
    "CE": {
        **_KEYS,
        "CESEQ": "Sequence Number",
        "CETERM": "Reported Term for the Clinical Event",
        "CECAT": "Category for Clinical Event",
        "CESTDTC": "Start Date of Clinical Event",
        "CESTDY": "Study Day of Start of Clinical Event",
    },
    "ADTTE": {
        "STUDYID": "Study Identifier",
        "USUBJID": "Unique Subject Identifier",
        "PARAMCD": "Parameter Code",
        "PARAM": "Parameter",
        "AVAL": "Analysis Value (days, first day is 1)",
        "STARTDT": "Time to Event Origin Date",
        "ADT": "Analysis Date",
        "ADY": "Analysis Relative Day",
        "CNSR": "Censor",
        "EVNTDESC": "Event or Censoring Description",
        "SRCDOM": "Source Data",
        "SRCVAR": "Source Variable",
        "SRCSEQ": "Source Sequence Number",
    },
}
"""Labels of the columns of each table, in order; at most 40 bytes, as XPT version 5 has it."""


def rs(cohort: Cohort, study: str) -> pd.DataFrame:
    """EDSS and functional systems, one row a score, by person, day and test. Study days count from the person's first
    day under observation, which is 1; there is no day 0.
    """
    return _findings(cohort, study, "RS", cohort.records.visits, _RS)


def ft(cohort: Cohort, study: str) -> pd.DataFrame:
    """Timed and scored tests, one row a result. One that was tried and could not be completed has no result, status
    NOT DONE and the reason.
    """
    return _findings(cohort, study, "FT", cohort.records.tests, _FT)


def ce(cohort: Cohort, study: str) -> pd.DataFrame:
    """Relapses as clinical events, one row each."""
    relapses = cohort.records.relapses
    table = _keys(cohort, study, "CE", relapses.person)
    table["CESEQ"] = _sequence(relapses.person)
    table["CETERM"], table["CECAT"] = "MULTIPLE SCLEROSIS RELAPSE", "RELAPSE"
    table["CESTDTC"] = _iso(cohort, relapses.day)
    table["CESTDY"] = _study_day(cohort, relapses.person, relapses.day)
    return table[list(LABELS["CE"])]


def adtte(cohort: Cohort, outcomes: Mapping[str, EventsLike], study: str) -> pd.DataFrame:
    """Times to ``outcomes`` (code -> events, one row a person): AVAL in days from the first day under observation,
    which counts as 1; CNSR 0 is an event. STARTDT and ADT are empty where the cohort has no dates.

    Where the rule of an event is of EDSS or a test, SRCDOM, SRCVAR and SRCSEQ name the row of RS or FT it came from.
    InputError for a code of over eight letters and digits, or events of other people.
    """
    people = cohort.records.people
    parts = []
    for code, events in outcomes.items():
        if not code.isalnum() or not code.isascii() or not 0 < len(code) <= 8 or code[0].isdigit():
            raise InputError(f"'{code}' is no parameter code: one to eight letters and digits, no digit first")
        if not np.array_equal(events.person, people.person):
            raise InputError(f"outcome '{code}' must have one row a person of the cohort, in its order")
        parts.append(_times(cohort, code.upper(), events, study))
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in LABELS["ADTTE"]})
    return pd.concat(parts, ignore_index=True) if parts else empty


def _times(cohort: Cohort, code: str, events: EventsLike, study: str) -> pd.DataFrame:
    people = cohort.records.people
    rule: Any = getattr(events, "rule", None)
    name = str(getattr(rule, "name", code))
    seen = events.day != UNKNOWN_DAY
    end = np.where(seen, events.day, events.censor_day).astype(np.int32)
    table = pd.DataFrame({"STUDYID": study, "USUBJID": cohort.names(people.person).astype(str)})
    table["PARAMCD"], table["PARAM"] = code, f"Time to {name}"
    table["AVAL"] = end.astype(np.int64) - people.first_day + 1
    nothing = np.full(len(end), np.datetime64("NaT"), dtype="datetime64[D]")
    table["STARTDT"] = pd.Series(cohort.when(people.first_day) if cohort.dated else nothing)
    table["ADT"] = pd.Series(cohort.when(end) if cohort.dated else nothing)
    table["ADY"] = _study_day(cohort, people.person, end)
    table["CNSR"] = (~seen).astype(np.int64)
    table["EVNTDESC"] = np.where(seen, name, "END OF OBSERVATION WITHOUT EVENT")
    domain, test = _source(rule)
    row = _source_rows(cohort, domain, test, people.person, end) if domain else np.full(len(end), np.nan)
    there = seen & ~np.isnan(row)
    table["SRCDOM"] = np.where(there, domain, "")
    table["SRCVAR"] = np.where(there, f"{domain}STRESN", "")
    table["SRCSEQ"] = np.where(there, row, np.nan)
    return table[list(LABELS["ADTTE"])]


def _source(rule: Any) -> tuple[str, str]:
    """Domain and our column that a rule looks at; empty where it looks at neither RS nor FT."""
    scale = getattr(rule, "scale", None)
    column = str(getattr(scale, "column", ""))
    for domain, tests in (("RS", _RS), ("FT", _FT)):
        if column in tests:
            return domain, column
    return "", ""


def _source_rows(
    cohort: Cohort, domain: str, column: str, person: NDArray[np.int64], day: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Sequence number of the result of ``column`` on the day of each person, NaN where there is none."""
    table, tests = (cohort.records.visits, _RS) if domain == "RS" else (cohort.records.tests, _FT)
    long = _long(table, tests)
    long["seq"] = _sequence(long["person"].to_numpy())
    of_test = long[long["test"] == list(tests).index(column)].set_index(["person", "day"])["seq"]
    return of_test.reindex(pd.MultiIndex.from_arrays([person, day])).to_numpy(dtype=np.float64)


def _long(table: Any, tests: Mapping[str, Any]) -> pd.DataFrame:
    """One row a result that was recorded: person, day, test (its place in ``tests``), value (shown unit)."""
    parts = []
    for place, name in enumerate(tests):
        column = next(one for one in table.SCHEMA if one.name == name)
        held = getattr(table, name).astype(np.float64)
        value = np.where(held == column.missing, np.nan, held / column.per_unit)
        rows = np.flatnonzero(~np.isnan(value))
        parts.append(
            pd.DataFrame({"person": table.person[rows], "day": table.day[rows], "test": place, "value": value[rows]})
        )
    return pd.concat(parts).sort_values(["person", "day", "test"], kind="stable", ignore_index=True)


def _findings(cohort: Cohort, study: str, domain: str, table: Table, tests: Mapping[str, Any]) -> pd.DataFrame:
    long = _long(table, tests)
    person, day, value = (long[name].to_numpy() for name in ("person", "day", "value"))
    code, name, category, part, unit = (np.array(words)[long["test"]] for words in zip(*tests.values(), strict=True))
    done = np.isfinite(value)
    shown = np.array([f"{one:g}" if ok else "" for one, ok in zip(value, done, strict=True)], dtype=object)
    out = _keys(cohort, study, domain, person)
    columns = {
        "SEQ": _sequence(person),
        "TESTCD": code,
        "TEST": name,
        "CAT": category,
        "SCAT": part,
        "ORRES": shown,
        "ORRESU": np.where(done, unit, ""),
        "STRESC": shown,
        "STRESN": np.where(done, value, np.nan),
        "STRESU": np.where(done, unit, ""),
        "STAT": np.where(done, "", "NOT DONE"),
        "REASND": np.where(done, "", "UNABLE TO COMPLETE"),
        "DTC": _iso(cohort, day),
        "DY": _study_day(cohort, person, day),
    }
    for short, values in columns.items():
        out[f"{domain}{short}"] = values
    return out[list(LABELS[domain])]


def _keys(cohort: Cohort, study: str, domain: str, person: NDArray[np.int64]) -> pd.DataFrame:
    return pd.DataFrame({"STUDYID": study, "DOMAIN": domain, "USUBJID": cohort.names(person).astype(str)})


def _sequence(person: NDArray[np.int64]) -> NDArray[np.int64]:
    return pd.Series(person).groupby(person).cumcount().to_numpy() + 1


def _iso(cohort: Cohort, day: NDArray[np.int32]) -> NDArray[Any]:
    """ISO dates as text, empty where the cohort has none."""
    return cohort.when(day).astype(str).astype(object) if cohort.dated else np.full(len(day), "", dtype=object)


def _study_day(cohort: Cohort, person: NDArray[np.int64], day: NDArray[np.int32]) -> NDArray[np.int64]:
    people = cohort.records.people
    since = day.astype(np.int64) - people.first_day[np.searchsorted(people.person, person)]
    return np.where(since >= 0, since + 1, since)
