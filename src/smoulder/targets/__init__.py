"""Compares the simulation with published results: which number is meant, how it is computed from simulated people, and
how large a difference matters.

``QUANTITIES`` declares every quantity once; :func:`load` reads the table of published numbers that stand beside them.
"""

from __future__ import annotations

from smoulder.cohorts.followed import Cohort, follow
from smoulder.targets.quantities import QUANTITIES, Quantity
from smoulder.targets.quantities.protocols import Protocols, run_protocols
from smoulder.targets.scoring import Score, frame, headline, rmse, score

from .table import Target, load, read

__all__ = [
    "QUANTITIES",
    "Cohort",
    "Protocols",
    "Quantity",
    "Score",
    "Target",
    "follow",
    "frame",
    "headline",
    "load",
    "read",
    "rmse",
    "run_protocols",
    "score",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
