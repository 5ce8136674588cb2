"""EDSS of a cohort by time since onset, and agreement between raters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.search.visits import NEVER, half_points, last_before
from smoulder.records import FUNCTIONAL_SYSTEMS, UNKNOWN_DAY, Records, Visits, days
from smoulder.statistics import Agreement, agreement

__all__ = ["edss_at", "edss_by_duration", "rater_agreement"]

_LEVELS = (3.0, 4.0, 6.0, 7.0)  # limited, walking limited, one stick, wheelchair: the columns of published tables
_HALF_YEAR = 0.5


def edss_at(records: Records, since_onset: ArrayLike) -> NDArray[np.int8]:
    """EDSS (half points, int8[Y, N]) at Y times in years since onset: that of the rated visit nearest in time, at most
    half a year away (the earlier of two equally near); -1 when there is none, as after death.
    """
    times = np.atleast_1d(np.asarray(since_onset, dtype=np.float64))
    rows = records.visits.take(records.visits.edss >= 0)
    people = records.people
    scores = np.full((len(times), len(people)), NEVER, dtype=np.int8)
    known = np.flatnonzero(people.onset_day != UNKNOWN_DAY)
    if len(rows) == 0 or len(known) == 0:
        return scores
    target = (people.onset_day[known] + days(times)[:, None]).astype(np.int32).ravel()
    owner = np.tile(known, len(times))
    first = rows.offsets(people)
    before = last_before(rows, target, records, owner)
    # The visit after is the next row, or a person's first row when nothing came before.
    after = np.where(before == NEVER, first[owner], before + 1)
    far = int(days(_HALF_YEAR)) + 1
    last_row = len(rows) - 1
    back = np.where(before == NEVER, far, target - rows.day[np.maximum(before, 0)])
    ahead = np.where(after < first[owner + 1], rows.day[np.minimum(after, last_row)] - target, far)
    row = np.where(back <= ahead, before, after)
    near = np.minimum(back, ahead) < far
    scores[:, known] = np.where(near, rows.edss[np.clip(row, 0, last_row)], NEVER).reshape(len(times), -1)
    return scores


def edss_by_duration(
    records: Records, years: ArrayLike = tuple(range(31)), levels: Sequence[float] = _LEVELS
) -> pd.DataFrame:
    """Distribution of EDSS among those seen at ``years`` since onset, all courses, single visits, survivors.

    Each person counts once a year with the visit of ``edss_at``; for a table by completed years k (k to under k + 1)
    ask for k + 0.5. One row a time: years, people, mean_edss, median_edss, and for each of ``levels`` p_ge_<level>,
    the share at or above it (NaN without people).
    """
    times = np.atleast_1d(np.asarray(years, dtype=np.float64))
    bounds = [half_points(level) for level in levels]
    rows = []
    for time, scores in zip(times, edss_at(records, times), strict=True):
        seen = scores[scores != NEVER].astype(np.float64)
        some = len(seen) > 0
        summary = [float(seen.mean() / 2), float(np.median(seen) / 2)] if some else [np.nan, np.nan]
        shares = [float(np.mean(seen >= bound)) if some else np.nan for bound in bounds]
        rows.append([float(time), len(seen), *summary, *shares])
    names = [f"p_ge_{level:g}" for level in levels]
    return pd.DataFrame(rows, columns=["years", "people", "mean_edss", "median_edss", *names])


def rater_agreement(first: Visits, second: Visits, column: str = "edss") -> Agreement:
    """Agreement of two raters on visits paired by person and day; pairs lacking either rating are left out.

    ``column`` is ``edss`` (counted in steps of the scale: 0 to 1.0 is one step, else 0.5) or a functional system
    (whole grades). UnknownName for another column; InputError when a rater has two visits of a person on a day.
    """
    allowed = ("edss", *FUNCTIONAL_SYSTEMS)
    if column not in allowed:
        raise UnknownName("rated column", column, allowed)
    left, right = (
        pd.DataFrame({"person": v.person, "day": v.day, "score": getattr(v, column)}) for v in (first, second)
    )
    if left.duplicated(["person", "day"]).any() or right.duplicated(["person", "day"]).any():
        raise InputError("a rater has two visits of one person on one day: pairs are not defined")
    pairs = left.merge(right, on=["person", "day"], suffixes=("_a", "_b")).query("score_a >= 0 and score_b >= 0")
    a, b = pairs["score_a"].to_numpy(np.int64), pairs["score_b"].to_numpy(np.int64)
    if column == "edss":
        a, b = np.maximum(a - 1, 0), np.maximum(b - 1, 0)
    return agreement(a, b)
