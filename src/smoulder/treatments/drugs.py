"""The two tables of treatments: which drugs there are and how they are dosed; what each does to which process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from smoulder.errors import InputError, UnknownName
from smoulder.parameters.priors import Prior
from smoulder.parameters.tables import Cells, belief, read_cells, standing
from smoulder.parameters.units import unit
from smoulder.treatments.kinetics import Dosing, Kinetics

__all__ = ["ACTION_COLUMNS", "DRUG_COLUMNS", "EFFECTS", "Action", "Drug", "drug", "drugs", "hypothetical", "read"]

EFFECTS = (
    "attack",
    "trafficking",
    "expression",
    "transection",
    "remyelination",
    "rim_birth",
    "rim_fading",
    "rim_expansion",
    "rim_loss",
    "diffuse_demyelination",
    "diffuse_loss",
    "bare_loss",
    "ageing_loss",
    "neuron_loss",
    "debris_clearance",
    "activation",
    "resolution",
    "seeding",
    "maintenance",
    "energy_supply",
    "conduction",
)
"""Processes a treatment may multiply, in the order of the rows of a plan's table."""

DIRECTIONS = ("reduces", "raises")

DRUG_COLUMNS = ("drug", "name", "class", "dose", "interval_days", "loading_days", "route", "cns", "evidence", "note")
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
    "note",
)
"""Columns of the table of actions (one row a drug and effect), in order."""


@dataclass(frozen=True)
class Action:
    """What one drug does to one process: at exposure e, 0..1, it is multiplied by 1 + ``change`` * e.

    ``maximum`` is the share removed (direction reduces) or added (raises) at full exposure, with bounds, prior and
    basis; ``kinetics`` (years) has a basis of its own.
    """

    effect: str
    direction: str
    maximum: float
    lower: float
    upper: float
    prior: Prior
    basis: str
    evidence: tuple[str, ...]
    note: str
    kinetics: Kinetics
    kinetics_basis: str
    kinetics_evidence: tuple[str, ...]
    kinetics_note: str

    @property
    def change(self) -> float:
        """Signed share by which the process changes at full exposure: -0.83 leaves 17%."""
        return -self.maximum if self.direction == "reduces" else self.maximum


@dataclass(frozen=True)
class Drug:
    """One drug: how it is given and what it does. ``id`` is its name in plans, ``cns`` whether it enters the CNS."""

    id: str
    name: str
    kind: str
    dose: str
    dosing: Dosing
    route: str
    cns: bool
    evidence: tuple[str, ...]
    note: str
    actions: tuple[Action, ...]


def drugs() -> tuple[str, ...]:
    """Names of the drugs in the shipped tables, alphabetically."""
    return tuple(_shipped())


def drug(name: str) -> Drug:
    """The drug called ``name``. Raises UnknownName, with the nearest."""
    found = _shipped()
    if name not in found:
        raise UnknownName("treatment", name, (*found, "none", "hypothetical"), "'smoulder treatments'")
    return found[name]


def read(drug_table: Path | Traversable, action_table: Path | Traversable) -> dict[str, Drug]:
    """Drugs by name from their two CSV files. Raises TableError with file, row and column."""
    actions: dict[str, list[Action]] = {}
    for cells in read_cells(action_table, ACTION_COLUMNS):
        action = _action(cells)
        before = actions.setdefault(cells.text("drug"), [])
        if action.effect in {other.effect for other in before}:
            cells.fail(f"'{cells.text('drug')}' has two rows on '{action.effect}'", "effect")
        before.append(action)
    found: dict[str, Drug] = {}
    for cells in read_cells(drug_table, DRUG_COLUMNS):
        id = cells.text("drug")
        if id in found or id not in actions:
            cells.fail(f"'{id}' stands twice" if id in found else f"'{id}' has no row in {action_table.name}", "drug")
        found[id] = _drug(cells, tuple(actions[id]))
    if strangers := sorted(set(actions) - set(found)):
        raise UnknownName(f"drug in {drug_table.name}", strangers[0], found)
    return dict(sorted(found.items()))


@cache
def _shipped() -> dict[str, Drug]:
    here = files("smoulder.treatments")
    return read(here / "drugs.csv", here / "treatments.csv")


def _time(cells: Cells, column: str) -> float:
    days = cells.number(column)
    if days < 0:
        cells.fail(f"{days:g} is negative", column)
    return days * unit("day").factor


def _drug(cells: Cells, actions: tuple[Action, ...]) -> Drug:
    try:
        loading = tuple(float(day) * unit("day").factor for day in cells.text("loading_days", empty=True).split())
    except ValueError:
        cells.fail("not a list of days", "loading_days")
    if any(time < 0 for time in loading):
        cells.fail("a day is negative", "loading_days")
    return Drug(
        id=cells.text("drug"),
        name=cells.text("name"),
        kind=cells.text("class"),
        dose=cells.text("dose"),
        dosing=Dosing(_time(cells, "interval_days"), loading),
        route=cells.text("route"),
        cns=cells.choice("cns", ("yes", "no")) == "yes",
        evidence=tuple(cells.text("evidence").split()),
        note=cells.text("note", empty=True),
        actions=actions,
    )


def _action(cells: Cells) -> Action:
    direction = cells.choice("direction", DIRECTIONS)
    believed = belief(cells, "maximum")
    if believed.lower < 0 or (direction == "reduces" and believed.upper > 1):
        cells.fail("a share removed lies within 0 to 1, a share added is not negative", "maximum")
    basis, evidence = standing(cells, basis="kinetics_basis", evidence="kinetics_evidence", note="kinetics_note")
    return Action(
        effect=cells.choice("effect", EFFECTS),
        direction=direction,
        maximum=believed.value,
        lower=believed.lower,
        upper=believed.upper,
        prior=believed.prior,
        basis=believed.basis,
        evidence=believed.evidence,
        note=cells.text("note"),
        kinetics=_kinetics(cells),
        kinetics_basis=basis,
        kinetics_evidence=evidence,
        kinetics_note=cells.text("kinetics_note"),
    )


def _kinetics(cells: Cells) -> Kinetics:
    spread, share = cells.number("hold_spread"), cells.number("slow_share")
    if spread < 0 or not 0 <= share <= 1:
        cells.fail(
            "a spread is not negative and a share lies within 0 to 1", "hold_spread" if spread < 0 else "slow_share"
        )
    return Kinetics(
        lag=_time(cells, "onset_lag_days"),
        onset_half=_time(cells, "onset_half_days"),
        hold=_time(cells, "hold_days"),
        hold_spread=spread,
        offset_half=_time(cells, "offset_half_days"),
        slow_share=share,
        slow_half=_time(cells, "slow_half_days"),
    )


def hypothetical(text: str) -> Drug:
    """An imagined drug, ``hypothetical:<effect>:<share>``: 0.5 takes half of the process away, +0.5 adds half, at once.

    Raises InputError for a share that is no number, not within 0 to 1, or negative after +; UnknownName for an effect.
    """
    _, effect, share = text.split(":") if text.count(":") == 2 else ("", "", "")
    if not share:
        raise InputError(
            f"'{text}' does not read as hypothetical:<effect>:<share>, for example hypothetical:bare_loss:0.5."
        )
    if effect not in EFFECTS:
        raise UnknownName("effect", effect, EFFECTS, "'smoulder treatments'")
    raises = share.startswith("+")
    try:
        size = float(share)
    except ValueError:
        raise InputError(f"'{text}': '{share}' is not a number.") from None
    if not 0 <= size < float("inf") or (size > 1 and not raises):
        raise InputError(f"'{text}': the share is 0 to 1 to take away, or + and a number to add.")
    why = "What would follow if such a drug existed."
    action = Action(
        effect=effect,
        direction="raises" if raises else "reduces",
        maximum=size,
        lower=size,
        upper=size,
        prior=Prior("fixed", size, 0.0),
        basis="definition",
        evidence=(),
        note=why,
        kinetics=Kinetics(),
        kinetics_basis="definition",
        kinetics_evidence=(),
        kinetics_note="At once, and gone at once.",
    )
    return Drug(text, text, "hypothetical", "none", Dosing(0.0), "none", True, (), why, (action,))
