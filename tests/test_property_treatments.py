"""Plans as text, and what the tables of treatments refuse."""

from __future__ import annotations

import csv
import json
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smoulder import treatments
from smoulder.biology.states import Effects
from smoulder.errors import InputError, TableError, UnknownName
from smoulder.treatments import EFFECTS, Start, plan
from smoulder.treatments.catalogue import ACTION_COLUMNS, CELL_COLUMNS, DRUG_COLUMNS, read
from smoulder.treatments.show import _PROCESSES

times = st.floats(0, 80).map(lambda x: round(x, 4))
imagined = st.builds(lambda e, s: f"hypothetical:{e}:{s:.3f}", st.sampled_from(EFFECTS), st.floats(0, 1))
added = st.builds(lambda e, s: f"hypothetical:{e}:+{s:.3f}", st.sampled_from(EFFECTS), st.floats(0, 9))
drug_lists = st.lists(st.sampled_from(treatments.drugs()) | imagined | added, min_size=1, max_size=3, unique=True)
starts = st.builds(lambda r, x: f"{r}{x:.12g}", st.sampled_from(["onset+", "start+", "age="]), times)


def test_effects_are_the_biology_s_own() -> None:
    assert Effects._fields == EFFECTS


@given(drug_lists, starts, st.none() | times)
def test_a_plan_survives_the_way_through_text(drugs: list[str], start: str, stop: float | None) -> None:
    made = plan("+".join(drugs), start=start, stop=stop)
    assert plan(str(made)) == made
    assert str(made.start) == start and made.stop == stop
    assert [one.id for one in made.drugs] == drugs and made.name == "+".join(drugs)


@pytest.mark.parametrize(
    ("text", "name", "start", "stop"),
    [
        ("ocrelizumab", "ocrelizumab", Start("onset", 1), None),
        ("ocrelizumab@onset+5", "ocrelizumab", Start("onset", 5), None),
        ("siponimod@age=50", "siponimod", Start("age", 50), None),
        ("natalizumab@onset+1:stop=4", "natalizumab", Start("onset", 1), 4),
        ("natalizumab:stop=4", "natalizumab", Start("onset", 1), 4),
        ("ocrelizumab + clemastine @ onset+2", "ocrelizumab+clemastine", Start("onset", 2), None),
        ("hypothetical:bare_loss:0.5@start+0", "hypothetical:bare_loss:0.5", Start("start", 0), None),
        ("hypothetical:remyelination:+1.0+ocrelizumab", "hypothetical:remyelination:+1.0+ocrelizumab",
         Start("onset", 1), None),
        ("none", "none", Start("onset", 1), None),
        ("none@age=30:stop=2", "none", Start("onset", 1), None),
    ],
)  # fmt: skip
def test_a_text_reads_as_the_plan_it_means(text: str, name: str, start: Start, stop: float | None) -> None:
    made = plan(text)
    assert (made.name, made.start, made.stop) == (name, start, stop)


BAD = [
    ("", "does not read as DRUG"),
    ("@onset+1", "does not read as DRUG"),
    ("ocrelizumab@onset+1@age=3", "does not read as DRUG"),
    ("ocrelizumab@onset+1:pause=3", "does not read as DRUG"),
    ("ocrelizumab:pause=3", "Did you mean 'ocrelizumab'"),
    ("ocrelizumb", "Did you mean 'ocrelizumab'? 'smoulder treatments' lists all {}."),
    ("interferon", "Did you mean 'interferon_beta'"),
    ("ocrelizumab+ocrelizumab", "gives ocrelizumab twice"),
    ("ocrelizumab+none", "none"),
    ("ocrelizumab@onset", "is no start"),
    ("ocrelizumab@onset-1", "is no start"),
    ("ocrelizumab@", "is no start"),
    ("ocrelizumab@onset+", "not a number of years to start"),
    ("ocrelizumab@onset+-1", "starts 0 or more years"),
    ("ocrelizumab@onset+nan", "starts 0 or more years"),
    ("ocrelizumab@age=x", "not a number of years to start"),
    ("ocrelizumab:stop=", "not a number of years to stop"),
    ("ocrelizumab:stop=-2", "stops 0 or more years"),
    ("ocrelizumab:stop=inf", "stops 0 or more years"),
    ("hypothetical", "does not read as hypothetical:<effect>:<share>"),
    ("hypothetical:bare_loss", "does not read as hypothetical:<effect>:<share>"),
    ("hypothetical:bare_los:0.5", "Did you mean 'bare_loss'"),
    ("hypothetical:bare_loss:x", "'x' is not a number"),
    ("hypothetical:bare_loss:1.5", "0 to 1 to take away"),
    ("hypothetical:bare_loss:-0.5", "0 to 1 to take away"),
    ("hypothetical:bare_loss:+1e999", "0 to 1 to take away"),
    ("hypothetical:bare_loss:nan", "0 to 1 to take away"),
]


@pytest.mark.parametrize(("text", "words"), BAD)
def test_a_bad_plan_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(text)
    said = words.format(len(treatments.drugs()) + 2)  # and none, and hypothetical
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_time_is_given_once() -> None:
    with pytest.raises(InputError, match="own start or stop"):
        plan("ocrelizumab@onset+5", start="age=50")
    with pytest.raises(InputError, match="own start or stop"):
        plan("ocrelizumab:stop=5", stop=3)
    with pytest.raises(InputError, match="stops 0 or more years"):
        plan("ocrelizumab", stop=-1)


@pytest.mark.parametrize(("steps", "years"), [(0, 1.0), (24, 0.0), (24, -1.0), (24, float("inf"))])
def test_a_table_of_no_length_is_refused(steps: int, years: float) -> None:
    with pytest.raises(InputError, match="at least 1 step"):
        plan("ocrelizumab").multipliers(steps, years)


def test_what_a_drug_does_is_said_in_sentences() -> None:
    text = treatments.describe("ocrelizumab")
    assert (
        "Prevents 97.9% of new lesions (attack) by acting in the blood. Works at once, lasts while CD19 cells are "
        "depleted, then fades with a half-time of 365 days." in text
    )
    assert "Raises the energy supply of fibres (energy_supply) by 20.0%" in treatments.describe("biotin")
    assert set(_PROCESSES) == set(EFFECTS)


def test_each_drug_is_shown_with_its_reasons() -> None:
    for name in treatments.drugs():
        text = treatments.describe(name)
        drug = treatments.drug(name)
        assert all(count.note in text and count.name in text for count in drug.cells)
        for action in drug.actions:
            assert action.rebound is None or action.rebound.note in text
            assert action.note in text and action.kinetics_note in text and action.effect in text
            assert all(id in text for id in (*action.evidence, *action.kinetics_evidence))
        assert json.loads(json.dumps(treatments.as_dict(name)))["id"] == name
    for words in (*treatments.drugs(), "none", "hypothetical", *EFFECTS):
        assert words in treatments.listing()
    with pytest.raises(UnknownName, match="Did you mean 'clemastine'"):
        treatments.describe("clemastin")


def shipped(folder: Path, name: str, columns: tuple[str, ...], drug: str, change: dict[str, str]) -> Path:
    """The shipped table with the first row of ``drug`` changed, written to ``folder``."""
    lines = list(csv.DictReader((files("smoulder.treatments") / name).read_text(encoding="utf-8").splitlines()))
    next(line for line in lines if line["drug"] == drug).update(change)
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(lines)
    return path


REBOUND = {"rebound": "1", "rebound_prior": "fixed", "rebound_half_days": "90", "rebound_note": "Said."}

FAULTS = [
    ("treatments.csv", {"effect": "atack"}, "effect", "not one of"),
    ("treatments.csv", {"effect": "attack", "inside": "no"}, "effect", "two rows on 'attack'"),
    ("treatments.csv", {"direction": "lowers"}, "direction", "reduces, raises"),
    (
        "treatments.csv",
        {"maximum": "1.2", "upper": "2", "prior": "fixed"},
        "maximum",
        "share removed lies within 0 to 1",
    ),
    ("treatments.csv", {"prior": "beta(2, 2)"}, "maximum", "prior's median"),
    ("treatments.csv", {"evidence": "", "basis": "derived"}, "evidence", "must cite"),
    ("treatments.csv", {"basis": "felt"}, "basis", "not one of"),
    ("treatments.csv", {"kinetics_basis": "derived", "kinetics_evidence": ""}, "kinetics_evidence", "must cite"),
    ("treatments.csv", {"kinetics_note": ""}, "kinetics_note", "must say why"),
    ("treatments.csv", {"hold_days": "-3"}, "hold_days", "negative"),
    ("treatments.csv", {"slow_share": "1.5"}, "slow_share", "a share lies within 0 to 1"),
    ("treatments.csv", {"hold_spread": "-1"}, "hold_spread", "a spread is not negative"),
    ("treatments.csv", {"inside": "no"}, "inside", "'activation' happens inside the CNS"),
    ("treatments.csv", {"driver": "monocytes"}, "driver", "no cells called 'monocytes'"),
    ("treatments.csv", {"driver": "lymphocytes"}, "hold_days", "must be empty"),
    ("treatments.csv", {"rebound": "1"}, "rebound_prior", "empty"),
    ("treatments.csv", REBOUND | {"rebound": "-1"}, "rebound", "not negative"),
    ("treatments.csv", REBOUND | {"rebound": "2", "rebound_prior": "uniform(0, 2)"}, "rebound", "prior's median"),
    ("treatments.csv", REBOUND | {"rebound_prior": "normal(1, 1)"}, "rebound_prior", "negative rebound"),
    ("treatments.csv", REBOUND | {"rebound_half_days": "-1"}, "rebound_half_days", "negative"),
    ("treatments.csv", REBOUND | {"rebound_note": ""}, "rebound_note", "empty"),
    ("drugs.csv", {"cns": "maybe"}, "cns", "yes, weakly, no"),
    ("drugs.csv", {"cns": "no"}, "cns", "acts inside the CNS"),
    ("drugs.csv", {"names": "siponimod | placebo | Natalizumab"}, "names", "'Natalizumab' is the name of two drugs"),
    ("drugs.csv", {"doses_days": "0 28"}, "interval_days", "list of all doses is given"),
    (
        "drugs.csv",
        {"doses_days": "0 28", "interval_days": "", "loading_days": "7"},
        "loading_days",
        "list of all doses",
    ),
    ("drugs.csv", {"doses_days": "0 x", "interval_days": ""}, "doses_days", "not a list of days"),
    ("drugs.csv", {"doses_days": "7 28", "interval_days": ""}, "doses_days", "begin at day 0 and ascend"),
    ("drugs.csv", {"doses_days": "0 28 28", "interval_days": ""}, "doses_days", "begin at day 0 and ascend"),
    ("drugs.csv", {"doses_days": "0 inf", "interval_days": ""}, "doses_days", "negative or endless"),
    ("drugs.csv", {"interval_days": ""}, "interval_days", "empty"),
    ("cells.csv", {"left": "1.5"}, "left", "lies within 0 to 1"),
    ("cells.csv", {"return_half_days": "-1"}, "return_half_days", "negative"),
    ("cells.csv", {"hold_spread": "-1"}, "hold_spread", "a spread is not negative"),
    ("cells.csv", {"evidence": ""}, "evidence", "must cite"),
    ("cells.csv", {"note": ""}, "note", "empty"),
    ("drugs.csv", {"loading_days": "0 two"}, "loading_days", "not a list of days"),
    ("drugs.csv", {"interval_days": "-1"}, "interval_days", "negative"),
    ("drugs.csv", {"drug": "siponimood"}, "drug", "has no row"),
]


@pytest.mark.parametrize(("file", "change", "column", "words"), FAULTS, ids=[f"{c}: {w}" for _, _, c, w in FAULTS])
def test_a_planted_fault_is_refused_with_its_place(
    tmp_path: Path, file: str, change: dict[str, str], column: str, words: str
) -> None:
    """The first row of siponimod is its row on activation; it is followed by the row on attack."""
    tables = {
        name: shipped(tmp_path, name, columns, "siponimod", change if name == file else {})
        for name, columns in (
            ("drugs.csv", DRUG_COLUMNS),
            ("treatments.csv", ACTION_COLUMNS),
            ("cells.csv", CELL_COLUMNS),
        )
    }
    with pytest.raises(TableError) as caught:
        read(*tables.values())
    assert str(caught.value).startswith(f"{file}, row ") and f"column '{column}'" in str(caught.value)
    assert words in str(caught.value)


def test_an_action_of_a_drug_that_is_not_in_the_table_is_refused(tmp_path: Path) -> None:
    actions = shipped(tmp_path, "treatments.csv", ACTION_COLUMNS, "siponimod", {"drug": "siponimood"})
    with pytest.raises(UnknownName, match="Did you mean 'siponimod'"):
        read(files("smoulder.treatments") / "drugs.csv", actions)


def test_cells_of_a_drug_that_is_not_in_the_table_are_refused(tmp_path: Path) -> None:
    counts = shipped(tmp_path, "cells.csv", CELL_COLUMNS, "siponimod", {"drug": "siponimood"})
    here = files("smoulder.treatments")
    with pytest.raises(UnknownName, match="Did you mean 'siponimod'"):
        read(here / "drugs.csv", here / "treatments.csv", counts)


def test_two_rows_on_the_same_cells_are_refused(tmp_path: Path) -> None:
    counts = shipped(tmp_path, "cells.csv", CELL_COLUMNS, "cladribine", {"cells": "memory_B"})
    here = files("smoulder.treatments")
    with pytest.raises(TableError, match="two rows on 'memory_B'"):
        read(here / "drugs.csv", here / "treatments.csv", counts)
