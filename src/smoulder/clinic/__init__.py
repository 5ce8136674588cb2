"""What a clinic would see of the truth: rated visits, reported relapses and scans, with their errors and gaps.

The truth is passed in and only read; everything that leaves here is a table of :mod:`smoulder.records`.
"""

from smoulder.clinic.edss import ITEMS, from_twelve_grades, score
from smoulder.clinic.items import Items, levels
from smoulder.clinic.relapses import reported
from smoulder.clinic.scans import scan, visible
from smoulder.clinic.visits import enters, examine, follow, second_rater

__all__ = [
    "ITEMS",
    "Items",
    "enters",
    "examine",
    "follow",
    "from_twelve_grades",
    "levels",
    "reported",
    "scan",
    "score",
    "second_rater",
    "visible",
]
