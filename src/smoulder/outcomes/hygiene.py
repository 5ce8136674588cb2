"""Relapses as reported made fit for rules, and time cut into treatment epochs: on a drug, in its carry-over, off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError
from smoulder.outcomes.relapses import attacks
from smoulder.outcomes.rules.course import ONE_ATTACK_30D, AttackRule
from smoulder.records import UNKNOWN_DAY, People, Records, Relapses, years

__all__ = ["EPOCHS", "Cleaned", "Courses", "Epochs", "clean_relapses", "epochs"]

EPOCHS = ("off", "carry-over", "on")
"""What a day can be with regard to treatment: by a drug, by one that was stopped not long ago, by none."""


@dataclass(frozen=True, eq=False)
class Cleaned:
    """Records whose relapses are attacks, and ``log``, one row a relapse that was not simply kept: person, day,
    problem, kept (whether it still stands in the records).
    """

    records: Records
    log: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """One row a relapse that was not simply kept: ``person``, ``day``, ``problem``, ``kept``."""
        return self.log.copy()


def clean_relapses(records: Records, rule: AttackRule = ONE_ATTACK_30D) -> Cleaned:
    """Leave out relapses on impossible days, then merge those of one attack (``rule``); the log says which and why.

    Left out: before birth, after death. Kept and named: before the first day under observation (reported history),
    after the last. Merged: begun less than ``rule.gap_days`` after the onset of the last counted attack.
    """
    people, relapses = records.people, records.relapses
    owner, day = relapses.owners(people), relapses.day
    birth, death = people.birth_day[owner], people.death_day[owner]
    checks = [
        ("before birth", (birth != UNKNOWN_DAY) & (day < birth), False),
        ("after death", (death != UNKNOWN_DAY) & (day > death), False),
        ("before the first day under observation", day < people.first_day[owner], True),
        ("after the last day under observation", day > people.last_day[owner], True),
    ]
    impossible = checks[0][1] | checks[1][1]
    rest = relapses.take(~impossible)
    kept = attacks(rest, rule)
    merged = ~_stands_in(rest, kept)
    parts = [_log(relapses, bad & ~impossible if stays else bad, why, stays) for why, bad, stays in checks]
    parts.append(_log(rest, merged, f"within {rule.gap_days} days of the onset of the last attack", False))
    log = pd.concat(parts).drop_duplicates(["person", "day", "problem"])
    log = log.sort_values(["person", "day"], kind="stable", ignore_index=True)
    return Cleaned(replace(records, relapses=kept), log)


def _stands_in(relapses: Relapses, kept: Relapses) -> NDArray[np.bool_]:
    """Which rows of ``relapses`` are in ``kept``; of equal rows the first."""
    both = pd.MultiIndex.from_arrays([relapses.person, relapses.day])
    there: NDArray[np.bool_] = both.isin(pd.MultiIndex.from_arrays([kept.person, kept.day])) & ~both.duplicated()
    return there


def _log(relapses: Relapses, rows: NDArray[np.bool_], problem: str, kept: bool) -> pd.DataFrame:
    found = {"person": relapses.person[rows], "day": relapses.day[rows], "problem": problem, "kept": kept}
    return pd.DataFrame(found)


class Courses(Protocol):
    """Courses of drugs, one row each: ``day`` it began, ``stop_day`` its last (-1: it goes on), ``drug`` a number."""

    @property
    def person(self) -> NDArray[np.int64]:
        """Whose, int64[rows]."""

    @property
    def day(self) -> NDArray[np.int32]:
        """When it began, int32[rows]."""

    @property
    def stop_day(self) -> NDArray[np.int32]:
        """Its last day, int32[rows]."""

    @property
    def drug(self) -> NDArray[np.int16]:
        """Which drug, int16[rows]."""


@dataclass(frozen=True, eq=False)
class Epochs:
    """Time under observation cut into epochs, sorted by person and day: ``start`` and ``stop`` (first and last day,
    int32), ``kind`` (index in EPOCHS, int8) and ``drug`` (int16; -1 while off). They follow on each other without gap.
    """

    person: NDArray[np.int64]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    kind: NDArray[np.int8]
    drug: NDArray[np.int16]

    def at(self, person: ArrayLike, day: ArrayLike) -> tuple[NDArray[np.str_], NDArray[np.int16]]:
        """Epoch and drug of each ``person`` on each ``day`` (both int[n]): one of EPOCHS and the number of the drug, ''
        and -1 where that day was not under observation.
        """
        asked = pd.DataFrame({"person": np.asarray(person, np.int64), "day": np.asarray(day, np.int64)})
        held = pd.DataFrame({"person": self.person, "day": self.start.astype(np.int64)})
        held["row"], held["stop"] = np.arange(len(held)), self.stop
        asked["asked"] = np.arange(len(asked))
        found = pd.merge_asof(asked.sort_values("day", kind="stable"), held.sort_values("day"), on="day", by="person")
        found = found.sort_values("asked")
        inside = (found["day"] <= found["stop"]).to_numpy()  # False where no epoch of the person had begun
        row = np.where(inside, found["row"].fillna(0), len(self.person)).astype(np.int64)
        kind = np.append(self.kind, np.int8(len(EPOCHS)))[row]
        return np.array([*EPOCHS, ""])[kind], np.append(self.drug, np.int16(-1))[row]

    def frame(self) -> pd.DataFrame:
        """One row an epoch: person, start, stop, epoch, drug, years."""
        held = {"person": self.person, "start": self.start, "stop": self.stop, "epoch": np.array(EPOCHS)[self.kind]}
        length = years(self.stop.astype(np.int64) - self.start + 1)
        return pd.DataFrame({**held, "drug": self.drug, "years": length})


def epochs(courses: Courses, people: People, *, carry_over: int | Mapping[int, int] = 0) -> Epochs:
    """Cut the time under observation of each person into epochs on a drug, in carry-over, and off.

    A day of a course is on; where courses overlap, the drug begun last counts. The ``carry_over`` days after a course
    (a number of days, or one for each drug) are carry-over of the drug stopped last, unless another is on. How long a
    drug acts on is for the user to say: there is no default but none. InputError for a course of nobody in ``people``,
    one that stops before it begins, a drug without a carry-over, or a negative one.
    """
    after = _carry_over(courses, carry_over)
    stop = np.where(courses.stop_day == UNKNOWN_DAY, np.iinfo(np.int32).max // 2, courses.stop_day).astype(np.int64)
    if (stop < courses.day).any():
        raise InputError("a course of treatment stops before it begins")
    owner = np.searchsorted(people.person, courses.person)
    there = owner < len(people)
    there[there] = people.person[owner[there]] == courses.person[there]
    if not there.all():
        raise InputError(f"a course is of person {courses.person[~there][0]}, who is not in these people")
    by_person: list[list[tuple[int, int, int, int]]] = [[] for _ in range(len(people))]
    for who, day, last, more, drug in zip(owner, courses.day, stop, after, courses.drug, strict=True):
        by_person[who].append((int(day), int(last), int(more), int(drug)))
    found: list[tuple[int, int, int, int, int]] = []
    for who, first, last, mine in zip(people.person, people.first_day, people.last_day, by_person, strict=True):
        found += [(int(who), *epoch) for epoch in _of_person(int(first), int(last), mine)]
    columns: Any = np.array(found, dtype=np.int64).reshape(-1, 5).T
    kinds = (np.int64, np.int32, np.int32, np.int8, np.int16)
    return Epochs(*(column.astype(kind) for column, kind in zip(columns, kinds, strict=True)))


def _carry_over(courses: Courses, given: int | Mapping[int, int]) -> NDArray[np.int64]:
    drugs = [int(drug) for drug in courses.drug]
    if isinstance(given, Mapping):
        absent = sorted(set(drugs) - set(given))
        if absent:
            raise InputError(f"no carry-over is given for drug {absent[0]}")
    after = np.array([given[drug] if isinstance(given, Mapping) else given for drug in drugs], dtype=np.int64)
    if (after < 0).any():
        raise InputError("a carry-over is a number of days, not below 0")
    return after


def _of_person(first: int, last: int, courses: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """(start, stop, kind, drug) of one person; courses are (first day, last day, days of carry-over, drug)."""
    cuts = {first, last + 1}
    for start, stop, after, _ in courses:
        cuts |= {day for day in (start, stop + 1, stop + after + 1) if first < day <= last}
    edges = sorted(cuts)
    found: list[tuple[int, int, int, int]] = []
    for begin, end in pairwise(edges):
        kind, drug = _state(begin, courses)
        if found and found[-1][2:] == (kind, drug):
            found[-1] = (found[-1][0], end - 1, kind, drug)
        else:
            found.append((begin, end - 1, kind, drug))
    return found


def _state(day: int, courses: list[tuple[int, int, int, int]]) -> tuple[int, int]:
    on = [(start, drug) for start, stop, _, drug in courses if start <= day <= stop]
    if on:
        return EPOCHS.index("on"), max(on)[1]
    late = [(stop, drug) for _, stop, after, drug in courses if stop < day <= stop + after]
    return (EPOCHS.index("carry-over"), max(late)[1]) if late else (EPOCHS.index("off"), -1)
