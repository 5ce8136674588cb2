"""Confirmed worsening, its attribution to relapses, and NEDA, as small frozen records made of smaller ones.

The published ones stand in :mod:`smoulder.outcomes.rules.published`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from smoulder.errors import InputError

__all__ = [
    "EDSS",
    "NHPT_DOMINANT",
    "NHPT_OTHER",
    "SDMT",
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
    more than so many days past it (until then a worsening could still be attributed to the relapse); None: it does not.
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
