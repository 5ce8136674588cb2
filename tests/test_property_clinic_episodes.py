"""Episodes reported as relapses without a lesion: their rate, who has them, what they raise; drugs leave them alone."""

from __future__ import annotations

import numpy as np

from smoulder import clinic, life, people
from smoulder.clinic.relapses import HALF_YEAR, episodes, under_the_weather
from smoulder.parameters import load
from smoulder.records import DAYS_PER_YEAR

PEOPLE, YEARS = 1500, 30


def lived(plan: str = "none", **changes: float) -> tuple[life.Truth, object]:
    p = load().replace(changes) if changes else load()
    return life.run(people.draw(PEOPLE, seed=11, parameters=p), years=YEARS, plan=plan, parameters=p), p


TRUTH, TABLE = lived()
EVERYONE = np.ones(PEOPLE, dtype=bool)


def test_their_number_is_that_of_the_rate_over_age() -> None:
    person, _day = episodes(TRUTH, TABLE, EVERYONE, 0)
    who = np.flatnonzero(TRUTH.onset_attack & np.isfinite(TRUTH.onset))
    start = TRUTH.start_age[who].astype(float) + TRUTH.onset[who]
    stop = TRUTH.start_age[who].astype(float) + np.minimum(TRUTH.death[who], YEARS)
    rate, halving = TABLE["unlesioned_relapse_rate"], TABLE["unlesioned_relapse_halving"]

    def reached(age: np.ndarray) -> np.ndarray:
        return -halving / np.log(2) * 2 ** ((TABLE["age_reference"] - age) / halving)

    expected = rate * (reached(stop) - reached(start)).sum()
    # one episode at most in half a year: a rate r gives 1 - exp(-r/2) of r/2; the highest rate bounds that loss
    highest = rate * 2 ** ((TABLE["age_reference"] - start.min()) / halving) * HALF_YEAR / DAYS_PER_YEAR
    least = expected * -np.expm1(-highest) / highest
    assert least - 4.5 * np.sqrt(expected) < person.size < expected + 4.5 * np.sqrt(expected)


def test_only_people_whose_disease_began_with_an_attack_have_them_and_after_it() -> None:
    person, day = episodes(TRUTH, TABLE, EVERYONE, 0)
    assert TRUTH.onset_attack[person].all()
    onset = np.rint((TRUTH.start_age + TRUTH.onset)[person] * DAYS_PER_YEAR)
    assert np.all(day > onset - 1)
    assert np.all(np.diff(person) >= 0) and np.all((np.diff(day) >= 0) | (np.diff(person) > 0))


def test_a_drug_that_ends_all_lesions_leaves_exactly_these() -> None:
    treated, _ = lived("hypothetical:attack:1@start+0")
    assert not treated.onset_attack.any()  # without lesions nobody's disease begins with an attack, so none has any
    assert episodes(treated, TABLE, EVERYONE, 0)[0].size == 0
    later, _ = lived("hypothetical:attack:1@onset+5")
    both = np.isclose(later.onset, TRUTH.onset) & (later.death == TRUTH.death)
    before, after = (episodes(truth, TABLE, both, 0) for truth in (TRUTH, later))
    assert before[0].size > 500
    assert np.array_equal(before[0], after[0]) and np.array_equal(before[1], after[1])


def test_ratings_are_raised_while_an_episode_lasts_and_at_no_other_time() -> None:
    person, day = episodes(TRUTH, TABLE, EVERYONE, 0)
    lasts = round(TABLE["unlesioned_relapse_lasts"] * DAYS_PER_YEAR)
    rise = np.float32(TABLE["unlesioned_relapse_rise"])
    assert np.all(under_the_weather(TRUTH, TABLE, person, day, 0) == rise)
    assert np.all(under_the_weather(TRUTH, TABLE, person, day + lasts - 1, 0) == rise)
    alone = np.append(np.diff(day) > 2 * lasts, True) | np.append(np.diff(person) > 0, True)
    assert np.all(under_the_weather(TRUTH, TABLE, person[alone], day[alone] + lasts + 1, 0) == 0)
    never = np.flatnonzero(~TRUTH.onset_attack)
    assert never.size and np.all(under_the_weather(TRUTH, TABLE, never, np.full(never.size, 12_000), 0) == 0)


def test_at_rate_0_only_felt_lesions_are_reported() -> None:
    p = TABLE.replace({"unlesioned_relapse_rate": 0.0, "relapse_reported": 1.0})
    told = clinic.reported(TRUTH, p, EVERYONE)
    felt = np.flatnonzero(TRUTH.lesions.felt)
    times = (TRUTH.start_age[TRUTH.lesions.person[felt]].astype(float) + TRUTH.lesions.time[felt]) * DAYS_PER_YEAR
    days = {(int(TRUTH.id[p_]), int(np.rint(t))) for p_, t in zip(TRUTH.lesions.person[felt], times, strict=True)}
    assert len(told) > 1000 and all((int(a), int(b)) in days for a, b in zip(told.person, told.day, strict=True))
