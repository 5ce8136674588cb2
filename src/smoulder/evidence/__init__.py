"""What has been published, one system of units.

>>> row = smoulder.evidence.row("lyon_course_rr")        # one number with its source, role and standing
>>> smoulder.evidence.rows(trial="OPERA I", role="calibration")
>>> smoulder.evidence.edss_by_duration()                 # a small table as a pandas frame

Only rows of role ``calibration`` may be fitted; ``validation`` rows are predicted and scored; ``context`` rows are
background. README.md beside this file is the data dictionary.
"""

from smoulder.evidence.published import Row, load, row, rows
from smoulder.evidence.small_tables import SmallTable, edss_by_duration, table, tables
from smoulder.evidence.unit_table import Unit, base_unit, in_base, unit, units

from .checks import Oddity, Problem, oddities, problems
from .show import as_dict, describe, line
from .vocabulary import Term, meaning, terms

__all__ = [
    "Oddity",
    "Problem",
    "Row",
    "SmallTable",
    "Term",
    "Unit",
    "as_dict",
    "base_unit",
    "describe",
    "edss_by_duration",
    "in_base",
    "line",
    "load",
    "meaning",
    "oddities",
    "problems",
    "row",
    "rows",
    "table",
    "tables",
    "terms",
    "unit",
    "units",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
