"""Timed and scored tests against hand-made truths: they follow disability, fail where they must and learn as stated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clinic_cases import ITEMS, Truth, disabled, same
from clinic_rows import but, quiet
from lives import company
from smoulder import clinic, life, records
from smoulder.clinic.items import Items, levels
from smoulder.clinic.tests import WHEELCHAIR, before, draw_tests, practice, slowing
from smoulder.errors import InputError
from smoulder.parameters import load

AMBULATION = clinic.ITEMS.index("ambulation")


def once(truth: Truth, p) -> records.Tests:
    """Everyone's first sitting at the first moment."""
    who = np.arange(len(truth.id))
    return draw_tests(truth, p, who, np.zeros_like(who))


def test_limit_without_error_every_result_follows_latent_disability_alone():
    latent = np.linspace(-3.5, 8, 400)
    seen = once(disabled(latent), quiet())
    assert len(seen) == latent.size
    for times in (seen.t25fw, seen.nhpt_dominant, seen.nhpt_other):
        done = np.isfinite(times)
        assert 200 < done.sum() < 400
        assert done[: done.sum()].all()  # nobody worse than a person who fails completes it
        assert (np.diff(times[done]) > 0).all()
    assert (np.diff(seen.sdmt) <= 0).all()
    assert seen.sdmt[0] > 50 > 10 > seen.sdmt[-1]


def test_limit_without_deficit_the_result_is_the_norm_of_the_age():
    p = quiet()
    for age in (25.0, 60.0):
        seen = once(disabled([p["link_intercept"]], age=age), p)
        beyond = records.years(seen.day) - p["age_reference"]
        np.testing.assert_allclose(seen.t25fw, p["t25fw.norm"] * np.exp(p["t25fw.ageing"] * beyond), rtol=1e-6)
        np.testing.assert_allclose(seen.nhpt_dominant, p["nhpt.norm"] * np.exp(p["nhpt.ageing"] * beyond), rtol=1e-6)
        np.testing.assert_allclose(seen.nhpt_other / seen.nhpt_dominant, p["nhpt.other"], rtol=1e-6)
        assert seen.sdmt[0] == np.rint(p["sdmt.norm"] - p["sdmt.ageing"] * beyond)[0]


def test_exact_a_walk_fails_where_true_ambulation_has_reached_the_wheelchair():
    rng = np.random.default_rng(2)
    p, n = load(), 5_000
    truth = disabled(rng.normal(2.5, 1.5, n))
    truth.offsets = rng.logistic(size=(9, n)).astype(np.float32)
    latent = np.broadcast_to(truth["latent_ambulation"][0], (9, n))
    level = levels(Items.of(p), latent, truth.offsets)[AMBULATION]
    failed = np.isinf(once(truth, p).t25fw)
    np.testing.assert_array_equal(failed, level >= WHEELCHAIR)
    assert 0.2 < failed.mean() < 0.8


def test_exact_the_walk_fails_just_beyond_the_threshold_of_the_wheelchair():
    p = quiet()
    edge = np.float32(p["item_threshold.ambulation.10"])
    below, above = (np.nextafter(edge, np.float32(side), dtype=np.float32) for side in (-np.inf, np.inf))
    np.testing.assert_array_equal(np.isinf(once(disabled([below, above]), p).t25fw), [False, True])


def test_exact_a_time_over_the_limit_of_the_test_counts_as_failure_and_no_score_leaves_the_form():
    slow = but({row.id: row.value for row in quiet().rows} | {"t25fw.slowing": 0.3, "nhpt.slowing": 0.4})
    latent = np.linspace(-2, 3.4, 200)
    seen = once(disabled(latent), slow)
    for column, limit, norm, test in (
        ("t25fw", 180, "t25fw.norm", "t25fw"),
        ("nhpt_dominant", 300, "nhpt.norm", "nhpt"),
    ):
        beyond = records.years(seen.day) - slow["age_reference"]
        times = slow[norm] * np.exp(slow[f"{test}.ageing"] * beyond + slowing(slow, test, latent))
        np.testing.assert_allclose(getattr(seen, column), np.where(times > limit, np.inf, times), rtol=1e-5)
        assert 0 < (times > limit).sum() < 100
    scores = once(disabled(np.linspace(-3, 9, 200)), but({"sdmt.spread": 40.0})).sdmt
    assert scores.min() == 0 and scores.max() == 110


def test_the_two_hands_of_a_person_differ_stably_and_little_in_health():
    p = quiet(alike=False)
    n = 4_000
    ratio = {}
    for latent in (-3.5, 1.5):
        truth = disabled(np.full((2, n), latent), t=2)
        who = np.arange(n)
        first, second = (draw_tests(truth, p, who, np.full(n, m)) for m in (0, 1))
        ratio[latent] = np.log(first.nhpt_other / first.nhpt_dominant)
        np.testing.assert_allclose(ratio[latent], np.log(second.nhpt_other / second.nhpt_dominant), atol=1e-5)
    assert ratio[-3.5].std() < 0.01 < 0.1 < ratio[1.5].std()
    worse = (ratio[1.5] < np.log(p["nhpt.other"])).mean()  # the dominant hand is the worse one in half the people
    assert abs(worse - 0.5) < 4.5 * 0.5 / np.sqrt(n)
    assert p["nhpt.motor"] + p["nhpt.cerebellar"] + p["nhpt.sensory"] == pytest.approx(1)


def test_practice_gains_the_stated_points_and_reaches_a_plateau():
    p = load()
    gain = practice(p, np.arange(200))
    assert gain[0] == 0
    assert gain[1] == pytest.approx(p["sdmt.practice"])
    steps = np.diff(gain[:40])
    assert (steps > 0).all() and (np.diff(steps) < 0).all()
    assert gain[18] > 0.94 * gain[-1]
    np.testing.assert_allclose(gain[-1], p["sdmt.practice"] / (1 - np.exp(-1 / p["sdmt.practice_fades"])))
    ageless = but(dict.fromkeys(("sdmt.noise", "sdmt.spread", "sdmt.ageing"), 0.0))
    scores = clinic.sittings(disabled(np.zeros((60, 1)), t=60), ageless, every_years=0.25).sdmt
    assert (np.diff(scores) >= 0).all() and np.ptp(scores[30:]) == 0
    assert abs(scores[-1] - scores[0] - gain[-1]) <= 1  # two scores, each to the nearest answer


def test_exact_earlier_sittings_are_those_of_the_same_person_on_earlier_days_in_any_order():
    rng = np.random.default_rng(9)
    person, day = rng.integers(0, 6, 200), rng.integers(0, 40, 200).astype(np.int32)
    counted = [int(((person == a) & (day < b)).sum()) for a, b in zip(person, day, strict=True)]
    np.testing.assert_array_equal(before(person, day), counted)
    assert before(person[:0], day[:0]).size == 0


def test_practice_comes_from_the_sittings_given_whatever_their_days():
    p = but(dict.fromkeys(("sdmt.noise", "sdmt.spread", "sdmt.ageing"), 0.0))
    truth = disabled(np.full((8, 2), p["link_intercept"]), t=8)
    person, moment = np.array([0, 0, 0, 1]), np.array([1, 2, 7, 7])
    seen = clinic.draw_tests(truth, p, person, moment, day=np.array([14_700, 14_707, 15_300, 15_300], dtype=np.int32))
    gained = practice(p, np.array([0, 1, 2, 0]))
    np.testing.assert_array_equal(seen.sdmt, np.rint(p["sdmt.norm"] + gained))
    used = clinic.draw_tests(truth, p, person, moment, earlier=np.array([5, 6, 7, 5]))
    assert (used.sdmt > seen.sdmt).all()


def varied(t: int = 20, n: int = 60) -> Truth:
    rng = np.random.default_rng(7)
    truth = Truth(t, n, **{f"latent_{item}": rng.normal(0, 2, (t, n)) for item in ITEMS})
    truth.start_age = rng.uniform(20, 50, n).astype(np.float32)
    truth.onset = rng.uniform(0, 3, n).astype(np.float32)
    truth.death = np.where(rng.random(n) < 0.3, rng.uniform(2, 6, n), np.inf).astype(np.float32)
    return truth


def test_exact_a_result_depends_on_its_person_day_and_exposure_alone():
    truth, p = varied(), load()
    everyone = clinic.sittings(truth, p)
    chosen = np.array([31, 2, 17])
    same(clinic.sittings(truth.take(chosen), p), everyone.take(np.isin(everyone.person, truth.id[chosen])))
    who = np.isin(np.arange(60), chosen)
    same(clinic.sittings(truth, p, who=who), everyone.take(np.isin(everyone.person, truth.id[chosen])))
    person, moment = clinic.visits.schedule(truth, 0.5, np.ones(60, dtype=bool))
    order = np.random.default_rng(3).permutation(person.size)
    same(clinic.draw_tests(truth, p, person[order], moment[order]), everyone)
    same(clinic.draw_tests(truth, p, person, moment, day=everyone.day), everyone)
    earlier = np.arange(person.size) - np.searchsorted(person, person)
    half = np.arange(person.size) % 2 == 0
    part = clinic.draw_tests(truth, p, person[half], moment[half], earlier=earlier[half])
    same(part, everyone.take(half))
    other = clinic.sittings(truth, p, seed=6)
    assert (other.t25fw != everyone.t25fw).any() and (other.sdmt != everyone.sdmt).any()


def test_property_errors_are_independent_with_the_stated_spread():
    n, p = 20_000, but(dict.fromkeys(("t25fw.spread", "nhpt.spread", "nhpt.split", "sdmt.spread"), 0.0))
    seen = once(disabled(np.zeros(n)), p)
    errors = np.stack([np.log(seen.t25fw), np.log(seen.nhpt_dominant), np.log(seen.nhpt_other), seen.sdmt])
    stated = [p["t25fw.noise"], p["nhpt.noise"], p["nhpt.noise"], np.hypot(p["sdmt.noise"], np.sqrt(1 / 12))]
    np.testing.assert_allclose(errors.std(axis=1), stated, rtol=4.5 / np.sqrt(2 * n))
    assert abs(np.corrcoef(errors) - np.eye(4)).max() < 4.5 / np.sqrt(n)


def test_lives_are_tested_at_their_visits_and_twins_share_every_draw():
    p = load()
    truth = life.run(company(), years=30)
    seen, visits = clinic.sittings(truth, p), clinic.follow(truth, p).visits
    np.testing.assert_array_equal(seen.person, visits.person)
    np.testing.assert_array_equal(seen.day, visits.day)
    assert not np.isnan(seen.t25fw).any() and (seen.sdmt >= 0).all()
    walks = np.isfinite(seen.t25fw)
    assert 0 < walks.mean() < 1
    assert slowing(p, "t25fw", truth["latent_ambulation"][0].astype(float)).min() >= 0


def test_a_table_of_tests_is_written_and_read_back_with_failures_and_gaps(tmp_path):
    times = {"t25fw": [4.5, np.inf, np.nan], "nhpt_dominant": [20.5, 31.25, np.inf], "nhpt_other": [np.nan] * 3}
    columns = {"person": [1, 1, 2], "day": [10, 20, 10], "sdmt": [50, -1, 0]} | times
    given = records.Tests(**{name: np.array(values) for name, values in columns.items()})
    given.frame().to_csv(tmp_path / "tests.csv", index=False)
    same(records.Tests.from_frame(pd.read_csv(tmp_path / "tests.csv", dtype=str)), given)


def test_a_schedule_that_cannot_be_is_refused():
    with pytest.raises(InputError, match="years apart"):
        clinic.sittings(varied(), load(), every_years=0.3)
