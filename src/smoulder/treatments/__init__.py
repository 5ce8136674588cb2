"""Treatments: dose plan to exposure to multipliers on named processes. A new drug is rows in two tables, and no code.

Strengths come from pharmacology, MRI and cell counts only; what a drug does to disability is for the model to predict.
"""

from __future__ import annotations

from smoulder.treatments.drugs import EFFECTS, Action, Drug, drug, drugs
from smoulder.treatments.kinetics import Dosing, Kinetics, exposure
from smoulder.treatments.plans import Plan, Start, plan
from smoulder.treatments.show import as_dict, describe, listing

__all__ = [
    "EFFECTS",
    "Action",
    "Dosing",
    "Drug",
    "Kinetics",
    "Plan",
    "Start",
    "as_dict",
    "describe",
    "drug",
    "drugs",
    "exposure",
    "listing",
    "plan",
]
