"""Who enters a trial: lives looked at on chance days, judged by what is on record until then.

A life is screened on days drawn evenly over the ages that may enter, so that people are met in proportion to the time
they are eligible, as in a clinic. Age, duration, EDSS, activity at entry and regression to the mean after it all follow
from the selection. What is not selection but custom (how long after the first symptom people are diagnosed, and that
trials take those lately diagnosed) is a parameter of the family ``ascertainment``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import clinic, life, outcomes, people, random
from smoulder.errors import InputError
from smoulder.life import Truth
from smoulder.parameters import Parameters
from smoulder.people import People
from smoulder.records import DAYS_PER_YEAR, UNKNOWN_DAY, Records, Relapses, Scans, Visits
from smoulder.records import People as Recorded
from smoulder.trials.specification import Design, Entry

__all__ = ["Entered", "enrol"]

#: Lives drawn at a time, and ids set apart for each replicate.
POOL, IDS = 2_000, 2**20
#: Days of screening drawn for each life; few where many are fit, so that a life is entered about in proportion to its
#: eligible time, more where few are.
CHANCES = {"relapsing": 8, "primary progressive": 12, "secondary progressive": 24}
USUAL_CHANCES = 8
#: Years between recorded moments of the lives screened, between the visits of their history, from screening to entry.
MOMENTS, VISITS, WAIT = 0.25, 0.5, 1 / 12
#: Shares of the people asked for that must have been found in so many pools, else nobody fits the design.
PATIENCE = 40
LOW_EDSS = 10  # half points: EDSS 5
A_DAY = 1  # what rounding to days may take from half a year


@dataclass(frozen=True, eq=False)
class Entered:
    """The people of one trial: ``people`` [n], ``entry`` float64[n] years from the biological start to randomisation,
    ``seen`` what was on record at screening (float64[n] by name); ``screened`` and ``eligible`` count people.
    """

    people: People
    entry: NDArray[np.float64]
    seen: dict[str, NDArray[np.float64]]
    screened: int
    eligible: int


@dataclass(frozen=True, eq=False)
class _Looked:
    """People of one pool who fit: index in the pool, entry, and what was seen."""

    index: NDArray[np.int64]
    entry: NDArray[np.float64]
    seen: dict[str, NDArray[np.float64]]
    screened: int


def enrol(design: Design, parameters: Parameters, *, seed: int, replicate: int) -> Entered:
    """People for one replicate of ``design``: as many as it asks for, the first found.

    A function of the seed and the replicate alone. Raises InputError where hardly anyone fits the design.
    """
    found: list[tuple[People, _Looked]] = []
    have, pool = 0, 0
    while have < design.people:
        if (pool >= PATIENCE and have * PATIENCE < design.people) or (pool + 1) * POOL > IDS:
            raise InputError(
                f"{design.name}: of {pool * POOL} lives only {have} people fit the entry criteria; "
                f"{design.people} are needed."
            )
        drawn = people.draw(POOL, seed=seed, first_id=replicate * IDS + pool * POOL, parameters=parameters)
        looked = _screen(drawn, design.entry, parameters, design.instruments)
        found.append((drawn, looked))
        have, pool = have + looked.index.size, pool + 1
    parts = [drawn.take(looked.index) for drawn, looked in found]
    everyone = _joined(parts).take(slice(0, design.people))
    entry = np.concatenate([looked.entry for _, looked in found])[: design.people]
    seen = {
        name: np.concatenate([looked.seen[name] for _, looked in found])[: design.people] for name in found[0][1].seen
    }
    return Entered(everyone, entry, seen, sum(looked.screened for _, looked in found), have)


def _joined(parts: list[People]) -> People:
    first = parts[0]
    arrays = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1)
        for name in ("id", "sex", "start_age", "traits", "region_weights", "offsets", "death_draw")
    }
    return People(first.seed, **arrays)


def _screen(
    drawn: People, entry: Entry, p: Parameters, instruments: tuple[clinic.Instrument, ...] = clinic.INSTRUMENTS
) -> _Looked:
    """Live the pool untreated and judge each life on its days of screening."""
    longest = float(entry.age[1] - drawn.start_age.min())
    years = max(np.ceil(longest / MOMENTS) * MOMENTS, MOMENTS)
    truth = life.run(drawn, years=float(years), every=MOMENTS, parameters=p)
    person, moment = _days(truth, entry, p)
    screened = np.unique(person).size
    everyone = np.ones(len(drawn), dtype=bool)
    history = _History.of(truth, clinic.reported(truth, p, everyone))
    keep = _course_and_relapses(truth, entry, history, person, moment)
    person, moment = person[keep], moment[keep]
    visits = clinic.examine(truth, p, person, moment)
    keep = _rated(truth, entry, visits, person, moment)
    person, moment = person[keep], moment[keep]
    first = np.unique(person, return_index=True)[1]  # days of screening stand in random order
    person, moment = person[first], moment[first]
    keep = _worsened(truth, entry, p, history, person, moment)
    person, moment = person[keep], moment[keep]
    keep = _scanned(truth, entry, p, history, person, moment) & _measured(truth, entry, p, instruments, person, moment)
    person, moment = person[keep], moment[keep]
    time = truth.years[moment].astype(np.float64)
    day = _age_day(truth, person, time)
    seen = {
        "years": time - truth.onset[person],
        "since_diagnosis": time - _diagnosed(truth, entry.era, p)[person],
        **{f"relapses_{y}y": history.count(person, day, float(y)).astype(np.float64) for y in (1, 2)},
        "relapsed": (history.count(person, day, 2.0) > 0).astype(np.float64),
    }
    return _Looked(person, time + WAIT, seen, screened)


def _days(truth: Truth, entry: Entry, p: Parameters) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(person, moment) of the days of screening on which a person with a diagnosis is alive, approached, and as long
    ill as the design wants; in random order within a person.
    """
    n = truth.id.size
    chances = CHANCES.get(entry.course, USUAL_CHANCES)
    drawn = [random.words(truth.seed, truth.id, "screening", moment) for moment in range(chances // 2)]
    words = random.as_uniform(np.concatenate(drawn))
    age = entry.age[0] + (entry.age[1] - entry.age[0]) * words[:chances]
    time = age - truth.start_age
    moment = np.clip(np.ceil(time / MOMENTS).astype(np.int64) - 1, 0, truth.years.size - 1)
    at = truth.years[moment].astype(np.float64)
    known = at - _diagnosed(truth, entry.era, p)
    approached = words[chances : 2 * chances] < np.exp(-np.maximum(known, 0) / p["ascertainment.fading"])
    approached |= not entry.lately
    ill = at - truth.onset
    with np.errstate(invalid="ignore"):
        fits = (time > 0) & (known >= 0) & approached & (at + 2 * WAIT < truth.death)
        fits &= (ill >= entry.years[0]) & (ill <= entry.years[1])
    chance, person = np.nonzero(fits)
    order = np.argsort(person, kind="stable")
    return person[order], moment[chance[order], np.arange(n)[person[order]]]


def _diagnosed(truth: Truth, era: str, p: Parameters) -> NDArray[np.float64]:
    """Years from the biological start to diagnosis: clinical onset and a log-normal delay, by the criteria of the time;
    float64[N], NaN if never.
    """
    z = ndtri(random.uniform(truth.seed, truth.id, "history"))
    attack, gradual = p[f"ascertainment.delay_attack.{era}"], p[f"ascertainment.delay_gradual.{era}"]
    median = np.where(truth.onset_attack, attack, gradual)
    return truth.onset + median * np.exp(p["ascertainment.delay_spread"] * z)


def _age_day(truth: Truth, person: NDArray[np.int64], time: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint((truth.start_age[person].astype(np.float64) + time) * DAYS_PER_YEAR).astype(np.int64)


@dataclass(frozen=True, eq=False)
class _History:
    """Reported relapses of a pool as sorted keys, so that those of a person in a span of days are counted at once."""

    key: NDArray[np.int64]
    relapses: Relapses

    SPAN = 2**20  # days; no life is as long

    @classmethod
    def of(cls, truth: Truth, relapses: Relapses) -> _History:
        owner = np.searchsorted(truth.id, relapses.person).astype(np.int64)
        return cls(owner * cls.SPAN + relapses.day, relapses)

    def count(self, person: NDArray[np.int64], day: NDArray[np.int64], years: float) -> NDArray[np.int64]:
        """How many lie in the ``years`` up to and with ``day``; int64[n]."""
        span = min(years * DAYS_PER_YEAR, 200 * DAYS_PER_YEAR)
        first = person * self.SPAN + np.maximum(day - np.int64(span) + 1, 0)
        stop = np.searchsorted(self.key, person * self.SPAN + day, side="right")
        return np.asarray(stop - np.searchsorted(self.key, first, side="left"))


def _course_and_relapses(
    truth: Truth, entry: Entry, history: _History, person: NDArray[np.int64], moment: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """What the relapses on record say of course and eligibility; bool[n]."""
    time = truth.years[moment].astype(np.float64)
    day = _age_day(truth, person, time)
    ever = history.count(person, day, 150.0)
    relapsing = truth.onset_attack[person]
    keep = np.ones(person.size, dtype=bool)
    if entry.course in ("relapsing", "secondary progressive"):
        keep &= relapsing
    gradual = ~relapsing & (time - truth.onset[person] >= 1)
    if entry.course == "primary progressive":
        keep &= gradual
    if entry.course == "progressive":
        keep &= relapsing | gradual  # of the first, those whose visits show secondary progression
    if entry.no_relapse_ever:
        keep &= ever == 0
    if entry.relapse_free > 0:
        keep &= history.count(person, day, entry.relapse_free) == 0
    if entry.relapses and not entry.or_enhancing:
        keep &= _active(entry, history, person, day)
    return keep


def _active(
    entry: Entry, history: _History, person: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether one of the pairs of number and years is met; bool[n]."""
    met = np.zeros(person.size, dtype=bool)
    for number, years in entry.relapses:
        met |= history.count(person, day, years) >= number
    return met


def _rated(
    truth: Truth, entry: Entry, visits: Visits, person: NDArray[np.int64], moment: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """What the rating at screening says; bool[n] in the order of ``person`` and ``moment``."""
    order = np.lexsort((_visit_day(truth, person, moment), truth.id[person]))
    edss, pyramidal = np.empty(person.size), np.empty(person.size)
    edss[order], pyramidal[order] = visits.edss, visits.fs_pyramidal
    keep = (edss >= 2 * entry.edss[0]) & (edss <= 2 * entry.edss[1]) & (pyramidal >= entry.pyramidal)
    ill = truth.years[moment].astype(np.float64) - truth.onset[person]
    return keep & ((edss > LOW_EDSS) | (ill <= entry.years_if_edss_low))


def _visit_day(truth: Truth, person: NDArray[np.int64], moment: NDArray[np.int64]) -> NDArray[np.int64]:
    """The day of each visit, by which tables are sorted."""
    return _age_day(truth, person, truth.years[moment].astype(np.float64))


def _worsened(
    truth: Truth, entry: Entry, p: Parameters, history: _History, person: NDArray[np.int64], moment: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether half-yearly visits until screening show secondary progression as the course asks, and the rise of EDSS
    that the design asks for; bool[n]. One row a person.
    """
    keep = np.ones(person.size, dtype=bool)
    judged = entry.course in ("secondary progressive", "progressive")
    if not person.size or not (judged or entry.worsened):
        return keep
    records = _past(truth, p, history, person, moment)
    owner = records.visits.owners(records.people)
    if judged:
        keep &= outcomes.secondary_progression(records, outcomes.SPMS_EXPAND_6M).seen | ~truth.onset_attack[person]
    if entry.worsened:
        last = records.people.last_day[owner]
        edss = records.visits.edss.astype(np.float64)
        early = (last - records.visits.day >= (entry.worsened - VISITS) * DAYS_PER_YEAR - A_DAY) & (
            last - records.visits.day <= (entry.worsened + VISITS / 2) * DAYS_PER_YEAR
        )
        least = np.full(person.size, np.inf)
        np.minimum.at(least, owner[early], edss[early])
        now = np.full(person.size, -1.0)
        at_end = records.visits.day == last
        now[owner[at_end]] = edss[at_end]
        keep &= now - least >= 2 * outcomes.threshold(least / 2, outcomes.EDSS_ONE_POINT_TO_5_5)
    return keep


def _past(
    truth: Truth, p: Parameters, history: _History, person: NDArray[np.int64], moment: NDArray[np.int64]
) -> Records:
    """The records of people until screening: half-yearly visits from onset on, and reported relapses."""
    stride = round(VISITS / MOMENTS)
    begin = np.searchsorted(truth.years, truth.onset[person])
    number = (moment - begin) // stride + 1
    who = np.repeat(np.arange(person.size), number)
    back = number[who] - 1 - (np.arange(who.size) - np.repeat(np.cumsum(number) - number, number))
    visits = clinic.examine(truth, p, person[who], moment[who] - stride * back)
    until = _visit_day(truth, person, moment)
    onset = _age_day(truth, person, truth.onset[person].astype(np.float64)).astype(np.int32)
    seen = Recorded(
        person=np.asarray(truth.id, dtype=np.int64)[person], sex=truth.sex[person],
        birth_day=np.zeros(person.size, dtype=np.int32),
        onset_day=onset,
        death_day=np.full(person.size, UNKNOWN_DAY), last_day=until.astype(np.int32), first_day=onset,
    )
    relapses = history.relapses
    place = np.minimum(np.searchsorted(seen.person, relapses.person), len(seen) - 1)
    known = (seen.person[place] == relapses.person) & (relapses.day <= seen.last_day[place])
    return Records(seen, visits, relapses.take(known), Scans.empty())


def _scanned(
    truth: Truth, entry: Entry, p: Parameters, history: _History, person: NDArray[np.int64], moment: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """What a scan says at screening, where the design asks; bool[n]."""
    keep = np.ones(person.size, dtype=bool)
    time = truth.years[moment].astype(np.float64)
    if person.size and (entry.enhancing or entry.or_enhancing):
        gd = clinic.draw_scans(truth, p, person, time).gd
        if entry.or_enhancing:
            keep &= (gd > 0) | _active(entry, history, person, _age_day(truth, person, time))
        keep &= gd >= entry.enhancing
    return keep


def _measured(
    truth: Truth,
    entry: Entry,
    p: Parameters,
    instruments: tuple[clinic.Instrument, ...],
    person: NDArray[np.int64],
    moment: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Whether what instruments measure at screening lies between least and most, where the design asks; bool[n]. What
    could not be measured does not.
    """
    keep = np.ones(person.size, dtype=bool)
    for instrument in instruments:
        ranges = {name: span for name, span in entry.ranges.items() if name in {m.name for m in instrument.measures}}
        if not (person.size and ranges):
            continue
        table = instrument.draw(truth, p, person, moment, day=None, seed=None)
        order = np.argsort(truth.id[person], kind="stable")  # one row a person: the order of the table
        for name, (least, most) in ranges.items():
            value = instrument.values(table, name)
            keep[order] &= (value >= least) & (value <= most)
    return keep
