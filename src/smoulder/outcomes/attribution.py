"""Which confirmed worsening came with a relapse (RAW), which without one (PIRA), and of which neither can be said."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smoulder.compiled import njit
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.events import censoring
from smoulder.outcomes.follow_up import FollowUp, follow_up
from smoulder.outcomes.rules_worsening import AttributionRule, WorseningRule
from smoulder.outcomes.worsening import Worsenings, confirming_days, every_candidate
from smoulder.records import UNKNOWN_DAY, Records

__all__ = ["LABELS", "attribute", "first_attributed"]

LABELS = ("", "RAW", "PIRA", "undefined")
"""What an event can be put down to; the empty label stands where there is no event."""

_POINTS = ("reference", "event", "confirmation")


def attribute(
    events: Worsenings, records: Records, rule: AttributionRule, *, score: ArrayLike | None = None
) -> NDArray[np.str_]:
    """RAW, PIRA or undefined for each row of ``events`` ('' where none was seen), str[rows]; one label an event.

    ``events`` are of ``worsening`` or ``multiple`` on the same ``records`` (or on some of their people, or more), and
    ``score`` is what was given there. An event that no visit confirms is its own confirmation. InputError for an event
    of a person, or on a day, that the records do not hold.
    """
    seen = follow_up(records, events.rule.scale, score)
    owner = _owners(events, records, seen)
    corners = [(_point(i.start), -i.before, _point(i.stop), i.after) for i in rule.free]
    code = _labels(
        owner,
        (events.reference_day, events.day, events.confirmed_day, events.held_day),
        (seen.offsets, seen.day, seen.since, seen.until),
        (seen.relapse_offsets, seen.relapse_day),
        (*confirming_days(events.rule), *events.rule.relapses.confirmation),
        rule.raw,
        np.array(corners, dtype=np.int64).reshape(-1, len(_POINTS) + 1),
    )
    return np.array(LABELS)[code]


def first_attributed(
    records: Records, rule: WorseningRule, by: AttributionRule, label: str, *, score: ArrayLike | None = None
) -> Worsenings:
    """First worsening of each person that is ``label`` (RAW, PIRA or undefined) by ``by``; one row a person.

    Events of another label do not end the search; they move the reference if the rule lets worsening move it.
    UnknownName for another label.
    """
    if label not in LABELS[1:]:
        raise UnknownName("label of worsening", label, LABELS[1:])
    events = every_candidate(records, rule, score=score)
    fitting = events.take(attribute(events, records, by, score=score) == label)
    who, first = np.unique(fitting.person, return_index=True)
    row = np.full(len(records), UNKNOWN_DAY, dtype=np.int64)
    row[np.searchsorted(records.people.person, who)] = first
    columns = ("day", "reference_day", "confirmed_day", "held_day")
    day, reference, confirmed, held = (
        np.append(getattr(fitting, name), np.int32(UNKNOWN_DAY))[row] for name in columns
    )
    end = censoring(records, np.diff(follow_up(records, rule.scale, score).offsets) > 0)
    return Worsenings(records.people.person, day, end, reference, confirmed, held, rule)


def _point(name: str) -> int:
    if name not in _POINTS:
        raise UnknownName("point of an interval", name, _POINTS)
    return _POINTS.index(name)


def _owners(events: Worsenings, records: Records, seen: FollowUp) -> NDArray[np.int64]:
    """Position of each event's person, -1 where no event was seen."""
    had = events.seen
    place = np.searchsorted(records.people.person, events.person)
    known = place < len(records)
    known[known] = records.people.person[place[known]] == events.person[known]
    if not known[had].all():
        raise InputError(f"an event is of person {events.person[had][~known[had]][0]}, who is not in these records")
    held = np.bincount(place[had], minlength=len(records) + 1)[:-1] > 0
    if (held & (np.diff(seen.offsets) == 0)).any():
        raise InputError("an event is of a person without a scored visit in these records")
    return np.where(had, place, UNKNOWN_DAY).astype(np.int64)


@njit
def _labels(owner: Any, days: Any, visits: Any, relapses: Any, usable: Any, raw: Any, free: Any) -> Any:
    """Index into LABELS of each event, int64[rows]."""
    offsets, day, since, until = visits
    reference, event, confirmed, held = days
    label = np.zeros(len(owner), dtype=np.int64)
    for row in range(len(owner)):
        who = owner[row]
        if who < 0:
            continue
        begin, end = relapses[0][who], relapses[0][who + 1]
        if _relapse_within(event[row] - raw[0], event[row] + raw[1], begin, end, relapses[1]):
            label[row] = 1
            continue
        label[row] = 3
        if confirmed[row] < 0:
            point = (reference[row], event[row], event[row])
            if _is_free(point, free, begin, end, relapses[1]):
                label[row] = 2
            continue
        for v in range(offsets[who], offsets[who + 1]):
            gap = day[v] - event[row]
            at_length = usable[0] <= gap <= usable[1] and confirmed[row] <= day[v] <= held[row]
            if at_length and since[v] >= usable[2] and until[v] >= usable[3]:
                if _is_free((reference[row], event[row], day[v]), free, begin, end, relapses[1]):
                    label[row] = 2
                    break
    return label


@njit
def _is_free(point: Any, free: Any, begin: int, end: int, relapse: Any) -> bool:
    """Whether no interval of ``free``, anchored at the three points, holds a relapse."""
    for k in range(len(free)):
        low = point[free[k, 0]] + free[k, 1]
        high = point[free[k, 2]] + free[k, 3]
        if _relapse_within(low, high, begin, end, relapse):
            return False
    return True


@njit
def _relapse_within(low: int, high: int, begin: int, end: int, relapse: Any) -> bool:
    """Whether a relapse of the rows ``begin`` to ``end`` lies on a day from ``low`` to ``high``."""
    for r in range(begin, end):
        if low <= relapse[r] <= high:
            return True
    return False
