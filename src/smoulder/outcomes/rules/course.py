"""Published outcome definitions as small frozen records; a variant is ``dataclasses.replace`` of a named one.

Days in rules: 3, 6 and 12 months are 91, 182 and 365 days, so that visits 13, 26 and 52 weeks apart can confirm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = [
    "ACTIVE_12M",
    "CONFIRMED_6M",
    "FIRST_VISIT",
    "IRREVERSIBLE_6M",
    "ONE_ATTACK_30D",
    "ONSET_90D",
    "PROGRESSION_STEP",
    "SPMS_EXPAND_6M",
    "SPMS_LORSCHEIDER_2016",
    "SPMS_OBJECTIVE_3M",
    "SPMS_SUSTAINED_12M",
    "ActivityRule",
    "AttackRule",
    "CourseRule",
    "Milestone",
    "ProgressionRule",
    "Step",
    "Systems",
]


@dataclass(frozen=True, slots=True)
class AttackRule:
    """Which reported relapses are one attack: onsets less than ``gap_days`` after that of the last counted attack."""

    name: str
    source: str
    gap_days: int


@dataclass(frozen=True, slots=True)
class Milestone:
    """When an EDSS level counts as reached.

    Visits from the onset of a reported relapse until before ``relapse_days`` after it are ignored (0 ignores none), as
    are visits without EDSS. The level is reached at the first remaining visit that opens an unbroken run of visits at
    or above it lasting ``confirmation_days`` or more from its first to its last visit; if ``sustained``, that run must
    go to the last visit of all.
    """

    name: str
    source: str
    confirmation_days: int
    sustained: bool
    relapse_days: int


@dataclass(frozen=True, slots=True)
class Step:
    """How much higher than the reference EDSS counts as worse: ``low`` points, or ``high`` from ``turn`` upwards."""

    low: float
    high: float
    turn: float


PROGRESSION_STEP = Step(low=1.0, high=0.5, turn=6.0)
"""The step of Lorscheider et al, Brain 139:2395, 2016: one point, half a point from EDSS 6.0."""


@dataclass(frozen=True, slots=True)
class Systems:
    """What progression asks of functional systems: a pyramidal score of ``least_pyramidal`` (an unrated one does not
    qualify; 0 asks for none), and, if ``leading``, that the leading system confirms it.

    Leading are those of the seven systems and ambulation that rose most from the reference, where each has the higher
    of its scores at the two visits that make the reference. At least one of them must have risen and stay above that
    up to the confirming visit; visits where it is not rated say nothing. Where no system is rated at the reference and
    the conversion alike, nothing is asked.
    """

    least_pyramidal: int
    leading: bool


@dataclass(frozen=True, slots=True)
class ProgressionRule:
    """When a relapsing onset has become secondary progressive.

    1. Visits without EDSS, and those from a relapse's onset until before ``relapse_days`` after it, are ignored.
    2. The reference is the lowest EDSS that two consecutive visits have both stayed at or below, so that one low
       reading does not make one. A relapse starts it afresh, always if ``any_relapse_resets``, otherwise when the
       first visit after the relapse is higher than the last before it.
    3. Conversion is at the first visit at least ``PROGRESSION_STEP`` above the reference, with EDSS at least
       ``least_edss`` and functional systems as ``systems`` asks, without a relapse since the visit before.
    4. It is confirmed if every visit stays at or above both bounds of EDSS up to one ``confirmation_days`` or more
       later, without a relapse from the conversion to that visit; if ``sustained``, up to the last visit of all.
    """

    name: str
    source: str
    confirmation_days: int
    sustained: bool
    relapse_days: int
    least_edss: float
    systems: Systems
    any_relapse_resets: bool


@dataclass(frozen=True, slots=True)
class CourseRule:
    """Onset course, and conversion to the progressive course.

    Onset is relapsing when a reported relapse lies at most ``onset_days`` before or after the recorded clinical onset,
    otherwise progressive.
    """

    name: str
    source: str
    onset_days: int
    progression: ProgressionRule


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """Active: a relapse, or a scan with a new T2 or an enhancing lesion, in the ``window_days`` up to the day asked."""

    name: str
    source: str
    window_days: int


ONE_ATTACK_30D = AttackRule(
    "one attack in 30 days",
    "McDonald et al, Ann Neurol 50:121, 2001: 30 days from the onset of one attack to the onset of the next",
    gap_days=30,
)

IRREVERSIBLE_6M = Milestone(
    "irreversible, 6 months",
    "Confavreux et al, NEJM 343:1430, 2000: reached and never improved, at least 6 months, transient relapse "
    "worsening excluded; here by leaving out visits within 30 days of a relapse's onset",
    confirmation_days=182,
    sustained=True,
    relapse_days=30,
)

CONFIRMED_6M = Milestone(
    "confirmed at 6 months",
    "confirmed level as in Shirani et al, Mult Scler 18:442, 2012, at 6 months; later improvement is allowed",
    confirmation_days=182,
    sustained=False,
    relapse_days=30,
)

FIRST_VISIT = Milestone(
    "first visit at the level",
    "single unconfirmed visit, relapse or not, as in clinic cross-sections",
    confirmation_days=0,
    sustained=False,
    relapse_days=0,
)

SPMS_OBJECTIVE_3M = ProgressionRule(
    "objective SPMS, 3 months",
    "modelled on Lorscheider et al, Brain 139:2395, 2016; the leading functional system is not asked to confirm",
    confirmation_days=91,
    sustained=False,
    relapse_days=30,
    least_edss=4.0,
    systems=Systems(least_pyramidal=2, leading=False),
    any_relapse_resets=True,
)

SPMS_LORSCHEIDER_2016 = replace(
    SPMS_OBJECTIVE_3M,
    name="SPMS with the leading system, 3 months",
    source="Lorscheider et al, Brain 139:2395, 2016 (doi 10.1093/brain/aww173; the definition as quoted in reviews): a "
    "step from EDSS 4.0 on with pyramidal functions of 2, without a relapse, confirmed for 3 months and within the "
    "leading functional system; ambulation counts among the systems as in MSoutcomes, of the same group; the reference "
    "of two visits, and 30 days after a relapse, are as in the objective rule",
    systems=Systems(least_pyramidal=2, leading=True),
)

SPMS_SUSTAINED_12M = ProgressionRule(
    "sustained SPMS, 12 months",
    "the objective rule of Lorscheider et al, Brain 139:2395, 2016, confirmed at 12 months and kept to the end of "
    "follow-up: nearer the late label of clinics (Koch et al, JNNP 81:1039, 2010), which relapses superimposed on "
    "progression do not undo",
    confirmation_days=365,
    sustained=True,
    relapse_days=30,
    least_edss=4.0,
    systems=Systems(least_pyramidal=2, leading=False),
    any_relapse_resets=False,
)

SPMS_EXPAND_6M = ProgressionRule(
    "SPMS as it entered EXPAND, 6 months",
    "what the siponimod trial asked for at entry, read as a rule: Kappos et al, Lancet 391:1263, 2018 (doi "
    "10.1016/S0140-6736(18)30475-6): EDSS from 3.0 (abstract read), a step of disability within two years, lasting 6 "
    "months, outside relapses and three months after one (recalled, not read); the upper bounds of EDSS and age are "
    "not asked",
    confirmation_days=182,
    sustained=False,
    relapse_days=91,
    least_edss=3.0,
    systems=Systems(least_pyramidal=0, leading=False),
    any_relapse_resets=True,
)

ONSET_90D = CourseRule(
    "relapsing onset by a relapse within 90 days; sustained SPMS at 12 months",
    "onset course of natural history cohorts (Confavreux et al, NEJM 343:1430, 2000), read from reported relapses",
    onset_days=90,
    progression=SPMS_SUSTAINED_12M,
)

ACTIVE_12M = ActivityRule(
    "active in the last 12 months",
    "Lublin et al, Neurology 83:278, 2014: relapses, enhancing or new T2 lesions, looked for at least once a year",
    window_days=365,
)
