"""A trial before it begins: who may enter, what they get, when they are seen, how arms are compared. One TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from smoulder.clinic import INSTRUMENTS, Instrument, measures_of
from smoulder.errors import InputError, UnknownName
from smoulder.records import DAYS_PER_YEAR
from smoulder.treatments import Plan, plan
from smoulder.trials.endpoints import Comparison, comparison
from smoulder.trials.reading import known, record

__all__ = ["COURSES", "Design", "Entry", "Group", "Schedule", "Withdrawal", "design", "designs", "source"]

#: How a clinic would call the disease of a person at screening, from what is on record until then.
COURSES = ("relapsing", "primary progressive", "secondary progressive", "progressive", "any")
SCANNED = ("new_t2", "enhancing", "free")  # kinds of endpoint that scans are needed for
CRITERIA = ("age", "edss", "years", "t25fw")  # criteria with a least and a most
STRATA = ("age_45", "edss_4", "enhancing", "relapsed")
#: Instruments that a schedule names by keys of their own.
OWN_KEYS = ("visits", "scans", "tests", "eyes")
HERE = files("smoulder.trials").joinpath("shipped")


@dataclass(frozen=True)
class Entry:
    """Who may enter, judged at screening from the record so far.

    ``era`` says by which criteria people were diagnosed (before or since 2001). ``age`` and ``edss`` are least and
    most. ``years`` is least and most since the first symptom, ``years_if_edss_low`` the most where EDSS is at most 5.
    ``pyramidal`` is the least pyramidal grade. ``relapses`` lists [number, years] pairs of which one must be met (an
    enhancing lesion also does with ``or_enhancing``); ``relapse_free`` is the years without a relapse that must lie
    before; ``no_relapse_ever`` for primary progressive disease. ``worsened`` is the years within which EDSS must have
    risen by a step. ``enhancing`` is the least number of enhancing lesions. ``vep`` is the least P100 latency (ms) and
    ``rnfl`` the least nerve fibre layer (um). ``t25fw`` is least and most walking time (s); ``measures`` gives least
    and most of any other measure of the instruments, by its name. ``lately`` is whether people are the likelier to be
    asked the less time has passed since their diagnosis (``ascertainment.fading``), as where treatment is being
    decided.
    """

    course: str
    age: tuple[float, float]
    era: Literal["poser", "mcdonald"] = "mcdonald"
    edss: tuple[float, float] = (0.0, 9.5)
    years: tuple[float, float] = (0.0, 100.0)
    years_if_edss_low: float = 100.0
    pyramidal: int = 0
    relapses: tuple[tuple[float, float], ...] = ()
    or_enhancing: bool = False
    relapse_free: float = 0.0
    no_relapse_ever: bool = False
    worsened: float = 0.0
    enhancing: int = 0
    vep: float = 0.0
    rnfl: float = 0.0
    t25fw: tuple[float, float] = (0.0, float("inf"))
    measures: dict[str, tuple[float, float]] = field(default_factory=dict)
    lately: bool = True

    @property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Least and most of each measure that people are measured for at screening; scans and EDSS apart."""
        ranges = dict(self.measures)
        if self.t25fw != (0.0, np.inf):
            ranges["t25fw"] = self.t25fw
        if self.vep or self.rnfl:
            ranges |= {"vep": (self.vep, np.inf), "rnfl": (self.rnfl, np.inf)}
        return ranges


@dataclass(frozen=True)
class Group:
    """One arm: its ``name``, the ``plan`` of treatment, how many ``people``, weeks from entry to the first dose
    (``start``) and how many weeks it is given (``stop``, none: for good).
    """

    name: str
    plan: str
    people: int
    start: float = 0.0
    stop: float | None = None

    def treatment(self) -> Plan:
        """The plan with its stop; the start is each person's own."""
        return plan(self.plan, stop=None if self.stop is None else self.stop * 7 / DAYS_PER_YEAR)


@dataclass(frozen=True)
class Schedule:
    """When people are seen and when the trial ends; weeks since randomisation unless said.

    Visits every ``visits`` weeks, timed tests every ``tests`` weeks (0: none), scans and eyes at the listed weeks,
    scans also at entry; any other instrument of the clinic as ``instruments`` says by its name: every so many weeks
    (one number), or at the listed ones. Everyone enters within ``accrual`` weeks. With ``events`` the trial ends when
    so many events of the first endpoint are confirmed and the last to enter has been followed for ``weeks``, at most
    ``longest`` weeks after that one entered; without, everyone is followed for ``weeks``.
    """

    weeks: float
    visits: float = 12.0
    scans: tuple[float, ...] = ()
    tests: float = 0.0
    eyes: tuple[float, ...] = ()
    instruments: dict[str, float | tuple[float, ...]] = field(default_factory=dict)
    accrual: float = 0.0
    events: int = 0
    longest: float = 0.0


    def planned(self, name: str) -> float | tuple[float, ...]:
        """When the instrument called ``name`` is used: every so many weeks, or the listed ones; 0 or empty: never."""
        own = getattr(self, name, ()) if name in OWN_KEYS else ()
        return self.instruments.get(name, own)

    def weeks_of(self, instrument: Instrument, last: float) -> NDArray[np.float64]:
        """Weeks from entry at which ``instrument`` is used by ``last``, float64[n], rising; empty: never."""
        planned = self.planned(instrument.name)
        if not planned:
            return np.empty(0)
        if not isinstance(planned, tuple):
            return np.arange(0.0, last + planned / 2, planned)
        return np.unique([0.0, *planned] if instrument.at_entry else [*planned])


@dataclass(frozen=True)
class Withdrawal:
    """Share of people who leave before ``weeks``, by arm."""

    weeks: float
    share: dict[str, float]


@dataclass(frozen=True)
class Design:
    """A whole trial. ``evidence`` names rows of trial_designs.csv for the baseline table; the first two arms are
    compared, the first as the treated one, where an endpoint does not name others. ``strata`` are those of
    the analysis; allocation is simple. ``instruments`` are those that people can be measured with.
    """

    name: str
    title: str
    evidence: tuple[str, ...]
    entry: Entry
    arms: tuple[Group, ...]
    schedule: Schedule
    withdrawal: Withdrawal
    strata: tuple[str, ...]
    endpoints: tuple[Comparison, ...]
    notes: tuple[str, ...]
    instruments: tuple[Instrument, ...] = INSTRUMENTS

    @property
    def people(self) -> int:
        """How many are randomised."""
        return sum(arm.people for arm in self.arms)


def designs() -> dict[str, str]:
    """Names of the shipped designs and their titles."""
    found = {}
    for path in sorted(HERE.iterdir(), key=lambda one: one.name):
        if path.name.endswith(".toml"):
            found[path.name.removesuffix(".toml")] = str(tomllib.loads(path.read_text(encoding="utf-8"))["title"])
    return found


def design(name: str | Path, *, instruments: tuple[Instrument, ...] = INSTRUMENTS) -> Design:
    """The shipped design called ``name``, or the one in a file whose name ends in .toml, for people who are measured
    with ``instruments``.

    Raises UnknownName (with the nearest), and InputError, in one line with file and key, for a file that cannot be
    read or says what cannot be.
    """
    text = str(name)
    if text.endswith(".toml"):
        try:
            content = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{text}: {getattr(error, 'strerror', None) or 'not a text file'}.") from None
        return parse(content, text, instruments)
    return parse(source(text), f"{text}.toml", instruments)


def source(name: str) -> str:
    """The file of the shipped design called ``name``, as text to copy and change. Raises UnknownName (the nearest)."""
    if name not in designs():
        raise UnknownName("trial", name, designs(), "'smoulder trial list'")
    return HERE.joinpath(f"{name}.toml").read_text(encoding="utf-8")


def parse(content: str, file: str, instruments: tuple[Instrument, ...] = INSTRUMENTS) -> Design:
    """The design that ``content`` (TOML) describes; ``file`` goes into messages."""
    measures_of(instruments)
    try:
        table = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: not TOML: {error}.") from None
    keys = ("name", "title", "evidence", "strata", "notes", "entry", "arm", "schedule", "withdrawal", "endpoint")
    known(table, keys, file)
    for key in ("name", "title", "entry", "arm", "schedule", "endpoint"):
        if key not in table:
            raise InputError(f"{file}: '{key}' is missing.")
    arms = tuple(record(Group, one, f"{file}: arm") for one in _list(table, "arm", file))
    endpoints = tuple(comparison(one, f"{file}: endpoint", instruments) for one in _list(table, "endpoint", file))
    read = Design(
        name=str(table["name"]), title=str(table["title"]), evidence=tuple(table.get("evidence", ())),
        entry=record(Entry, table["entry"], f"{file}: entry"), arms=arms,
        schedule=record(Schedule, table["schedule"], f"{file}: schedule"),
        withdrawal=record(Withdrawal, table.get("withdrawal", {"weeks": 0.0, "share": {}}), f"{file}: withdrawal"),
        strata=tuple(table.get("strata", ())), endpoints=endpoints, notes=tuple(table.get("notes", ())),
        instruments=instruments,
    )
    _check(read, file)
    return read


def _list(table: Mapping[str, Any], key: str, file: str) -> list[Any]:
    if not isinstance(table[key], list) or not table[key]:
        raise InputError(f"{file}: '{key}' must be written as [[{key}]], at least once.")
    return list(table[key])


def _check(read: Design, file: str) -> None:
    """What cannot be, in one line each."""
    entry, schedule = read.entry, read.schedule
    if entry.course not in COURSES:
        raise InputError(f"{file}: entry: {UnknownName('course', entry.course, COURSES)}")
    _check_measured(read, file)
    for name, (least, most) in {**{name: getattr(entry, name) for name in CRITERIA}, **entry.measures}.items():
        if not 0 <= least <= most:
            raise InputError(f"{file}: entry: '{name}' goes from {least:g} to {most:g}; least comes first, from 0 on.")
    for number, years in entry.relapses:
        if number < 1 or years <= 0:
            raise InputError(f"{file}: entry: 'relapses' are pairs of a number and the years it was met in.")
    if len(read.arms) < 2:
        raise InputError(f"{file}: a trial has two arms or more.")
    names = [arm.name for arm in read.arms]
    if len(set(names)) < len(names):
        raise InputError(f"{file}: two arms are called '{max(names, key=names.count)}'.")
    for arm in read.arms:
        if arm.people < 1 or arm.start < 0 or (arm.stop is not None and arm.stop < 0):
            raise InputError(f"{file}: arm '{arm.name}' needs people (1 or more) and weeks that are not negative.")
        if "@" in arm.plan:
            raise InputError(f"{file}: arm '{arm.name}': the first dose is at entry or 'start' weeks later, not at @.")
        try:
            arm.treatment()
        except InputError as error:
            raise InputError(f"{file}: arm '{arm.name}': {error}") from None
    if schedule.weeks <= 0 or schedule.visits <= 0 or schedule.accrual < 0 or schedule.events < 0 or schedule.tests < 0:
        raise InputError(f"{file}: schedule: weeks and visits must be positive, accrual and events not negative.")
    if min((*schedule.scans, *schedule.eyes), default=0) < 0:
        raise InputError(f"{file}: schedule: scans and eyes are looked at from entry on, at week 0 or later.")
    if schedule.events and read.endpoints[0].kind != "time":
        raise InputError(f"{file}: schedule: 'events' are those of the first endpoint, which must be of kind 'time'.")
    if any(read.withdrawal.share.values()) and read.withdrawal.weeks <= 0:
        raise InputError(f"{file}: withdrawal: 'weeks' must be positive, for it is the time within which people leave.")
    for arm_name, share in read.withdrawal.share.items():
        if arm_name not in names:
            raise InputError(f"{file}: withdrawal: {UnknownName('arm', arm_name, names)}")
        if not 0 <= share < 1:
            raise InputError(f"{file}: withdrawal: the share of '{arm_name}' is {share:g}; it is from 0 to below 1.")
    for stratum in read.strata:
        if stratum not in STRATA:
            raise InputError(f"{file}: {UnknownName('stratum', stratum, STRATA)}")
    for one in read.endpoints:
        _check_pair(one, names, file)
        _check_seen(one, read, file)
    if len({one.name for one in read.endpoints}) < len(read.endpoints):
        raise InputError(f"{file}: two endpoints have one name.")


def _check_pair(asked: Comparison, names: list[str], file: str) -> None:
    """The arms that an endpoint compares: two of those of the design."""
    where = f"{file}: endpoint '{asked.name}': 'arms'"
    for name in asked.arms:
        if name not in names:
            raise InputError(f"{where}: {UnknownName('arm', name, names)}")
    if asked.arms and (len(asked.arms) != 2 or asked.arms[0] == asked.arms[1]):
        raise InputError(f"{where} must hold two different arms, treated and comparator, not {list(asked.arms)}.")


def _check_measured(read: Design, file: str) -> None:
    """Instruments of the schedule and measures of the criteria: those there are, at weeks that can be."""
    names = [instrument.name for instrument in read.instruments]
    others = [name for name in names if name not in OWN_KEYS]
    for name, planned in read.schedule.instruments.items():
        if name in OWN_KEYS:
            raise InputError(f"{file}: schedule: instruments: '{name}' is a key of the schedule itself.")
        if name not in others:
            raise InputError(f"{file}: schedule: {UnknownName('instrument', name, others)}")
        if min(planned if isinstance(planned, tuple) else (planned,), default=0) < 0:
            raise InputError(f"{file}: schedule: '{name}' is used from entry on, at week 0 or later.")
    measures = measures_of(read.instruments)
    for name in read.entry.measures:
        if name not in measures:
            raise InputError(f"{file}: entry: {UnknownName('measure', name, measures)}")


def _check_seen(endpoint: Comparison, read: Design, file: str) -> None:
    """What an endpoint compares is looked at in this trial; else it would find nothing, and call that no event."""
    measures = measures_of(read.instruments)
    needed = {measures[component.scale][0].name for component in endpoint.components} | {endpoint.table}
    if endpoint.kind in SCANNED:
        needed.add("scans")
    for instrument in read.instruments:
        if instrument.name in needed and not read.schedule.planned(instrument.name):
            raise InputError(
                f"{file}: endpoint '{endpoint.name}' needs '{instrument.name}', and none are in the schedule."
            )
