"""Attacks counted once, and how many a year."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.compiled import njit
from smoulder.errors import InputError
from smoulder.outcomes.rules.course import ONE_ATTACK_30D, AttackRule
from smoulder.records import UNKNOWN_DAY, Records, Relapses, days, years
from smoulder.statistics import rate

__all__ = ["annualised_rate", "attacks"]


def attacks(relapses: Relapses, rule: AttackRule = ONE_ATTACK_30D) -> Relapses:
    """Reported relapses merged into attacks: one that begins less than ``rule.gap_days`` after the onset of the last
    counted attack of the same person is part of it (McDonald et al, Ann Neurol 50:121, 2001).
    """
    return relapses.take(_new_attack(relapses.person, relapses.day, rule.gap_days))


def annualised_rate(
    records: Records,
    *,
    age_bands: Sequence[float] | None = None,
    since_onset: Sequence[float] | None = None,
    onset_attack: bool = False,
    rule: AttackRule = ONE_ATTACK_30D,
) -> pd.DataFrame:
    """Attacks per person-year under observation, over all time or in bands of age or of years since onset.

    Observation runs from the later of first day and onset to the last day, both included. Bands are edges in years
    (``[20, 30, 40]``: 20 to under 30, 30 to under 40); people whose birth or onset is unknown have no place in them.
    The attack at onset (within ``rule.gap_days`` of the recorded onset) is not counted unless ``onset_attack``: with it
    a cohort followed from onset starts with one attack each (British Columbia excludes it, Tremlett et al, JNNP
    79:1368, 2008; first-year rates include it). Returns one row a band: start, stop (years; 0 and infinite over all),
    relapses, person_years, rate, lo, hi (exact Poisson 95%). InputError for both kinds of band or edges not rising.
    """
    if age_bands is not None and since_onset is not None:
        raise InputError("give age_bands or since_onset, not both")
    people = records.people
    start = np.maximum(people.first_day, people.onset_day).astype(np.int64)
    stop = people.last_day.astype(np.int64) + 1
    owner, day = _counted(records, rule, onset_attack)
    bands = age_bands if age_bands is not None else since_onset
    if bands is None:
        edges, origin = np.array([0.0, np.inf]), np.zeros(len(people), dtype=np.int64)
    else:
        edges = np.asarray(bands, dtype=np.float64)
        origin = (people.birth_day if age_bands is not None else people.onset_day).astype(np.int64)
        if len(edges) < 2 or not (np.diff(edges) > 0).all() or edges[0] < 0:
            raise InputError(f"band edges must rise from 0 or more and be at least two, not {list(bands)}")
    known = origin != UNKNOWN_DAY
    rows = []
    for low, high in pairwise(edges):
        first = np.maximum(start, origin + int(days(low)))
        last = np.minimum(stop, origin + int(days(high))) if np.isfinite(high) else stop
        watched = np.where(known, np.maximum(last - first, 0), 0)
        inside = known[owner] & (day >= first[owner]) & (day < last[owner])
        rows.append((low, high, int(inside.sum()), float(years(watched.sum()))))
    table = pd.DataFrame(rows, columns=["start", "stop", "relapses", "person_years"])
    table["rate"], table["lo"], table["hi"] = rate(table["relapses"], table["person_years"])
    return table


def _counted(records: Records, rule: AttackRule, onset_attack: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Owner and day of each attack to count; an onset attack moves to the onset, or is left out."""
    found = attacks(records.relapses, rule)
    owner, day = found.owners(records.people), found.day.astype(np.int64)
    onset = records.people.onset_day[owner].astype(np.int64)
    at_onset = (onset != UNKNOWN_DAY) & (np.abs(day - onset) < rule.gap_days)
    if onset_attack:
        return owner, np.where(at_onset, onset, day)
    return owner[~at_onset], day[~at_onset]


@njit
def _new_attack(person: NDArray[np.int64], day: NDArray[np.int32], gap: int) -> NDArray[np.bool_]:
    new = np.ones(len(person), dtype=np.bool_)
    last = 0
    for row in range(1, len(person)):
        if person[row] == person[last] and day[row] - day[last] < gap:
            new[row] = False
        else:
            last = row
    return new
