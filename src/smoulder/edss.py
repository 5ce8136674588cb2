"""EDSS in half points from seven functional systems, ambulation and use of the arms, by the published rules.

Sources. Kurtzke JF, Neurology 1983;33:1444-1452 (doi 10.1212/wnl.33.11.1444): what each step means. Neurostatus-EDSS
definitions 04/10.2 and scoring table 04/10.3 (Kappos and others, University Hospital Basel): which counts of
functional system (FS) grades belong to a step, how visual and bowel and bladder scores are lowered first, and the
ambulation score. Where the two leave a choice, this module takes it as follows (reasons in
``docs/decisions/0004-edss-scoring.md``):

* Visual 0-6 counts as 0, 1, 2, 2, 3, 3, 4 and bowel and bladder 0-6 as 0, 1, 2, 3, 3, 4, 5.
* A cerebral grade 1 counts like any other grade 1 (Neurostatus; Kurtzke 1983 left it out of steps 0 to 1.5).
* Combinations the table does not print exceed the last step that does print a smaller one: one grade 3 with three or
  more grades 2 is 4.0; one grade 4 with any grade 2 and no grade 3 is 4.5; one grade 4 with three or more grades 3 is
  5.0.
* Up to 5.0 the worse of functional systems and walking range decides. Functional systems alone never give more than
  5.0, a grade 6 included; from 5.5 on ambulation alone decides, from 8.0 on the use of the arms and the ability to
  communicate and eat.
* Step 10 is death due to MS and is never the score of a visit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smoulder.anatomy import ITEMS
from smoulder.compiled import njit
from smoulder.errors import InputError

__all__ = ["ITEMS", "MISSING", "TOP", "from_twelve_grades", "score"]

#: Highest level of each item.
TOP = (6, 5, 5, 6, 6, 6, 5, 12, 3)
#: The mark of an item, or a score, that is not known.
MISSING = -1

AMBULATION, ARM_USE = ITEMS.index("ambulation"), ITEMS.index("arm_use")
#: The functional systems are the items before ambulation.
SYSTEMS = AMBULATION

# The score a functional system lends to the step; row = system in the order of ITEMS.
AS_IT_IS = (0, 1, 2, 3, 4, 5, 6)
LENT = np.array([AS_IT_IS] * 4 + [(0, 1, 2, 3, 3, 4, 5), (0, 1, 2, 2, 3, 3, 4), AS_IT_IS], dtype=np.int8)
# Half points, by ambulation score 0-12 and by use of the arms 0-3 (once ambulation is 12).
WALKING = np.array([0, 4, 9, 10, 11, 12, 12, 12, 13, 13, 14, 15, 16], dtype=np.int8)
ARMS = np.array([16, 17, 18, 19], dtype=np.int8)
#: From this ambulation score on the functional systems cannot change the step any more.
WALKING_DECIDES = 3
# Ambulation in twelve grades (Neurostatus before 2011, still used by registries): score 0-12 and arm use for each old
# grade 0-12.
TWELVE_GRADES = np.array([0, 1, 2, 3, 4, 6, 9, 10, 11, 12, 12, 12, 12], dtype=np.int8)
TWELVE_GRADES_ARMS = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3], dtype=np.int8)


@njit
def systems_step(ones: int, twos: int, threes: int, fours: int, above: int) -> int:
    """Half points from how many systems have grade 1, 2, 3, 4 and 5 or more (after conversion)."""
    if above > 0 or fours > 1:
        return 10
    if fours == 1:
        if threes > 2:
            return 10
        return 9 if threes + twos > 0 else 8
    if threes > 0:
        return threes_step(twos, threes)
    if twos > 0:
        return twos_step(twos)
    if ones > 1:
        return 3
    return 2 if ones == 1 else 0


@njit
def threes_step(twos: int, threes: int) -> int:
    """Half points when grade 3 is the highest."""
    if threes > 5:
        return 10
    if threes == 5:
        return 9
    if threes == 1:
        if twos == 0:
            return 6
        return 7 if twos < 3 else 8
    return 7 if threes == 2 and twos == 0 else 8


@njit
def twos_step(twos: int) -> int:
    """Half points when grade 2 is the highest."""
    if twos > 5:
        return 8
    if twos == 5:
        return 7
    return 6 if twos > 2 else 3 + twos


@njit
def _score(levels, lent, walking, arms, out):
    counts = np.zeros(7, dtype=np.int64)
    for i in range(levels.shape[1]):
        ambulation = levels[AMBULATION, i]
        if ambulation < 0:
            out[i] = MISSING
            continue
        if ambulation == walking.size - 1:
            arm_use = levels[ARM_USE, i]
            out[i] = arms[arm_use] if arm_use >= 0 else MISSING
            continue
        if ambulation >= WALKING_DECIDES:
            out[i] = walking[ambulation]
            continue
        counts[:] = 0
        known = True
        for system in range(SYSTEMS):
            grade = levels[system, i]
            if grade < 0:
                known = False
            else:
                counts[lent[system, grade]] += 1
        step = systems_step(counts[1], counts[2], counts[3], counts[4], counts[5] + counts[6])
        out[i] = max(step, walking[ambulation]) if known else MISSING


def score(levels: NDArray[np.int8]) -> NDArray[np.int8]:
    """EDSS in half points: int8[n] from ``levels`` int8[9, n], rows in the order of :data:`ITEMS`; 19 is EDSS 9.5.

    An unknown item is -1. The score is -1 if an item that it needs is unknown: ambulation always, the seven systems
    while ambulation is below 3, use of the arms when ambulation is 12. Raises InputError for a level outside its
    item's range.
    """
    levels = np.asarray(levels)
    if levels.ndim != 2 or levels.shape[0] != len(ITEMS):
        raise InputError(f"Levels must have {len(ITEMS)} rows ({', '.join(ITEMS)}); got shape {levels.shape}.")
    if levels.shape[1]:
        check_range(levels)
    out = np.empty(levels.shape[1], dtype=np.int8)
    _score(np.ascontiguousarray(levels, dtype=np.int8), LENT, WALKING, ARMS, out)
    return out


def check_range(levels: NDArray) -> None:
    """Raises InputError naming the first item with a level below -1 or above its :data:`TOP`."""
    for row, top, name in zip(levels, TOP, ITEMS, strict=True):
        low, high = row.min(), row.max()
        if low < MISSING or high > top:
            raise InputError(f"Level {high if high > top else low} of '{name}' is outside 0..{top} (-1 = unknown).")


def from_twelve_grades(grade: NDArray) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """(ambulation 0-12, arm use 0-3), int8[n] each, from ambulation in twelve grades (0-12, -1 unknown) as registries
    hold it.

    In that older form grades 5 to 12 stand for EDSS 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0 and 9.5; grade 5 becomes score
    6 (one aid, 50 m or more) and grade 6 score 9 (two aids, less than 120 m), which have those steps. Raises
    InputError outside -1..12.
    """
    grade = np.asarray(grade)
    if grade.size and (grade.min() < MISSING or grade.max() >= TWELVE_GRADES.size):
        raise InputError(f"Ambulation grades must be 0..12 (-1 = unknown); got {grade.min()} to {grade.max()}.")
    known = grade >= 0
    ambulation = np.where(known, TWELVE_GRADES[np.where(known, grade, 0)], MISSING).astype(np.int8)
    arm_use = np.where(known, TWELVE_GRADES_ARMS[np.where(known, grade, 0)], MISSING).astype(np.int8)
    return ambulation, arm_use


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
