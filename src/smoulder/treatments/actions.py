"""What a drug is: how it is given, what it does to which process, and which cells it takes from the blood."""

from __future__ import annotations

from dataclasses import dataclass

from smoulder.anatomy import EFFECTS
from smoulder.parameters.priors import Prior
from smoulder.treatments.kinetics import CellCount, Dosing, Kinetics

__all__ = ["EFFECTS", "INSIDE", "OUTSIDE", "Action", "Drug", "Rebound"]

OUTSIDE = ("attack", "trafficking", "seeding")
"""Processes that a drug can only change from the blood: cells are primed there and enter from there."""

INSIDE = tuple(name for name in EFFECTS if name not in (*OUTSIDE, "expression", "transection", "rim_birth"))
"""Processes behind the blood-brain barrier: a drug that changes them must get there, or act there at a distance.

What an attack does on arrival (expression, transection, birth of a rim) is neither: fewer or milder invaders change it
from the blood, a drug on the fibres changes it from within, so each action says which.
"""


@dataclass(frozen=True)
class Rebound:
    """More of a process than before treatment, for a time after an effect has gone: up to ``share`` more.

    ``half`` is the half-time, in years, with which what was held back gathers and is spent.
    """

    share: float
    prior: Prior
    half: float
    note: str


@dataclass(frozen=True)
class Action:
    """What one drug does to one process: at exposure e, 0..1, it is multiplied by 1 + ``change`` * e.

    ``maximum`` is the share removed (direction reduces) or added (raises) at full exposure, with bounds, prior and
    basis; ``kinetics`` (years) has a basis of its own. ``inside`` is whether it happens inside the CNS compartment,
    ``driver`` the name of the cells whose absence is the exposure, or empty.
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
    inside: bool = False
    driver: str = ""
    rebound: Rebound | None = None

    @property
    def change(self) -> float:
        """Signed share by which the process changes at full exposure: -0.83 leaves 17%."""
        return -self.maximum if self.direction == "reduces" else self.maximum


@dataclass(frozen=True)
class Drug:
    """One drug: how it is given and what it does.

    ``id`` is its name in plans, ``names`` its spellings in the table of trial designs, ``cns`` whether it enters the
    CNS (yes, weakly, no), ``cells`` the cells that it takes from the blood.
    """

    id: str
    name: str
    kind: str
    dose: str
    dosing: Dosing
    route: str
    cns: str
    evidence: tuple[str, ...]
    note: str
    actions: tuple[Action, ...]
    names: tuple[str, ...] = ()
    cells: tuple[CellCount, ...] = ()

    def driver(self, action: Action) -> CellCount | None:
        """The cells that drive ``action``, None if its own target does."""
        return next((cells for cells in self.cells if cells.name == action.driver), None)
