"""Relapses as a clinic learns of them: expressed attacks after clinical onset, close ones counted as one, some never
reported; and episodes reported as relapses without a new lesion behind them.

Drugs that leave 2 to 12 in 100 lesions leave 20 to 50 in 100 relapses (rows of OPERA and AFFIRM): some of what is
reported as a relapse is not a new lesion, but old damage felt again in fever, heat or fatigue, or another illness.
These episodes have a rate of their own, which falls with age and is untouched by drugs against new lesions. While one
lasts, disability as it is rated is raised by ``unlesioned_relapse_rise`` and nothing in the tissue changes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smoulder import random
from smoulder.clinic.truth import Truth, age_days, leaves, lesions_of
from smoulder.compiled import njit
from smoulder.parameters import Parameters
from smoulder.records import DAYS_PER_YEAR, Relapses

__all__ = ["episodes", "merge", "reported", "under_the_weather"]

#: Days of the pieces of time in which at most one episode without a new lesion begins.
HALF_YEAR = 183


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
    in the record; any later relapse with probability ``relapse_reported``. Episodes without a new lesion come with
    ``episodes``. Two less than ``relapse_separation`` apart are one relapse.
    """
    seed = truth.seed if seed is None else seed
    separation = round(parameters["relapse_separation"] * DAYS_PER_YEAR)
    person, day = attacks(truth, who)
    onset_day = age_days(truth, np.arange(len(truth.id)), truth.onset.astype(np.float64))
    also_who, also_day = episodes(truth, parameters, who, seed)
    begins = merge(person, day, separation)
    person, day = person[begins], day[begins]
    ids = np.asarray(truth.id, dtype=np.int64)[person]
    told = random.uniform(seed, ids, "reporting", day) < parameters["relapse_reported"]
    told |= truth.onset_attack[person] & (day == onset_day[person])
    person, day = np.concatenate([person[told], also_who]), np.concatenate([day[told], also_day])
    order = np.lexsort((day, person))
    person, day = person[order], day[order]
    begins = merge(person, day, separation)
    return Relapses(person=np.asarray(truth.id, dtype=np.int64)[person[begins]], day=day[begins])


def episodes(
    truth: Truth, parameters: Parameters, who: NDArray[np.bool_], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(person index, day) of episodes reported as relapses without a new lesion, sorted by both, of the people marked
    in ``who`` (bool[N]) whose disease began with an attack, from the day after it until death or the end: in others
    they would not be called relapses.

    The rate is ``unlesioned_relapse_rate`` at the reference age and halves every ``unlesioned_relapse_halving``. Time
    is cut into half years of age; in each at most one episode begins, so that a draw depends on nothing but the person
    and the half year.
    """
    index = np.flatnonzero(who & truth.onset_attack & np.isfinite(truth.onset))
    begin = age_days(truth, index, truth.onset[index].astype(np.float64)).astype(np.int64) + 1
    end = age_days(truth, index, leaves(truth)[index]).astype(np.int64)
    first, last = begin // HALF_YEAR, end // HALF_YEAR
    number = np.maximum(last - first + 1, 0)
    person = np.repeat(np.arange(index.size), number)
    piece = np.arange(person.size) - np.repeat(np.cumsum(number) - number, number) + first[person]
    age = (piece + 0.5) * HALF_YEAR / DAYS_PER_YEAR
    aged = 2 ** ((parameters["age_reference"] - age) / parameters["unlesioned_relapse_halving"])
    chance = -np.expm1(-parameters["unlesioned_relapse_rate"] * aged * HALF_YEAR / DAYS_PER_YEAR)
    words = random.words(seed, np.asarray(truth.id, dtype=np.int64)[index][person], "unlesioned", piece)
    happens, place = random.as_uniform(words[:2])
    day = ((piece + place) * HALF_YEAR).astype(np.int32)
    kept = (happens < chance) & (day >= begin[person]) & (day <= end[person])
    return index[person[kept]], day[kept]


def under_the_weather(
    truth: Truth, parameters: Parameters, person: NDArray[np.int64], day: NDArray[np.int32], seed: int
) -> NDArray[np.float32]:
    """What an episode adds to each latent disability at visits of ``person`` (index) on ``day``, int[n] each:
    float32[n], 0 where none has begun within ``unlesioned_relapse_lasts``.
    """
    raised = np.zeros(len(person), dtype=np.float32)
    who = np.zeros(len(truth.id), dtype=bool)
    who[person] = True
    owner, began = episodes(truth, parameters, who, seed)
    if owner.size:
        span = 2**20  # days; no life is as long
        place = np.searchsorted(owner * span + began, person * span + day, side="right") - 1
        last = np.maximum(place, 0)
        lasts = parameters["unlesioned_relapse_lasts"] * DAYS_PER_YEAR
        now = (place >= 0) & (owner[last] == person) & (day - began[last] < lasts)
        raised[now] = parameters["unlesioned_relapse_rise"]
    return raised


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
