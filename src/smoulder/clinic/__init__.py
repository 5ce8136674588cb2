"""What a clinic would see of the truth: rated visits, reported relapses, and what each instrument measures (scans,
timed and scored tests, blood samples, eyes), with their errors and gaps.

The truth is passed in and only read; everything that leaves here is a table of :mod:`smoulder.records`.
"""

from smoulder.clinic.blood import draw_blood, samples
from smoulder.clinic.instrument import Instrument, Measure, measures_of
from smoulder.clinic.instruments import INSTRUMENTS, observe, use
from smoulder.clinic.items import Items, levels
from smoulder.clinic.mri.scans import Scanner, draw_scans, scan, visible
from smoulder.clinic.relapses import reported
from smoulder.clinic.tests import draw_tests, sittings
from smoulder.clinic.vision import draw_eyes, eyes
from smoulder.clinic.visits import enters, examine, follow, second_rater
from smoulder.edss import ITEMS, from_twelve_grades, score

__all__ = [
    "INSTRUMENTS",
    "ITEMS",
    "Instrument",
    "Items",
    "Measure",
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
    "measures_of",
    "observe",
    "reported",
    "samples",
    "scan",
    "score",
    "second_rater",
    "sittings",
    "use",
    "visible",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
