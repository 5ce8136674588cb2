"""Rated EDSS held against the functional systems and the ambulation of the same visit: what agrees, and which rating
breaks which rule.

The rules are those of :mod:`smoulder.edss`. Items that were not rated are given the benefit of the doubt: a rating is
wrong only if no value of the missing items could make it right. That takes two scores for each ambulation that is left
open, one with the missing systems at their best and one at their worst, because no item, made worse, lowers the step.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.edss import AMBULATION, ITEMS, MISSING, SYSTEMS, TOP, score
from smoulder.records import FUNCTIONAL_SYSTEMS, Visits

__all__ = ["RULES", "agreement", "computed", "consistency", "levels"]

RULES = {
    "scale": "an item, or the EDSS, is no value of its scale",
    "ambulation": "the EDSS does not belong to the ambulation score",
    "500 m": "EDSS 4.0 though the systems give less, with a walking range of 500 m or one that was not noted: the "
    "wording of step 4.0 before ambulation was scored by itself",
    "below systems": "the EDSS is lower than the functional systems alone demand",
    "above systems": "the EDSS is higher than the functional systems and ambulation together allow",
}
"""What can be wrong with a rated visit, and how that is said."""

_COLUMNS = (*FUNCTIONAL_SYSTEMS, "ambulation", "arm_use")
_TOP = np.array(TOP, dtype=np.int8)[:, None]
_LAST, _NO_STEP = 20, 1  # half points: EDSS 10; EDSS 0.5 does not exist
_NEVER = 127  # above every step
_STEP_4, _500_M = 8, 1  # half points; ambulation score


def levels(visits: Visits) -> NDArray[np.int8]:
    """The nine rated items of each visit, int8[9, visits] in the order of ``smoulder.edss.ITEMS``, -1 not rated."""
    return np.stack([getattr(visits, column) for column in _COLUMNS]).astype(np.int8)


def computed(visits: Visits) -> NDArray[np.int8]:
    """EDSS by the rules, half points int8[visits]; -1 where an item that it needs is missing or off its scale."""
    return score(_on_scale(levels(visits)))


def consistency(visits: Visits) -> pd.DataFrame:
    """Which rated visit breaks which rule of ``RULES``: one row a break, sorted by person and day.

    Columns: person, day, rule, edss (rated), allowed (the steps that the rated items leave, "2.0, 4.5-9.5"), why (the
    items concerned). Visits without EDSS are asked only whether their items are on the scale.
    """
    low, high = _reach(_on_scale(levels(visits)))
    broken = _broken(visits, low, high)
    row, which = np.nonzero(np.stack([broken[rule] for rule in RULES], axis=1))
    names = list(RULES)
    table = pd.DataFrame(
        {
            "person": visits.person[row],
            "day": visits.day[row],
            "rule": [names[k] for k in which],
            "edss": np.where(visits.edss[row] < 0, np.nan, visits.edss[row] / 2),
            "allowed": [_steps(low[:, r], high[:, r]) for r in row],
        }
    )
    table["why"] = [_why(visits, r, names[k]) for r, k in zip(row.tolist(), which.tolist(), strict=True)]
    return table


def agreement(visits: Visits) -> pd.DataFrame:
    """How many rated visits agree with the rules, and why the others do not: columns verdict, visits, share, meaning.

    Each visit with an EDSS has one verdict, the first that fits: a broken rule; ``same`` (all items known, the step
    as rated); ``possible`` (items missing, the rated step among those that they leave); ``alone`` (no item rated).
    """
    has = visits.edss != MISSING
    low, high = _reach(_on_scale(levels(visits)))
    broken = _broken(visits, low, high)
    alone = (levels(visits) == MISSING).all(axis=0)
    verdicts = {
        **broken,
        "alone": alone,
        "same": low.min(axis=0) == high.max(axis=0),
        "possible": np.ones(len(visits), dtype=bool),
    }
    meaning = {
        **RULES,
        "alone": "no item was rated: nothing to compare with",
        "same": "the rules give the rated step",
        "possible": "items are missing; the rated step is among those left open",
    }
    first = np.argmax(np.stack(list(verdicts.values())), axis=0)
    count = np.bincount(first[has], minlength=len(verdicts))
    rows = [(name, int(n), n / max(int(has.sum()), 1), meaning[name]) for name, n in zip(verdicts, count, strict=True)]
    order = ["same", "possible", "alone", *RULES]
    rows.sort(key=lambda row: order.index(row[0]))
    return pd.DataFrame(rows, columns=["verdict", "visits", "share", "meaning"])


def _on_scale(items: NDArray[np.int8]) -> NDArray[np.int8]:
    """The items with those off their scale as not rated."""
    return np.where((items < MISSING) | (items > _TOP), np.int8(MISSING), items)


def _reach(items: NDArray[np.int8]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Lowest and highest step for each ambulation score 0 to 12, int8[13, visits] each; where ambulation was rated as
    another, the lowest lies above the highest.
    """
    best = np.where(items == MISSING, np.int8(0), items)
    worst = np.where(items == MISSING, _TOP, items)
    low = np.full((TOP[AMBULATION] + 1, items.shape[1]), _NEVER, dtype=np.int8)
    high = np.full_like(low, MISSING)
    for walks in range(len(low)):
        open_ = (items[AMBULATION] == MISSING) | (items[AMBULATION] == walks)
        best[AMBULATION] = worst[AMBULATION] = walks
        low[walks], high[walks] = np.where(open_, score(best), _NEVER), np.where(open_, score(worst), MISSING)
    return low, high


def _only(items: NDArray[np.int8], rows: slice) -> NDArray[np.int8]:
    """The items with all but ``rows`` as not rated."""
    left = np.full_like(items, MISSING)
    left[rows] = items[rows]
    return left


def _within(rated: NDArray[np.int8], low: NDArray[np.int8], high: NDArray[np.int8]) -> NDArray[np.bool_]:
    return np.asarray(np.any((low <= rated) & (rated <= high), axis=0), dtype=np.bool_)


def _broken(visits: Visits, low: NDArray[np.int8], high: NDArray[np.int8]) -> dict[str, NDArray[np.bool_]]:
    """For each rule which visits break it, bool[visits], from the steps that ``_reach`` finds open to them."""
    raw, rated = levels(visits), visits.edss
    off = (rated < MISSING) | (rated > _LAST) | (rated == _NO_STEP)
    items = _on_scale(raw)
    wrong = (rated != MISSING) & ~off & (rated < _LAST) & ~_within(rated, low, high)
    ambulation = wrong & ~_within(rated, *_reach(_only(items, slice(AMBULATION, None))))
    below = wrong & ~ambulation & (rated < _reach(_only(items, slice(0, SYSTEMS)))[0].min(axis=0))
    above = wrong & ~ambulation & ~below
    older = above & np.isin(items[AMBULATION], (_500_M, MISSING)) & (rated == _STEP_4)
    return {
        "scale": ((raw < MISSING) | (raw > _TOP)).any(axis=0) | off,
        "ambulation": ambulation,
        "500 m": older,
        "below systems": below,
        "above systems": above & ~older,
    }


def _steps(low: NDArray[np.int8], high: NDArray[np.int8]) -> str:
    """The steps open to one visit, in words, from its lowest and highest for each ambulation score (half points)."""
    spans = sorted({(int(a), int(b)) for a, b in zip(low, high, strict=True) if a <= b})
    joined: list[tuple[int, int]] = []
    for a, b in spans:
        if joined and a <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return ", ".join(f"{a / 2:.1f}" if a == b else f"{a / 2:.1f}-{b / 2:.1f}" for a, b in joined)


def _why(visits: Visits, row: int, rule: str) -> str:
    given = {name: int(getattr(visits, column)[row]) for name, column in zip(ITEMS, _COLUMNS, strict=True)}
    if rule == "scale":
        wrong = [
            f"{name} {level}" for (name, level), top in zip(given.items(), TOP, strict=True) if not -1 <= level <= top
        ]
        return ", ".join(wrong) or f"EDSS {visits.edss[row] / 2:g}"
    named = ["ambulation"] if rule == "ambulation" else list(given)
    return ", ".join(f"{name} {given[name]}" for name in named if given[name] > MISSING)
