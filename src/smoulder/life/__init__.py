"""One disease under one plan: the truth of a life, from the biological start to death."""

from __future__ import annotations

from .lesions import Lesions
from .living import run
from .rows import FIRST_CORD, QUANTITIES
from .setting import STEPS_PER_YEAR, Steps
from .state import STATE, State
from .truth import Truth

__all__ = ["FIRST_CORD", "QUANTITIES", "STATE", "STEPS_PER_YEAR", "Lesions", "State", "Steps", "Truth", "run"]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
