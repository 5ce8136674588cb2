"""What a hostile table or rule does to the search for worsening: a right answer, or one clear line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes_cases import cohort
from smoulder import outcomes
from smoulder.errors import InputError, SmoulderError, TableError, UnknownName
from smoulder.outcomes import (
    CDW_12W,
    PIRA_MULLER_2023,
    Confirmation,
    CustomThreshold,
    Distances,
    ShareThreshold,
    Window,
)
from worsening_cases import FIXED, Visit, plain_events, plain_label

NAMES = {"subj_col": "id", "value_col": "EDSS", "date_col": "day", "outcome": "edss", "date_format": "day"}
NOBODY = pd.DataFrame({"id": [], "day": []})
PLAIN = pd.DataFrame({"id": 1, "day": [0, 100, 200], "EDSS": [2.0, 3.0, 3.0]})


def run(visits: pd.DataFrame, relapses: pd.DataFrame | None = None, **options: Any) -> pd.DataFrame:
    """The table of results."""
    definition: Any = outcomes.from_msprog({**NAMES, **options})
    found: pd.DataFrame = definition.run(visits, relapses).results
    return found


rows = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3]),
        st.sampled_from([-400, -300, -201, -200, -100, -16, -15, 0, 1, 84, 85, 200, 500, 1400]),
        st.sampled_from([0.0, 2.0, 2.5, 3.0, 3.5, 6.0, 6.5, 9.5, 10.0, None]),
    ),
    min_size=1,
    max_size=30,
)
attacks = st.lists(
    st.tuples(st.sampled_from([1, 2, 3, 7]), st.sampled_from([-400, -200, -190, -15, 0, 85, 170, None])), max_size=6
)
MSPROG = replace(CDW_12W, reference=FIXED, confirmation=replace(CDW_12W.confirmation, late=646))


@settings(max_examples=300)
@given(rows, attacks)
def test_oracle_ties_blanks_strangers_and_days_before_0_are_judged_as_by_hand(
    seen: list[tuple[int, int, float | None]], attacked: list[tuple[int, int | None]]
) -> None:
    whole: dict[int, dict[int, float]] = {}
    for person, day, edss in seen:
        if edss is not None:
            whole.setdefault(person, {})[day] = edss  # of several visits on a day the last one counts
    visits = pd.DataFrame(seen, columns=["id", "day", "EDSS"])
    relapses = pd.DataFrame(attacked, columns=["id", "day"])
    if not whole:
        with pytest.raises(InputError, match="no complete row"):
            run(visits, relapses)
        return
    found = run(visits, relapses, RAW_PIRA=True, include_dates=True, include_values=True)
    assert found.id.tolist() == list(whole)
    for row, (person, days) in zip(found.to_dict("records"), whole.items(), strict=True):
        theirs: list[Visit] = sorted(days.items())
        hit = sorted(day for who, day in attacked if who == person and day is not None)
        events = plain_events(theirs, hit, MSPROG, step=False)[:1]
        assert row["nevent"] == len(events)
        assert row["total_fu"] == theirs[-1][0] - theirs[0][0]
        for event in events:
            assert (row["bl_date"], row["date"], row["conf84_date"]) == event[:3]
            assert (row["bl_value"], row["value"]) == (days[event[0]], days[event[1]])
            assert row["CDW_type"] == plain_label(event, theirs, hit, MSPROG, PIRA_MULLER_2023)


def test_people_are_the_same_as_number_as_fraction_and_as_text() -> None:
    relapses = pd.DataFrame({"id": [1], "day": [90]})
    written: list[tuple[list[Any], list[Any]]] = [
        ([1, 1, 1], [1.0, None]),  # a blank makes pandas write the numbers of the other rows as fractions
        ([1.0, 1.0, 1.0], [1, 2]),
        (["1", "1", "1"], [1.0, None]),
        ([1, 1, 1], ["1", "x"]),
        ([1, "1", 1.0], [1, 2]),
    ]
    assert run(PLAIN, relapses, RAW_PIRA=True).CDW_type.tolist() == ["RAW"]
    for people, whose in written:
        given = PLAIN.assign(id=pd.Series(people, dtype=object if "1" in people else None))
        found = run(given, pd.DataFrame({"id": whose, "day": [90, 90]}), RAW_PIRA=True)
        assert found.CDW_type.tolist() == ["RAW"]
    named = PLAIN.assign(id=pd.Categorical(["a"] * 3))
    assert run(named, pd.DataFrame({"id": ["a"], "day": [90]}), RAW_PIRA=True).CDW_type.tolist() == ["RAW"]


def test_trajectories_carry_columns_of_people_written_in_two_ways() -> None:
    definition: Any = outcomes.from_msprog(NAMES, function="separate_ri_ra")
    visits = PLAIN.assign(id=pd.Series([1, "1", 1], dtype=object))
    assert definition.run(visits, NOBODY).EDSS.tolist() == [2.0, 3.0, 3.0]


def test_dates_say_one_thing_and_are_those_of_the_place() -> None:
    def days(dates: Any) -> list[float]:
        return run(PLAIN.assign(day=dates), date_format=None).time2event.tolist()

    zoned = pd.to_datetime(["2020-01-01", "2020-05-01", "2020-09-01"]).tz_localize("Europe/Zurich")
    assert days(["2020-01-01", "2020/05/01", "2020-09-01"]) == [121.0]
    assert days(zoned) == [121.0]
    assert days(["2020-01-01T00:30:00+01:00", "2020-05-01T00:30:00.5+02:00", "2020-09-01T23:59:00Z"]) == [121.0]
    with pytest.raises(TableError, match=r"row 1, column 'day': '01/02/2020' is not a date of the form 2020-12-31"):
        days(["01/02/2020", "01/06/2020", "01/09/2020"])
    with pytest.raises(TableError, match="is not a whole number of days"):
        run(PLAIN.assign(day=[0, 100, 2**31]))


@pytest.mark.parametrize(
    ("visits", "options", "problem"),
    [
        (pd.concat([PLAIN, PLAIN.EDSS], axis=1), {}, "visits, column 'EDSS': two columns have this name"),
        (PLAIN, {"subjects": [1, 9]}, "subjects: nobody of visits is called '9'"),
        (PLAIN, {"subjects": "1"}, "subjects: nobody of visits is called '1'"),
        (PLAIN, {"event": ["firstCDW"]}, "Did you mean 'firstCDW'"),
        (PLAIN, {"delta_fun": lambda edss: float("nan")}, "'delta_fun' gives 'nan' from a score of 2"),
        (PLAIN, {"delta_fun": lambda edss: -edss}, "'delta_fun' gives '-2.0' from a score of 2"),
        (PLAIN, {"delta_fun": lambda edss: None}, "'delta_fun' gives 'None' from a score of 2"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(visits: pd.DataFrame, options: Any, problem: str) -> None:
    with pytest.raises(SmoulderError, match=problem):
        run(visits, **options)


def test_numbers_beyond_all_days_are_taken_as_such() -> None:
    for far in (2**40, 2**70, 1e300, float("inf")):
        assert run(PLAIN, conf_tol_days=(7, far)).nevent.tolist() == [1]
        assert run(PLAIN, require_sust_days=far).nevent.tolist() == [1]
        assert run(PLAIN, relapse_to_bl=far).nevent.tolist() == [1]  # there is no relapse to be far from
        assert run(PLAIN, PLAIN[["id", "day"]][:1], relapse_to_bl=far).nevent.tolist() == [0]
    for far in (2**40, 2**70, 1e300):
        assert run(PLAIN, conf_days=far).nevent.tolist() == [0]
    assert run(PLAIN, conf_days=np.array([84, 168]), include_dates=True)["conf84_date"].tolist() == [200]
    huge = replace(
        CDW_12W,
        confirmation=Confirmation(84, 7, 2**70, every_visit=True, sustained=2**70, unconfirmed="never", within=2**70),
        relapses=Distances((2**70, 2**70), (0, 2**70), (2**70, 0)),
    )
    assert outcomes.worsening(cohort({1: [(1000, 2), (1100, 3), (1200, 3)]}), huge).day.tolist() == [1100]


@pytest.mark.parametrize(
    "made",
    [
        lambda: Confirmation(-1, 0, None, every_visit=True, sustained=0, unconfirmed="never"),
        lambda: Confirmation(84, 0, None, every_visit=True, sustained=-1, unconfirmed="never"),
        lambda: Window(84, 0, -1),
        lambda: Distances((0, 0), (0, -30), (0, 0)),
        lambda: ShareThreshold("none", "us", 0.0, 5.0),
        lambda: ShareThreshold("none", "us", float("nan"), 5.0),
    ],
)
def test_a_rule_that_means_nothing_is_refused_where_it_is_made(made: Any) -> None:
    with pytest.raises(InputError, match=r"negative|above 0"):
        made()


def test_a_threshold_of_ones_own_must_give_a_number() -> None:
    rule = replace(CDW_12W, threshold=CustomThreshold("ours", "us", lambda edss: "1"))  # type: ignore[arg-type, return-value]
    with pytest.raises(InputError, match="threshold 'ours' gives '1' from a score of 2"):
        outcomes.worsening(cohort({1: [(1000, 2)]}), rule)


@pytest.mark.parametrize("baseline", ["fixed", "roving", "roving_impr", "roving_wors"])
def test_a_person_seen_every_day_for_a_life_is_searched_to_the_end(baseline: str) -> None:
    days = 25_000
    edss = np.where(np.arange(days) % 2 == 0, 2.0, 3.0)  # each other day a change that the next day refutes
    edss[-100:] = 3.5
    visits = pd.DataFrame({"id": 1, "day": np.arange(days), "EDSS": edss})
    found = run(visits, baseline=baseline, include_dates=True)
    assert found.date.tolist() == [days - 101]  # 3.0 on the last day but one hundred, then 3.5 to the end


@pytest.mark.parametrize("name", outcomes.names())
def test_nobody_people_without_visits_and_one_visit_have_no_event(name: str) -> None:
    definition = outcomes.named(name)
    records = cohort({1: [], 2: [(1000, 10.0)], 3: [(1000, float("nan"))]}, {1: [1000], 2: [1000], 3: [1001]})
    assert outcomes.judged(records, definition).day.tolist() == [-1, -1, -1]
    assert outcomes.judged(records.select(np.zeros(3, dtype=bool)), definition).day.tolist() == []


def test_edss_10_is_reached_and_cannot_be_exceeded() -> None:
    records = cohort({1: [(1000, 9.5), (1100, 10), (1200, 10)], 2: [(1000, 10), (1100, 10), (1200, 10)]})
    assert outcomes.worsening(records, CDW_12W).day.tolist() == [1100, -1]


def test_a_test_that_could_not_be_done_is_worse_than_any_time_and_comes_back() -> None:
    records = cohort({1: [(1000, 2), (1100, 3), (1200, 3)]})
    share = replace(CDW_12W, threshold=outcomes.SHARE_20)
    infinite = float("inf")
    for rule in (CDW_12W, share):
        assert outcomes.worsening(records, rule, score=[5.0, infinite, infinite]).day.tolist() == [1100]
        assert outcomes.worsening(records, rule, score=[infinite, infinite, infinite]).day.tolist() == [-1]
        assert outcomes.improvement(records, rule, score=[infinite, 5.0, 5.0]).day.tolist() == [1100]


def test_improvement_is_laid_to_nothing() -> None:
    records = cohort({1: [(1000, 4), (1100, 2), (1200, 2), (1300, 4), (1400, 4)]}, {1: [1290]})
    roving = replace(CDW_12W, reference=outcomes.Reference(True, True, at_onset=False))
    found = outcomes.changes(records, roving)
    assert found.kind.tolist() == [-1, 1]
    assert outcomes.attribute(found, records, PIRA_MULLER_2023).tolist() == ["", "RAW"]


def test_a_window_of_no_activity_may_reach_beyond_all_days() -> None:
    records = cohort({1: [(1000, 2.0), (1100, 2.0)]}, {1: [1050]})
    for stop in (10_000, 2**31, 2**40):
        assert outcomes.neda(records, 999, stop).relapses.tolist() == [0]
        assert outcomes.neda(records, 999, stop).worsening.tolist() == [-1]
        assert outcomes.neda(records, -(2**40), stop).free.tolist() == [0]


def test_unknown_words_are_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'roving'"):
        run(PLAIN, baseline="rovin")
