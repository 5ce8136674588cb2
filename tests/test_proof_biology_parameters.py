"""No dead parameter: every row is read, every constant stands in an equation, every multiplier multiplies."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from house import SOURCE, sources
from smoulder import clinic, life, people, treatments, trials
from smoulder.biology import states
from smoulder.life import births, kernel, lanes, looking
from smoulder.life.compiled_kernel import flat_module
from smoulder.parameters import Parameters, load
from smoulder.trials.specification import parse

EQUATIONS = sorted((SOURCE / "biology").glob("*.py"))
KERNEL = [Path(module.__file__) for module in (births, kernel, lanes, looking)]


def attributes(path: Path, owner: str) -> set[str]:
    """Names read as ``owner.name`` in a file."""
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == owner
    }


def read_by_name(paths: list[Path], owners: tuple[str, ...]) -> set[str]:
    return {name for path in paths for owner in owners for name in attributes(path, owner)}


def test_every_constant_has_a_row_and_stands_in_an_equation_or_in_the_order_of_a_life() -> None:
    constants = set(states.Constants._fields)
    assert constants - set(load().ids) == set()
    assert constants - read_by_name([*EQUATIONS, *KERNEL], ("p", "k")) == set()


def test_an_equation_names_no_constant_that_is_not_one() -> None:
    assert read_by_name(EQUATIONS, ("p",)) | read_by_name(KERNEL, ("k",)) == set(states.Constants._fields)


class Reading(Parameters):
    """A table that remembers which of its rows were read."""

    seen: set[str]

    def __getitem__(self, id: str) -> float:
        self.seen.add(id)
        return super().__getitem__(id)

    def family(self, prefix: str) -> dict[str, float]:
        found = super().family(prefix)
        self.seen |= {f"{prefix}.{rest}" for rest in found}
        return found


def reading() -> Reading:
    """The shipped table, told apart from it by one digit so that nothing cached stands in for a reading."""
    rows = tuple(replace(row, value=row.value * (1 + 1e-9)) for row in load().rows)
    table = Reading(rows)
    object.__setattr__(table, "seen", set())
    return table


def chain(p: Parameters, n: int = 40, years: float = 30) -> dict[str, np.ndarray]:
    """People, life and clinic under one table: every number of the truth and of the records."""
    who = people.draw(n, seed=5, parameters=p)
    truth = life.run(who, years=years, parameters=p)
    seen = clinic.follow(truth, p)
    found = {"people": who.traits, "start": who.start_age, "sex": who.sex, "truth": truth.values, "death": truth.death}
    found |= {"onset": truth.onset, "enhances": truth.lesions.enhances if truth.lesions is not None else np.empty(0)}
    tables = {"people": seen.people, "visits": seen.visits, "relapses": seen.relapses, "scans": clinic.scan(truth, p)}
    tables |= {"tests": clinic.sittings(truth, p), "samples": clinic.samples(truth, p, assay="serum_2017")}
    tables |= {"eyes": clinic.eyes(truth, p)}
    for scanner in (clinic.Scanner("1.5T", "5mm", cord=True), clinic.Scanner("7T", "1mm")):
        tables[scanner.field] = clinic.scan(truth, p, scanner=scanner, enlarging=True)
    for name, table in tables.items():
        found |= {f"{name}.{column}": getattr(table, column.name) for column in fields(table)}
    return found


TRIAL = """
name = "few"
title = "A few people"
[entry]
course = "any"
age = [18, 60]
[[arm]]
name = "one"
plan = "none"
people = 150
[[arm]]
name = "other"
plan = "none"
people = 150
[schedule]
weeks = 96
[withdrawal]
weeks = 96
share = { one = 0.5, other = 0.5 }
[[endpoint]]
name = "cdw12"
title = "Worsening"
kind = "time"
components = [{ scale = "edss" }]
"""


def few(p: Parameters) -> dict[str, np.ndarray]:
    """A small trial in each era under one table: who enters, when they are seen, when they leave."""
    found = {}
    for era in ("poser", "mcdonald"):
        design = parse(TRIAL, "few.toml")
        trial = trials.one_trial(replace(design, entry=replace(design.entry, era=era)), parameters=p)
        visits = trial.records.visits
        found |= {f"{era} {name}": getattr(trial, name) for name in ("entered", "ended", "arm")}
        found |= {f"{era} day": visits.day, f"{era} edss": visits.edss}
    return found


#: Families that speak of who enters a trial and how it is kept.
OF_TRIALS = ("ascertainment", "trial")


def test_every_row_of_the_table_is_read_by_people_life_clinic_or_trials() -> None:
    p = reading()
    chain(p, n=4, years=5)
    few(p)
    assert set(p.ids) - p.seen == set()


def test_every_parameter_named_in_the_sources_has_a_row() -> None:
    p = load()
    named = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("p", "parameters"):
                named[pattern_of(node.slice)] = path.name
    named.pop("", None)
    assert len(named) > 15
    assert {n: file for n, file in named.items() if not any(re.fullmatch(n, id) for id in p.ids)} == {}


def pattern_of(node: ast.expr) -> str:
    """A pattern for a text or an f-string, nothing for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values)
    return ""


def test_the_multipliers_of_treatments_are_those_of_the_equations() -> None:
    assert treatments.EFFECTS == states.Effects._fields


def by_index() -> set[str]:
    """Multipliers that the order of a life applies by their row in the array of them."""
    return read_by_name(KERNEL, ("EFFECT",))


def test_every_multiplier_stands_in_an_equation_or_at_an_event() -> None:
    in_equations = read_by_name(EQUATIONS, ("u",)) | read_by_name(KERNEL, ("effects",))
    assert in_equations | by_index() == set(states.Effects._fields)
    assert read_by_name(EQUATIONS, ("u",)) <= set(states.Effects._fields)


def test_a_lane_is_given_every_multiplier_in_its_place() -> None:
    u = np.arange(len(states.Effects._fields), dtype=np.float32)[:, None]
    assert tuple(flat_module().effects_of(u, 0)) == tuple(range(len(states.Effects._fields)))


@pytest.mark.parametrize("effect", treatments.EFFECTS)
def test_every_multiplier_moves_what_a_person_goes_through(effect: str) -> None:
    changed = life.run(company(), years=15, plan=f"hypothetical:{effect}:0.5@start+0").values
    assert not np.array_equal(changed, untreated())


@cache
def company() -> people.People:
    return people.draw(64, seed=8)


@cache
def untreated() -> np.ndarray:
    return life.run(company(), years=15).values


def nudged(p: Parameters, id: str) -> Parameters:
    """The table with one row moved half of the way to its farther bound (of a threshold, or to its neighbour)."""
    row = p.row(id)
    lower, upper = row.lower, row.upper
    if id.startswith("item_threshold."):
        before, after = (f"{id.rpartition('.')[0]}.{int(id.rpartition('.')[2]) + step}" for step in (-1, 1))
        lower = p[before] if before in p else lower
        upper = p[after] if after in p else upper
    goal = upper if upper - row.value > row.value - lower else lower
    return p.replace({id: row.value + (goal - row.value) / 2})


#: Worlds in which a row may show: both modes of repair on, so neither is idle; no attacks, so onset is by symptoms.
WORLDS = ({"repair_mode": 0.5}, {"relapse_driven": 0.0})


@cache
def world(i: int) -> tuple[Parameters, dict[str, np.ndarray]]:
    """A table and what follows from it."""
    p = load().replace(WORLDS[i])
    return p, chain(p, n=150, years=40)


def shows(id: str, i: int) -> bool:
    p, before = world(i)
    after = chain(nudged(p, id), n=150, years=40)
    return not all(np.array_equal(before[k], after[k], equal_nan=before[k].dtype.kind == "f") for k in before)


@pytest.mark.slow
@pytest.mark.parametrize("id", load().ids)
def test_every_parameter_moves_something(id: str) -> None:
    if id.split(".")[0] in OF_TRIALS:
        before, after = few(world(0)[0]), few(nudged(world(0)[0], id))
        assert any(not np.array_equal(before[name], after[name]) for name in before)
    else:
        assert shows(id, 0) or shows(id, 1)
