"""The shipped drugs by name, by the spelling of a trial's design, and imagined ones."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from smoulder.errors import InputError, UnknownName
from smoulder.parameters.priors import Prior
from smoulder.treatments.actions import EFFECTS, INSIDE, Action, Drug
from smoulder.treatments.kinetics import Dosing, Kinetics
from smoulder.treatments.reading import ACTION_COLUMNS, CELL_COLUMNS, DRUG_COLUMNS, read_tables

__all__ = [
    "ACTION_COLUMNS",
    "CELL_COLUMNS",
    "DRUG_COLUMNS",
    "EFFECTS",
    "Action",
    "Drug",
    "alternatives",
    "drug",
    "drugs",
    "hypothetical",
    "named",
    "read",
]

_UNTREATED = ("none", "placebo", "placebo (crossover)")
_TOGETHER = re.compile(r"\s+\+\s+")
_EITHER = re.compile(r"\s*(?:,|;|\bor\b)\s+")


def drugs() -> tuple[str, ...]:
    """Names of the drugs in the shipped tables, alphabetically."""
    return tuple(_shipped())


def drug(name: str) -> Drug:
    """The drug called ``name``, or the imagined one of the form ``hypothetical:<effect>:<share>``.

    Raises UnknownName, with the nearest, and what ``hypothetical`` raises.
    """
    if name.split(":")[0] == "hypothetical":
        return hypothetical(name)
    found = _shipped()
    if name not in found:
        raise UnknownName("treatment", name, (*found, "none", "hypothetical"), "'smoulder treatments'")
    return found[name]


def named(text: str) -> str:
    """The drugs of a plan for a treatment as a design spells it: 'riluzole + IFN beta-1a' to 'riluzole+interferon...'.

    Case does not matter; placebo adds nothing, and alone is ``none``. Raises UnknownName, with the nearest.
    """
    spelled = _spellings()
    ids = []
    for part in _TOGETHER.split(text.strip()):
        found = spelled.get(part.casefold())
        if found is None:
            raise UnknownName("treatment", part, spelled, "column 'names' of drugs.csv")
        ids += [found] if found != "none" else []
    return "+".join(ids) or "none"


def alternatives(text: str) -> tuple[str, ...]:
    """The plans that a design names beside each other ('amiloride, fluoxetine or riluzole'), each as ``named``."""
    return tuple(named(part) for part in _EITHER.split(text.strip()))


def read(
    drug_table: Path | Traversable, action_table: Path | Traversable, cell_table: Path | Traversable | None = None
) -> dict[str, Drug]:
    """Drugs by name from their CSV files; cell counts from the shipped table if none is given.

    Raises TableError with file, row and column, UnknownName for an action or cells of a drug that is not there.
    """
    return read_tables(drug_table, action_table, cell_table or files("smoulder.treatments") / "cells.csv")


@cache
def _shipped() -> dict[str, Drug]:
    here = files("smoulder.treatments")
    return read(here / "drugs.csv", here / "treatments.csv")


@cache
def _spellings() -> dict[str, str]:
    found = dict.fromkeys(_UNTREATED, "none")
    for one in _shipped().values():
        found |= {name.casefold(): one.id for name in (one.id, one.name, *one.names)}
    return found


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
        inside=effect in INSIDE,
    )
    return Drug(
        text, text, "hypothetical", "none", Dosing(0.0), "none", "yes" if action.inside else "no", (), why, (action,)
    )
