"""Definitions against known truth: on lives made up so that every answer is known, and on simulated ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from smoulder import clinic, life, outcomes, parameters, people
from smoulder.errors import InputError
from smoulder.experiments import known_truth as kt
from smoulder.experiments.known_truth import KnownTruth, definitions_tested
from smoulder.outcomes import CDW_12W, PIRA_MULLER_2023
from smoulder.records import People, Records, Relapses, Scans, Visits

FIRST, QUARTERS, AHEAD = 10_000, 40, 8
PEOPLE = 160


@cache
def small() -> KnownTruth:
    """A few simulated lives, every definition, one interval and noise."""
    return definitions_tested(PEOPLE, months=(6,), noise=(1.0,), seed=4)


def watched(lives: list[tuple[list[float], list[float], list[float]]], relapses: dict[int, list[int]]) -> kt._Watched:
    """People of whom (lived, spared, rated) EDSS at 41 quarters are given; lived and spared go on as they end."""
    n, moments = len(lives), QUARTERS + 1
    day = np.array([int(kt.days(quarter / 4)) for quarter in range(moments)]) + FIRST
    none = np.full(n, -1)
    who = People(np.arange(n), none, np.zeros(n), none, none, np.full(n, FIRST), np.full(n, day[-1]))

    def records(rated: list[list[float]]) -> Records:
        blank = np.full(n * moments, -1)
        names = [column.name for column in Visits.SCHEMA[3:]]
        visits = Visits(
            np.repeat(np.arange(n), moments), np.tile(day, n), 2 * np.concatenate(rated), **dict.fromkeys(names, blank)
        )
        reported = [(one, FIRST + late) for one, some in relapses.items() for late in some]
        table = Relapses(np.array([one for one, _ in reported], int), np.array([late for _, late in reported], int))
        return Records(who, visits, table, Scans.empty())

    def true(side: int) -> dict[str, np.ndarray]:
        return {"edss": np.array([[*one[side], *[one[side][-1]] * AHEAD] for one in lives]).T}

    seen = records([np.array(one[2]) for one in lives])
    still = records([np.full(moments, one[0][0]) for one in lives])
    return kt._Watched(who, true(0), true(1), {1.0: seen}, {1.0: still})


def stepped(at: int, low: float = 3.0, high: float = 4.0) -> list[float]:
    """EDSS that rises for good at a quarter; one beyond the last never does."""
    return [low] * min(at, QUARTERS + 1) + [high] * (QUARTERS + 1 - min(at, QUARTERS + 1))


NEVER = QUARTERS + 1


def judged(lives: list, name: str, relapses: dict[int, list[int]] | None = None) -> dict:
    w = watched(lives, relapses or {})
    return kt._rows(w, [outcomes.named(name)], [(3, 1.0)], QUARTERS + 1, AHEAD / 4, None)[0]


def test_a_slow_change_rated_a_year_late_is_found_a_year_late_and_laid_to_slow_damage() -> None:
    late = (stepped(8), stepped(8), stepped(12))
    one = judged([late], "PIRA_MULLER_2023")
    assert (one["to_find"], one["sensitivity"], one["early"], one["calls"]) == (1, 1.0, 0.0, 1)
    assert one["delay"] == pytest.approx(1, abs=0.01)
    assert one["delay_known"] == pytest.approx(1.25, abs=0.01)
    assert (one["slow"], one["lesion"], one["nothing"], one["false_attribution"]) == (1.0, 0.0, 0.0, 0.0)
    assert one["still_calls"] == 0 and one["still_per_100"] == 0


def test_a_change_by_a_lesion_that_no_relapse_told_of_is_a_falsely_attributed_pira() -> None:
    hidden = (stepped(8), stepped(NEVER), stepped(8))
    one = judged([hidden], "PIRA_MULLER_2023")
    assert one["to_find"] == 0 and np.isnan(one["sensitivity"])
    assert (one["calls"], one["lesion"], one["false_attribution"]) == (1, 1.0, 1.0)
    told = judged([hidden], "PIRA_MULLER_2023", {0: [720]})
    assert (told["calls"], told["to_find"]) == (0, 0)
    raw = judged([hidden], "RAW_12W", {0: [720]})
    assert (raw["calls"], raw["to_find"], raw["sensitivity"], raw["false_attribution"]) == (1, 1, 1.0, 0.0)


def test_a_slow_change_with_a_relapse_beside_it_is_a_falsely_attributed_raw() -> None:
    one = judged([(stepped(8), stepped(8), stepped(8))], "RAW_12W", {0: [720]})
    assert (one["calls"], one["to_find"], one["slow"], one["false_attribution"]) == (1, 0, 1.0, 1.0)


def test_noise_that_is_called_worsening_is_nothing_and_a_passing_rise_does_not_last() -> None:
    noise = (stepped(NEVER), stepped(NEVER), stepped(8))
    passing = ([3.0] * 8 + [4.0] * 6 + [3.0] * 27, stepped(NEVER), [3.0] * 8 + [4.0] * 6 + [3.0] * 27)
    one = judged([noise, passing], "CDW_12W")
    assert (one["calls"], one["to_find"], one["nothing"]) == (2, 0, 1.0)
    assert np.isnan(one["false_attribution"])


def test_a_call_before_the_true_change_is_early_and_one_too_late_to_watch_does_not_count() -> None:
    early = (stepped(20), stepped(20), stepped(16))
    at_the_end = (stepped(34), stepped(34), stepped(34))  # a year and a half before the end, less than ROOM
    one = judged([early, at_the_end], "CDW_12W")
    assert (one["to_find"], one["sensitivity"], one["early"]) == (1, 0.0, 1.0)
    assert one["nothing"] == 0.5  # at the early call the lasting level had not moved


def test_improvement_is_judged_downwards() -> None:
    better = (stepped(8, 5.0, 3.0), stepped(8, 5.0, 3.0), stepped(9, 5.0, 3.0))
    one = judged([better], "CDI_12W")
    assert (one["to_find"], one["sensitivity"], one["slow"], one["nothing"]) == (1, 1.0, 1.0, 0.0)
    assert judged([better], "CDW_12W")["to_find"] == 0


def test_yearly_visits_see_a_change_later_than_quarterly_ones() -> None:
    w = watched([(stepped(9), stepped(9), stepped(9))], {})
    told: list[int] = []
    ways = [(months, 1.0) for months in (3, 6, 12)]
    rows = kt._rows(w, [outcomes.named("CDW_12W")], ways, QUARTERS + 1, 2.0, told.append)
    assert [row["months"] for row in rows] == [3, 6, 12] and told == [1, 1, 1]
    found = [row["delay"] for row in rows]
    assert found == pytest.approx([0.0, 0.25, 0.75], abs=0.01)


def test_the_spared_life_is_the_same_before_the_watch_and_without_a_lesion_after_it() -> None:
    p, entry = parameters.load(), 5.0
    group = people.draw(60, seed=4)
    lived = life.run(group, years=40, every=kt.EVERY)
    begin = np.searchsorted(lived.years, lived.onset + entry)
    who = np.flatnonzero(lived.onset_attack & (begin < lived.years.size - 1))
    dose = np.full(60, np.inf)
    dose[who] = lived.years[begin[who]]
    spared = life.run(group, years=40, plan=kt._SPARED, first_dose=dose, every=kt.EVERY)
    assert len(who) > 40 and lived.lesions is not None and spared.lesions is not None
    for one in who:
        until = begin[one] + 1
        assert np.array_equal(lived.values[:, :until, one], spared.values[:, :until, one])
    late = spared.lesions.time > dose[spared.lesions.person] + 1 / life.STEPS_PER_YEAR
    assert not late.any()
    assert (lived.lesions.time > dose[lived.lesions.person]).sum() > 100
    quiet = kt._changed(p, dict.fromkeys(kt._QUIET, 0.0))
    visits = clinic.examine(lived, quiet, who[:5], begin[who[:5]])
    true = kt._true(lived, quiet, who[:5], begin[who[:5]], 5)
    assert true["edss"][0].tolist() == (visits.edss / 2).tolist()


def test_every_named_definition_has_its_row_and_its_numbers_hang_together() -> None:
    found = small()
    table = found.table
    assert table["definition"].tolist() == list(outcomes.names())
    assert (found.drawn, found.seed) == (PEOPLE, 4) and 0 < found.slow <= found.worse <= found.watched <= PEOPLE
    assert (table["people"] == found.watched).all()
    called = table[table["calls"] > 0]
    assert np.allclose(called[["slow", "lesion", "nothing"]].sum(axis=1), 1)
    pira = table[table["event"] == "PIRA"]
    assert (pira["false_attribution"] == pira["lesion"]).all()
    assert (table["sensitivity"] + table["early"] <= 1 + 1e-9).all()
    assert ((table["lo"] <= table["sensitivity"]) & (table["sensitivity"] <= table["hi"])).all()
    rule = outcomes.named("PIRA_KAPPOS_2020").rules[0]
    alone = replace(outcomes.named("PIRA_KAPPOS_2020"), name="mine", rules=(rule,))
    again = definitions_tested(PEOPLE, definitions=[alone], months=(6,), noise=(1.0,), seed=4, threads=2).table
    same = table[table["definition"] == "PIRA_KAPPOS_2020"].drop(columns="definition").reset_index(drop=True)
    pd.testing.assert_frame_equal(again.drop(columns="definition"), same)


def test_without_any_noise_or_episode_nobody_who_stands_still_is_called_worse() -> None:
    p = parameters.load()
    calm = kt._changed(p, {"unlesioned_relapse_rise": 0.0})
    names = ["CDW_12W", "PIRA_LOOSEST", "COMPOSITE_12W"]
    found = definitions_tested(60, definitions=names, months=(3,), noise=(0.0, 1.0), parameters=calm, seed=4).table
    silent, noisy = (found[found["noise"] == factor].set_index("definition") for factor in (0.0, 1.0))
    assert (silent["still_calls"] == 0).all()
    assert (noisy["still_calls"] > 0).all()
    assert silent.loc["CDW_12W", "nothing"] < noisy.loc["CDW_12W", "nothing"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"people": 0}, "at least 1"),
        ({"months": (4,)}, "every 3, 6, 9"),
        ({"months": ()}, "not never"),
        ({"years": 2.0}, "at least 3"),
        ({"entry": 55.0}, "fit into a life"),
        ({"entry": 48.0}, "nobody could be watched"),
    ],
)
def test_what_cannot_be_watched_is_refused(given: dict, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        definitions_tested(**{"people": 1, **given})


def test_a_definition_without_known_truth_is_refused() -> None:
    learned = replace(CDW_12W, name="symbol digit", scale=outcomes.SDMT, threshold=outcomes.SHARE_20_OR_4)
    mine = outcomes.Definition("mine", "a test", "PIRA", (learned,), PIRA_MULLER_2023)
    with pytest.raises(InputError, match="no known truth"):
        definitions_tested(10, definitions=[mine])
