"""Reading tables, case by case: names, days and dates, ids, dialects, mapping, what is refused and how it is said."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smoulder import tables
from smoulder.errors import InputError, SmoulderError, TableError, UnknownName

SHARED = Path(__file__).parents[2] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared folder is not beside the project")

VISITS = pd.DataFrame({"id": ["b", "a", "a"], "date": ["2020-03-01", "2020-01-31", "2021-01-31"], "EDSS": [3, 2.5, 4]})


def said(*args: Any, **kwargs: Any) -> str:
    """What is said when these cannot be read."""
    with pytest.raises(SmoulderError) as caught:
        tables.read_cohort(*args, **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def file(folder: Path, text: str | bytes, name: str = "visits.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_plain_cohort_reads_as_written() -> None:
    cohort = tables.read_cohort(VISITS)
    visits = cohort.records.visits
    assert cohort.ids.tolist() == ["a", "b"]
    assert visits.person.tolist() == [0, 0, 1]
    assert visits.edss.tolist() == [5, 8, 6]
    assert cohort.dated
    assert cohort.when(visits.day).astype(str).tolist() == ["2020-01-31", "2021-01-31", "2020-03-01"]
    assert np.isnat(cohort.when([-1])).all()
    assert cohort.records.people.last_day.tolist() == [visits.day[1], visits.day[2]]
    assert str(cohort.account) == "visits: 3 rows, 3 used, 0 set aside"


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        (["2020-01-31", "2020-02-01"], "iso"),
        (["2020-01-31 08:30", "2020-02-01T23:59:59"], "iso"),
        (["31.01.2020", "1.2.2020"], "day first"),
        (["31/01/2020", "2020-02-01"], "day first"),
        (["1/31/2020", "2/1/2020"], "month first"),
        (["31JAN2020", "01FEB2020"], "%d%b%Y"),
        ([20200131, 20200201], "%Y%m%d"),
        (pd.to_datetime(["2020-01-31", "2020-02-01"]), "iso"),
        (pd.to_datetime(["2020-01-31", "2020-02-01"]).tz_localize("Europe/Rome"), "iso"),
        ([datetime.date(2020, 1, 31), datetime.date(2020, 2, 1)], "iso"),
        ([pd.Timestamp("2020-01-31"), pd.Timestamp("2020-02-01 10:00")], "iso"),
    ],
)
def test_dates_in_every_usual_form_are_the_same_days(cells: Any, dates: str) -> None:
    cohort = tables.read_cohort(pd.DataFrame({"id": [1, 1], "date": cells, "edss": [1, 2]}), dates=dates)
    assert cohort.when(cohort.records.visits.day).astype(str).tolist() == ["2020-01-31", "2020-02-01"]


def test_days_may_be_negative_and_come_back_as_they_were() -> None:
    frame = pd.DataFrame({"id": [1, 1], "day": [-400, 10], "edss": [1, 2]})
    cohort = tables.read_cohort(frame, pd.DataFrame({"id": [1], "day": [-900]}))
    assert (cohort.dated, cohort.shift) == (False, 900)
    assert cohort.records.visits.day.tolist() == [500, 910]
    assert cohort.when(cohort.records.visits.day).tolist() == [-400, 10]
    assert cohort.when(cohort.records.relapses.day).tolist() == [-900]
    assert cohort.when([-1]).isna().all()


@pytest.mark.parametrize(
    ("cells", "ids", "people"),
    [
        ([1, 2, 10], [1, 2, 10], [0, 1, 2]),
        (["10", "2", "1"], [1, 2, 10], [2, 1, 0]),
        ([1.0, 2.0, 10.0], [1, 2, 10], [0, 1, 2]),
        (["01", "1", "2"], ["01", "1", "2"], [0, 1, 2]),
        (["p2", "p10", "é"], ["p10", "p2", "é"], [1, 0, 2]),
        ([1, "x", 2.0], ["1", "2", "x"], [0, 2, 1]),
        ([1.5, 2.5, 3.5], ["1.5", "2.5", "3.5"], [0, 1, 2]),
    ],
)
def test_identities_are_kept_as_they_are(cells: list[Any], ids: list[Any], people: list[int]) -> None:
    frame = pd.DataFrame({"id": pd.Series(cells, dtype=object), "day": [0, 1, 2], "edss": 1})
    cohort = tables.read_cohort(frame)
    assert cohort.ids.tolist() == ids
    where = {
        int(day): int(person)
        for person, day in zip(cohort.records.visits.person, cohort.records.visits.day, strict=True)
    }
    assert [where[day] for day in range(3)] == people
    assert cohort.names([2, 0]).tolist() == [ids[2], ids[0]]


def test_categories_are_read_as_their_words() -> None:
    frame = VISITS.assign(id=pd.Categorical(["b", "a", "a"]), EDSS=pd.Categorical([3.0, 2.5, 4.0]))
    cohort = tables.read_cohort(frame)
    assert cohort.ids.tolist() == ["a", "b"]
    assert cohort.records.visits.edss.tolist() == [5, 8, 6]


def test_numbers_in_one_table_and_text_in_another_meet() -> None:
    relapses = pd.DataFrame({"id": ["1", "2"], "day": ["5", "6"]})
    cohort = tables.read_cohort(pd.DataFrame({"id": [1, 2], "day": [0, 0], "edss": [1, 1]}), relapses)
    assert cohort.records.relapses.person.tolist() == [0, 1]


def test_columns_are_said_by_a_mapping_or_a_file(tmp_path: Path) -> None:
    frame = VISITS.rename(columns={"id": "who", "date": "seen", "EDSS": "score"})
    relapses = pd.DataFrame({"who": ["a"], "began": ["2020-02-02"]})
    mapping = {"person": "who", "visits": {"day": "seen", "edss": "score"}, "relapses": {"day": "began"}}
    toml = 'person = "who"\n[visits]\nday = "seen"\nedss = "score"\n[relapses]\nday = "began"\n'
    for columns in (mapping, file(tmp_path, toml, "columns.toml")):
        cohort = tables.read_cohort(frame, relapses, columns=columns)
        assert cohort.records.visits.edss.tolist() == [5, 8, 6]
        assert len(cohort.records.relapses) == 1
    for columns, message in (
        ({"visits": {"edds": "score"}}, "No column of visits 'edds'. Did you mean 'edss'?"),
        ({"visit": {}}, "No table 'visit'. Did you mean 'visits'?"),
        ({"persons": "who"}, "No column 'persons'. Did you mean 'person'?"),
        ({"person": "whom"}, "Did you mean 'who'?"),
        ({"visits": {"edss": "scores"}}, "there is no column 'scores' to take as edss. Did you mean 'score'?"),
        ({"scans": {"gd": "g"}}, "columns speak of scans, and no such table was given"),
    ):
        assert message in said(frame, columns=columns)
    assert "is no TOML" in said(frame, columns=file(tmp_path, "person = ", "bad.toml"))
    with pytest.raises(UnknownName):
        tables.read_cohort(frame, columns={"persons": "who"})


def test_people_numbered_with_a_point_in_one_file_are_those_numbered_without_in_another(tmp_path: Path) -> None:
    visits = file(tmp_path, "id,day,edss\n7,0,2\n8,0,2\n8.0,90,3\n", "visits.csv")
    cohort = tables.read_cohort(visits, file(tmp_path, "id,day\n7.0,5\n", "relapses.csv"))
    assert cohort.ids.tolist() == [7, 8] and cohort.records.relapses.person.tolist() == [0]
    assert np.diff(cohort.records.visits.offsets(cohort.records.people)).tolist() == [1, 2]
    zeros = file(tmp_path, "id,day,edss\n007,0,2\n7,0,3\n1.5,0,2\n", "zeros.csv")
    assert tables.read_cohort(zeros).ids.tolist() == ["007", "1.5", "7"]


def test_scales_of_tests_and_of_ones_own_stand_beside_edss() -> None:
    frame = pd.DataFrame(
        {"id": [1, 1], "day": [9, 0], "edss": [None, 2], "T25FW": [5.5, np.inf], "SDMT": [None, 50], "pasat": [7.25, 8]}
    )
    cohort = tables.read_cohort(frame, scales=["pasat"])
    assert cohort.records.tests.t25fw.tolist() == [np.inf, 5.5]
    assert cohort.records.tests.sdmt.tolist() == [50, -1]
    assert cohort.scores["pasat"].tolist() == [8, 7.25]
    assert cohort.records.visits.edss.tolist() == [4, -1]
    assert "No column of visits 'pasta'. Did you mean 'pasat'?" in said(frame, scales=["pasta"])
    assert "is read already" in said(frame, scales=["edss"])


def test_people_scans_and_treatments_are_read_by_the_names_of_a_core_data_set() -> None:
    visits = pd.DataFrame(
        {"Patient ID": ["x", "x"], "Date of visit": ["2015-01-01", "2016-01-01"], "EDSS score": [2, 2]}
    )
    people = pd.DataFrame(
        {
            "Patient ID": ["x", "y"],
            "Sex": ["Female", "M"],
            "Date of birth": ["1980-05-04", "1990-01-01"],
            "Date of MS onset": ["2012-02-02", None],
        }
    )
    scans = pd.DataFrame(
        {"Patient ID": ["x"], "Date of MRI": ["2015-06-01"], "Number of new T2 lesions": [3], "GD lesions": [None]}
    )
    drugs = pd.DataFrame(
        {
            "Patient ID": ["x", "x", "y"],
            "DMT name": ["b", "a", "a"],
            "DMT start date": ["2015-07-01", "2015-01-01", "2015-01-01"],
            "DMT end date": [None, "2015-06-30", None],
        }
    )
    cohort = tables.read_cohort(visits, None, people, scans, drugs)
    one = cohort.records.people
    assert cohort.ids.tolist() == ["x"]
    assert one.sex.tolist() == [1]
    assert cohort.when(one.birth_day).astype(str).tolist() == ["1980-05-04"]
    assert cohort.records.scans.new_t2.tolist() == [3]
    assert cohort.records.scans.gd.tolist() == [-1]
    assert cohort.drugs == ("a", "b")
    assert cohort.treatments.drug.tolist() == [0, 1]
    assert (cohort.treatments.stop_day < 0).tolist() == [False, True]
    assert cohort.account.frame()["set_aside"].tolist() == [0, 1, 0, 1]
    assert "no visit, no scan and no time under observation" in str(cohort.account)


def test_a_year_of_birth_is_its_middle_and_that_is_said() -> None:
    cohort = tables.read_cohort(VISITS, people=pd.DataFrame({"id": ["a", "b"], "birth_year": [1980, None]}))
    assert cohort.when(cohort.records.people.birth_day).astype(str).tolist() == ["1980-07-01", "NaT"]
    assert "Birth was taken as 1 July of 'birth_year'." in cohort.account.notes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"date": ["03/04/2020", "2020-01-31", "x"]}, "row 1, column 'date': '03/04/2020' could be day first or month"),
        ({"date": ["2020-02-30", "2020-01-31", "2021-01-31"]}, "row 1, column 'date': 2020-02-30 is no date from 1850"),
        ({"date": ["2020-03-01", None, "2021-01-31"]}, "row 2, column 'date': no day is given"),
        ({"date": ["2020-03-01", "2020-01", "2021-01-31"]}, "row 2, column 'date': '2020-01' is no whole date"),
        ({"date": [20200301, 20200131, 20210131]}, "row 1, column 'date': 20200301 is no day within 100000"),
        ({"date": [0, 1.5, 2]}, "row 2, column 'date': 1.5 is no whole number of days"),
        ({"EDSS": [3, 0.5, 4]}, "row 2, column 'EDSS': 0.5 does not exist on this scale"),
        ({"EDSS": [3, 4.3, 4]}, "row 2, column 'EDSS': 4.3 is no multiple of 0.5"),
        ({"EDSS": [3, 4, 10.5]}, "row 3, column 'EDSS': 10.5 is outside 0 to 10 EDSS"),
        ({"EDSS": ["3", "four", "4"]}, "row 2, column 'EDSS': 'four' is not a number"),
        ({"EDSS": ["3", "1,500", "4"]}, "row 2, column 'EDSS': '1,500' could be 1500 or 1.500"),
        ({"EDSS": [True, False, True]}, "row 1, column 'EDSS': 'True' is not a number"),
        ({"EDSS": [[1], [2], [3]]}, "column 'EDSS': holds list<item: int64>, not numbers, dates or text"),
        ({"id": ["a", None, "b"]}, "row 2, column 'id': no person is named"),
        ({"id": "a", "date": "2020-01-01"}, "row 2, column 'date': row 1 says otherwise"),
    ],
)
def test_a_faulty_cell_is_refused_in_one_line_with_its_place(change: dict[str, Any], message: str) -> None:
    assert said(VISITS.assign(**change)).startswith(f"visits, {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: a line of headings is needed"),
        ("id,day,edss\n1,0,2,5\n", "row 1: 4 cells under 3 headings (a comma inside a number?)"),
        ("id,day,edss\n1,0,2\n1,9\n", "row 2: 2 cells under 3 headings"),
        ("id,day,edss,edss\n", "column 'edss': this column stands twice"),
        (
            "id,day,EDSS total,edss score\n1,0,2,3\n",
            "'EDSS total' and 'edss score' could both be edss; write the line edss = 'EDSS total' in the file of "
            "--columns (in Python: columns) if it is that",
        ),
        ("who,day,edss\n1,0,2\n", "no column is known as person; write the line visits.person = '...' in the file of"),
        (b"id,day,edss\n\xe9,0,2\n", "is not UTF-8 text (line 2)"),
        (b"id,day,edss\n\x00,0,2\n", "is no text: it holds zero bytes"),
    ],
)
def test_a_faulty_file_is_refused_in_one_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    line = said(file(tmp_path, text))
    assert line.startswith("visits.csv")
    assert message in line


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in said(tmp_path / "absent.csv")
    assert "is no Parquet file" in said(file(tmp_path, "id,day", "visits.parquet"))
    assert "must be a .csv or .parquet file or a frame" in said(7)
    assert "dates must be one of" in said(VISITS, dates="european")
    assert "faulty must be" in said(VISITS, faulty="drop")


def test_an_empty_table_is_an_empty_cohort(tmp_path: Path) -> None:
    for source in (file(tmp_path, "id,day,edss\n"), VISITS.iloc[:0]):
        cohort = tables.read_cohort(source)
        assert (len(cohort.records), len(cohort.records.visits)) == (0, 0)


def test_days_and_dates_in_one_cohort_are_refused() -> None:
    message = said(VISITS, pd.DataFrame({"id": ["a"], "day": [3]}))
    assert message == (
        "relapses, column 'day': holds counted days, but 'date' of visits holds dates; a cohort is in one of them"
    )


def test_rows_that_complete_each_other_are_one_visit_and_repeats_are_told() -> None:
    frame = pd.DataFrame(
        {
            "id": 1,
            "day": [0, 0, 0, 9],
            "edss": [2, None, 2, 3],
            "sdmt": [None, 50, None, None],
            "visual": [1, 1, None, 0],
        }
    )
    cohort = tables.read_cohort(frame)
    assert cohort.records.visits.edss.tolist() == [4, 6]
    assert cohort.records.visits.fs_visual.tolist() == [1, 0]
    assert cohort.records.tests.sdmt.tolist() == [50]
    assert cohort.account.aside[["row", "column", "reason"]].values.tolist() == [[3, "day", "repeats row 1"]]


def test_of_rows_that_contradict_the_last_stands_when_faults_are_set_aside() -> None:
    frame = pd.DataFrame({"id": 1, "day": [0, 0, 0], "edss": [2, 3, 4]})
    cohort = tables.read_cohort(frame, faulty="set aside")
    assert cohort.records.visits.edss.tolist() == [8]
    assert cohort.account.aside["row"].tolist() == [1, 2]


def test_rows_that_do_not_fit_the_life_of_the_person_are_refused() -> None:
    people = pd.DataFrame({"id": ["a"], "birth": ["1980-01-01"], "death": ["2020-06-01"]})
    assert "row 3, column 'date': after death" in said(VISITS, people=people)
    assert "row 2, column 'date': before birth" in said(VISITS, people=people.assign(birth="2020-02-01"))
    assert "row 1, column 'death': death before birth" in said(VISITS, people=people.assign(death="1970-01-01"))
    told = people.drop(columns="death").assign(start="2020-01-01", end="2020-12-31")
    assert "row 3, column 'date': after the last day under observation" in said(VISITS, people=told)
    late = told.assign(start="2020-02-01", end="2021-12-31")
    assert "row 2, column 'date': before the first day under observation" in said(VISITS, people=late)
    relapses = pd.DataFrame({"id": ["a"], "date": ["1979-12-31"]})
    assert said(VISITS, relapses, people.drop(columns="death")).startswith(
        "relapses, row 1, column 'date': before birth"
    )


def test_relapses_of_people_never_seen_are_set_aside_and_told() -> None:
    relapses = pd.DataFrame({"id": ["a", "zz", "a"], "date": ["2020-05-01"] * 3})
    cohort = tables.read_cohort(VISITS, relapses)
    assert len(cohort.records.relapses) == 1
    assert cohort.account.aside[["table", "row", "reason"]].values.tolist() == [
        ["relapses", 2, "the person was never seen"],
        ["relapses", 3, "repeats row 1"],
    ]
    assert "columns not read" not in str(cohort.account)


def test_observation_lasts_to_the_last_relapse_but_history_does_not_begin_it() -> None:
    relapses = pd.DataFrame({"id": ["a", "a"], "date": ["2019-01-01", "2021-03-01"]})
    people = tables.read_cohort(VISITS, relapses).records.people
    cohort = tables.read_cohort(VISITS, relapses)
    assert cohort.when(people.first_day).astype(str).tolist() == ["2020-01-31", "2020-03-01"]
    assert cohort.when(people.last_day).astype(str).tolist() == ["2021-03-01", "2020-03-01"]


def test_the_callers_frame_stays_as_it_was() -> None:
    frame = VISITS.copy()
    tables.read_cohort(frame, faulty="set aside")
    pd.testing.assert_frame_equal(frame, VISITS)


@needs_shared
def test_functional_systems_and_days_since_relapse_of_clinic_records_are_read() -> None:
    folder = SHARED / "core_edss_visits"
    cohort = tables.read_cohort(folder / "visits.csv")
    told = tables.read_cohort(folder / "visits.csv", folder / "relapses_seen_from_visits.csv")
    records = cohort.records
    given = pd.read_csv(folder / "visits.csv")
    assert len(records.visits) == len(given)
    assert (records.visits.edss >= 0).sum() == given["edss"].notna().sum()
    assert records.visits.fs_visual.clip(0).sum() == given["fs_visual"].sum()
    # the list of relapses that comes with the set was made from the same column, so it adds nothing
    for name in ("person", "day"):
        np.testing.assert_array_equal(getattr(records.relapses, name), getattr(told.records.relapses, name))
    assert len(records.relapses) == len(pd.read_csv(folder / "relapses_seen_from_visits.csv"))
    assert any("twelve grades" in note for note in cohort.account.notes)


@needs_shared
def test_the_example_of_the_reference_package_is_read_by_dates() -> None:
    folder = SHARED / "msprog_toydata"
    cohort = tables.read_cohort(folder / "visits.csv", folder / "relapses.csv")
    given = pd.read_csv(folder / "visits.csv")
    assert cohort.when(cohort.records.visits.day).astype(str).tolist() == given["date"].tolist()
    assert (cohort.records.visits.edss / 2).tolist() == given["edss"].tolist()
    assert (cohort.records.tests.sdmt >= 0).sum() == given["sdmt"].notna().sum()


def test_people_asked_for_by_a_wrong_number_are_refused() -> None:
    with pytest.raises(InputError, match="person 5 is not in these records"):
        tables.read_cohort(VISITS).names([5])
    with pytest.raises(TableError):
        tables.read_cohort(VISITS.rename(columns={"EDSS": "id "}))
