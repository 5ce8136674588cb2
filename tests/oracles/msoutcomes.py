"""A plain implementation of the rules of MSoutcomes, with a switch for each way in which ours differ.

MSoutcomes (Sharmin et al, CRAN, MIT licence) searches confirmed worsening (CDW), improvement (CDI), progression
independent of relapses (PIRA) and both kinds of change in sequence (CDEseq) in visits with EDSS and days since the
last relapse. Written anew from its behaviour. With no switch it gives the stored tables; with all those of a table it
gives what our rules give; so each difference has a name.
"""

from __future__ import annotations

from typing import NamedTuple

ONSET = "the reference after an event has the score of its onset, not the lowest of the confirmation period"
QUIET = "the reference after an event lies more than 30 days after a relapse"
LATER = "nothing before the first reference is an event, nor moves it"
LASTING = "a confirmed change that does not last moves the reference"
ENDING = "a change lasts to the end though a relapse was less than 31 days before the last visit"
CALM = "improvement is not confirmed within 30 days after a relapse"
STEPS = "improvement is judged by the steps of worsening, not by 1.5 up to EDSS 1.5 and 1.0 up to 6.0"
GOES_ON = "the search goes on past a change that nothing confirms, and takes the first confirmed of either kind"


class Visit(NamedTuple):
    """Day, EDSS and days since the last relapse (None: none known)."""

    day: int
    edss: float
    since: int | None

    @property
    def apart(self) -> bool:
        """Whether the last relapse is more than 30 days ago."""
        return self.since is None or self.since > 30


class Event(NamedTuple):
    """Days of reference and event, and how long the change was seen to last."""

    reference: int
    day: int
    lasted: int


def worse(change: float, base: float) -> bool:
    """Whether EDSS rose enough from ``base``."""
    return change >= (1.5 if base == 0 else 1.0 if base < 6 else 0.5)


def better(change: float, base: float, ours: frozenset[str]) -> bool:
    """Whether EDSS fell enough from ``base``."""
    if STEPS in ours:
        return worse(-change, base)
    return -change >= (1.5 if base <= 1.5 else 1.0 if base <= 6 else 0.5)


def changed(visit: Visit, base: float, kind: int, ours: frozenset[str]) -> bool:
    """Whether a visit is worse (kind 1) or better (-1) than ``base``."""
    change = visit.edss - base
    return worse(change, base) if kind > 0 else better(change, base, ours)


class Row(NamedTuple):
    """A changed visit: its place, how long the change lasted, and whether to the end."""

    place: int
    lasted: int
    to_the_end: bool


def confirmed(visits: list[Visit], start: int, base: float, kind: int, days: int, ours: frozenset[str]) -> list[Row]:
    """The visits from ``start`` on whose change from ``base`` a later visit, with all between changed, confirms."""
    found = []
    for place in range(start, len(visits)):
        last = place - 1
        while last + 1 < len(visits) and changed(visits[last + 1], base, kind, ours):
            last += 1
        usable = [k for k in range(place, last + 1) if visits[k].apart or (kind < 0 and CALM not in ours)]
        if not usable:
            continue
        lasted = visits[usable[-1]].day - visits[place].day
        if lasted >= days:
            end = last if ENDING in ours else usable[-1]
            found.append(Row(place, lasted, end == len(visits) - 1))
    return found


def first_apart(visits: list[Visit], start: int) -> int:
    """The place of the first visit from ``start`` on that is far enough from relapses, or the end."""
    return next((k for k in range(start, len(visits)) if visits[k].apart), len(visits))


def moved(visits: list[Visit], rows: list[Row], days: int, ours: frozenset[str]) -> int:
    """The place of the reference after the first of ``rows``, or the end."""
    event = rows[0].place
    score = visits[event].edss
    if ONSET not in ours:
        within = [r.place for r in rows if visits[r.place].day - visits[event].day <= days]
        score = min(visits[k].edss for k in [r.place for r in rows[:2]] + within)
    place = next(k for k in range(event, len(visits)) if visits[k].edss == score)
    return first_apart(visits, place) if QUIET in ours else place


def listed(visits: list[Visit], events: list[Event]) -> list[Event]:
    """Of events on one day the first, and none up to the day of the first reference."""
    kept: dict[int, Event] = {}
    for event in events:
        kept.setdefault(event.day, event)
    return [e for e in kept.values() if e.day > visits[first_apart(visits, 0)].day]


def simple(visits: list[Visit], kind: int, days: int, *, sustained: bool, ours: frozenset[str]) -> list[Event]:
    """CDW (kind 1) or CDI (-1), every event of one person."""
    base = first_apart(visits, 0)
    start, events = 0, []
    while base < len(visits):
        rows = confirmed(visits, base if LATER in ours else start, visits[base].edss, kind, days, ours)
        kept = [r for r in rows if r.to_the_end or not sustained]
        if not (rows if LASTING in ours else kept):
            break
        moving = rows if LASTING in ours else kept
        if moving[0] in kept:
            first = moving[0]
            events.append(Event(visits[base].day, visits[first.place].day, first.lasted))
        start = base = moved(visits, moving, days, ours)
    return listed(visits, events)


def sequence(visits: list[Visit], days: int, ours: frozenset[str]) -> tuple[list[Event], list[Event]]:
    """CDEseq: worsening and improvement of one person, each from the reference that the other may have moved."""
    base, start = first_apart(visits, 0), 0
    events: dict[int, list[Event]] = {1: [], -1: []}
    while base < len(visits) and start < len(visits) - 1:
        score = visits[base].edss
        if GOES_ON in ours:
            rows = {kind: confirmed(visits, start, score, kind, days, ours) for kind in (1, -1)}
            some = [kind for kind in (1, -1) if rows[kind]]
            if not some:
                break
            kind = min(some, key=lambda k: rows[k][0].place)
        else:
            kind = next((k for k in (1, -1) if changed(visits[start], score, k, ours)), 0)
            if kind == 0:
                start += 1
                continue
            rows = {kind: confirmed(visits, start, score, kind, days, ours)}
            if not rows[kind]:
                break
        first = rows[kind][0]
        events[kind].append(Event(visits[base].day, visits[first.place].day, first.lasted))
        start = base = moved(visits, rows[kind], days, ours)
    return listed(visits, events[1]), listed(visits, events[-1])


def pira(visits: list[Visit], days: int, ours: frozenset[str]) -> list[Event]:
    """PIRA, every event of one person: after worsening with a relapse since the start, the reference starts afresh."""
    base, start, events = first_apart(visits, 0), 0, []
    origin = visits[base].day if base < len(visits) else 0
    whole, seen = visits, visits
    while base < len(seen):
        rows = confirmed(seen, start, seen[base].edss, 1, days, ours)
        if not rows:
            break
        first = seen[rows[0].place]
        if first.since is None or first.day - seen[start].day < first.since:
            events.append(Event(seen[base].day, first.day, rows[0].lasted))
            start = base = moved(seen, rows, days, ours)
            continue
        era = [0 if v.since is None else v.day - origin - v.since for v in seen]
        mine, eras = first.day - origin - first.since, era[start:]
        before = [e for e in eras if e < mine]
        if not before:
            break
        seen = [v for v, e in zip(seen[start:], eras, strict=True) if e > min(before)]
        while seen and seen[0].since is not None and seen[0].since < 30:
            seen = seen[1:]
        start, base = 0, first_apart(seen, 0)
    return listed(whole, events)
