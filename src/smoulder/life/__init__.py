"""One disease under one plan: the truth of a life, from the biological start to death."""

from __future__ import annotations

from .compiled_kernel import FIRST_CORD
from .run import STEPS_PER_YEAR, run
from .truth import QUANTITIES, Lesions, Truth

__all__ = ["FIRST_CORD", "QUANTITIES", "STEPS_PER_YEAR", "Lesions", "Truth", "run"]
