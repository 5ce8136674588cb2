"""Tables of patients: what is read back, sorted, pooled and refused."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes_cases import cohort, cohorts
from smoulder.errors import InputError, TableError
from smoulder.records import DAYS_PER_YEAR, People, Records, Relapses, Scans, Visits, concat, days, years

PEOPLE = pd.DataFrame({"person": [1, 2], "birth_day": [0, 5], "first_day": [100, 100], "last_day": [900, 900]})
VISITS = pd.DataFrame({"person": [2, 1, 1], "day": [100, 300, 200], "edss": [0.0, 1.5, 10.0]})


def same(left: object, right: object) -> bool:
    """Whether two tables hold the same columns, NaN equal to NaN."""
    return all(
        np.array_equal(getattr(left, c.name), getattr(right, c.name), equal_nan=c.dtype.startswith("float"))
        for c in left.SCHEMA  # type: ignore[attr-defined]
    )


def with_cell(frame: pd.DataFrame, column: str, row: int, value: object) -> pd.DataFrame:
    """A copy with one cell changed."""
    changed = frame.astype(object)
    changed.loc[row, column] = value
    return changed


def test_rows_are_sorted_by_person_and_day_and_edss_is_held_in_half_points() -> None:
    visits = Visits.from_frame(VISITS)
    assert visits.person.tolist() == [1, 1, 2]
    assert visits.day.tolist() == [200, 300, 100]
    assert visits.edss.tolist() == [20, 3, 0]
    assert visits.frame()["edss"].tolist() == [10.0, 1.5, 0.0]
    assert visits.fs_visual.tolist() == [-1, -1, -1]
    assert visits.frame()["fs_visual"].isna().all()


def test_offsets_say_where_each_person_starts_with_nobody_skipped() -> None:
    records = cohort({7: [(1100, 1.0)], 3: [(1200, 2.0), (1300, 2.0)], 5: []})
    assert records.people.person.tolist() == [3, 5, 7]
    assert records.visits.offsets(records.people).tolist() == [0, 2, 2, 3]
    assert records.visits.owners(records.people).tolist() == [0, 0, 2]


def test_columns_cannot_be_written_to_and_the_callers_array_stays_free() -> None:
    mine = np.array([1, 2])
    table = Relapses(mine, np.array([5, 6]))
    with pytest.raises(ValueError, match="read-only"):
        table.day[0] = 9
    mine[0] = 4
    assert table.person.tolist() == [1, 2]


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(InputError, match="one length"):
        Relapses(np.array([1]), np.array([1, 2]))


@given(cohorts())
def test_a_frame_reads_back_as_the_same_table(records: Records) -> None:
    for table in (records.people, records.visits, records.relapses, records.scans):
        assert same(type(table).from_frame(table.frame()), table)


def test_a_file_of_text_reads_back_as_the_same_table(tmp_path: Path) -> None:
    frame = pd.DataFrame({"person": [1, 1], "day": [5, 9], "gd": [2, None], "cord_area": [None, 71.5]})
    scans = Scans.from_frame(frame)
    scans.frame().to_csv(tmp_path / "scans.csv", index=False)
    assert same(Scans.from_frame(pd.read_csv(tmp_path / "scans.csv", dtype=str)), scans)
    assert scans.gd.tolist() == [2, -1]


@given(cohorts(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(records: Records, shuffle: random.Random) -> None:
    frame = records.visits.frame()
    order = list(range(len(frame)))
    shuffle.shuffle(order)
    assert same(Visits.from_frame(frame.iloc[order]), records.visits)


@given(cohorts())
def test_split_and_pooled_is_the_whole(records: Records) -> None:
    half = np.arange(len(records)) % 2 == 0
    pooled = concat([records.select(~half), records.select(half)])
    for name in ("people", "visits", "relapses", "scans"):
        assert same(getattr(pooled, name), getattr(records, name))


def test_pooling_one_person_twice_is_refused() -> None:
    records = cohort({1: []})
    with pytest.raises(InputError, match="twice"):
        concat([records, records])


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (with_cell(VISITS, "edss", 1, 0.5), "v.csv, row 2, column 'edss': 0.5 does not exist"),
        (with_cell(VISITS, "edss", 2, 4.3), "v.csv, row 3, column 'edss': 4.3 is not a multiple of 0.5"),
        (with_cell(VISITS, "edss", 0, 10.5), "v.csv, row 1, column 'edss': 10.5 is outside 0 to 10"),
        (with_cell(VISITS, "edss", 0, -2), "v.csv, row 1, column 'edss': -2 is outside"),
        (with_cell(VISITS, "edss", 1, "four"), "v.csv, row 2, column 'edss': 'four' is not a number"),
        (with_cell(VISITS, "edss", 1, np.inf), "v.csv, row 2, column 'edss': 'inf' is not a number"),
        (with_cell(VISITS, "day", 1, ""), "v.csv, row 2, column 'day': a value is required"),
        (with_cell(VISITS, "day", 1, -1), "v.csv, row 2, column 'day': -1 is outside"),
        (with_cell(VISITS, "day", 1, 20240131), "v.csv, row 2, column 'day': 20240131 is outside"),
        (with_cell(VISITS, "day", 1, 3.5), "v.csv, row 2, column 'day': 3.5 is not a whole number"),
        (with_cell(VISITS, "day", 1, 200), "v.csv, row 3, column 'day': repeats row 2"),
        (VISITS.assign(fs_pyramidal=7), "v.csv, row 1, column 'fs_pyramidal': 7 is outside 0 to 6"),
        (VISITS.assign(ambulation=13), "v.csv, row 1, column 'ambulation': 13 is outside 0 to 12"),
        (VISITS.rename(columns={"edss": "EDSS"}), "column 'EDSS': unknown column. Did you mean 'edss'?"),
        (VISITS.drop(columns="day"), "column 'day': this column is required and absent"),
        (VISITS.iloc[:, [0, 1, 1]], "column 'day': this column stands twice"),
    ],
)
def test_hostile_visits_are_refused_with_file_row_and_column(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(TableError) as caught:
        Visits.from_frame(frame, file="v.csv")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (with_cell(PEOPLE, "person", 1, 1), "row 2, column 'person': repeats row 1"),
        (with_cell(PEOPLE, "first_day", 1, 3), "row 2, column 'first_day': observed before birth: negative age"),
        (with_cell(PEOPLE, "last_day", 0, 99), "row 1, column 'last_day': last day under observation before the first"),
        (with_cell(PEOPLE, "last_day", 0, 60_000), "row 1, column 'last_day': age above 125 years"),
        (PEOPLE.assign(onset_day=[50, 4]), "row 2, column 'onset_day': clinical onset before birth: negative age"),
        (PEOPLE.assign(death_day=[None, 800]), "row 2, column 'last_day': observed after death"),
        (PEOPLE.assign(onset_day=[1, 950], death_day=[None, 920]), "row 2, column 'death_day': death before clinical"),
        (PEOPLE.assign(sex=[1, 2]), "row 2, column 'sex': 2 is outside 0 to 1"),
    ],
)
def test_hostile_people_are_refused_with_file_row_and_column(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(TableError) as caught:
        People.from_frame(frame, file="p.csv")
    assert f"p.csv, {message}" in str(caught.value)


@pytest.mark.parametrize(
    ("visits", "relapses", "message"),
    [
        (with_cell(VISITS, "person", 1, 9), None, "x/visits.csv, row 2, column 'person': person 9 is not in people"),
        (with_cell(VISITS, "day", 0, 99), None, "x/visits.csv, row 1, column 'day': before the first day"),
        (with_cell(VISITS, "day", 0, 901), None, "x/visits.csv, row 1, column 'day': after the last day"),
        (VISITS, {"person": ["2"], "day": ["4"]}, "x/relapses.csv, row 1, column 'day': before birth: negative age"),
    ],
)
def test_rows_that_do_not_fit_their_person_are_refused(
    visits: pd.DataFrame, relapses: dict[str, list[str]] | None, message: str
) -> None:
    with pytest.raises(TableError) as caught:
        Records.from_frames(PEOPLE, visits, None if relapses is None else pd.DataFrame(relapses), folder="x/")
    assert message in str(caught.value)


def test_a_relapse_told_from_before_observation_is_kept() -> None:
    told = pd.DataFrame({"person": [1], "day": [50]})
    assert Records.from_frames(PEOPLE, VISITS, told).relapses.day.tolist() == [50]


def test_a_stranger_in_a_table_is_refused_when_records_are_made_directly() -> None:
    records = cohort({1: [], 2: []})
    with pytest.raises(InputError, match="relapses hold person 3"):
        Records(records.people, records.visits, Relapses(np.array([1, 3]), np.array([1, 1])), records.scans)
    with pytest.raises(InputError, match="person 1"):
        Records(People.empty(), Visits.empty(), Relapses(np.array([1]), np.array([1])), Scans.empty())


@given(st.integers(0, 60_000))
def test_days_to_years_and_back_is_exact(day: int) -> None:
    assert days(years(day)) == day


def test_days_of_what_never_came_are_unknown_and_negative_years_are_refused() -> None:
    assert days([np.nan, np.inf, 0.0, 1.0, 2.0]).tolist() == [-1, -1, 0, 365, 730]
    assert years(-DAYS_PER_YEAR) == -1
    with pytest.raises(ValueError, match="negative"):
        days([3.0, -0.01])
