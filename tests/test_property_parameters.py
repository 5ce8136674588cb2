"""The parameter table: what it refuses, what it converts, and what a replaced or set value does."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoulder import evidence, parameters, records
from smoulder.errors import InputError, TableError, UnknownName
from smoulder.parameters import COLUMNS, Parameters, show, units

GOOD = {
    "id": "t_acute",
    "symbol": "t_a",
    "meaning": "Mean time that a fibre stays blocked",
    "unit": "week",
    "value": "7",
    "lower": "1",
    "upper": "30",
    "prior": "lognormal(7, 0.3)",
    "between": "lognormal(0.2)",
    "basis": "assumed",
    "evidence": "",
    "reach": "any",
    "note": "A guess for a test",
}


def written(folder: Path, *rows: dict[str, str], header: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows([row[name] for name in header] for row in rows)
    return path


def small(folder: Path) -> Parameters:
    share = {"unit": "proportion", "value": "0.5", "lower": "0", "upper": "1", "prior": "uniform(0, 1)"}
    count = {"unit": "per_month", "value": "2", "lower": "0", "upper": "9", "prior": "normal(2, 0.5)"}
    return parameters.read(
        written(
            folder,
            GOOD,
            GOOD | share | {"id": "region_share.optic", "between": "none"},
            GOOD | share | {"id": "region_share.cervical", "between": "logistic"},
            GOOD | count | {"id": "rate", "between": "normal(0.5)"},
        )
    )


def test_a_number_is_converted_once_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    p = small(tmp_path)
    week = 7 / 365.25
    assert p["t_acute"] == pytest.approx(7 * week)
    row = p.row("t_acute")
    assert (row.lower, row.upper) == pytest.approx((week, 30 * week))
    assert row.prior.median == pytest.approx(row.value)
    assert (row.prior.second, row.between.sd) == (0.3, 0.2)  # log scales know no unit
    rate = p.row("rate")
    assert rate.value == pytest.approx(24)
    assert (rate.prior.first, rate.prior.second, rate.between.sd) == pytest.approx((24, 6, 6))
    assert (rate.unit, rate.base) == ("per_month", "per_year")


def test_a_family_is_what_follows_the_dot_in_the_order_of_the_table(tmp_path: Path) -> None:
    p = small(tmp_path)
    assert list(p.family("region_share").items()) == [("optic", 0.5), ("cervical", 0.5)]
    assert p.ids == ("t_acute", "region_share.optic", "region_share.cervical", "rate")
    with pytest.raises(UnknownName, match="Did you mean 'region_share'"):
        p.family("region_shar")


def test_replacing_changes_one_value_and_leaves_the_table_it_came_from(tmp_path: Path) -> None:
    p = small(tmp_path)
    q = p.replace({"rate": 12.0})
    assert (p["rate"], q["rate"]) == pytest.approx((24, 12))
    assert [id for id in p.ids if p[id] != q[id]] == ["rate"]
    assert q != p and q.digest != p.digest
    back = q.replace({"rate": p["rate"]})
    assert back == p and hash(back) == hash(p) and len({p, q, back}) == 2
    assert pickle.loads(pickle.dumps(q)) == q


def test_the_digest_follows_what_a_computation_sees_and_no_word(tmp_path: Path) -> None:
    p = parameters.read(written(tmp_path, GOOD))
    reworded = parameters.read(written(tmp_path, GOOD | {"note": "Another reason", "meaning": "Other words"}))
    wider = parameters.read(written(tmp_path, GOOD | {"prior": "lognormal(7, 0.4)"}))
    assert len(p.digest) == 64
    assert p.digest == reworded.digest != wider.digest


@pytest.mark.parametrize("value", [0.0, 1e9, float("nan"), float("inf")])
def test_a_value_outside_its_bounds_is_refused_in_the_unit_of_the_table(tmp_path: Path, value: float) -> None:
    with pytest.raises(InputError, match="allowed are 1 to 30 week"):
        small(tmp_path).replace({"t_acute": value})


def test_an_unknown_name_meets_the_nearest(tmp_path: Path) -> None:
    p = small(tmp_path)
    for ask in (lambda: p["t_acut"], lambda: p.row("t_acut"), lambda: p.replace({"t_acut": 1.0})):
        with pytest.raises(UnknownName) as caught:
            ask()
        assert str(caught.value) == "No parameter 't_acut'. Did you mean 't_acute'? 'smoulder parameters' lists all 4."


FAULTS = [
    ({"id": ""}, "id", "empty"),
    ({"id": "t acute"}, "id", "not an id"),
    ({"unit": "wek"}, "unit", "Did you mean 'week'"),
    ({"unit": "none"}, "unit", "No unit"),
    ({"value": "seven"}, "value", "not a number"),
    ({"value": "nan"}, "value", "not a finite number"),
    ({"value": "31", "prior": "fixed"}, "value", "outside 1 to 30"),
    ({"value": "8"}, "value", "prior's median, 7"),
    ({"upper": "8"}, "prior", "lies within 1 to 8"),
    ({"prior": "fixed", "lower": "8"}, "value", "outside 8 to 30"),
    ({"prior": "gamma(7, 1)"}, "prior", "not one of"),
    ({"prior": "lognormal(7)"}, "prior", "takes 2"),
    ({"prior": "lognormal(7, x)"}, "prior", "not a list of numbers"),
    ({"prior": "lognormal(7, 0)"}, "prior", "positive"),
    ({"prior": "uniform(9, 5)"}, "prior", "below"),
    ({"prior": "beta(2, 2)", "value": "0.5", "lower": "0", "upper": "1"}, "unit", "beta"),
    ({"between": "gamma(1)"}, "between", "not one of"),
    ({"between": "normal(-1)"}, "between", "positive"),
    ({"basis": "guessed"}, "basis", "not one of"),
    ({"basis": "fitted"}, "basis", "not one of"),
    ({"basis": "measured"}, "evidence", "must cite"),
    ({"basis": "derived"}, "evidence", "must cite"),
    ({"note": ""}, "note", "must say why"),
    ({"basis": "fitted:first", "note": ""}, "note", "must say why"),
    ({"reach": ""}, "reach", "empty"),
]


@pytest.mark.parametrize(("change", "column", "words"), FAULTS, ids=[f"{c}: {w}" for _, c, w in FAULTS])
def test_a_planted_fault_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, str], column: str, words: str
) -> None:
    path = written(tmp_path, GOOD | {"id": "first"}, GOOD | change)
    with pytest.raises(TableError) as caught:
        parameters.read(path)
    message = str(caught.value)
    assert message.startswith(f"table.csv, row 2, column '{column}': ") and "\n" not in message
    assert words in message


def test_faults_of_the_file_itself_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        parameters.read(tmp_path / "absent.csv")
    with pytest.raises(TableError, match="no rows"):
        parameters.read(written(tmp_path))
    with pytest.raises(TableError, match="the header must be"):
        parameters.read(written(tmp_path, GOOD, header=COLUMNS[:-1]))
    with pytest.raises(TableError, match=r"row 2, column 'id': 't_acute' stands twice"):
        parameters.read(written(tmp_path, GOOD, GOOD))
    short = written(tmp_path, GOOD)
    short.write_text(short.read_text() + "a,b\n")
    with pytest.raises(TableError, match=r"row 2: 2 cells where 13 belong"):
        parameters.read(short)


def test_a_fitted_value_need_not_be_the_median(tmp_path: Path) -> None:
    fitted = GOOD | {"value": "9", "basis": "fitted:first_fit", "note": "From the first fit"}
    assert parameters.read(written(tmp_path, fitted))["t_acute"] == pytest.approx(9 * 7 / 365.25)


def test_settings_are_read_in_the_unit_of_the_table(tmp_path: Path) -> None:
    p = small(tmp_path)
    found = parameters.parse_settings(["t_acute=14", " rate = 1 "], p)
    assert found == {"t_acute": pytest.approx(14 * 7 / 365.25), "rate": pytest.approx(12)}
    assert p.replace(found)["rate"] == pytest.approx(12)
    assert parameters.parse_settings([], p) == {}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["rate"], "does not read as id=value"),
        (["=3"], "does not read as id=value"),
        (["rate="], "does not read as id=value"),
        (["rate=x"], "'x' is none"),
        (["rate=nan"], "allowed are 0 to 9 per_month"),
        (["rate=10"], "allowed are 0 to 9 per_month"),
        (["rate=1", "rate=2"], "set twice"),
        (["rat=1"], "Did you mean 'rate'"),
    ],
)
def test_a_bad_setting_is_refused_in_one_line(tmp_path: Path, settings: list[str], words: str) -> None:
    with pytest.raises(InputError) as caught:
        parameters.parse_settings(settings, small(tmp_path))
    assert words in str(caught.value) and "\n" not in str(caught.value)


@given(st.floats(0.01, 0.99))
def test_any_value_within_bounds_survives_the_way_through_a_setting(share: float) -> None:
    row = dict.fromkeys(("symbol", "meaning", "reach", "note"), "x")
    cells = GOOD | row | {"unit": "month", "value": "6", "lower": "0", "upper": "12", "prior": "normal(6, 1)"}
    p = parameters.Parameters((parameters._row(parameters.tables.Cells("t", 1, cells)),))
    found = parameters.parse_settings([f"t_acute={12 * share!r}"], p)
    assert p.replace(found)["t_acute"] == pytest.approx(share)


def test_a_year_is_as_long_here_as_in_records_and_evidence() -> None:
    assert units.DAYS_PER_YEAR == records.time.DAYS_PER_YEAR
    assert units.unit("day").factor * units.DAYS_PER_YEAR == pytest.approx(1, abs=1e-15)
    for name, there in evidence.units().items():
        if name not in ("none", "binary"):
            assert units.unit(name) == (there.base, there.factor)
    for time in ("month", "week", "day"):
        assert units.unit(time).factor * units.unit(f"per_{time}").factor == pytest.approx(1)


def test_what_is_shown_holds_every_column(tmp_path: Path) -> None:
    p = small(tmp_path)
    row = p.row("t_acute")
    text = show.describe(row)
    for words in ("7 week", "1 to 30 week", "lognormal(0.2)", "assumed", row.meaning, row.note, "any"):
        assert words in text
    assert set(COLUMNS) <= set(show.as_dict(row))
    lines = show.listing(p).splitlines()
    assert [line.split()[0] for line in lines] == list(p.ids)
