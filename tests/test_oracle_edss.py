"""EDSS scoring against a second programme written from the sentences of the scale, over every combination of
functional systems.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest

from smoulder import edss
from smoulder.errors import InputError

# Each step: in how many systems each grade may stand, as words. Grades not named are unrestricted ("any"). The rows
# are written from Kurtzke 1983 and the Neurostatus scoring table; the test below proves that they neither overlap nor
# leave a gap.
STEPS = """
0.0: 2 none, 3 none, 4 none, 5+ none, 1 none
1.0: 2 none, 3 none, 4 none, 5+ none, 1 one
1.5: 2 none, 3 none, 4 none, 5+ none, 1 two to seven
2.0: 2 one, 3 none, 4 none, 5+ none
2.5: 2 two, 3 none, 4 none, 5+ none
3.0: 2 three to four, 3 none, 4 none, 5+ none
3.0: 2 none, 3 one, 4 none, 5+ none
3.5: 2 five, 3 none, 4 none, 5+ none
3.5: 2 one to two, 3 one, 4 none, 5+ none
3.5: 2 none, 3 two, 4 none, 5+ none
4.0: 2 six to seven, 3 none, 4 none, 5+ none
4.0: 2 three to six, 3 one, 4 none, 5+ none
4.0: 2 one to five, 3 two, 4 none, 5+ none
4.0: 3 three to four, 4 none, 5+ none
4.0: 2 none, 3 none, 4 one, 5+ none
4.5: 3 five, 4 none, 5+ none
4.5: 2 one to six, 3 none, 4 one, 5+ none
4.5: 3 one to two, 4 one, 5+ none
5.0: 3 six to seven, 4 none, 5+ none
5.0: 3 three to six, 4 one, 5+ none
5.0: 4 two to seven, 5+ none
5.0: 5+ one to seven
"""
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven")
# What walking adds, by ambulation score: the least step up to 3, the only thing that counts from 4 on.
AT_LEAST = {0: 0.0, 1: 2.0, 2: 4.5, 3: 5.0}
ONLY = {4: 5.5, 5: 6.0, 6: 6.0, 7: 6.0, 8: 6.5, 9: 6.5, 10: 7.0, 11: 7.5}
IN_BED = (8.0, 8.5, 9.0, 9.5)


def read_steps() -> list[tuple[float, dict[str, range]]]:
    rows = []
    for line in STEPS.strip().splitlines():
        step, rest = line.split(":")
        limits = {}
        for clause in rest.split(","):
            grade, *words = clause.split()
            limits[grade] = range(NUMBERS.index(words[0]), NUMBERS.index(words[-1]) + 1)
        rows.append((float(step), limits))
    return rows


ROWS = read_steps()


@cache
def naive_step(grades: tuple[int, ...]) -> float:
    """The one step whose sentence fits the (converted, sorted) grades."""
    fitting = []
    for step, limits in ROWS:
        seen = {name: sum(g >= 5 if name == "5+" else g == int(name) for g in grades) for name in limits}
        if all(seen[name] in allowed for name, allowed in limits.items()):
            fitting.append(step)
    assert len(fitting) == 1, (grades, fitting)
    return fitting[0]


def naive(levels: tuple[int, ...]) -> float:
    pyramidal, cerebellar, brainstem, sensory, bowel, visual, mental, ambulation, arms = levels
    if ambulation == 12:
        return IN_BED[arms]
    if ambulation in ONLY:
        return ONLY[ambulation]
    visual = {0: 0, 1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 4}[visual]
    bowel = bowel if bowel < 4 else bowel - 1
    step = naive_step(tuple(sorted((pyramidal, cerebellar, brainstem, sensory, bowel, visual, mental))))
    return max(step, AT_LEAST[ambulation])


def grid(top: tuple[int, ...]) -> np.ndarray:
    return np.indices([t + 1 for t in top], dtype=np.int8).reshape(len(top), -1)


@pytest.fixture(scope="module")
def every_combination() -> np.ndarray:
    """All 518,616 combinations of the seven systems: int8[7, n]."""
    return grid(edss.TOP[:7])


def with_walking(systems: np.ndarray, ambulation: int, arms: int = 0) -> np.ndarray:
    tail = np.empty((2, systems.shape[1]), dtype=np.int8)
    tail[0], tail[1] = ambulation, arms
    return np.concatenate([systems, tail])


def test_oracle_every_combination_of_systems_agrees(every_combination):
    expected = {}
    for a, b, c, d, e, f, g in product(*(range(t + 1) for t in edss.TOP[:7])):
        expected[a, b, c, d, e, f, g] = naive((a, b, c, d, e, f, g, 0, 0))
    ours = edss.score(with_walking(every_combination, 0))
    assert every_combination.shape[1] == 518_616
    np.testing.assert_array_equal(ours, np.array(list(expected.values())) * 2)


@pytest.mark.parametrize("ambulation", range(1, 13))
def test_oracle_walking_and_arms_agree_on_a_sample_of_systems(every_combination, ambulation):
    for arms in range(4):
        levels = with_walking(every_combination[:, ambulation::997], ambulation, arms)
        np.testing.assert_array_equal(edss.score(levels), [2 * naive(tuple(column)) for column in levels.T.tolist()])


def test_property_a_worse_item_never_lowers_the_score(every_combination):
    for ambulation in (0, 1, 2, 3):
        cube = edss.score(with_walking(every_combination, ambulation)).reshape([t + 1 for t in edss.TOP[:7]])
        for axis in range(7):
            assert np.diff(cube, axis=axis).min() >= 0
    for mild in (0, 2, 4):
        by_walking = np.full((9, 13), mild, dtype=np.int8)
        by_walking[7], by_walking[8] = np.arange(13), 0
        assert np.diff(edss.score(by_walking)).min() >= 0


@pytest.mark.parametrize(
    ("levels", "step"),
    [
        # pyramidal, cerebellar, brainstem, sensory, bowel and bladder, visual, mental, ambulation, arms
        ((0, 0, 0, 0, 0, 0, 0, 0, 0), 0.0),  # normal examination
        ((1, 0, 0, 0, 0, 0, 0, 0, 0), 1.0),  # signs in one system
        ((1, 0, 0, 1, 0, 0, 0, 0, 0), 1.5),  # signs in two
        ((0, 0, 0, 0, 0, 0, 1, 0, 0), 1.0),  # cerebral grade 1 counts (Neurostatus)
        ((2, 1, 0, 1, 0, 0, 0, 0, 0), 2.0),  # one grade 2, others 0 or 1
        ((1, 0, 0, 0, 0, 0, 0, 1, 0), 2.0),  # fully ambulatory, not unrestricted
        ((2, 2, 0, 0, 0, 0, 0, 0, 0), 2.5),
        ((3, 0, 1, 0, 0, 0, 0, 0, 0), 3.0),
        ((2, 2, 0, 2, 0, 0, 0, 0, 0), 3.0),
        ((0, 0, 0, 0, 4, 0, 0, 0, 0), 3.0),  # bowel and bladder 4 lends 3
        ((0, 0, 0, 0, 0, 3, 0, 0, 0), 2.0),  # visual 3 lends 2
        ((3, 2, 2, 0, 0, 0, 0, 0, 0), 3.5),
        ((3, 3, 0, 0, 0, 0, 0, 0, 0), 3.5),
        ((2, 2, 2, 2, 2, 0, 0, 0, 0), 3.5),
        ((4, 1, 0, 0, 0, 0, 0, 0, 0), 4.0),
        ((4, 0, 0, 0, 0, 0, 0, 1, 0), 4.0),
        ((3, 3, 2, 0, 0, 0, 0, 1, 0), 4.0),  # exceeds the limits of 3.5
        ((3, 2, 2, 2, 0, 0, 0, 1, 0), 4.0),
        ((1, 0, 0, 0, 0, 0, 0, 2, 0), 4.5),  # 300 m
        ((4, 2, 0, 0, 0, 0, 0, 1, 0), 4.5),
        ((0, 0, 0, 0, 0, 6, 0, 0, 0), 4.0),  # visual 6 lends 4
        ((0, 0, 0, 0, 6, 0, 0, 0, 0), 5.0),  # bowel and bladder 6 lends 5
        ((5, 0, 0, 0, 0, 0, 0, 0, 0), 5.0),
        ((1, 2, 1, 3, 1, 4, 2, 3, 0), 5.0),  # 200 m
        ((2, 1, 0, 0, 0, 0, 0, 4, 0), 5.5),  # 100 m
        ((3, 3, 0, 2, 1, 0, 0, 6, 0), 6.0),  # one stick
        ((4, 3, 0, 2, 1, 0, 0, 9, 0), 6.5),  # two sticks
        ((5, 3, 0, 2, 1, 0, 0, 10, 0), 7.0),
        ((5, 3, 0, 2, 1, 0, 0, 11, 0), 7.5),
        ((6, 5, 0, 6, 1, 0, 0, 12, 0), 8.0),
        ((6, 5, 0, 6, 1, 0, 0, 12, 1), 8.5),
        ((6, 5, 0, 6, 1, 0, 0, 12, 2), 9.0),
        ((6, 5, 0, 6, 1, 0, 0, 12, 3), 9.5),
    ],
)
def test_published_definitions_by_hand(levels, step):
    assert edss.score(np.array([levels], dtype=np.int8).T)[0] == 2 * step


def test_an_unknown_item_matters_only_where_it_is_needed():
    levels = np.array(
        [
            [-1, 2, 0, 0, 0, 0, 0, 0, 0],
            [-1, 2, 0, 0, 0, 0, 0, 4, -1],
            [2, 2, 0, 0, 0, 0, 0, -1, 0],
            [2, 2, 0, 0, 0, 0, 0, 12, -1],
            [2, 2, 0, 0, 0, 0, 0, 0, -1],
        ],
        dtype=np.int8,
    ).T
    np.testing.assert_array_equal(edss.score(levels), [-1, 11, -1, -1, 5])


def test_a_level_out_of_range_is_named():
    levels = np.zeros((9, 2), dtype=np.int8)
    levels[7, 1] = 13
    with pytest.raises(InputError, match=r"Level 13 of 'ambulation' is outside 0\.\.12"):
        edss.score(levels)
    with pytest.raises(InputError, match="9 rows"):
        edss.score(np.zeros((8, 2), dtype=np.int8))


def test_twelve_grades_keep_their_step():
    ambulation, arms = edss.from_twelve_grades(np.arange(-1, 13))
    levels = np.concatenate([np.zeros((7, 14), dtype=np.int8), [ambulation], [arms]])
    np.testing.assert_array_equal(edss.score(levels), [-1, 0, 4, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    with pytest.raises(InputError, match=r"0\.\.12"):
        edss.from_twelve_grades(np.array([13]))
