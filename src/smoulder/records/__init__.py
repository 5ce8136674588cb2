"""The tables in which patients exist for everyone outside the simulator, simulated or real.

Whole days, EDSS in half points, -1 where an integer was not recorded. A day is counted from any origin not later
than the first birth of the cohort; simulated people each use their own birth, so their day is an age.
"""

from smoulder.records.cohort import Records, concat
from smoulder.records.schema import Column
from smoulder.records.tables import (
    FUNCTIONAL_SYSTEMS,
    Eyes,
    People,
    Relapses,
    Samples,
    Scans,
    Table,
    Tests,
    Visits,
    measurements,
)
from smoulder.records.time import DAYS_PER_YEAR, UNKNOWN_DAY, days, shown_days, years

__all__ = [
    "DAYS_PER_YEAR",
    "FUNCTIONAL_SYSTEMS",
    "UNKNOWN_DAY",
    "Column",
    "Eyes",
    "People",
    "Records",
    "Relapses",
    "Samples",
    "Scans",
    "Table",
    "Tests",
    "Visits",
    "concat",
    "days",
    "measurements",
    "shown_days",
    "years",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
