"""Relapses as a clinic learns of them: expressed attacks after clinical onset, close ones counted as one, some never
reported.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smoulder import random
from smoulder.clinic.truth import Truth, age_days, leaves, lesions_of
from smoulder.compiled import njit
from smoulder.parameters import Parameters
from smoulder.records import DAYS_PER_YEAR, Relapses

__all__ = ["merge", "reported"]


@njit
def _beginnings(person: NDArray, day: NDArray, separation: int, out: NDArray) -> None:  # pragma: no cover - compiled
    start = -1
    for i in range(person.size):
        out[i] = i == 0 or person[i] != person[i - 1] or day[i] - start >= separation
        if out[i]:
            start = day[i]


def merge(person: NDArray, day: NDArray, separation: int) -> NDArray[np.bool_]:
    """True where a relapse begins: bool[n] for attacks sorted by ``person`` and ``day``.

    An attack that begins fewer than ``separation`` days after the beginning of the present relapse belongs to it (the
    30 days between onsets of the McDonald criteria: Thompson and others, Lancet Neurol 2018;17:162-173, doi
    10.1016/s1474-4422(17)30470-2).
    """
    out = np.empty(len(person), dtype=np.bool_)
    _beginnings(person, day, separation, out)
    return out


def reported(truth: Truth, parameters: Parameters, who: NDArray[np.bool_], *, seed: int | None = None) -> Relapses:
    """Reported relapses of the people marked in ``who`` (bool[N]) who have had clinical onset.

    Attacks are the felt lesions from the day of clinical onset until death or the end. The attack at onset is always
    in the record; any later relapse with probability ``relapse_reported``. Two attacks less than
    ``relapse_separation`` apart are one relapse.
    """
    seed = truth.seed if seed is None else seed
    person, day = attacks(truth, who)
    onset_day = age_days(truth, np.arange(len(truth.id)), truth.onset.astype(np.float64))
    begins = merge(person, day, round(parameters["relapse_separation"] * DAYS_PER_YEAR))
    person, day = person[begins], day[begins]
    ids = np.asarray(truth.id, dtype=np.int64)[person]
    told = random.uniform(seed, ids, "reporting", day) < parameters["relapse_reported"]
    told |= truth.onset_attack[person] & (day == onset_day[person])
    return Relapses(person=ids[told], day=day[told])


def attacks(truth: Truth, who: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(person index, day) of every expressed attack from clinical onset on, sorted by both; the attack at onset
    stands at its day.
    """
    lesions = lesions_of(truth)
    with_onset = who & np.isfinite(truth.onset)
    felt = np.flatnonzero(lesions.felt & with_onset[lesions.person])
    person, time = lesions.person[felt].astype(np.int64), lesions.time[felt].astype(np.float64)
    alive = time <= leaves(truth)[person]
    person, time = person[alive], time[alive]
    everyone = np.arange(len(truth.id))
    onset_day = age_days(truth, everyone, truth.onset.astype(np.float64))
    first = np.flatnonzero(with_onset & truth.onset_attack)
    day = age_days(truth, person, time)
    later = day >= onset_day[person]
    person = np.concatenate([first, person[later]])
    day = np.concatenate([onset_day[first], day[later]])
    order = np.lexsort((day, person))
    return person[order], day[order]
