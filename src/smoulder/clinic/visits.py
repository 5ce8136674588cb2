"""Visits to a clinic: a schedule over the recorded moments, nine rated items, EDSS, and the relapses reported on the
way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from smoulder import edss
from smoulder.clinic.instrument import Instrument, Measure
from smoulder.clinic.items import Items, levels, rating_noise
from smoulder.clinic.relapses import reported, under_the_weather
from smoulder.clinic.truth import Truth, age_days, leaves, step_years
from smoulder.errors import InputError
from smoulder.parameters import Parameters, load
from smoulder.records import UNKNOWN_DAY, People, Records, Scans, Table, Visits

__all__ = ["VISITS", "at_visits", "enters", "examine", "follow", "people", "schedule", "second_rater"]

First = Literal["onset", "start"]
Found = TypeVar("Found", bound=Table)
#: A record names an item by its column; the mental system is called cerebral there.
COLUMNS = {name: f"fs_{name}" for name in edss.ITEMS[: edss.SYSTEMS]} | {
    "mental": "fs_cerebral",
    "ambulation": "ambulation",
    "arm_use": "arm_use",
}
#: How far a requested interval may be from a whole number of steps, in steps (moments are float32).
ROUNDING = 1e-3
#: Grades of the Neurostatus ambulation score and of arm use between which a rating must not contradict itself.
_WHEELCHAIR, _IN_BED, _HELPLESS = 10, 12, 2


def enters(truth: Truth, first: First = "onset") -> NDArray[np.bool_]:
    """Who ever comes to the clinic: bool[N]. With ``first="onset"`` those with clinical onset before death and the
    end of the run; with ``"start"`` everyone. ``(~enters(truth)).sum()`` people are therefore in no record. Raises
    InputError for another ``first``.
    """
    if first not in ("onset", "start"):
        raise InputError(f"Argument first must be 'onset' or 'start'; got '{first}'.")
    if first == "start":
        return np.ones(len(truth.id), dtype=bool)
    return truth.onset <= leaves(truth)


def schedule(
    truth: Truth, every_years: float, who: NDArray[np.bool_], first: First = "onset"
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(person index, moment index) of every visit, sorted by both.

    The first visit is at the first recorded moment not before clinical onset (or the first moment of all), then every
    ``every_years``, the last before death. Raises InputError unless ``every_years`` is a whole number of recorded
    steps.
    """
    step = step_years(truth)
    stride = round(every_years / step)
    if stride < 1 or abs(every_years / step - stride) > ROUNDING:
        raise InputError(
            f"Visits every {every_years:g} years do not fall on recorded moments, which are {step:g} years apart."
        )
    begin = np.zeros(len(truth.id), dtype=np.int64)
    if first == "onset":
        begin = np.searchsorted(truth.years, truth.onset)
    end = np.searchsorted(truth.years, truth.death)
    number = np.where(who, np.maximum(end - begin + stride - 1, 0) // stride, 0)
    person = np.repeat(np.arange(len(truth.id)), number)
    nth = np.arange(person.size) - np.repeat(np.cumsum(number) - number, number)
    return person, begin[person] + stride * nth


def at_visits(
    draw: Callable[..., Found],
    truth: Truth,
    parameters: Parameters | None,
    *,
    every_years: float,
    first: First = "onset",
    who: NDArray[np.bool_] | None = None,
    seed: int | None = None,
    **settings: Any,
) -> Found:
    """What ``draw`` measures at the visits of :func:`follow` with the same ``every_years`` and ``first``, in the people
    marked in ``who`` (bool[N], everyone unless given).

    ``draw`` takes the truth, the parameters (the shipped ones where None), person and moment of each visit (indices,
    int64[n]), ``seed`` and ``settings``, as :func:`examine` does. Raises InputError as ``follow`` does.
    """
    parameters = load() if parameters is None else parameters
    came = enters(truth, first) if who is None else who & enters(truth, first)
    person, moment = schedule(truth, every_years, came, first)
    return draw(truth, parameters, person, moment, seed=seed, **settings)


def _to_bed(rated: NDArray[np.int8]) -> None:
    """Who cannot walk and is helpless with the arms cannot use a wheelchair either and is rated as bound to bed."""
    ambulation, arm_use = edss.ITEMS.index("ambulation"), edss.ITEMS.index("arm_use")
    bound = (rated[ambulation] >= _WHEELCHAIR) & (rated[arm_use] >= _HELPLESS)
    rated[ambulation, bound] = _IN_BED


def examine(
    truth: Truth,
    parameters: Parameters,
    person: NDArray[np.int64],
    moment: NDArray[np.int64],
    *,
    day: NDArray[np.int32] | None = None,
    rater: int = 1,
    seed: int | None = None,
) -> Visits:
    """One rated visit for each pair of ``person`` (index) and ``moment`` (index), both int64[n], on ``day`` (age in
    days, int32[n]; that of the moment unless given, which is where the truth is read).

    The rating of a visit depends on the truth, the seed (that of the truth unless given), the person, the day and the
    rater (1 or 2), not on which other visits there are.
    """
    seed = truth.seed if seed is None else seed
    items = Items.of(parameters)
    ids = np.asarray(truth.id, dtype=np.int64)[person]
    day = age_days(truth, person, truth.years[moment].astype(np.float64)) if day is None else day
    latent = np.empty((len(edss.ITEMS), len(person)), dtype=np.float32)
    for row, name in zip(latent, edss.ITEMS, strict=True):
        row[:] = truth[f"latent_{name}"][moment, person]
    latent += under_the_weather(truth, parameters, person, day, seed)
    rated = levels(items, latent, truth.offsets[:, person], rating_noise(items, seed, ids, day, rater))
    _to_bed(rated)
    columns = {COLUMNS[name]: row for name, row in zip(edss.ITEMS, rated, strict=True)}
    return Visits(person=ids, day=day, edss=edss.score(rated), **columns)


def people(truth: Truth, who: NDArray[np.bool_], first: First = "onset") -> People:
    """The people marked in ``who`` (bool[N]): observed from clinical onset (or biological start) to death or the last
    recorded moment.
    """
    index = np.flatnonzero(who)
    until = leaves(truth)[index]
    onset = truth.onset[index].astype(np.float64)
    came = onset if first == "onset" else np.zeros(index.size)
    died = truth.death[index] <= until
    return People(
        person=np.asarray(truth.id, dtype=np.int64)[index],
        sex=truth.sex[index],
        birth_day=np.zeros(index.size, dtype=np.int32),
        onset_day=age_days(truth, index, np.where(onset <= until, onset, np.nan)),
        death_day=np.where(died, age_days(truth, index, until), UNKNOWN_DAY),
        first_day=age_days(truth, index, came),
        last_day=age_days(truth, index, until),
    )


def follow(
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 0.5,
    seed: int | None = None,
    rater: int = 1,
    first: First = "onset",
) -> Records:
    """What a clinic records: people, visits every ``every_years`` and reported relapses; scans are made by
    :func:`smoulder.clinic.scan`.

    With ``first="onset"`` people enter at clinical onset, and those who never have it are in no record
    (:func:`enters` tells who); with ``"start"`` everyone is seen from the first recorded moment, onset or not. Days
    are ages. Raises InputError for an unknown ``first`` or ``rater`` or an interval that does not fall on the
    recorded moments.
    """
    parameters = load() if parameters is None else parameters
    who = enters(truth, first)
    person, moment = schedule(truth, every_years, who, first)
    return Records(
        people=people(truth, who, first),
        visits=examine(truth, parameters, person, moment, rater=rater, seed=seed),
        relapses=reported(truth, parameters, who, seed=seed),
        scans=Scans.empty(),
    )


def second_rater(
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 0.5,
    seed: int | None = None,
    first: First = "onset",
) -> tuple[Visits, Visits]:
    """The same visits rated by two raters on the same day: (first rater's, second rater's), equal rows for equal
    person and day.
    """
    parameters = load() if parameters is None else parameters
    person, moment = schedule(truth, every_years, enters(truth, first), first)
    one, two = (examine(truth, parameters, person, moment, rater=rater, seed=seed) for rater in (1, 2))
    return one, two


VISITS = Instrument(
    name="visits",
    title="visits with EDSS and functional systems",
    table=Visits,
    draw=examine,
    measures=(Measure("edss", higher_is_worse=True, words="EDSS"),),
    purposes=("rating", "second_rating"),
)
