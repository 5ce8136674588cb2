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
from smoulder.records import (
    DAYS_PER_YEAR,
    Eyes,
    People,
    Records,
    Relapses,
    Samples,
    Scans,
    Table,
    Tests,
    Visits,
    concat,
    days,
    years,
)

PEOPLE = pd.DataFrame({"person": [1, 2], "birth_day": [0, 5], "first_day": [100, 100], "last_day": [900, 900]})
KINDS = {"visits": Visits, "relapses": Relapses, "scans": Scans, "tests": Tests, "samples": Samples, "eyes": Eyes}
VISITS = pd.DataFrame({"person": [2, 1, 1], "day": [100, 300, 200], "edss": [0.0, 1.5, 10.0]})


def same(left: object, right: object) -> bool:
    """Whether two tables hold the same columns, NaN equal to NaN."""
    return all(
        np.array_equal(getattr(left, c.name), getattr(right, c.name), equal_nan=c.dtype.startswith("float"))
        for c in left.SCHEMA  # type: ignore[attr-defined]
    )


def filled(kind: type[Table], person: np.ndarray, seed: int) -> Table:
    """A table of one row a person, day 1200, with numbers that fit its columns; every fifth value is missing."""
    rng = np.random.default_rng(seed)
    columns = {"person": person, "day": np.full(len(person), 1200)}
    for c in kind.SCHEMA[2:]:
        low = 2 if c.barred else c.low
        values = rng.integers(int(low), int(min(c.high, 100)) + 1, len(person))
        columns[c.name] = np.where(rng.random(len(person)) < 0.2, c.missing, values)
    return kind(**columns)


def full(records: Records) -> Records:
    """The same people and visits, with rows in every other table."""
    more = {name: filled(kind, records.people.person, n) for n, (name, kind) in enumerate(KINDS.items())}
    return Records(records.people, records.visits, **{name: more[name] for name in list(KINDS)[1:]})


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
    whole = full(records)
    for table in (records.people, *(getattr(whole, name) for name in KINDS)):
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
    records = full(records)
    half = np.arange(len(records)) % 2 == 0
    left, right = records.select(~half), records.select(half)
    for name in KINDS:
        assert set(getattr(left, name).person) <= set(left.people.person)
    pooled = concat([left, right])
    for name in ("people", *KINDS):
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


def test_every_table_is_read_from_its_frame_and_held_to_its_person() -> None:
    given = full(cohort({1: [(1100, 2.0)], 2: [(1150, 3.0)]}))
    frames = {name: getattr(given, name).frame() for name in ("people", *KINDS)}
    read = Records.from_frames(**frames)
    for name in KINDS:
        assert same(getattr(read, name), getattr(given, name))
    for name in list(KINDS)[2:]:
        for column, value, said in (("person", 9, "person 9 is not in people"), ("day", 1, "before the first day")):
            wrong = frames | {name: with_cell(frames[name], column, 1, value)}
            with pytest.raises(TableError) as caught:
                Records.from_frames(**wrong, folder="x/")
            assert f"x/{name}.csv, row 2, column '{column}'" in str(caught.value) and said in str(caught.value)


def test_tables_and_columns_that_are_not_given_are_not_recorded() -> None:
    records = cohort({1: [], 2: []})
    assert [len(table) for table in (records.tests, records.samples, records.eyes)] == [0, 0, 0]
    scans = Scans(np.array([2, 1]), np.array([5, 6]), new_t2=np.array([3, 4]))
    assert scans.new_t2.tolist() == [4, 3] and scans.gd.tolist() == [-1, -1]
    for name in ("t1_holes", "sel", "cortical", "rims"):
        column = getattr(scans, name)
        assert column.dtype == np.int16 and column.tolist() == [-1, -1]
    for name in ("t2_volume", "grey_volume", "brain_volume"):
        column = getattr(scans, name)
        assert column.dtype == np.float32 and np.isnan(column).all() and column.shape == (2,)
    eyes = Eyes(np.array([1]), np.array([5]), rnfl=np.array([90.5]))
    assert eyes.rnfl.tolist() == [90.5] and np.isnan([eyes.low_contrast, eyes.gcipl, eyes.vep]).all()


@pytest.mark.parametrize(
    ("kind", "column", "value", "message"),
    [
        (Eyes, "low_contrast", "141", "outside 0 to 140 letter"),
        (Eyes, "rnfl", "inf", "not a number"),
        (Eyes, "vep", "-3", "outside 0 to 500 ms"),
        (Samples, "snfl", "-0.5", "outside 0 to 10000 pg/mL"),
        (Scans, "sel", "2.5", "not a whole number"),
        (Scans, "t2_volume", "1001", "outside 0 to 1000 ml"),
        (Tests, "t25fw", "181", "outside 0 to 180 second"),
        (Tests, "nhpt_other", "-2", "outside 0 to 300 second"),
        (Tests, "t25fw", "-inf", "not a number"),
        (Tests, "sdmt", "111", "outside 0 to 110 point"),
        (Tests, "sdmt", "inf", "not a number"),
    ],
)
def test_measurements_that_cannot_be_are_refused(kind: type[Table], column: str, value: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        kind.from_frame(pd.DataFrame({"person": ["1"], "day": ["5"], column: [value]}))


def test_a_test_that_could_not_be_completed_is_not_one_that_was_not_done() -> None:
    tests = Tests.from_frame(pd.DataFrame({"person": ["1", "1"], "day": ["5", "9"], "t25fw": ["inf", ""]}))
    assert np.isposinf(tests.t25fw[0]) and np.isnan(tests.t25fw[1])


def test_a_stranger_in_a_table_is_refused_when_records_are_made_directly() -> None:
    records = cohort({1: [], 2: []})
    with pytest.raises(InputError, match="relapses hold person 3"):
        Records(records.people, records.visits, Relapses(np.array([1, 3]), np.array([1, 1])), records.scans)
    for name in list(KINDS)[2:]:
        more = {name: filled(KINDS[name], np.array([1, 3]), 0)}
        with pytest.raises(InputError, match=f"{name} hold person 3"):
            Records(
                **{
                    "people": records.people,
                    "visits": records.visits,
                    "relapses": records.relapses,
                    "scans": records.scans,
                }
                | more
            )
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
