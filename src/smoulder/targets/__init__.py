"""A published number as a simulated quantity, a distance and a role."""

from __future__ import annotations

from .cohort import Cohort, follow
from .protocols import Protocols, run_protocols
from .score import Score, headline, rmse, score
from .table import Target, load

__all__ = ["Cohort", "Protocols", "Score", "Target", "follow", "headline", "load", "rmse", "run_protocols", "score"]
