"""What the kernel is given, bundle by bundle: people, a plan, maps, the arrays of a block, and where records go.

Rows have their names in rows.py. n lanes (people of the block), R regions, C cells; float32 unless said.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float32]
Whole = NDArray[np.int32]

__all__ = [
    "Care", "Fixed", "Life", "Maps", "Mobility", "Moments", "Saving", "Scales", "Schedule", "Starts", "Who", "Work",
]


class Who(NamedTuple):
    """The people of a block: key words of the seed, ids uint32[n], ages at the biological start [n], traits, cumulative
    shares of lesions by region [R, n], stable offsets of the items.
    """

    key_low: np.uint32
    key_high: np.uint32
    ids: NDArray[np.uint32]
    start_age: Row
    traits: Row
    weights: Row
    offsets: Row


class Care(NamedTuple):
    """A plan: step of the first dose int32[n], multipliers [effect, step since], rows of them that ever differ."""

    first_dose: Whole
    table: Row
    acting: NDArray[np.int64]


class Maps(NamedTuple):
    """Where cells lie: region and pathway of each, area of pathway and region in mm2, the cells of each region."""

    cell_region: Whole
    cell_pathway: Whole
    cell_area: Row
    region_area: Row
    cells_of: Whole
    cells_in: Whole


class Scales(NamedTuple):
    """Relative size of a region's lesions [R], how much slow inflammation it feels [R], weight of a cell in its region
    [C], 1 where a cell is cortical [C].
    """

    lesion_size: Row
    depth: Row
    weight: Row
    cortical: Row


class Mobility(NamedTuple):
    """Slopes and thresholds of walking and arm use from which the hazard of death rises, and by which ratios."""

    walk_slope: np.float32
    wheelchair: np.float32
    bed: np.float32
    arm_slope: np.float32
    helpless: np.float32
    ratio_7: np.float32
    ratio_8: np.float32
    ratio_9: np.float32


class Fixed(NamedTuple):
    """The same for every block."""

    maps: Maps
    scales: Scales
    mobility: Mobility


class Schedule(NamedTuple):
    """First step, step at which the lives end, steps a year, steps between recorded moments and between assessments,
    parts of a step of the tissue, and steps at the beginning in which nothing is recorded.
    """

    begin: int
    steps: int
    per_year: int
    every: int
    assess_every: int
    substeps: int
    silent: int


class Life(NamedTuple):
    """What goes on from step to step, and what a step leaves behind. ``born`` int32[n] counts a person's lesions."""

    person: Row
    milieu: Row
    tissue: Row
    pooled: Row
    causes: Row
    counters: Row
    onset: Row
    death: Row
    born: Whole


class Work(NamedTuple):
    """What is filled anew in every step, and room to work in."""

    u: Row
    factors: Row
    shown: Row
    items: Row
    paths: Row
    scratch: Row
    person_words: NDArray[np.uint32]
    born: NDArray[np.uint32]
    words: NDArray[np.uint32]
    crossing: NDArray[np.uint32]
    sizes: Row
    shares: Row


class Starts(NamedTuple):
    """Where each lane begins: step int32[n], and the saved numbers [row of a state, n], without columns where everybody
    begins healthy at step 0.
    """

    step: Whole
    numbers: Row


class Saving(NamedTuple):
    """States to be kept: step and lane of each, sorted by step, int32[m]; room for numbers [row of a state, m] and for
    how many lesions the person had had, int32[m].
    """

    step: Whole
    lane: Whole
    numbers: Row
    born: Whole


class Moments(NamedTuple):
    """Recorded moments: values [quantity, moment, person], the block's columns beginning at ``low``."""

    values: Row
    low: int
