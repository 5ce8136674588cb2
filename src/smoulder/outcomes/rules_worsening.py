"""Confirmed worsening, its attribution to relapses, and NEDA-3, as small frozen records made of smaller ones.

A week is seven days here: 12 and 24 weeks are 84 and 168 days, which trials with visits every 12 weeks count in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = [
    "CDW_12W",
    "CDW_24W",
    "EDSS",
    "EDSS_ONE_POINT_TO_5_5",
    "EDSS_STEP_TO_5_0",
    "EDSS_STEP_TO_5_5",
    "NEDA_3",
    "NHPT_DOMINANT",
    "NHPT_OTHER",
    "PIRA_KAPPOS_2020",
    "PIRA_MULLER_2023",
    "PIRA_STRICT",
    "SDMT",
    "SHARE_20",
    "SHARE_20_OR_4",
    "T25FW",
    "AttributionRule",
    "Confirmation",
    "Distances",
    "Interval",
    "NedaRule",
    "Reference",
    "Scale",
    "ShareThreshold",
    "StepThreshold",
    "WorseningRule",
]

Point = Literal["reference", "event", "confirmation"]


@dataclass(frozen=True, slots=True)
class Scale:
    """What is scored: a ``column`` of a ``table`` of records in its shown unit, and whether higher is worse."""

    table: str
    column: str
    higher_is_worse: bool


@dataclass(frozen=True, slots=True)
class StepThreshold:
    """Points that count as a change: ``at_zero`` from a reference of 0, ``low`` up to and with ``turn``, ``high``
    above it.
    """

    name: str
    source: str
    at_zero: float
    low: float
    high: float
    turn: float


@dataclass(frozen=True, slots=True)
class ShareThreshold:
    """A change of ``share`` of the reference, or of ``most`` points where that is less."""

    name: str
    source: str
    share: float
    most: float


@dataclass(frozen=True, slots=True)
class Reference:
    """The visit to compare with: the first, and whether it moves after a confirmed improvement or worsening.

    Fixed is neither, roving is both. It moves to the visit of the change if ``at_onset``, else to the one that
    confirmed it.
    """

    moves_on_improvement: bool
    moves_on_worsening: bool
    at_onset: bool


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A change at day d is confirmed by the first usable visit from ``days - early`` to ``days + late`` after it, both
    included (``late`` None: at any later time), if that visit shows it too, and every visit before if ``every_visit``.

    ``sustained`` asks that it then lasts for so many days, or to the last visit (None: always to the last).
    ``unconfirmed`` says whether a worsening that no visit was late enough to confirm, and none refutes, counts:
    never, always, or in those who withdrew.
    """

    days: int
    early: int
    late: int | None
    every_visit: bool
    sustained: int | None
    unconfirmed: Literal["never", "always", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Distances:
    """Days a visit must lie after the last relapse and before the next one (each at least) to be the reference, the
    event, the confirmation. A visit at a relapse's onset lies 0 days from it on both sides.
    """

    reference: tuple[int, int]
    event: tuple[int, int]
    confirmation: tuple[int, int]


@dataclass(frozen=True, slots=True)
class WorseningRule:
    """When a score has worsened for good.

    1. Visits without the score are left out. The reference is the first visit far enough from relapses.
    2. The event is the first later visit, far enough from relapses, whose score is at least the threshold of the
       reference worse. It is dated at that visit.
    3. It counts if confirmed (``Confirmation``); otherwise the search goes on at the next visit.
    4. A reference that moves does so after a confirmed change, whether that change counts as sustained or not.
    """

    name: str
    source: str
    scale: Scale
    threshold: StepThreshold | ShareThreshold
    reference: Reference
    confirmation: Confirmation
    relapses: Distances


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from ``before`` days before one point in time to ``after`` days after another, both included."""

    start: Point
    before: int
    stop: Point
    after: int


@dataclass(frozen=True, slots=True)
class AttributionRule:
    """To what a confirmed worsening is put down.

    RAW when a relapse lies at most ``raw[0]`` days before or ``raw[1]`` days after the event. Otherwise PIRA when, for
    at least one visit that confirms it, none of the ``free`` intervals holds a relapse. Otherwise undefined.
    """

    name: str
    source: str
    raw: tuple[int, int]
    free: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class NedaRule:
    """No evidence of disease activity over a window: no relapse, no worsening, no new or enhancing lesion.

    ``slack_days`` is how far from either end of the window the visit and the scan may lie that stand for that end.
    """

    name: str
    source: str
    worsening: WorseningRule
    slack_days: int


EDSS = Scale("visits", "edss", higher_is_worse=True)
T25FW = Scale("tests", "t25fw", higher_is_worse=True)
NHPT_DOMINANT = Scale("tests", "nhpt_dominant", higher_is_worse=True)
NHPT_OTHER = Scale("tests", "nhpt_other", higher_is_worse=True)
SDMT = Scale("tests", "sdmt", higher_is_worse=False)

EDSS_STEP_TO_5_0 = StepThreshold(
    "1.5 from 0, 1.0 up to 5.0, 0.5 from 5.5",
    "the default of msprog (Montobbio et al, Mult Scler 30:1185, 2024, doi 10.1177/13524585241243157)",
    at_zero=1.5,
    low=1.0,
    high=0.5,
    turn=5.0,
)

EDSS_STEP_TO_5_5 = StepThreshold(
    "1.5 from 0, 1.0 up to 5.5, 0.5 from 6.0",
    "half a point only from EDSS 6.0, as in MSoutcomes and Lorscheider et al, Brain 139:2395, 2016",
    at_zero=1.5,
    low=1.0,
    high=0.5,
    turn=5.5,
)

EDSS_ONE_POINT_TO_5_5 = StepThreshold(
    "1.0 up to 5.5 also from 0, 0.5 from 6.0",
    "the ocrelizumab trials: Montalban et al, N Engl J Med 376:209, 2017 (ORATORIO); Hauser et al, 376:221 (OPERA); "
    "recalled, not read",
    at_zero=1.0,
    low=1.0,
    high=0.5,
    turn=5.5,
)

SHARE_20 = ShareThreshold(
    "20 per cent of the reference",
    "timed walk and peg test in composite worsening: Kappos et al, JAMA Neurol 77:1132, 2020",
    share=0.2,
    most=float("inf"),
)

SHARE_20_OR_4 = ShareThreshold(
    "4 points, or 20 per cent of the reference if less",
    "symbol digit test, the default of msprog (Montobbio et al, Mult Scler 30:1185, 2024)",
    share=0.2,
    most=4.0,
)

CDW_12W = WorseningRule(
    "CDW, 12 weeks",
    "time to disability worsening confirmed at 12 weeks, as in trials of relapsing and progressive MS; distances to "
    "relapses and seven days' tolerance as in msprog (Montobbio et al, Mult Scler 30:1185, 2024)",
    scale=EDSS,
    threshold=EDSS_STEP_TO_5_0,
    reference=Reference(moves_on_improvement=False, moves_on_worsening=False, at_onset=False),
    confirmation=Confirmation(days=84, early=7, late=None, every_visit=True, sustained=0, unconfirmed="never"),
    relapses=Distances(reference=(30, 0), event=(0, 0), confirmation=(30, 0)),
)

CDW_24W = replace(
    CDW_12W,
    name="CDW, 24 weeks",
    source=CDW_12W.source.replace("12 weeks", "24 weeks"),
    confirmation=replace(CDW_12W.confirmation, days=168),
)

PIRA_MULLER_2023 = AttributionRule(
    "PIRA and RAW, harmonised",
    "Müller et al, JAMA Neurol 80:1232, 2023: PIRA without a relapse from 90 days before to 30 days after both the "
    "event and its confirmation; RAW within 90 days after a relapse. Windows as msprog documents them; the journal "
    "reference is recalled",
    raw=(90, 0),
    free=(Interval("event", 90, "event", 30), Interval("confirmation", 90, "confirmation", 30)),
)

PIRA_KAPPOS_2020 = AttributionRule(
    "PIRA and RAW, as in OPERA",
    "Kappos et al, JAMA Neurol 77:1132, 2020: PIRA without a relapse from the reference to 30 days after the event, "
    "nor within 30 days of the confirmation; RAW within 90 days after a relapse. There the reference starts afresh "
    "after each relapse, which is not part of this rule. Windows as msprog documents them",
    raw=(90, 0),
    free=(Interval("reference", 0, "event", 30), Interval("confirmation", 30, "confirmation", 30)),
)

PIRA_STRICT = AttributionRule(
    "PIRA without any relapse from reference to confirmation",
    "Müller et al, JAMA Neurol 80:1232, 2023 (reference recalled), where high specificity is wanted",
    raw=(90, 0),
    free=(Interval("reference", 0, "confirmation", 0),),
)

NEDA_3 = NedaRule(
    "NEDA-3, 24 weeks",
    "Giovannoni et al, Mult Scler Relat Disord 4:329, 2015: no relapse, no confirmed worsening, no new, enlarging or "
    "enhancing lesion; the slack of three months at the ends of the window is ours",
    worsening=CDW_24W,
    slack_days=91,
)
