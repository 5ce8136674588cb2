"""A second, plain implementation of worsening and its attribution, for tests: lists, loops and nothing shared."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from hypothesis import strategies as st

from outcomes_cases import FIRST, cohorts
from smoulder.outcomes import (
    CDW_12W,
    CDW_24W,
    EDSS_ONE_POINT_TO_5_5,
    EDSS_STEP_TO_5_0,
    EDSS_STEP_TO_5_5,
    PIRA_KAPPOS_2020,
    PIRA_MULLER_2023,
    PIRA_STRICT,
    AttributionRule,
    Distances,
    Reference,
    StepThreshold,
    WorseningRule,
)
from smoulder.records import Records, Scans

FIXED = Reference(moves_on_improvement=False, moves_on_worsening=False, at_onset=False)
ROVING = Reference(moves_on_improvement=True, moves_on_worsening=True, at_onset=False)

references = st.builds(Reference, st.booleans(), st.booleans(), st.booleans())
distances = st.builds(
    Distances,
    st.sampled_from([(0, 0), (30, 0), (30, 30)]),
    st.sampled_from([(0, 0), (30, 7), (0, 1)]),
    st.sampled_from([(0, 0), (30, 0), (30, 14)]),
)
attributions = st.sampled_from(
    [PIRA_MULLER_2023, PIRA_KAPPOS_2020, PIRA_STRICT, replace(PIRA_STRICT, raw=(0, 0)), replace(PIRA_STRICT, free=())]
)


@st.composite
def rules(draw: st.DrawFn) -> WorseningRule:
    """Any rule on EDSS: all references, windows, distances to relapses and ways with unconfirmed worsening."""
    confirmation = replace(
        draw(st.sampled_from([CDW_12W, CDW_24W])).confirmation,
        early=draw(st.sampled_from([0, 7])),
        late=draw(st.sampled_from([None, 0, 30, 200])),
        every_visit=draw(st.booleans()),
        sustained=draw(st.sampled_from([0, 168, None])),
        unconfirmed=draw(st.sampled_from(["never", "always"])),
    )
    threshold = draw(st.sampled_from([EDSS_STEP_TO_5_0, EDSS_STEP_TO_5_5, EDSS_ONE_POINT_TO_5_5]))
    return replace(
        CDW_12W,
        threshold=threshold,
        reference=draw(references),
        confirmation=confirmation,
        relapses=draw(distances),
    )


@st.composite
def scanned(draw: st.DrawFn) -> Records:
    """A cohort of ``outcomes_cases.cohorts`` with up to five scans a person, most of them clean."""
    records = draw(cohorts())
    count = st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1])
    rows = [
        (person, FIRST - 50 + 91 * k + draw(st.sampled_from([0, 20])), draw(count), draw(count))
        for person in records.people.person.tolist()
        for k in draw(st.lists(st.integers(0, 8), max_size=5, unique=True))
    ]
    table = pd.DataFrame(rows, columns=["person", "day", "new_t2", "gd"])
    people = replace(records.people, first_day=records.people.first_day - 100)
    return replace(records, people=people, scans=Scans.from_frame(table))


Visit = tuple[int, float]
Event = tuple[int, int, int, int]  # reference, onset, confirming and last held day


def followed(records: Records, person: int) -> tuple[list[Visit], list[int]]:
    """The rated visits (day, EDSS) and the relapse days of one person."""
    v, r = records.visits, records.relapses
    rated = [
        (int(d), e / 2) for p, d, e in zip(v.person, v.day, v.edss.tolist(), strict=True) if p == person and e >= 0
    ]
    return rated, [int(d) for p, d in zip(r.person, r.day, strict=True) if p == person]


def step_of(score: float, rule: StepThreshold) -> float:
    """How much counts as a change from ``score``."""
    if score == 0:
        return rule.at_zero
    return rule.high if score > rule.turn else rule.low


def apart(day: int, relapses: list[int], asked: tuple[int, int]) -> bool:
    """Whether no relapse lies less than ``asked[0]`` days before the day, or less than ``asked[1]`` after it."""
    return all(not (0 <= day - r < asked[0]) and not (0 <= r - day < asked[1]) for r in relapses)


def plain_events(visits: list[Visit], relapses: list[int], rule: WorseningRule, *, step: bool) -> list[Event]:
    """Every confirmed worsening of one person; ``step`` goes on at the next visit where the reference stays."""
    confirm, near = rule.confirmation, rule.relapses
    usable = [d for d, _ in visits if apart(d, relapses, near.confirmation)]
    found: list[Event] = []
    start, resume = 0, 0
    while True:
        fit = [i for i in range(start, len(visits)) if apart(visits[i][0], relapses, near.reference)]
        if not fit:
            return found
        start = fit[0]
        base = visits[start][1]
        size = step_of(base, rule.threshold)  # type: ignore[arg-type]
        changed = [
            i
            for i in range(max(resume, start + 1), len(visits))
            if abs(visits[i][1] - base) >= size and apart(visits[i][0], relapses, near.event)
        ]
        if not changed:
            return found
        onset = changed[0]
        day = visits[onset][0]
        worse = visits[onset][1] > base
        later = [(d, e - base if worse else base - e) for d, e in visits[onset + 1 :]]
        longest = float("inf") if confirm.late is None else confirm.days + confirm.late
        good = [d for d, _ in later if d in usable and confirm.days - confirm.early <= d - day <= longest]
        held = [d for d, change in later if change >= size]
        confirmed = bool(good) and good[0] in held
        if good and confirm.every_visit:
            confirmed = all(d in held for d, _ in later if d <= good[0])
        pending = worse and not good and len(held) == len(later) and confirm.unconfirmed == "always"
        if not confirmed and not pending:
            resume = onset + 1
            continue
        turn = good[0] if confirmed else day
        if worse:
            broken = [d for d, _ in later if d not in held and d > turn]
            last = max(d for d, _ in visits if not broken or d < broken[0])
            lasts = not broken or (confirm.sustained is not None and broken[0] - day >= confirm.sustained)
            if confirm.sustained != 0 and not confirm.every_visit:
                asked = [d for d, _ in later if confirm.sustained is not None and d - day >= confirm.sustained]
                lasts = not later or (asked[0] if asked else later[-1][0]) in held
            if lasts:
                found.append((visits[start][0], day, turn if confirmed else -1, last))
            if pending:
                return found
        moves = rule.reference.moves_on_worsening if worse else rule.reference.moves_on_improvement
        place = [d for d, _ in visits].index(turn)
        if moves:
            start = onset if rule.reference.at_onset else place
            resume = start + 1
        else:
            resume = place + 1 if worse and lasts and not step else onset + 1


def plain_label(
    event: Event, visits: list[Visit], relapses: list[int], worse: WorseningRule, by: AttributionRule
) -> str:
    """RAW, PIRA or undefined for one event."""
    reference, onset, confirmed, held = event
    if any(onset - by.raw[0] <= r <= onset + by.raw[1] for r in relapses):
        return "RAW"
    confirm = worse.confirmation
    longest = float("inf") if confirm.late is None else confirm.days + confirm.late
    options = [
        d
        for d, _ in visits
        if confirmed <= d <= held
        and confirm.days - confirm.early <= d - onset <= longest
        and apart(d, relapses, worse.relapses.confirmation)
    ]
    for option in options if confirmed >= 0 else [onset]:
        at = {"reference": reference, "event": onset, "confirmation": option}
        if not any(at[i.start] - i.before <= r <= at[i.stop] + i.after for i in by.free for r in relapses):
            return "PIRA"
    return "undefined"
