"""The shipped evidence: every row loads, ids are unique, the vocabulary is closed, faults are refused by place."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from smoulder import evidence
from smoulder.errors import TableError, UnknownName
from smoulder.evidence.checks import CHECKS
from smoulder.evidence.published import COLUMNS, LONG_TABLES, merge, read
from smoulder.evidence.unit_table import FOLDER


def test_every_row_of_every_file_loads_under_its_own_id() -> None:
    for name in LONG_TABLES:
        with (FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            ids = [cells["id"] for cells in csv.DictReader(file)]
        assert len(ids) > 100
        assert ids == [row.id for row in evidence.load().values() if row.table == name]


def test_numbers_are_those_of_the_file() -> None:
    for name in LONG_TABLES:
        with (FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            for cells in csv.DictReader(file):
                row = evidence.row(cells["id"])
                for column in COLUMNS:
                    typed, text = getattr(row, column), cells[column]
                    wanted = text if isinstance(typed, str) else float(text) if text else None
                    assert typed == wanted, (row.id, column)


def test_all_rows_of_one_trial_have_one_role() -> None:
    roles: dict[str, set[str]] = {}
    for row in evidence.load().values():
        if row.trial:
            roles.setdefault(row.trial, set()).add(row.role)
    for _, design in evidence.table("trial_designs").iterrows():
        roles.setdefault(design["trial"], set()).add(design["role"])
    assert len(roles) > 50
    assert {trial for trial, found in roles.items() if len(found) > 1} == set()


@pytest.mark.parametrize("column", ["domain", "role", "status", "statistic", "interval", "qualifier", "per", "arm"])
def test_no_word_is_defined_without_use(column: str) -> None:
    used = {getattr(row, column) for row in evidence.load().values()} - {""}
    assert used == set(evidence.terms(column))
    assert all(evidence.meaning(column, word) for word in used)


def test_every_unit_is_used_or_is_the_base_of_one_used() -> None:
    used = {row.unit for row in evidence.load().values()}
    assert used | {evidence.base_unit(name) for name in used} == set(evidence.units())


def test_every_broken_check_is_a_known_oddity_and_every_known_one_is_broken() -> None:
    broken = {(problem.id, problem.check) for problem in evidence.problems(evidence.load().values())}
    known = {(odd.id, odd.kind) for odd in evidence.oddities() if odd.kind in CHECKS}
    assert broken == known
    assert broken, "the checks found nothing in tables known to hold faults"


def test_oddities_name_rows_that_exist() -> None:
    seen = [(odd.id, odd.kind, odd.other) for odd in evidence.oddities()]
    assert len(set(seen)) == len(seen)
    for odd in evidence.oddities():
        assert odd.kind in (*CHECKS, "doubtful", "twin")
        assert evidence.row(odd.id).id == odd.id and odd.reason
        assert not odd.other or evidence.row(odd.other).id == odd.other
        assert (odd.kind != "twin") or odd.other


PLANTED_CELLS = [
    ("unit", "proportions", "no unit 'proportions', nearest is 'proportion'"),
    ("statistic", "hazardratio", "nearest is 'hazard_ratio'"),
    ("role", "calibrate", "nearest is 'calibration'"),
    ("status", "remembered", "no status 'remembered'"),
    ("interval", "ci_95", "nearest is 'ci95'"),
    ("domain", "mortalty", "nearest is 'mortality'"),
    ("arm", "placebo", "no arm 'placebo'"),
    ("qualifier", "about", "no qualifier 'about'"),
    ("per", "years", "nearest is 'year'"),
    ("value", "0.5%", "'0.5%' is not a number"),
    ("value", "nan", "not a finite number"),
    ("lo", "inf", "not a finite number"),
    ("n", "12.5", "'12.5' is not a whole number"),
    ("year", "about 2010", "not a whole number"),
    ("id", "", "must not be blank"),
    ("source", "", "must not be blank"),
    ("interval", "", "must name what lo and hi are"),
]


def planted(folder: Path, change: dict[str, str], row: int = 3) -> Path:
    """A copy of the first five rows of the trials table whose ``row`` has an interval and then the changed cells."""
    with (FOLDER / "trials.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))[:6]
    base = {"value": "0.5", "lo": "0.4", "hi": "0.6", "interval": "ci95"}
    for column, text in (base | change).items():
        lines[row][COLUMNS.index(column)] = text
    path = folder / "planted.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    return path


def test_the_planted_table_is_sound_before_the_fault(tmp_path: Path) -> None:
    rows = read(planted(tmp_path, {}))
    assert [rows[2].value, rows[2].lo, rows[2].hi, rows[2].interval] == [0.5, 0.4, 0.6, "ci95"]


@pytest.mark.parametrize(("column", "text", "says"), PLANTED_CELLS, ids=[f"{c}={t}" for c, t, _ in PLANTED_CELLS])
def test_a_planted_cell_is_refused_with_file_row_and_column(tmp_path: Path, column: str, text: str, says: str) -> None:
    with pytest.raises(TableError) as caught:
        read(planted(tmp_path, {column: text}))
    message = str(caught.value)
    assert message.startswith(f"planted.csv, row 3, column '{column}': ")
    assert says in message and "\n" not in message


def test_a_missing_a_foreign_and_a_misplaced_column_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for header, column in (
        (COLUMNS[:-1], "note"),
        ((*COLUMNS, "weight"), "weight"),
        ((COLUMNS[1], COLUMNS[0], *COLUMNS[2:]), "id"),
        ((), "id"),
    ):
        path.write_text(",".join(header) + "\n", encoding="utf-8")
        with pytest.raises(TableError, match=f"t.csv, column '{column}'"):
            read(path)


def test_a_short_row_and_a_file_in_another_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",".join(COLUMNS) + "\na,b\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"t.csv, row 1: 2 cells where 29"):
        read(path)
    path.write_bytes(",".join(COLUMNS).encode() + b"\n\xe9\n")
    with pytest.raises(TableError, match="not UTF-8"):
        read(path)


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    table = read(planted(tmp_path, {}))
    with pytest.raises(TableError, match=r"planted.csv, row 1, column 'id'.*already stands in planted.csv"):
        merge([table, table])


PLANTED_ROWS = [
    ("range", {"unit": "proportion", "statistic": "proportion", "value": 1.2}),
    ("range", {"unit": "per_year", "statistic": "rate", "value": -0.1}),
    ("range", {"unit": "count", "statistic": "mean", "value": -1.0}),
    ("range", {"unit": "dimensionless", "statistic": "correlation", "value": 1.01}),
    ("range", {"unit": "EDSS", "statistic": "mean", "value": 10.5}),
    ("range", {"unit": "utility", "statistic": "mean", "value": 1.1}),
    ("order", {"unit": "ratio", "statistic": "ratio", "value": 0.5, "lo": 0.6, "hi": 0.9, "interval": "ci95"}),
    ("order", {"unit": "ratio", "statistic": "ratio", "value": 0.5, "lo": None, "hi": 0.4, "interval": "iqr"}),
    ("order", {"unit": "ratio", "statistic": "ratio", "value": None, "lo": 0.9, "hi": 0.4, "interval": "range"}),
    (
        "symmetry",
        {"unit": "ratio", "statistic": "hazard_ratio", "value": 0.9, "lo": 0.5, "hi": 1.0, "interval": "ci95"},
    ),
    (
        "symmetry",
        {"unit": "point", "statistic": "difference", "value": -0.53, "lo": -0.8, "hi": 0.24, "interval": "ci95"},
    ),
    ("midpoint", {"value": 0.9, "lo": 0.1, "hi": 0.9, "interval": "range", "qualifier": "midpoint"}),
    ("sample", {"n": 0}),
    ("words", {"unit": "none"}),
    ("words", {"value": None}),
    ("window", {"time_from": 2.0, "time_to": 1.0}),
]


@pytest.mark.parametrize(("check", "change"), PLANTED_ROWS)
def test_a_planted_fault_breaks_its_check_and_no_other(check: str, change: dict[str, object]) -> None:
    sound = evidence.row("lyon_course_rr")
    assert evidence.problems([sound]) == ()
    assert {problem.check for problem in evidence.problems([replace(sound, **change)])} == {check}


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "proportion", "statistic": "difference", "value": -0.2},
        {"unit": "EDSS", "statistic": "mean", "value": -0.14, "quantity": "edss_change_2y"},
        {"unit": "per_year", "statistic": "rate", "value": 2.0, "lo": -0.8, "hi": 4.8, "interval": "sd"},
        {"unit": "ratio", "statistic": "hazard_ratio", "value": 0.6, "lo": 0.45, "hi": 0.81, "interval": "ci95"},
    ],
)
def test_differences_changes_and_spreads_are_not_called_faults(change: dict[str, object]) -> None:
    assert evidence.problems([replace(evidence.row("lyon_course_rr"), **change)]) == ()


def test_an_unknown_id_offers_the_nearest_and_says_where_all_are() -> None:
    with pytest.raises(UnknownName) as caught:
        evidence.row("lyon_course_r")
    total = len(evidence.load())
    assert str(caught.value).endswith(f"Did you mean 'lyon_course_rr'? 'smoulder evidence' lists all {total}.")


def test_filters_keep_exactly_what_matches() -> None:
    everything = list(evidence.load().values())
    assert list(evidence.rows()) == everything
    both = {"trial": "ORATORIO", "domain": "ppms"}
    for asked in ({"domain": "mortality"}, {"role": "validation"}, {"trial": "AFFIRM"}, both):
        wanted = [row for row in everything if all(getattr(row, name) == value for name, value in asked.items())]
        assert wanted
        assert list(evidence.rows(**asked)) == wanted
    with pytest.raises(UnknownName, match="'mortality'"):
        evidence.rows(domain="mortalty")
    with pytest.raises(UnknownName, match="No role"):
        evidence.rows(role="test")
    with pytest.raises(UnknownName, match="'AFFIRM'"):
        evidence.rows(trial="AFFIRMS")


def test_the_loaded_rows_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        evidence.load()["x"] = evidence.row("lyon_course_rr")  # type: ignore[index]


def test_text_shows_role_source_and_what_was_recalled() -> None:
    for row in evidence.load().values():
        text = evidence.describe(row)
        flat = " ".join(text.split())
        assert text.startswith(row.id)
        assert f"role {row.role}: " in flat
        assert " ".join(row.source.split()) in flat
        assert (not row.doi) or row.doi in text
        assert (not row.note) or " ".join(row.note.split()) in flat
        assert (row.value is None) or f"value {row.value:.10g} {row.unit}" in flat
        assert ("status RECALLED" in flat) == row.recalled == (" RECALLED " in evidence.line(row))
        assert row.role in evidence.line(row)


def test_text_shows_the_interval_and_its_kind() -> None:
    text = " ".join(evidence.describe(evidence.row("affirm_relapse_risk_day42_hr")).split())
    assert "value 0.56 ratio (0.34 to 0.93, ci95)" in text
    assert "0 to 0.115 years from randomisation" in text


def test_text_and_dictionary_show_cautions_from_both_sides_of_a_twin() -> None:
    for id in ("affirm_cdp12_pc", "affirm_cdp12_hr"):
        assert "caution     affirm_cdp12_pc and affirm_cdp12_hr: " in evidence.describe(evidence.row(id))
        assert [odd["kind"] for odd in evidence.as_dict(evidence.row(id))["oddities"]] == ["twin"]
    assert evidence.as_dict(evidence.row("lyon_course_rr"))["oddities"] == []


def test_dictionaries_are_json_and_complete() -> None:
    for row in evidence.load().values():
        back = json.loads(json.dumps(evidence.as_dict(row), allow_nan=False))
        assert {name: back[name] for name in COLUMNS} == {name: getattr(row, name) for name in COLUMNS}
        assert back["recalled"] is row.recalled


def test_reading_rows_loads_neither_pandas_nor_numpy() -> None:
    code = (
        "import sys, smoulder; before = set(sys.modules); import smoulder.evidence as e; e.load(); "
        "print(sorted({'pandas', 'numpy'} & (set(sys.modules) - before)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=FOLDER.parents[1], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
