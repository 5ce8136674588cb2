"""What a trialist would call it, from records alone; runs unchanged on simulated and real cohorts."""

from smoulder.outcomes.course import Course, active, course, relapsing_onset, secondary_progression
from smoulder.outcomes.events import Events, Times, between, since_birth, since_onset
from smoulder.outcomes.milestones import milestones
from smoulder.outcomes.relapses import annualised_rate, attacks
from smoulder.outcomes.rules import (
    ACTIVE_12M,
    CONFIRMED_6M,
    FIRST_VISIT,
    IRREVERSIBLE_6M,
    ONE_ATTACK_30D,
    ONSET_90D,
    PROGRESSION_STEP,
    SPMS_OBJECTIVE_3M,
    SPMS_SUSTAINED_12M,
    ActivityRule,
    AttackRule,
    CourseRule,
    Milestone,
    ProgressionRule,
    Step,
)
from smoulder.outcomes.scores import edss_at, edss_by_duration, rater_agreement

__all__ = [
    "ACTIVE_12M",
    "CONFIRMED_6M",
    "FIRST_VISIT",
    "IRREVERSIBLE_6M",
    "ONE_ATTACK_30D",
    "ONSET_90D",
    "PROGRESSION_STEP",
    "SPMS_OBJECTIVE_3M",
    "SPMS_SUSTAINED_12M",
    "ActivityRule",
    "AttackRule",
    "Course",
    "CourseRule",
    "Events",
    "Milestone",
    "ProgressionRule",
    "Step",
    "Times",
    "active",
    "annualised_rate",
    "attacks",
    "between",
    "course",
    "edss_at",
    "edss_by_duration",
    "milestones",
    "rater_agreement",
    "relapsing_onset",
    "secondary_progression",
    "since_birth",
    "since_onset",
]
