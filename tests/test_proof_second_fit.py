"""The table holds what the second fit gave, to the digit, and nothing else calls itself fitted."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from smoulder.parameters import load

STUDY = Path(__file__).parents[1] / "studies" / "second_fit"
RESULT = json.loads((STUDY / "result.json").read_text(encoding="utf-8"))
SETTING = tomllib.loads((STUDY / "fit.toml").read_text(encoding="utf-8"))


def test_fitted_rows_are_the_rows_of_the_result() -> None:
    assert {row.id for row in load().rows if row.basis == "fitted:second_fit"} == set(RESULT["accepted"])


def test_fitted_values_stand_in_the_table_as_the_study_stored_them() -> None:
    for row in load().rows:
        if row.id in RESULT["accepted"]:
            assert f"{row.value / row.factor:.4g}" == f"{RESULT['accepted'][row.id]:.4g}"


def test_what_was_free_is_what_was_accepted_but_for_levels_between() -> None:
    between = {f"item_threshold.ambulation.{level}" for level in ("6", "7", "9")}
    assert set(RESULT["accepted"]) - between == set(SETTING["free"])
    assert set(RESULT["x"]) == set(SETTING["free"])
