"""Confirmed worsening, its attribution to relapses, and NEDA-3, as small frozen records made of smaller ones.

A week is seven days here: 12 and 24 weeks are 84 and 168 days, which trials with visits every 12 weeks count in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from smoulder.errors import InputError

__all__ = [
    "CDW_12W",
    "CDW_24W",
    "EDSS",
    "EDSS_ONE_POINT_TO_5_5",
    "EDSS_STEP_TO_5_0",
    "EDSS_STEP_TO_5_5",
    "NEDA_3",
    "NEDA_4",
    "NHPT_DOMINANT",
    "NHPT_OTHER",
    "PIRA_CAGOL_2022",
    "PIRA_KAPPOS_2020",
    "PIRA_LOOSEST",
    "PIRA_LUBLIN_2022",
    "PIRA_MULLER_2023",
    "PIRA_MULLER_2025",
    "PIRA_STRICT",
    "SDMT",
    "SHARE_20",
    "SHARE_20_OR_4",
    "SILENT_91D",
    "T25FW",
    "AttributionRule",
    "Confirmation",
    "CustomThreshold",
    "Distances",
    "Interval",
    "LevelRule",
    "NedaRule",
    "Reference",
    "Scale",
    "ShareThreshold",
    "SilentRule",
    "StepThreshold",
    "Threshold",
    "TrajectoryRule",
    "Window",
    "WorseningRule",
]

Point = Literal["reference", "last", "clear", "event", "confirmation"]
Change = Literal["none", "improvement", "worsening", "both"]


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

    def __post_init__(self) -> None:
        """InputError for a share that is not above 0."""
        if not self.share > 0:
            raise InputError(f"threshold '{self.name}': a share must be above 0, not {self.share}")


@dataclass(frozen=True, slots=True)
class CustomThreshold:
    """A change of what ``change`` says for the reference score (shown unit)."""

    name: str
    source: str
    change: Callable[[float], float]


Threshold = StepThreshold | ShareThreshold | CustomThreshold


@dataclass(frozen=True, slots=True)
class Reference:
    """The visit to compare with: the first, and whether it moves after a confirmed improvement or worsening.

    Fixed is neither, roving is both. It moves to the visit of the change if ``at_onset``, else to the one that
    confirmed it. Where it moves, a confirmed change less than the threshold moves it too if of the kind
    ``below_threshold``. ``skips`` passes over visits whose two neighbours are both worse or both better, by the
    threshold ("strict") or by anything ("all"), unless the visit two before has the same score.

    ``after_relapse``: the reference starts afresh at the first visit from each relapse on, once the search has come
    more than so many days past it (until then a worsening could still be laid to the relapse); None: it does not.
    ``never_lower`` keeps the number of the old score where that of the new reference would be lower.
    """

    moves_on_improvement: bool
    moves_on_worsening: bool
    at_onset: bool
    below_threshold: Change = "none"
    skips: Literal["none", "strict", "all"] = "none"
    after_relapse: int | None = None
    never_lower: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """From ``days - early`` to ``days + late`` after an event, both included (``late`` None: to any later day)."""

    days: int
    early: int
    late: int | None

    def __post_init__(self) -> None:
        """InputError for days that are negative."""
        _refuse_negative("window", (self.days, self.early, self.late))


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A change at day d is confirmed by the first usable visit from ``days - early`` to ``days + late`` after it, both
    included (``late`` None: at any later time), if that visit shows it too, and every visit before if ``every_visit``.
    Where that window has no usable visit, the next of ``also`` stands in for it.

    ``sustained`` asks that it then lasts for so many days, or to the last visit (None: always to the last); without
    ``every_visit`` only the first visit so much later is asked, failing one the last.
    ``unconfirmed`` says whether a worsening counts that no visit was late enough to confirm, and none refutes: never,
    always, in those who withdrew, or only one first seen at the last visit of all; in each case only if it begins at
    most ``within`` days after the first visit (None: whenever).
    """

    days: int
    early: int
    late: int | None
    every_visit: bool
    sustained: int | None
    unconfirmed: Literal["never", "always", "withdrawn", "last visit"]
    also: tuple[Window, ...] = ()
    within: int | None = None

    def __post_init__(self) -> None:
        """InputError for days that are negative."""
        _refuse_negative("confirmation", (self.days, self.early, self.late, self.sustained, self.within))

    @property
    def windows(self) -> tuple[Window, ...]:
        """All windows, the first one first."""
        return (Window(self.days, self.early, self.late), *self.also)


@dataclass(frozen=True, slots=True)
class Distances:
    """Days a visit must lie after the last relapse and before the next one (each at least) to be the reference, the
    event, the confirmation. A visit at a relapse's onset lies 0 days from it on both sides.
    """

    reference: tuple[int, int]
    event: tuple[int, int]
    confirmation: tuple[int, int]

    def __post_init__(self) -> None:
        """InputError for days that are negative."""
        _refuse_negative("distances to relapses", (*self.reference, *self.event, *self.confirmation))


def _refuse_negative(what: str, days: tuple[int | None, ...]) -> None:
    for number in days:
        if number is not None and number < 0:
            raise InputError(f"{what}: {number} days; days must not be negative")


@dataclass(frozen=True, slots=True)
class WorseningRule:
    """When a score has changed for good; improvement is judged in the same way, downwards.

    1. Visits without the score are left out. The reference is the first visit far enough from relapses.
    2. The event is the first later visit, far enough from relapses, whose score is at least the threshold of the
       reference worse. It is dated at that visit.
    3. It counts if confirmed (``Confirmation``); otherwise the search goes on at the next visit.
    4. A reference that moves does so after a confirmed change, whether that change counts as sustained or not.
    """

    name: str
    source: str
    scale: Scale
    threshold: Threshold
    reference: Reference
    confirmation: Confirmation
    relapses: Distances


@dataclass(frozen=True, slots=True)
class LevelRule:
    """When a score has reached a level for good: at the first visit at or beyond it, far enough from relapses, that is
    confirmed (``Confirmation``) by visits at or beyond it too. What is not confirmed or does not last is passed over
    up to the next visit short of the level. Unconfirmed, only the last visit of all can count.
    ``relapses.reference`` means nothing here.
    """

    name: str
    source: str
    scale: Scale
    confirmation: Confirmation
    relapses: Distances


@dataclass(frozen=True, slots=True)
class TrajectoryRule:
    """How a score is split into what relapses left for good, what they added for a while, and the rest.

    Start is the first visit far enough from relapses. For each later relapse the visits within ``raw`` days (after it,
    before it) are compared with the last visit before it; what is worse there by the threshold and confirmed is laid
    to the relapse. It stays if it lasts for more than ``confirmation.sustained`` days (0: any, None: to the end);
    otherwise, and above what stays, it was for a while. ``relapses.event`` means nothing here.
    """

    name: str
    source: str
    scale: Scale
    threshold: StepThreshold | ShareThreshold
    confirmation: Confirmation
    relapses: Distances
    raw: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from ``before`` days before one point in time to ``after`` days after another, both included.

    Points are the visits of the reference, the event and the confirmation, the ``last`` one before the event, and the
    last from which the event is a ``clear`` change that its confirmation shows too (the first visit if none is).
    """

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
    """No evidence of disease activity over a window: no relapse, no worsening, no new or enhancing lesion and, where
    ``brain_loss`` is given, no loss of brain volume of more per cent a year.

    ``slack_days`` is how far from either end of the window the visit and the scan may lie that stand for that end.
    """

    name: str
    source: str
    worsening: WorseningRule
    slack_days: int
    brain_loss: float | None = None


@dataclass(frozen=True, slots=True)
class SilentRule:
    """When a worsening is silent on MRI: no new or enhancing lesion from its reference to its confirmation.

    ``slack_days`` is how far from either of these days the scan may lie that stands for it.
    """

    name: str
    source: str
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
    "the ocrelizumab trials: ORATORIO as its abstract in J Neurol Neurosurg Psychiatry 88:e1.85, 2017, has it (read; "
    "Montalban et al, N Engl J Med 376:209, 2017); that OPERA (Hauser et al, 376:221) counts 1.0 from 0 is recalled",
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
    "Müller et al, JAMA Neurol 80:1232, 2023 (doi 10.1001/jamaneurol.2023.3331): PIRA without a relapse from 90 days "
    "before to 30 days after both the event and its confirmation; RAW within 90 days after a relapse. Windows as "
    "msprog documents them",
    raw=(90, 0),
    free=(Interval("event", 90, "event", 30), Interval("confirmation", 90, "confirmation", 30)),
)

PIRA_KAPPOS_2020 = AttributionRule(
    "PIRA and RAW, as in OPERA",
    "Kappos et al, JAMA Neurol 77:1132, 2020 (doi 10.1001/jamaneurol.2020.1568): PIRA without a relapse from the "
    "reference to 30 days after the event, nor within 30 days of the confirmation; RAW within 90 days after a relapse. "
    "There the reference starts afresh after each relapse and is never lowered, which is no part of this rule but of "
    "the definition of this name. Windows as msprog documents them",
    raw=(90, 0),
    free=(Interval("reference", 0, "event", 30), Interval("confirmation", 30, "confirmation", 30)),
)

PIRA_STRICT = AttributionRule(
    "PIRA without any relapse from reference to confirmation",
    "Müller et al, JAMA Neurol 80:1232, 2023 (doi 10.1001/jamaneurol.2023.3331), where high specificity is wanted",
    raw=(90, 0),
    free=(Interval("reference", 0, "confirmation", 0),),
)

PIRA_CAGOL_2022 = AttributionRule(
    "PIRA and RAW, 90 days before to confirmation",
    "Cagol et al, JAMA Neurol 79:682, 2022 (doi 10.1001/jamaneurol.2022.1025): PIRA without a relapse from 90 days "
    "before the event to its confirmation, as msprog documents it (abstract read, which does not say more); RAW within "
    "90 days, and the confirmation at 24 weeks, are recalled",
    raw=(90, 0),
    free=(Interval("event", 90, "confirmation", 0),),
)

PIRA_LUBLIN_2022 = AttributionRule(
    "PIRA and RAW, 90 days after a relapse",
    "Lublin et al, Brain 145:3147, 2022 (PMC9536294, abstract read; pages and doi 10.1093/brain/awac016 recalled): "
    "PIRA at least 90 days from a relapse, as the European Academy of Neurology sums it up; a roving reference and 24 "
    "weeks are recalled, not read",
    raw=(90, 0),
    free=(Interval("event", 90, "event", 0),),
)

PIRA_MULLER_2025 = AttributionRule(
    "PIRA without a relapse since the last visit",
    "Müller et al, JAMA Neurol 82:614, 2025 (doi 10.1001/jamaneurol.2025.0495, abstract read): worsening from a "
    "reference reset after each PIRA, relapse and improvement, without a relapse since the last visit, above the "
    "threshold for 12 months at visits without a relapse in the 30 days before. RAW is not defined there; here it is a "
    "relapse on the day",
    raw=(0, 0),
    free=(Interval("last", 0, "event", 0),),
)

PIRA_LOOSEST = AttributionRule(
    "PIRA without a relapse since the last visit, 6 months",
    "the extremes of the criteria whose 360 combinations Müller et al, JAMA Neurol 82:614, 2025 (doi "
    "10.1001/jamaneurol.2025.0495, abstract read) compare: 6 months and a reference that is reset, against 24 months, "
    "one reset after worsening alone and no relapse from reference to confirmation",
    raw=(0, 0),
    free=(Interval("last", 0, "event", 0),),
)

NEDA_3 = NedaRule(
    "NEDA-3, 24 weeks",
    "Giovannoni et al, Mult Scler Relat Disord 4:329, 2015: no relapse, no confirmed worsening, no new, enlarging or "
    "enhancing lesion; the slack of three months at the ends of the window is ours",
    worsening=CDW_24W,
    slack_days=91,
)

NEDA_4 = NedaRule(
    "NEDA-4, 24 weeks",
    "NEDA-3 and at most 0.4 per cent of brain volume lost a year: Kappos et al, Mult Scler 22:1297, 2016 (recalled); "
    "the bound as in CNS Drugs 32:75, 2018 (doi 10.1007/s40263-017-0482-4) and Front Neurol 10:788, 2019 (doi "
    "10.3389/fneur.2019.00788), abstracts read",
    worsening=CDW_24W,
    slack_days=91,
    brain_loss=0.4,
)

SILENT_91D = SilentRule(
    "without new lesions from reference to confirmation",
    "progression independent of relapse and MRI activity: no new lesion either, Neurology 103:e209444, 2024 (doi "
    "10.1212/WNL.0000000000209444, abstract read); the time looked at and the slack of three months are ours",
    slack_days=91,
)
