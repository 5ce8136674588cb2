"""A published number as a simulated quantity, a distance and a role."""

from __future__ import annotations

from smoulder.cohorts.followed import Cohort, follow
from smoulder.targets.quantities.protocols import Protocols, run_protocols
from smoulder.targets.scoring import Score, headline, rmse, score

from .table import Target, load

__all__ = ["Cohort", "Protocols", "Score", "Target", "follow", "headline", "load", "rmse", "run_protocols", "score"]
