"""XPT and CDISC-like tables: what is written is read back by another reader (pandas), and says what the records say."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from outcomes_cases import FIRST, cohort
from smoulder import outcomes, tables
from smoulder.errors import InputError
from smoulder.records import Tests

pytest.importorskip("pyreadstat", reason="the extra xpt is not installed")

TINY = 1e-70  # pandas reads a zero of this format as 5e-79

VISITS = pd.DataFrame(
    {
        "id": ["p1"] * 5 + ["é 2"] * 2,
        "date": ["2020-01-31", "2020-06-30", "2020-12-31", "2021-06-30", "2021-12-31", "2019-05-01", "2019-11-01"],
        "edss": [2, 2, 3.5, 3.5, None, 6, 6],
        "visual": [0, 1, None, 0, 0, None, None],
        "t25fw": [5.5, np.inf, None, 6, 6, None, None],
        "nhpt_other": [22.25, None, None, None, None, None, None],
    }
)
RELAPSES = pd.DataFrame({"id": ["p1", "p1"], "date": ["2019-12-31", "2020-12-20"]})


@pytest.fixture
def dated() -> tables.Cohort:
    return tables.read_cohort(VISITS, RELAPSES)


def back(path: Path) -> pd.DataFrame:
    """The file by pandas's own reader, dates as dates."""
    read = pd.read_sas(path, format="xport", encoding="utf-8")
    for name in ("STARTDT", "ADT"):
        if name in read:
            read[name] = pd.Timestamp("1960-01-01") + pd.to_timedelta(read[name], unit="D")
    return read


def assert_same(read: pd.DataFrame, written: pd.DataFrame) -> None:
    assert read.columns.tolist() == written.columns.tolist()
    for name in written:
        if pd.api.types.is_numeric_dtype(written[name]):
            np.testing.assert_allclose(read[name], written[name].to_numpy(float), rtol=1e-15, atol=TINY)
        elif pd.api.types.is_datetime64_any_dtype(written[name]):
            np.testing.assert_array_equal(
                read[name].to_numpy().astype("datetime64[D]"), written[name].to_numpy().astype("datetime64[D]")
            )
        else:
            assert read[name].fillna("").tolist() == written[name].fillna("").astype(str).tolist()


def every_table(one: tables.Cohort) -> dict[str, pd.DataFrame]:
    worse = outcomes.worsening(one.records, outcomes.CDW_12W)
    return {
        "ADTTE": tables.adtte(one, {"CDW12": worse}, "S1"),
        "RS": tables.rs(one, "S1"),
        "FT": tables.ft(one, "S1"),
        "CE": tables.ce(one, "S1"),
    }


def test_oracle_every_table_reads_back_as_written(dated: tables.Cohort, tmp_path: Path) -> None:
    import pyreadstat

    for name, frame in every_table(dated).items():
        path = tables.write(frame, tmp_path / f"{name.lower()}.xpt", label=f"{name} of S1", labels=tables.LABELS[name])
        assert_same(back(path), frame)
        _, meta = pyreadstat.read_xport(path)
        assert meta.table_name == name
        assert dict(zip(meta.column_names, meta.column_labels, strict=True)) == tables.LABELS[name]
        assert all(len(text.encode()) <= 40 for text in tables.LABELS[name].values())
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["adtte.xpt", "ce.xpt", "ft.xpt", "rs.xpt"]


def test_times_say_what_the_outcome_says(dated: tables.Cohort) -> None:
    table = every_table(dated)["ADTTE"]
    assert table["USUBJID"].tolist() == ["p1", "é 2"]
    assert table["CNSR"].tolist() == [0, 1]
    assert table["ADT"].astype(str).tolist() == ["2020-12-31", "2019-11-01"]
    assert table["STARTDT"].astype(str).tolist() == ["2020-01-31", "2019-05-01"]
    assert table["AVAL"].tolist() == [336, 185]
    assert table["AVAL"].tolist() == ((table["ADT"] - table["STARTDT"]).dt.days + 1).tolist()
    assert table["SRCDOM"].tolist() == ["RS", ""]
    rows = tables.rs(dated, "S1").set_index(["USUBJID", "RSSEQ"])
    source = rows.loc[("p1", table["SRCSEQ"].iloc[0])]
    assert (source["RSTESTCD"], source["RSDTC"], source["RSSTRESN"]) == ("EDSS0101", "2020-12-31", 3.5)


def test_findings_hold_each_recorded_score_once(dated: tables.Cohort) -> None:
    scores = tables.rs(dated, "S1")
    edss = scores[scores["RSTESTCD"] == "EDSS0101"]
    assert edss["RSSTRESN"].tolist() == [2, 2, 3.5, 3.5, 6, 6]
    assert edss["RSSTRESC"].tolist() == ["2", "2", "3.5", "3.5", "6", "6"]
    assert scores[scores["RSTESTCD"] == "KFSS106"]["RSSTRESN"].tolist() == [0, 1, 0, 0]
    assert not scores.duplicated(["USUBJID", "RSSEQ"]).any()
    timed = tables.ft(dated, "S1")
    assert timed["FTSTAT"].tolist() == ["", "", "NOT DONE", "", ""]
    assert timed.loc[2, ["FTORRES", "FTREASND", "FTORRESU"]].tolist() == ["", "UNABLE TO COMPLETE", ""]
    assert timed.loc[1, ["FTTESTCD", "FTSCAT", "FTORRES"]].tolist() == ["NHPT0101", "NON-DOMINANT HAND", "22.25"]


def test_study_days_have_no_zero(dated: tables.Cohort) -> None:
    assert tables.ce(dated, "S1")["CESTDY"].tolist() == [-31, 325]
    assert tables.ce(dated, "S1")["CESTDTC"].tolist() == ["2019-12-31", "2020-12-20"]
    assert tables.rs(dated, "S1")["RSDY"].min() == 1


def test_records_without_dates_are_written_without_dates(tmp_path: Path) -> None:
    simulated = cohort({4: [(FIRST, 2.0), (FIRST + 100, 3.0), (FIRST + 200, 3.0)], 9: [(FIRST, 1.0)]})
    one = tables.Cohort.of(simulated)
    for name, frame in every_table(one).items():
        if len(frame):
            path = tables.write(frame, tmp_path / f"{name.lower()}.xpt", labels=tables.LABELS[name])
            assert_same(back(path), frame)
    table = every_table(one)["ADTTE"]
    assert table["USUBJID"].tolist() == ["4", "9"]
    assert table["ADT"].isna().all()
    assert table["ADY"].tolist()[0] == 101


def test_what_xpt_cannot_hold_is_refused_and_nothing_is_left(dated: tables.Cohort, tmp_path: Path) -> None:
    table = tables.rs(dated, "S1")
    for frame, name, message in (
        (table.rename(columns={"RSSEQ": "SEQUENCENUMBER"}), "rs.xpt", "cannot hold the name 'SEQUENCENUMBER'"),
        (table.assign(STUDYID="x" * 201), "rs.xpt", "cannot hold a text of 'STUDYID' over 200 bytes"),
        (table, "results_of_study.xpt", "cannot hold the name 'RESULTS_OF_STUDY'"),
        (table, "rs.xlsx", "must end in .csv, .parquet, .xpt"),
        (table, "absent/rs.csv", "cannot be written there"),
    ):
        with pytest.raises(InputError, match=message):
            tables.write(frame, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_absent_extra_is_named(dated: tables.Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(InputError, match=r"pip install 'smoulder\[xpt\]'"):
        tables.write(tables.rs(dated, "S1"), tmp_path / "rs.xpt")


def test_a_failed_write_leaves_the_old_file(dated: tables.Cohort, tmp_path: Path) -> None:
    path = tables.write(tables.rs(dated, "S1"), tmp_path / "rs.xpt")
    before = path.read_bytes()
    with pytest.raises(InputError):
        tables.write(tables.rs(dated, "S1").assign(STUDYID="x" * 201), path)
    assert path.read_bytes() == before


def test_csv_and_parquet_hold_the_same_table(dated: tables.Cohort, tmp_path: Path) -> None:
    worse = outcomes.worsening(dated.records, outcomes.CDW_12W)
    table = tables.person_table(dated, {"cdw": worse})
    tables.write(table, tmp_path / "people.csv")
    tables.write(table, tmp_path / "people.parquet")
    assert pd.read_csv(tmp_path / "people.csv")["cdw_day"].fillna("").tolist() == ["2020-12-31", ""]
    whole = pd.read_parquet(tmp_path / "people.parquet")
    assert whole.columns.tolist() == table.columns.tolist()
    assert whole["cdw"].tolist() == [True, False]
    assert whole["cdw_years"].tolist() == table["cdw_years"].tolist()


def test_the_table_of_events_speaks_in_names_and_dates(dated: tables.Cohort) -> None:
    events = outcomes.multiple(dated.records, outcomes.CDW_12W)
    label = outcomes.attribute(events, dated.records, outcomes.PIRA_MULLER_2023)
    table = tables.event_table(dated, events, label=label)
    assert table["id"].tolist() == ["p1"]
    assert table["day"].astype(str).tolist() == ["2020-12-31"]
    assert table["reference_day"].astype(str).tolist() == ["2020-01-31"]
    assert table["label"].tolist() == ["RAW"]
    assert table["years"].iloc[0] == pytest.approx(335 / 365.25)
    with pytest.raises(InputError, match="one text an event"):
        tables.event_table(dated, events, label=["RAW", "RAW"])


def test_a_code_that_is_no_code_and_events_of_others_are_refused(dated: tables.Cohort) -> None:
    worse = outcomes.worsening(dated.records, outcomes.CDW_12W)
    with pytest.raises(InputError, match="no parameter code"):
        tables.adtte(dated, {"CDW 12W": worse}, "S1")
    other = tables.Cohort.of(dated.records.select(np.array([True, False])))
    with pytest.raises(InputError, match="one row a person"):
        tables.adtte(other, {"CDW12": worse}, "S1")


def test_a_test_that_was_not_finished_comes_from_records_as_well(tmp_path: Path) -> None:
    simulated = cohort({4: [(FIRST, 2.0)]})
    tests = Tests(person=np.array([4]), day=np.array([FIRST]), t25fw=np.array([np.inf]))
    one = tables.Cohort.of(
        type(simulated)(simulated.people, simulated.visits, simulated.relapses, simulated.scans, tests)
    )
    path = tables.write(tables.ft(one, "S1"), tmp_path / "ft.xpt")
    assert back(path)["FTSTAT"].tolist() == ["NOT DONE"]
