"""Published numbers as quantities computed from a simulated cohort, by the kind of number.

``QUANTITIES`` declares all of them: the table of targets, the scores and the words loop over it.
"""

from __future__ import annotations

from smoulder.targets.quantities import course, hazards, placebo, protocols
from smoulder.targets.quantities.quantity import GROUPS, Quantity

__all__ = ["GROUPS", "QUANTITIES", "Quantity"]

#: Every quantity of which a target may be.
QUANTITIES: tuple[Quantity, ...] = (
    *course.QUANTITIES, *hazards.QUANTITIES, *placebo.QUANTITIES, *protocols.QUANTITIES,
)
