"""Treatments: dose plan to exposure to multipliers on named processes. A new drug is rows in tables, and no code.

Strengths come from pharmacology, MRI and cell counts only; what a drug does to disability is for the model to predict.
"""

from __future__ import annotations

from smoulder.treatments.actions import EFFECTS, INSIDE, OUTSIDE, Action, Drug, Rebound
from smoulder.treatments.catalogue import alternatives, drug, drugs, named
from smoulder.treatments.kinetics import CellCount, Dosing, Kinetics, cell_count, exposure, overshoot
from smoulder.treatments.plans import Plan, Start, cells, plan
from smoulder.treatments.show import as_dict, describe, listing

__all__ = [
    "EFFECTS",
    "INSIDE",
    "OUTSIDE",
    "Action",
    "CellCount",
    "Dosing",
    "Drug",
    "Kinetics",
    "Plan",
    "Rebound",
    "Start",
    "alternatives",
    "as_dict",
    "cell_count",
    "cells",
    "describe",
    "drug",
    "drugs",
    "exposure",
    "listing",
    "named",
    "overshoot",
    "plan",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
