"""Natural history: what must hold of any untreated cohort, of its switched twins and of single lives drawn from it."""

from __future__ import annotations

import numpy as np
import pytest

from report_cases import PEOPLE, SEED, lives, natural, switches
from smoulder import InputError, clinic, life, outcomes, parameters, people
from smoulder.experiments import natural as module
from smoulder.experiments import switches as arms
from smoulder.experiments.natural import CAUSES, natural_history
from smoulder.targets.table import load


def test_everyone_drawn_is_counted_once() -> None:
    c = natural().counts
    assert c["drawn"] == PEOPLE
    assert c["with_onset"] + c["left_out"] == PEOPLE
    assert c["relapsing_onset"] + c["progressive_onset"] == c["with_onset"] == len(natural().cohort)
    assert c["converted"] <= c["relapsing_onset"]


def test_every_target_is_scored_once_in_order() -> None:
    assert [one.target.id for one in natural().scores] == [target.id for target in load()]


def test_every_lost_fibre_has_a_cause() -> None:
    table = natural().lost.dropna()
    assert len(table) > 20
    np.testing.assert_allclose(table[list(CAUSES)].sum(axis=1), table["lost"], rtol=1e-4, atol=1e-6)


def test_shares_by_year_lie_in_their_intervals_and_fall_with_the_level() -> None:
    table = natural().edss[natural().edss["people"] > 0]
    for level in (3, 4, 6, 7):
        share = table[f"p_ge_{level}"]
        assert (table[f"p_ge_{level}_lo"] <= share).all() and (share <= table[f"p_ge_{level}_hi"]).all()
    assert (table["p_ge_3"] >= table["p_ge_4"]).all() and (table["p_ge_6"] >= table["p_ge_7"]).all()


def test_who_reached_a_milestone_had_reached_the_one_before() -> None:
    cohort = natural().cohort
    four, six, seven = (cohort.milestone(float(level), outcomes.IRREVERSIBLE_6M) for level in module.LEVELS)
    for low, high in ((four, six), (six, seven)):
        assert high.seen.sum() > 20
        assert low.seen[high.seen].all() and (low.day[high.seen] <= high.day[high.seen]).all()


def test_too_few_people_are_refused_in_one_line() -> None:
    with pytest.raises(InputError, match=f"at least {module.LEAST_PEOPLE}"):
        natural_history(module.LEAST_PEOPLE - 1)


def test_progress_adds_up_to_the_people() -> None:
    told: list[int] = []
    natural_history(module.LEAST_PEOPLE, seed=SEED, threads=1, progress=told.append)
    assert sum(told) == module.LEAST_PEOPLE


def test_a_switched_off_explanation_loses_no_fibre_by_its_causes() -> None:
    table = switches().table.set_index(["arm", "year"])
    for year in arms.SHOWN:
        assert table.loc[("relapse-driven off", year), "lost_acute"] == 0
        assert table.loc[("smouldering off", year), ["lost_rim", "lost_bare", "lost_diffuse"]].abs().max() == 0
        assert table.loc[("both off", year), "lost"] == pytest.approx(
            table.loc[("both off", year), "lost_ageing"], rel=1e-4
        )
        assert table.loc[("both at work", year), "left"] == 1
        assert table.loc[("both at work", year), list(CAUSES)].sum() > table.loc[("both off", year), list(CAUSES)].sum()


def test_the_common_clock_is_what_a_clinic_sees_from_the_biological_start() -> None:
    p = parameters.load()
    group = people.draw(40, seed=SEED, parameters=p)
    truth = life.run(group, years=30, every=1.0, parameters=p)
    visits = clinic.follow(truth, p, every_years=1.0, first="start").visits
    rated = arms._on_clock(40, SEED, p, 1, None).edss
    assert np.array_equal(rated.T[rated.T >= 0], visits.edss)


def test_twins_without_a_switch_are_the_same_people() -> None:
    again = arms._on_clock(PEOPLE, SEED, parameters.load(), 2, None)
    assert np.array_equal(arms._curve(again), switches().curves[arms.FULL], equal_nan=True)


def test_patterns_that_break_were_hits_and_are_misses() -> None:
    full = {one.target.id: one.hit for one in natural().scores}
    for arm, ids in switches().broken.items():
        own = {one.target.id: one.hit for one in switches().scores[arm]}
        assert set(ids) == {name for name, hit in full.items() if hit and not own[name]}
        assert set(switches().mended[arm]) == {name for name, hit in full.items() if not hit and own[name]}
    assert switches().broken["relapse-driven off"], "without any attack some pattern of attacks must break"


def test_ten_lives_are_the_first_ten_of_the_cohort() -> None:
    records = natural().cohort.records
    assert [life.id for life in lives()] == records.people.person[:10].tolist()
    for one in lives():
        own = records.visits.take(records.visits.person == one.id)
        assert np.array_equal(own.edss / 2, one.edss)
        k = int(np.searchsorted(records.people.person, one.id))
        assert one.course == ("relapsing" if natural().cohort.course.relapsing[k] else "progressive")
        assert np.isfinite(one.spms_age) == bool(natural().cohort.course.spms.seen[k])
        assert 0 < one.reserve < 1 and (np.diff(one.lost) >= -1e-6).all()
