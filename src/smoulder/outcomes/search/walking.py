"""The walk along each person's visits that finds confirmed changes of a score: compiled, one pass, no tables.

Scores are turned so that higher is worse. A row is the position of a visit in the flat arrays; -1 stands for none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from smoulder.compiled import njit

__all__ = [
    "ANY",
    "BETTER",
    "COLUMNS",
    "NEXT",
    "PIRA",
    "RAW",
    "ROUNDS",
    "UNDEFINED",
    "WORSE",
    "Asked",
    "Confirming",
    "Labelling",
    "Moving",
    "Seen",
    "first_usable",
    "label_of",
    "usable",
    "walk",
]

ROUNDS = 10_000
"""Rounds of search in one person, besides ten a visit, after which a reference that goes back and forth is given up."""
WORSE, BETTER = 1, -1
ANY, RAW, PIRA, UNDEFINED = 0, 1, 2, 3
COLUMNS = ("who", "kind", "reference", "event", "confirmed", "held", "clear", "label")
"""What the first columns of the walk's answer hold; then the confirming visit of each window, then the one that also
is free of relapses."""

NEXT = float(np.nextafter(0.0, 1.0))
"""The least change that is one."""
REFERENCE, LAST, CLEAR, EVENT = range(4)  # points of an interval; the confirmation is the fifth


class Seen(NamedTuple):
    """Visits of all people: where each person starts, day, score, step that counts from that score, days since the
    last and until the next relapse, whether the visit may confirm; and where each person's relapses start and lie.
    """

    offsets: NDArray[np.int64]
    day: NDArray[np.int32]
    score: NDArray[np.float64]
    step: NDArray[np.float64]
    since: NDArray[np.int32]
    until: NDArray[np.int32]
    confirms: NDArray[np.bool_]
    relapse_offsets: NDArray[np.int64]
    relapse_day: NDArray[np.int32]


class Confirming(NamedTuple):
    """Windows (days after the event, both ends included), whether every visit must hold, how long the change must
    last, whether a change at the last visit counts, up to which day of follow-up, and days a reference, an event and
    a confirmation must lie after the last and before the next relapse.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    every_visit: bool
    sustained: int
    at_last_visit: bool
    within: int
    reference: tuple[int, int]
    event: tuple[int, int]
    confirmation: tuple[int, int]


class Moving(NamedTuple):
    """When the reference moves: on improvement, on worsening, to the onset of either (else to the confirmation), also
    below the threshold (any such change looked at; on improvement; on worsening), which extrema it skips (1 strict,
    2 all), after relapses (-1 never, else days waited), and 1 or -1 where its score may not fall or not rise.
    """

    on_improvement: bool
    on_worsening: bool
    at_onset: bool
    any_change: bool
    below_improvement: bool
    below_worsening: bool
    extrema: int
    wait: int
    floor: int


class Labelling(NamedTuple):
    """Whether events are labelled, days before and after a relapse that make RAW, and the intervals that must be free
    of relapses, int64[k, 4] (point, days, point, days).
    """

    on: bool
    raw: tuple[int, int]
    free: NDArray[np.int64]


class Asked(NamedTuple):
    """Whether improvements, and worsenings, are events; the label asked for (0 any); how many events a person can
    have before the search ends; and whether changes that nothing confirmed are kept.
    """

    improvement: bool
    worsening: bool
    label: int
    limit: int
    unconfirmed: bool


@njit
def walk(seen: Any, confirming: Any, moving: Any, labelling: Any, asked: Any, counted: Any) -> Any:
    """Events int32[events, 8 + 2 windows] sorted by person and visit, their scores float64[events, 2] (reference,
    last clear visit), changes that nothing confirmed int32[n, 2] (reference, event), and the first person whose
    search was given up (-1 none). ``counted`` bool[N]: in whom a worsening that no visit was late enough to confirm,
    and none refutes, counts.
    """
    offsets, day, score, step = seen.offsets, seen.day, seen.score, seen.step
    width = len(COLUMNS) + 2 * len(confirming.low)
    found = np.empty((len(day), width), dtype=np.int32)
    scores = np.empty((len(day), 2), dtype=np.float64)
    unproven = np.empty((len(day) + 1 if asked.unconfirmed else 0, 2), dtype=np.int32)
    row, events, doubts, stuck = np.empty(width, dtype=np.int32), 0, 0, -1
    for who in range(len(offsets) - 1):
        begin, stop = offsets[who], offsets[who + 1]
        relapse, end = seen.relapse_offsets[who], seen.relapse_offsets[who + 1]
        mine, got, rounds = events, 0, 0
        ref, at, old, old_step = begin, begin + 1, np.nan, 0.0
        row[0] = who
        while got < asked.limit:
            rounds += 1
            if rounds > ROUNDS + 10 * (stop - begin):
                stuck = who if stuck < 0 else stuck
                break
            ref = _reference(ref, begin, stop, seen, confirming, moving)
            if ref >= stop - 1:
                break
            while moving.wait >= 0 and relapse < end and seen.relapse_day[relapse] <= day[ref]:
                relapse += 1
            if moving.floor != 0 and moving.floor * old > moving.floor * score[ref]:
                score[ref], step[ref] = old, old_step
            old, old_step = score[ref], step[ref]
            at = _first_change(ref, max(at, ref + 1), stop, seen, confirming, moving)
            if at >= stop:
                break
            if moving.wait < 0 or relapse >= end or day[at] <= seen.relapse_day[relapse] + moving.wait:
                event = at
                kind, doubtful, ref, at = _judge(row, ref, at, begin, stop, seen, confirming, moving, asked, counted)
                if doubtful and asked.unconfirmed:
                    if doubts == len(unproven):
                        unproven = np.concatenate((unproven, np.empty_like(unproven)))
                    unproven[doubts, 0], unproven[doubts, 1] = row[2], event
                    doubts += 1
                wanted = True
                if kind == WORSE and labelling.on and not doubtful:
                    row[7] = _label(row, begin, stop, seen, confirming, moving, labelling)
                    wanted = asked.label == ANY or row[7] == asked.label
                    if not wanted and not moving.on_worsening:
                        at = event + 1
                        if row[4] >= 0 and (row[7] == RAW or asked.label == RAW):
                            continue
                if wanted and not doubtful:
                    if (kind == WORSE and asked.worsening) or (kind == BETTER and asked.improvement):
                        got += 1
                        row[6] = _clear(row, begin, stop, seen, confirming, moving)
                        scores[events, 0], scores[events, 1] = old, score[row[6]]
                        events = _keep(row, found, scores, mine, events)
                if kind == WORSE and row[4] < 0:
                    break
            if moving.wait >= 0 and at < stop and _passed(day[ref], day[at] - moving.wait, who, seen):
                while relapse < end and ref < stop and seen.relapse_day[relapse] > day[ref]:
                    ref += 1
                at = ref + 1
                if ref >= stop - 1:
                    break
    return found[:events].copy(), scores[:events].copy(), unproven[:doubts].copy(), stuck


@njit
def _judge(
    row: Any,
    ref: int,
    at: int,
    begin: int,
    stop: int,
    seen: Any,
    confirming: Any,
    moving: Any,
    asked: Any,
    counted: Any,
) -> Any:
    """The change at visit ``at`` against ``ref``: its kind (0 none), whether it is not counted, and where the
    reference and the search go next. Writes the event into ``row``.
    """
    score, size, first = seen.score, seen.step[ref], first_usable(at, stop, seen, confirming)
    change, every = score[at] - score[ref], confirming.every_visit
    row[2], row[3], row[4], row[7] = ref, at, first, ANY
    target = at if moving.at_onset else first
    improves = asked.improvement or moving.on_improvement
    if improves and first >= 0 and -change >= size and _holds(ref, at, first, -1.0, size, every, score):
        kept = _lasting(row, BETTER, size, stop, seen, confirming)
        if moving.on_improvement:
            return BETTER, not kept, target, target + 1
        return BETTER, not kept, ref, (target if kept else at) + 1
    below = moving.below_improvement and moving.on_improvement and first >= 0 and change < 0
    if below and _holds(ref, at, first, -1.0, NEXT, every, score):
        return 0, False, target, target + 1
    if change >= size:
        proven = first >= 0 and _holds(ref, at, first, 1.0, size, every, score)
        if not proven and first < 0 and seen.day[at] - seen.day[begin] <= confirming.within:
            proven = (confirming.at_last_visit and at == stop - 1) or (
                counted[row[0]] and _holds(ref, at, stop - 1, 1.0, size, True, score)
            )
        if proven:
            kept = _lasting(row, WORSE, size, stop, seen, confirming)
            if first < 0:
                return WORSE, not kept, ref, at + 1
            if moving.on_worsening:
                return WORSE, not kept, target, target + 1
            return WORSE, not kept, ref, (target if kept else at) + 1
    below = moving.below_worsening and moving.on_worsening and first >= 0 and change > 0
    if below and _holds(ref, at, first, 1.0, NEXT, every, score):
        return 0, False, target, target + 1
    return 0, True, ref, at + 1


@njit
def _lasting(row: Any, kind: int, size: float, stop: int, seen: Any, confirming: Any) -> bool:
    """Whether the change of ``row`` lasts long enough; writes its kind, the last visit of its run and, for each
    window, the visit that confirms it there.
    """
    day, score = seen.day, seen.score
    ref, at, first, sign = row[2], row[3], row[4], float(kind)
    last = max(first, at)
    while last + 1 < stop and sign * (score[last + 1] - score[ref]) >= size:
        last += 1
    row[1], row[5] = kind, last
    windows = len(confirming.low)
    for w in range(windows):
        row[len(COLUMNS) + w] = usable(at, at + 1, last + 1, w, seen, confirming)
        row[len(COLUMNS) + windows + w] = -1
    if confirming.sustained <= 0:
        return True
    if confirming.every_visit:
        return last + 1 == stop or day[last + 1] - day[at] >= confirming.sustained
    late = stop - 1
    while late - 1 > at and day[late - 1] - day[at] >= confirming.sustained:
        late -= 1
    return sign * (score[late] - score[ref]) >= size


@njit
def _keep(row: Any, found: Any, scores: Any, mine: int, events: int) -> int:
    """Put ``row`` among the events of its person (from ``mine`` on), sorted by visit, in place of an earlier one of
    the same visit; its scores stand at ``events`` already. The number of events then.
    """
    place = events
    while place > mine and found[place - 1, 3] >= row[3]:
        place -= 1
    first, second = scores[events, 0], scores[events, 1]
    same = place < events and found[place, 3] == row[3]
    if not same:
        for later in range(events, place, -1):
            found[later], scores[later] = found[later - 1], scores[later - 1]
        events += 1
    found[place] = row
    scores[place, 0], scores[place, 1] = first, second
    return events


@njit
def _reference(ref: int, begin: int, stop: int, seen: Any, confirming: Any, moving: Any) -> int:
    """The first visit from ``ref`` on that is far enough from relapses and no extremum to be skipped, or ``stop``."""
    near = confirming.reference
    while ref < stop:
        apart = seen.since[ref] >= near[0] and seen.until[ref] >= near[1]
        if apart and (moving.extrema == 0 or not _extreme(ref, begin, stop, seen, moving)):
            return ref
        ref += 1
    return stop


@njit
def _extreme(at: int, begin: int, stop: int, seen: Any, moving: Any) -> bool:
    """Whether both neighbours of a visit are worse, or both better, than it is, and the visit two before differs."""
    if at == begin or at == stop - 1:
        return False
    score = seen.score
    size = seen.step[at] if moving.extrema == 1 else NEXT
    before, after = score[at - 1] - score[at], score[at + 1] - score[at]
    turned = (before >= size and after >= size) or (-before >= size and -after >= size)
    return turned and not (at > begin + 1 and score[at - 2] == score[at])


@njit
def _first_change(ref: int, at: int, stop: int, seen: Any, confirming: Any, moving: Any) -> int:
    """The first visit from ``at`` on, far enough from relapses, that differs enough from the reference, or ``stop``."""
    score, near = seen.score, confirming.event
    size = NEXT if moving.any_change else seen.step[ref]
    while at < stop:
        if abs(score[at] - score[ref]) >= size and seen.since[at] >= near[0] and seen.until[at] >= near[1]:
            return at
        at += 1
    return stop


@njit
def usable(event: int, start: int, stop: int, window: int, seen: Any, confirming: Any) -> int:
    """The first visit of the rows ``start`` to ``stop`` that can confirm ``event`` in a window, or -1."""
    near = confirming.confirmation
    for later in range(start, stop):
        gap = seen.day[later] - seen.day[event]
        if gap > confirming.high[window]:
            return -1
        apart = seen.since[later] >= near[0] and seen.until[later] >= near[1]
        if gap >= confirming.low[window] and apart and seen.confirms[later]:
            return later
    return -1


@njit
def first_usable(event: int, stop: int, seen: Any, confirming: Any) -> int:
    """The first visit that can confirm ``event`` in the first window that has any, or -1."""
    for window in range(len(confirming.low)):
        later = usable(event, event + 1, stop, window, seen, confirming)
        if later >= 0:
            return later
    return -1


@njit
def _holds(ref: int, event: int, last: int, sign: float, size: float, every: bool, score: Any) -> bool:
    """Whether the visits after ``event`` up to ``last`` (or that one alone) all differ from ``ref`` by ``size``."""
    for later in range(event + 1 if every else last, last + 1):
        if not sign * (score[later] - score[ref]) >= size:
            return False
    return True


@njit
def _clear(row: Any, begin: int, stop: int, seen: Any, confirming: Any, moving: Any) -> int:
    """The last visit before the event from which the event and its confirmation are a change; the first if none."""
    score, sign, event, first = seen.score, float(row[1]), row[3], row[4]
    for ref in range(event - 1, begin - 1, -1):
        size = seen.step[ref]
        if moving.extrema != 0 and _extreme(ref, begin, stop, seen, moving):
            continue
        if sign * (score[event] - score[ref]) < size:
            continue
        if first < 0 or _holds(ref, event, first, sign, size, confirming.every_visit, score):
            return ref
    return begin


@njit
def _passed(low: int, high: int, who: int, seen: Any) -> bool:
    """Whether the person has a relapse after day ``low`` and before day ``high``."""
    for r in range(seen.relapse_offsets[who], seen.relapse_offsets[who + 1]):
        if low < seen.relapse_day[r] < high:
            return True
    return False


@njit
def _label(row: Any, begin: int, stop: int, seen: Any, confirming: Any, moving: Any, labelling: Any) -> int:
    """RAW, PIRA or UNDEFINED for the worsening of ``row``; writes the visits of each window that make it PIRA."""
    day, who, windows = seen.day, row[0], len(confirming.low)
    event = day[row[3]]
    if _relapsed(event - labelling.raw[0], event + labelling.raw[1], who, seen):
        return RAW
    needs_clear = False
    for k in range(len(labelling.free)):
        needs_clear = needs_clear or labelling.free[k, 0] == CLEAR or labelling.free[k, 2] == CLEAR
    clear = _clear(row, begin, stop, seen, confirming, moving) if needs_clear else begin
    before = (day[row[2]], day[row[3] - 1], day[clear], event)
    if row[4] < 0:
        return PIRA if _is_free(before, event, who, seen, labelling) else UNDEFINED
    label = UNDEFINED
    for w in range(windows):
        at = row[len(COLUMNS) + w]
        while at >= 0 and not _is_free(before, day[at], who, seen, labelling):
            at = usable(row[3], at + 1, row[5] + 1, w, seen, confirming)
        row[len(COLUMNS) + windows + w] = at
        if at >= 0:
            label = PIRA
    return label


@njit
def _is_free(before: Any, confirmation: int, who: int, seen: Any, labelling: Any) -> bool:
    """Whether no interval, anchored at the points before and at the confirmation, holds a relapse."""
    free = labelling.free
    for k in range(len(free)):
        low = (before[free[k, 0]] if free[k, 0] < len(before) else confirmation) + free[k, 1]
        high = (before[free[k, 2]] if free[k, 2] < len(before) else confirmation) + free[k, 3]
        if _relapsed(low, high, who, seen):
            return False
    return True


@njit
def _relapsed(low: int, high: int, who: int, seen: Any) -> bool:
    """Whether the person has a relapse on a day from ``low`` to ``high``."""
    for r in range(seen.relapse_offsets[who], seen.relapse_offsets[who + 1]):
        if low <= seen.relapse_day[r] <= high:
            return True
    return False


@njit
def label_of(rows: Any, seen: Any, confirming: Any, moving: Any, labelling: Any) -> Any:
    """The label of each of ``rows`` int32[events, 8 + 2 windows], worsenings whose first six columns are known."""
    label = np.zeros(len(rows), dtype=np.int64)
    for k in range(len(rows)):
        who = rows[k, 0]
        for w in range(len(confirming.low)):
            rows[k, len(COLUMNS) + w] = usable(rows[k, 3], rows[k, 3] + 1, rows[k, 5] + 1, w, seen, confirming)
        label[k] = _label(rows[k], seen.offsets[who], seen.offsets[who + 1], seen, confirming, moving, labelling)
    return label
