"""Reads the three tables of treatments: drugs, their actions, and the cells they take; and refuses what cannot be."""

from __future__ import annotations

import itertools
import math
from importlib.resources.abc import Traversable
from pathlib import Path

from smoulder.errors import InputError, UnknownName
from smoulder.parameters.priors import parse_prior
from smoulder.parameters.tables import Cells, belief, read_cells, standing
from smoulder.parameters.units import unit
from smoulder.treatments.actions import EFFECTS, INSIDE, OUTSIDE, Action, Drug, Rebound
from smoulder.treatments.kinetics import CellCount, Dosing, Kinetics

__all__ = ["ACTION_COLUMNS", "CELL_COLUMNS", "DRUG_COLUMNS", "read_tables"]

DIRECTIONS = ("reduces", "raises")

DRUG_COLUMNS = (
    "drug",
    "names",
    "name",
    "class",
    "dose",
    "interval_days",
    "loading_days",
    "doses_days",
    "route",
    "cns",
    "evidence",
    "note",
)
"""Columns of the table of drugs, in order."""

ACTION_COLUMNS = (
    "drug",
    "effect",
    "direction",
    "maximum",
    "lower",
    "upper",
    "prior",
    "basis",
    "evidence",
    "inside",
    "driver",
    "onset_lag_days",
    "onset_half_days",
    "hold_days",
    "hold_spread",
    "offset_half_days",
    "slow_share",
    "slow_half_days",
    "kinetics_basis",
    "kinetics_evidence",
    "kinetics_note",
    "rebound",
    "rebound_prior",
    "rebound_half_days",
    "rebound_note",
    "note",
)
"""Columns of the table of actions (one row a drug and effect), in order."""

CELL_COLUMNS = (
    "drug",
    "cells",
    "left",
    "fall_half_days",
    "hold_days",
    "hold_spread",
    "return_half_days",
    "slow_share",
    "slow_half_days",
    "basis",
    "evidence",
    "note",
)
"""Columns of the table of cell counts (one row a drug and kind of cell), in order."""

_REBOUND = ("rebound", "rebound_prior", "rebound_half_days", "rebound_note")


def read_tables(
    drug_table: Path | Traversable, action_table: Path | Traversable, cell_table: Path | Traversable
) -> dict[str, Drug]:
    """Drugs by name, alphabetically, from their three CSV files. Raises TableError with file, row and column."""
    cells = _cell_rows(cell_table)
    actions: dict[str, list[Action]] = {}
    for row in read_cells(action_table, ACTION_COLUMNS):
        drug = row.text("drug")
        action = _action(row, {one.name for one in cells.get(drug, [])})
        before = actions.setdefault(drug, [])
        if action.effect in {other.effect for other in before}:
            row.fail(f"'{drug}' has two rows on '{action.effect}'", "effect")
        before.append(action)
    found: dict[str, Drug] = {}
    for row in read_cells(drug_table, DRUG_COLUMNS):
        id = row.text("drug")
        if id in found or id not in actions:
            row.fail(f"'{id}' stands twice" if id in found else f"'{id}' has no row in {action_table.name}", "drug")
        found[id] = _drug(row, tuple(actions[id]), tuple(cells.get(id, [])))
        _names_are_new(row, found[id], found)
    for table in (actions, cells):
        if strangers := sorted(set(table) - set(found)):
            raise UnknownName(f"drug in {drug_table.name}", strangers[0], found)
    return dict(sorted(found.items()))


def _names_are_new(row: Cells, drug: Drug, found: dict[str, Drug]) -> None:
    others = {name.casefold() for other in found.values() if other is not drug for name in (other.id, *other.names)}
    for name in drug.names:
        if name.casefold() in others:
            row.fail(f"'{name}' is the name of two drugs", "names")


def _time(row: Cells, column: str) -> float:
    days = row.number(column)
    if days < 0:
        row.fail(f"{days:g} is negative", column)
    return days * unit("day").factor


def _share(row: Cells, column: str) -> float:
    share = row.number(column)
    if not 0 <= share <= 1:
        row.fail(f"{share:g}: a share lies within 0 to 1", column)
    return share


def _spread(row: Cells) -> float:
    spread = row.number("hold_spread")
    if spread < 0:
        row.fail("a spread is not negative", "hold_spread")
    return spread


def _days(row: Cells, column: str) -> tuple[float, ...]:
    try:
        days = [float(day) for day in row.text(column, empty=True).split()]
    except ValueError:
        row.fail("not a list of days", column)
    if not all(math.isfinite(day) and day >= 0 for day in days):
        row.fail("a day is negative or endless", column)
    return tuple(day * unit("day").factor for day in days)


def _dosing(row: Cells) -> Dosing:
    doses, loading = _days(row, "doses_days"), _days(row, "loading_days")
    if not doses:
        return Dosing(_time(row, "interval_days"), loading)
    for column in ("interval_days", "loading_days"):
        if row.text(column, empty=True):
            row.fail("a list of all doses is given, so this cell must be empty", column)
    if doses[0] != 0 or any(later <= day for day, later in itertools.pairwise(doses)):
        row.fail("the doses must begin at day 0 and ascend", "doses_days")
    return Dosing(math.inf, doses)


def _drug(row: Cells, actions: tuple[Action, ...], cells: tuple[CellCount, ...]) -> Drug:
    cns = row.choice("cns", ("yes", "weakly", "no"))
    if cns == "no" and any(action.inside for action in actions):
        row.fail("the drug acts inside the CNS, so it must enter it: yes or weakly", "cns")
    return Drug(
        id=row.text("drug"),
        name=row.text("name"),
        kind=row.text("class"),
        dose=row.text("dose"),
        dosing=_dosing(row),
        route=row.text("route"),
        cns=cns,
        evidence=tuple(row.text("evidence", empty=True).split()),
        note=row.text("note", empty=True),
        actions=actions,
        names=tuple(part.strip() for part in row.text("names", empty=True).split("|") if part.strip()),
        cells=cells,
    )


def _action(row: Cells, cells: set[str]) -> Action:
    direction, effect = row.choice("direction", DIRECTIONS), row.choice("effect", EFFECTS)
    believed = belief(row, "maximum")
    if believed.lower < 0 or (direction == "reduces" and believed.upper > 1):
        row.fail("a share removed lies within 0 to 1, a share added is not negative", "maximum")
    basis, evidence = standing(row, basis="kinetics_basis", evidence="kinetics_evidence", note="kinetics_note")
    driver = row.text("driver", empty=True)
    if driver and driver not in cells:
        row.fail(f"'{row.text('drug')}' has no cells called '{driver}'", "driver")
    return Action(
        effect=effect,
        direction=direction,
        maximum=believed.value,
        lower=believed.lower,
        upper=believed.upper,
        prior=believed.prior,
        basis=believed.basis,
        evidence=believed.evidence,
        note=row.text("note"),
        kinetics=_kinetics(row, driver),
        kinetics_basis=basis,
        kinetics_evidence=evidence,
        kinetics_note=row.text("kinetics_note"),
        inside=_inside(row, effect),
        driver=driver,
        rebound=_rebound(row),
    )


def _inside(row: Cells, effect: str) -> bool:
    inside = row.choice("inside", ("yes", "no")) == "yes"
    if effect in (OUTSIDE if inside else INSIDE):
        row.fail(f"'{effect}' happens {'outside' if inside else 'inside'} the CNS", "inside")
    return inside


def _kinetics(row: Cells, driver: str) -> Kinetics:
    if driver:
        for column in ("hold_days", "hold_spread"):
            if row.text(column, empty=True):
                row.fail("the cells hold the effect, so this cell must be empty", column)
    return Kinetics(
        lag=_time(row, "onset_lag_days"),
        onset_half=_time(row, "onset_half_days"),
        hold=0.0 if driver else _time(row, "hold_days"),
        hold_spread=0.0 if driver else _spread(row),
        offset_half=_time(row, "offset_half_days"),
        slow_share=_share(row, "slow_share"),
        slow_half=_time(row, "slow_half_days"),
    )


def _rebound(row: Cells) -> Rebound | None:
    if not any(row.text(column, empty=True) for column in _REBOUND):
        return None
    share = row.number("rebound")
    if share < 0:
        row.fail("a rebound adds to a process, so it is not negative", "rebound")
    try:
        prior = parse_prior(row.text("rebound_prior"), share)
    except InputError as error:
        row.fail(str(error), "rebound_prior")
    if not math.isclose(share, prior.median, rel_tol=1e-3, abs_tol=1e-12):
        row.fail(f"{share:g} is not the prior's median, {prior.median:.4g}", "rebound")
    if prior.below(0.0) > 0 and prior.kind != "fixed":
        row.fail("the prior allows a negative rebound", "rebound_prior")
    return Rebound(share, prior, _time(row, "rebound_half_days"), row.text("rebound_note"))


def _cell_rows(table: Path | Traversable) -> dict[str, list[CellCount]]:
    found: dict[str, list[CellCount]] = {}
    for row in read_cells(table, CELL_COLUMNS):
        before = found.setdefault(row.text("drug"), [])
        name = row.text("cells")
        if name in {other.name for other in before}:
            row.fail(f"'{row.text('drug')}' has two rows on '{name}'", "cells")
        basis, evidence = standing(row)
        kinetics = Kinetics(
            onset_half=_time(row, "fall_half_days"),
            hold=_time(row, "hold_days"),
            hold_spread=_spread(row),
            offset_half=_time(row, "return_half_days"),
            slow_share=_share(row, "slow_share"),
            slow_half=_time(row, "slow_half_days"),
        )
        before.append(CellCount(name, _share(row, "left"), kinetics, basis, evidence, row.text("note")))
    return found
