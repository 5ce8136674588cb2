"""What a clinic would see of the truth: rated visits, reported relapses, scans, timed and scored tests and blood
samples, with their errors and gaps.

The truth is passed in and only read; everything that leaves here is a table of :mod:`smoulder.records`.
"""

from smoulder.clinic.blood import draw_blood, samples
from smoulder.clinic.items import Items, levels
from smoulder.clinic.mri.scans import Scanner, draw_scans, scan, visible
from smoulder.clinic.relapses import reported
from smoulder.clinic.tests import draw_tests, sittings
from smoulder.clinic.vision import draw_eyes, eyes
from smoulder.clinic.visits import enters, examine, follow, second_rater
from smoulder.edss import ITEMS, from_twelve_grades, score

__all__ = [
    "ITEMS",
    "Items",
    "Scanner",
    "draw_blood",
    "draw_eyes",
    "draw_scans",
    "draw_tests",
    "enters",
    "examine",
    "eyes",
    "follow",
    "from_twelve_grades",
    "levels",
    "reported",
    "samples",
    "scan",
    "score",
    "second_rater",
    "sittings",
    "visible",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
