"""Cohorts of any size: lives simulated and observed, kept on disk or in memory, or followed for targets."""

from smoulder.cohorts.followed import Cohort, follow
from smoulder.cohorts.simulation import observe, simulate

__all__ = ["Cohort", "follow", "observe", "simulate"]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
