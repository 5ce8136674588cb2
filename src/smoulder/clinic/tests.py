"""Timed and scored tests: 25-foot walk (T25FW), nine-hole peg test of each hand (NHPT), symbol digit test (SDMT).

All three measure speed, and latent disability slows by one law: a task takes ``exp(slowing * (exp(steepness * latent)
- exp(steepness * link_intercept)))`` times as long as in health, so that it takes the norm without any deficit. Each
person has a norm of their own, log-normal about that of their age (normal for SDMT). One timing is off by a log-normal
error, one SDMT score by a normal one.

The walk shares with rated ambulation the stable offset that sets the person apart from the latent disability, and
cannot be completed where that, without rating noise, has reached the wheelchair. Walk and hands fail over the time
limit of the test. Hands and mind do not take over the offsets of their rated items: those are part of
how a rating, not a measured speed, stands to the disability. The two hands share the latent disability of arm,
coordination and feeling and differ by a stable split, which matters little in health because the law is flat there.

SDMT gains by practice: ``sdmt.practice`` at the first repetition and ever less at later ones. Practice counts sittings,
however far apart they are, and is not forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import random
from smoulder.clinic.instrument import Instrument, Measure
from smoulder.clinic.items import Items
from smoulder.clinic.truth import Truth, age_days
from smoulder.clinic.visits import First, at_visits
from smoulder.edss import AMBULATION
from smoulder.parameters import Parameters
from smoulder.records import Tests, years

__all__ = ["TESTS", "draw_tests", "practice", "sittings", "slowing"]

#: From this ambulation score on a person does not walk 5 m, even with two aids (Neurostatus 04/10.2).
WHEELCHAIR = 10
#: Longest time allowed, in seconds (manual of the composite of these tests), and most answers of the form: what a
#: record may hold.
LIMIT = {column.name: column.high for column in Tests.SCHEMA}
#: The draw of what is a person's own for life; no test is on the day of birth, so the moment is free.
AT_BIRTH = 0
#: Pegs put in and taken out again, over which a speed is counted, times seconds a minute.
PEGS_MINUTE = 9 * 60


@dataclass(frozen=True, eq=False)
class Sittings:
    """n sittings: ``person`` and ``moment`` are indices of one truth, int64[n]; ``day`` is the age in days, int32[n];
    ``seed`` is that of the clinic's draws.
    """

    truth: Truth
    person: NDArray[np.int64]
    moment: NDArray[np.int64]
    day: NDArray[np.int32]
    seed: int

    @property
    def ids(self) -> NDArray[np.int64]:
        """Ids of the people, int64[n]."""
        return np.asarray(self.truth.id, dtype=np.int64)[self.person]

    def beyond_reference(self, parameters: Parameters) -> NDArray[np.float64]:
        """Years of age beyond the reference age, float64[n]."""
        return years(self.day) - parameters["age_reference"]

    def latent(self, item: str) -> NDArray[np.float64]:
        """Latent disability of an item, float64[n]."""
        return self.truth[f"latent_{item}"][self.moment, self.person].astype(np.float64)

    def drawn(self, purpose: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Standard normal numbers of each sitting, and those of its person for life; float64[4, n] each."""
        at = (random.words(self.seed, self.ids, purpose, moment) for moment in (self.day, AT_BIRTH))
        today, own = (ndtri(random.as_uniform(words)) for words in at)
        return today, own


def slowing(parameters: Parameters, test: str, latent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of how many times longer a task takes at ``latent`` disability [n] than without deficit; ``test`` is
    ``t25fw``, ``nhpt`` or ``sdmt``. float64[n], rising with ``latent``.
    """
    steepness = parameters[f"{test}.steepness"]
    healthy = np.exp(steepness * parameters["link_intercept"])
    return parameters[f"{test}.slowing"] * (np.exp(steepness * latent) - healthy)


def practice(parameters: Parameters, earlier: NDArray[np.int64]) -> NDArray[np.float64]:
    """Answers gained after ``earlier`` sittings [n] of the same person: float64[n], 0 at the first, then towards a
    plateau.
    """
    kept = np.exp(-1 / parameters["sdmt.practice_fades"])
    return parameters["sdmt.practice"] * (1 - kept**earlier) / (1 - kept)


def _timed(column: str, log_times: NDArray[np.float64]) -> NDArray[np.float32]:
    """Seconds float32[n], inf beyond the limit of the test."""
    limit = np.log(LIMIT[column])
    return np.where(log_times > limit, np.inf, np.exp(np.minimum(log_times, limit))).astype(np.float32)


def _healthy(parameters: Parameters, test: str, beyond: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray:
    """Log of the person's own healthy time, float64[n]."""
    spread = parameters[f"{test}.spread"] * own
    return np.log(parameters[f"{test}.norm"]) + parameters[f"{test}.ageing"] * beyond + spread


def walk(parameters: Parameters, sat: Sittings) -> NDArray[np.float32]:
    """T25FW in seconds, float32[n]; inf where it could not be completed.

    The offset that sets a person's rated ambulation apart from the latent one sets the walk apart as well.
    """
    items = Items.of(parameters)
    slope, edge = items.slope[AMBULATION], items.threshold[AMBULATION, WHEELCHAIR - 1]
    latent = sat.latent("ambulation")
    offset = sat.truth.offsets[AMBULATION, sat.person].astype(np.float64)
    today, own = sat.drawn("walking")
    times = _healthy(parameters, "t25fw", sat.beyond_reference(parameters), own[0])
    times = times + slowing(parameters, "t25fw", latent - offset / slope) + parameters["t25fw.noise"] * today[0]
    times[slope * (latent - edge) > offset] = np.inf
    return _timed("t25fw", times)


def hands(parameters: Parameters, sat: Sittings) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """NHPT of the (dominant, other) hand in seconds, float32[n] each; inf where it takes too long."""
    shared = (
        parameters["nhpt.motor"] * sat.latent("arm_use")
        + parameters["nhpt.cerebellar"] * sat.latent("cerebellar")
        + parameters["nhpt.sensory"] * sat.latent("sensory")
    )
    today, own = sat.drawn("hands")
    healthy = _healthy(parameters, "nhpt", sat.beyond_reference(parameters), own[0])
    half = parameters["nhpt.split"] * own[1] / 2
    found = []
    for column, side, ratio, noise in (
        ("nhpt_dominant", shared - half, 1.0, today[0]),
        ("nhpt_other", shared + half, parameters["nhpt.other"], today[1]),
    ):
        times = healthy + np.log(ratio) + slowing(parameters, "nhpt", side) + parameters["nhpt.noise"] * noise
        found.append(_timed(column, times))
    return found[0], found[1]


def symbol_digit(parameters: Parameters, sat: Sittings, earlier: NDArray[np.int64]) -> NDArray[np.int16]:
    """SDMT in correct answers, int16[n], for people who have sat it ``earlier`` [n] times before."""
    today, own = sat.drawn("cognition")
    healthy = parameters["sdmt.norm"] - parameters["sdmt.ageing"] * sat.beyond_reference(parameters)
    healthy = np.maximum(healthy + parameters["sdmt.spread"] * own[0], 0)
    score = healthy * np.exp(-slowing(parameters, "sdmt", sat.latent("mental")))
    score = score + practice(parameters, earlier) + parameters["sdmt.noise"] * today[0]
    return np.rint(np.clip(score, 0, LIMIT["sdmt"])).astype(np.int16)


def before(person: NDArray[np.int64], day: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many of the given sittings (``person``, ``day``, [n], any order) the same person had on earlier days:
    int64[n].
    """
    order = np.lexsort((day, person))
    whose, when = person[order], day[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (whose[1:] != whose[:-1]) | (when[1:] != when[:-1])
    first_today = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    count = np.empty(len(order), dtype=np.int64)
    count[order] = first_today - np.searchsorted(whose, whose)
    return count


def draw_tests(
    truth: Truth,
    parameters: Parameters,
    person: NDArray[np.int64],
    moment: NDArray[np.int64],
    *,
    day: NDArray[np.int32] | None = None,
    earlier: NDArray[np.int64] | None = None,
    seed: int | None = None,
) -> Tests:
    """One sitting of all tests for each ``person`` (index) and ``moment`` (index), int64[n] each, on ``day`` (age in
    days, int32[n]; that of the moment unless given, which is where the truth is read).

    ``earlier`` is how often each had sat the SDMT before, int64[n]. Unless given, the same person's sittings on earlier
    days among these are counted, so those of a person belong into one call (or ``earlier`` says what went before).
    Nothing is left out: every test is done or could not be completed. A result depends on the truth, the seed (that of
    the truth unless given), the person, the day and ``earlier``, on no other sitting.
    """
    if day is None:
        day = age_days(truth, person, truth.years[moment].astype(np.float64))
    sat = Sittings(truth, person, moment, day, truth.seed if seed is None else seed)
    earlier = before(person, day) if earlier is None else np.asarray(earlier, dtype=np.int64)
    dominant, other = hands(parameters, sat)
    return Tests(
        person=sat.ids,
        day=day,
        t25fw=walk(parameters, sat),
        nhpt_dominant=dominant,
        nhpt_other=other,
        sdmt=symbol_digit(parameters, sat, earlier),
    )


def sittings(
    truth: Truth,
    parameters: Parameters | None = None,
    *,
    every_years: float = 0.5,
    first: First = "onset",
    who: NDArray[np.bool_] | None = None,
    seed: int | None = None,
) -> Tests:
    """Tests of the people marked in ``who`` (bool[N], everyone unless given) at the visits of
    :func:`smoulder.clinic.follow` with the same ``every_years`` and ``first``; the first sitting is without practice.

    Raises InputError as ``follow`` does.
    """
    return at_visits(draw_tests, truth, parameters, every_years=every_years, first=first, who=who, seed=seed)


def both_hands(table: Tests) -> NDArray[np.float64]:
    """Mean peg test time of both hands in seconds, float64[rows]; inf if one hand cannot."""
    return (table.nhpt_dominant.astype(np.float64) + table.nhpt_other) / 2


def _hands_of(table: Tests) -> NDArray[np.float64]:
    """Peg test times float64[2, rows], NaN in both hands where one was not done."""
    times = np.stack([table.nhpt_dominant, table.nhpt_other]).astype(np.float64)
    return np.where(np.isnan(times).any(axis=0), np.nan, times)


def peg_speed(table: Tests) -> NDArray[np.float64]:
    """Pegs a minute, mean of both hands, float64[rows]; a hand that cannot counts as none."""
    return np.asarray((PEGS_MINUTE / _hands_of(table)).mean(axis=0))


def hands_failed(table: Tests) -> NDArray[np.float64]:
    """How many hands cannot do the peg test, float64[rows]; NaN where one was not done."""
    times = _hands_of(table)
    return np.where(np.isnan(times).any(axis=0), np.nan, np.isinf(times).sum(axis=0))


TESTS = Instrument(
    name="tests",
    title="timed tests",
    table=Tests,
    draw=draw_tests,
    measures=(
        Measure("t25fw", higher_is_worse=True, unit="s", in_baseline=True),
        Measure("nhpt_dominant", higher_is_worse=True),
        Measure("nhpt_other", higher_is_worse=True),
        Measure("sdmt", higher_is_worse=False, words="symbol digit modalities test"),
        Measure(
            "nhpt", higher_is_worse=True, words="nine-hole peg test, mean of both hands", unit="s", value=both_hands,
            most=LIMIT["nhpt_dominant"],
        ),
        Measure(
            "nhpt_speed", higher_is_worse=False, words="pegs a minute, mean of both hands", unit="per_minute",
            value=peg_speed,
        ),
        Measure("nhpt_failed", higher_is_worse=True, words="hands that cannot do the peg test", value=hands_failed),
    ),
    purposes=("walking", "hands", "cognition"),
    carried=True,
    sheet="visits",
)
