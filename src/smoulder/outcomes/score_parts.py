"""A score split visit by visit: what relapses left for good, what they added for a while, and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.compiled import njit
from smoulder.outcomes.disability_change import confirming, view_of
from smoulder.outcomes.rules.worsening import ShareThreshold, StepThreshold, TrajectoryRule
from smoulder.outcomes.search.follow_ups import FollowUp, follow_up
from smoulder.outcomes.search.walking import usable
from smoulder.records import Records

__all__ = ["ROUNDING", "Trajectories", "split_scores", "steps_of", "trajectories"]

ROUNDING = 1e-9
"""What a threshold forgives for rounding, where scores are not taken literally."""


class Steps(NamedTuple):
    """A threshold as compiled code takes it: the step rule, or the share where that is above 0; and what is forgiven
    for rounding.
    """

    at_zero: float
    low: float
    high: float
    turn: float
    share: float
    most: float
    slack: float


@dataclass(frozen=True, eq=False)
class Trajectories:
    """One row a visit, from the start of each person on: ``person`` int64, ``day`` int32, and as changes of the score
    (shown unit, float64) what relapses left (``sustained``), what they added for a while (``transient``) and the
    ``independent`` rest; ``start`` is the score they are counted from. Their sum is the score, where that is not
    below what relapses left.
    """

    person: NDArray[np.int64]
    day: NDArray[np.int32]
    sustained: NDArray[np.float64]
    transient: NDArray[np.float64]
    independent: NDArray[np.float64]
    start: NDArray[np.float64]

    def frame(self) -> pd.DataFrame:
        """One row a visit: ``person``, ``day``, and in points of the score ``start``, ``sustained``, ``transient``,
        ``independent``.
        """
        columns = ("person", "day", "start", "sustained", "transient", "independent")
        return pd.DataFrame({name: getattr(self, name) for name in columns})


def trajectories(records: Records, rule: TrajectoryRule, *, score: ArrayLike | None = None) -> Trajectories:
    """Split the score of ``records`` by ``rule``; people never far enough from relapses have no row.

    ``score`` (float[rows of the scale's table], NaN not done) replaces the column that the rule names.
    """
    seen = follow_up(records, rule.scale, score)
    kept, columns = split_scores(seen, rule, steps_of(rule.threshold, ROUNDING), literal=False)
    owner = np.repeat(np.arange(len(records)), np.diff(seen.offsets))[kept]
    return Trajectories(records.people.person[owner], seen.day[kept], *columns)


def steps_of(threshold: StepThreshold | ShareThreshold, slack: float) -> Steps:
    """A threshold as compiled code takes it, with ``slack`` forgiven for rounding."""
    if isinstance(threshold, ShareThreshold):
        return Steps(0.0, 0.0, 0.0, 0.0, threshold.share, threshold.most, slack)
    return Steps(threshold.at_zero, threshold.low, threshold.high, threshold.turn, 0.0, 0.0, slack)


def split_scores(
    seen: FollowUp, rule: TrajectoryRule, steps: Steps, *, literal: bool
) -> tuple[NDArray[np.bool_], tuple[NDArray[np.float64], ...]]:
    """Which visits are kept, and their sustained, transient and independent parts and the start."""
    sign = 1.0 if rule.scale.higher_is_worse else -1.0
    view = view_of(seen, sign * seen.score if literal else seen.score, seen.score)
    floor = 0.0 if literal or rule.scale.higher_is_worse else -np.inf
    parts = np.full((4, len(seen.day)), np.nan)
    _separate(parts, view, confirming(rule), rule.raw, steps, sign if literal else 1.0, (floor, literal))
    kept = ~np.isnan(parts[3])
    return kept, tuple(parts[:, kept] if literal else sign * parts[:, kept])


@njit
def _separate(parts: Any, seen: Any, confirming: Any, raw: Any, steps: Any, sign: float, way: Any) -> None:
    """Fill ``parts`` float64[4, visits]: sustained, transient, independent, start; NaN before the start."""
    score = seen.score
    for who in range(len(seen.offsets) - 1):
        begin, stop = seen.offsets[who], seen.offsets[who + 1]
        near, start = confirming.reference, begin
        while start < stop and (seen.since[start] < near[0] or seen.until[start] < near[1]):
            start += 1
        if start == stop:
            continue
        origin = score[start]
        for v in range(begin, start):
            origin = min(origin, score[v])
        parts[:3, start:stop] = 0.0
        parts[3, start:stop] = origin
        _relapse_parts(parts, who, start, stop, origin, seen, confirming, raw, steps, sign, way[1])
        for v in range(start, stop):
            parts[2, v] = max(score[v] - parts[0, v] - parts[1, v], way[0]) - origin


@njit
def _relapse_parts(
    parts: Any,
    who: int,
    start: int,
    stop: int,
    origin: float,
    seen: Any,
    confirming: Any,
    raw: Any,
    steps: Any,
    sign: float,
    literal: bool,
) -> None:
    """Lay worsening to the relapses of one person, in the order they are listed."""
    score, day, end = seen.score, seen.day, seen.relapse_offsets[who + 1]
    left = np.zeros(stop - start)
    settled = np.int64(-(2**40))  # day up to which the last relapse's worsening took to be confirmed
    for r in range(seen.relapse_offsets[who], end):
        relapse = seen.relapse_day[r]
        if relapse <= day[start] or settled >= relapse:
            continue
        base, at = _before(relapse, start, stop, confirming, raw, seen), -1
        reference = origin
        if base >= start:
            reference = max(score[base] - parts[1, base], origin)
        after = base + 1 if base >= start else start
        while after < stop and not _near(relapse, day[after], raw):
            if day[after] >= relapse:
                after = stop
            after += 1
        at = after
        following = -1
        for later in range(r + 1, end):
            if seen.relapse_day[later] > day[start]:
                following = later
                break
        proven = False
        while not proven and at < stop and _near(relapse, day[at], raw):
            change = at
            size = _size(reference, steps)
            if sign * (score[change] - reference) < size:
                at = change + 1
                continue
            first = _earliest_usable(change, stop, seen, confirming)
            last = change
            while last + 1 < stop and sign * (score[last + 1] - reference) >= size:
                last += 1
            imputed = change == stop - 1 and confirming.at_last_visit and day[change] - day[start] <= confirming.within
            if imputed:
                first = change
            proven = first >= 0 and first <= last
            if proven:
                settled = day[first]
                lasting = last + 1 == stop or day[last] - day[change] > confirming.sustained
                if confirming.sustained == 0 or lasting:
                    held = _until(change, first, stop, following, start, seen, confirming)
                    least = score[change : held + 1].min()
                    left[change - start :] += max(least - reference, 0.0)
                    _bump(parts, change, first, least, score)
                else:
                    _bump(parts, change, last, score[last + 1], score)
            else:
                final = last if first >= 0 else change
                _bump(parts, change, final, score[last + 1] if first >= 0 else reference, score)
                settled = np.int64(final - start) if literal else settled
                at = final + 1
    parts[0, start:stop] += left


@njit
def _before(relapse: int, start: int, stop: int, confirming: Any, raw: Any, seen: Any) -> int:
    """The last visit that lies further before the relapse than both distances to a next one ask for, or -1."""
    found = -1
    for v in range(start, stop):
        if relapse - seen.day[v] > max(confirming.reference[1], raw[1]):
            found = v
    return found


@njit
def _near(relapse: int, visit: int, raw: Any) -> bool:
    """Whether a visit lies within the influence of a relapse; a distance of 0 on both sides means never."""
    if visit == relapse:
        return raw[0] + raw[1] > 0
    if visit > relapse:
        return visit - relapse <= raw[0]
    return relapse - visit <= raw[1]


@njit
def _size(reference: float, steps: Any) -> float:
    """The change that counts from a score."""
    if steps.share > 0:
        return min(abs(reference) / (1 / steps.share), steps.most) - steps.slack
    if reference == 0:
        return steps.at_zero - steps.slack
    return (steps.low if reference <= steps.turn else steps.high) - steps.slack


@njit
def _earliest_usable(event: int, stop: int, seen: Any, confirming: Any) -> int:
    """The first visit that can confirm in any window, or -1."""
    found = -1
    for window in range(len(confirming.low)):
        later = usable(event, event + 1, stop, window, seen, confirming)
        if later >= 0 and (found < 0 or later < found):
            found = later
    return found


@njit
def _until(change: int, first: int, stop: int, following: int, start: int, seen: Any, confirming: Any) -> int:
    """The last visit that counts for what a relapse left: within the time asked for, before the relapse after it."""
    held = first
    while held + 1 < stop and seen.day[held + 1] - seen.day[change] <= confirming.sustained:
        held += 1
    if following < 0:
        return held
    before = start
    for v in range(start, stop):
        if seen.day[v] <= seen.relapse_day[following]:
            before = v
    return min(max(before, first), held)


@njit
def _bump(parts: Any, change: int, last: int, level: float, score: Any) -> None:
    """Add what lies above ``level`` from ``change`` to ``last`` to the transient part."""
    for v in range(change, last + 1):
        parts[1, v] += max(score[v] - level, 0.0)
