"""Relapses cleaned, time cut into treatment epochs, and the interval of an event, against a plain look at every day."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes_cases import FIRST, LAST, cohort, cohorts
from smoulder import outcomes
from smoulder.errors import InputError
from smoulder.outcomes import CDW_12W, EDSS, EPOCHS, ONE_ATTACK_30D
from smoulder.records import Records, years
from smoulder.tables import Treatments

SPAN = 60

course = st.tuples(
    st.integers(0, 2), st.integers(-10, SPAN + 10), st.one_of(st.none(), st.integers(0, 30)), st.integers(0, 2)
)


def treated(courses: list[tuple[int, int, int | None, int]]) -> Treatments:
    """Courses as (person, start after day FIRST, length or None, drug)."""
    person, start, length, drug = (
        (list(column) for column in zip(*courses, strict=True)) if courses else ([], [], [], [])
    )
    begin = FIRST + np.array(start, dtype=np.int64)
    stop = [-1 if n is None else int(b) + n for b, n in zip(begin, length, strict=True)]
    return Treatments(
        np.array(person, np.int64), begin.astype(np.int32), np.array(stop, np.int32), np.array(drug, np.int16)
    )


def watched(length: int = SPAN) -> Records:
    """Three people under observation for ``length`` days from FIRST."""
    return cohort({0: [], 1: [], 2: []}, last_day=dict.fromkeys(range(3), FIRST + length - 1))


def plain_state(
    courses: list[tuple[int, int, int | None, int]], who: int, day: int, after: list[int]
) -> tuple[str, int]:
    mine = [(FIRST + s, math.inf if n is None else FIRST + s + n, d) for p, s, n, d in courses if p == who]
    on = [(s, d) for s, e, d in mine if s <= day <= e]
    if on:
        return "on", max(on)[1]
    late = [(e, d) for s, e, d in mine if e < day <= e + after[d]]
    return ("carry-over", max(late)[1]) if late else ("off", -1)


@settings(max_examples=150, deadline=None)
@given(st.lists(course, max_size=6), st.lists(st.integers(0, 20), min_size=3, max_size=3))
def test_epochs_say_of_every_day_what_a_plain_look_says(
    courses: list[tuple[int, int, int | None, int]], after: list[int]
) -> None:
    people = watched().people
    cut = outcomes.epochs(treated(courses), people, carry_over=dict(enumerate(after)))
    who, day = (grid.ravel() for grid in np.meshgrid(np.arange(3), np.arange(FIRST, FIRST + SPAN)))
    kind, drug = cut.at(who, day)
    expected = [plain_state(courses, p, d, after) for p, d in zip(who.tolist(), day.tolist(), strict=True)]
    assert list(zip(kind.tolist(), drug.tolist(), strict=True)) == expected
    assert cut.at([0, 0, 7], [FIRST - 1, FIRST + SPAN, FIRST])[0].tolist() == ["", "", ""]
    frame = cut.frame()
    assert frame.groupby("person")["years"].sum().to_numpy() == pytest.approx(np.full(3, years(SPAN)))
    neighbours = frame[frame["person"].shift() == frame["person"]].index
    same = (frame[["epoch", "drug"]] == frame[["epoch", "drug"]].shift()).all(axis=1)
    assert not same[neighbours].any()
    assert (frame["start"] == frame["stop"].shift() + 1)[neighbours].all()


def test_the_carry_over_ends_on_its_last_day() -> None:
    cut = outcomes.epochs(treated([(0, 10, 5, 1)]), watched().people, carry_over=3)
    days = FIRST + np.array([9, 10, 15, 16, 18, 19])
    kind, drug = cut.at(np.zeros(6), days)
    assert kind.tolist() == ["off", "on", "on", "carry-over", "carry-over", "off"]
    assert drug.tolist() == [-1, 1, 1, 1, 1, -1]
    assert set(kind) <= set(EPOCHS)


def test_courses_that_cannot_be_are_refused() -> None:
    people = watched().people
    backwards = Treatments(*(np.array([n]) for n in (0, FIRST + 9, FIRST + 8, 0)))
    with pytest.raises(InputError, match="stops before it begins"):
        outcomes.epochs(backwards, people)
    with pytest.raises(InputError, match="is of person 5"):
        outcomes.epochs(treated([(5, 0, 1, 0)]), people)
    with pytest.raises(InputError, match="no carry-over is given for drug 2"):
        outcomes.epochs(treated([(0, 0, 1, 2)]), people, carry_over={1: 4})
    with pytest.raises(InputError, match="not below 0"):
        outcomes.epochs(treated([(0, 0, 1, 2)]), people, carry_over=-1)


@settings(max_examples=60, deadline=None)
@given(cohorts())
def test_every_relapse_is_kept_or_stands_in_the_log(records: Records) -> None:
    done = outcomes.clean_relapses(records)
    kept = set(zip(done.records.relapses.person.tolist(), done.records.relapses.day.tolist(), strict=True))
    gone = {(p, d) for p, d, stays in done.log[["person", "day", "kept"]].itertuples(index=False) if not stays}
    given_ = list(zip(records.relapses.person.tolist(), records.relapses.day.tolist(), strict=True))
    assert kept.isdisjoint(gone)
    assert kept | gone == set(given_)
    for person, day in kept:
        assert not any(p == person and 0 < day - d < ONE_ATTACK_30D.gap_days for p, d in kept)
    again = outcomes.clean_relapses(done.records)
    np.testing.assert_array_equal(again.records.relapses.day, done.records.relapses.day)


def test_relapses_on_impossible_days_are_left_out_before_merging() -> None:
    days = [FIRST - 400, FIRST + 10, FIRST + 39, FIRST + 40, FIRST + 70, LAST + 5, LAST + 300]
    records = cohort({1: [(FIRST, 2.0)], 2: []}, birth_day={1: FIRST - 300}, death_day={1: LAST + 200})
    reported = type(records.relapses)(np.ones(len(days), np.int64), np.array(days))
    told = Records(records.people, records.visits, reported, records.scans)
    done = outcomes.clean_relapses(told)
    assert done.records.relapses.day.tolist() == [FIRST + 10, FIRST + 40, FIRST + 70, LAST + 5]
    assert done.log[["day", "problem", "kept"]].values.tolist() == [
        [FIRST - 400, "before birth", False],
        [FIRST + 39, "within 30 days of the onset of the last attack", False],
        [LAST + 5, "after the last day under observation", True],
        [LAST + 300, "after death", False],
    ]


@settings(max_examples=60, deadline=None)
@given(cohorts())
def test_an_event_lies_between_the_last_look_without_and_the_first_with(records: Records) -> None:
    events = outcomes.worsening(records, CDW_12W)
    table = outcomes.intervals(records, events, EDSS)
    for n, person in enumerate(records.people.person.tolist()):
        mine = records.visits.person == person
        days = records.visits.day[mine & (records.visits.edss >= 0)].tolist()
        row = table.iloc[n]
        if not days:
            assert (row["left_day"], row["right_day"], math.isnan(row["left"])) == (-1, -1, True)
            continue
        event = int(events.day[n])
        if event < 0:
            looks = [d for d in days if d <= events.censor_day[n]]
            assert (row["event"], row["right_day"], row["right"]) == (False, -1, math.inf)
            assert row["left_day"] == (max(looks) if looks else days[0])
            continue
        assert row["right_day"] == event in days
        assert row["left_day"] == max(d for d in days if d < event)
        assert row["span"] == pytest.approx(years(event - int(row["left_day"])), abs=1e-12)
        assert row["left"] == pytest.approx(years(int(row["left_day"]) - days[0]), abs=1e-12)


def test_intervals_of_others_are_refused() -> None:
    one, two = cohort({1: [(FIRST, 2.0)]}), cohort({2: [(FIRST, 2.0)]})
    with pytest.raises(InputError, match="one row a person"):
        outcomes.intervals(one, outcomes.worsening(two, CDW_12W), EDSS)
