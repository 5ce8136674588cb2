"""EDSS scoring under the name by which a clinic calls it. The rules stand in :mod:`smoulder.edss`, where outcomes can
reach them too.
"""

from smoulder.edss import AMBULATION, ARM_USE, ITEMS, MISSING, SYSTEMS, TOP, from_twelve_grades, score

__all__ = ["AMBULATION", "ARM_USE", "ITEMS", "MISSING", "SYSTEMS", "TOP", "from_twelve_grades", "score"]
