"""The shipped parameter table: it loads, and what it cites exists."""

from __future__ import annotations

from importlib.resources import files

import pytest

from smoulder import evidence, parameters

pytestmark = pytest.mark.skipif(
    not (files("smoulder.parameters") / "table.csv").is_file(), reason="the table is not part of this checkout"
)


def test_the_shipped_table_loads_once() -> None:
    assert parameters.load() is parameters.load()
    assert len(parameters.load()) == len(set(parameters.load().ids)) > 0


def cited() -> list[tuple[str, str]]:
    """Parameter and evidence id of each citation; ``doi:`` names a source that stands in no evidence table."""
    return [(row.id, id) for row in parameters.load().rows for id in row.evidence if not id.startswith("doi:")]


def test_every_row_cites_evidence_that_exists() -> None:
    known = {row.id for row in evidence.rows()}
    assert [(parameter, id) for parameter, id in cited() if id not in known] == []


def test_no_row_rests_on_evidence_that_is_kept_for_validation() -> None:
    kept = {row.id for row in evidence.rows(role="validation")}
    assert [(parameter, id) for parameter, id in cited() if id in kept] == []


def test_a_value_replaced_by_itself_is_the_same_table() -> None:
    shipped = parameters.load()
    assert shipped.replace({id: shipped[id] for id in shipped.ids}) == shipped
