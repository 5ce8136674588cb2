"""Targets in words: a short label for each, and the group it is shown in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from smoulder import evidence
from smoulder.targets import Target

__all__ = ["GROUPS", "group", "label", "labels"]

#: Groups of targets in the order in which they are shown.
GROUPS = (
    "EDSS by year of disease",
    "Milestones",
    "Course and onset",
    "Survival",
    "Relapses",
    "Attacks and raters",
    "Lesions on scans",
    "Brain, cord and fibres",
    "Other",
)
_GROUP_OF = {
    "edss_at_least": 0,
    "mean_edss": 0,
    "years_to": 1,
    "age_at": 1,
    "years_between": 1,
    "reached": 1,
    "progressive_share": 2,
    "relapsing_share": 2,
    "onset_age": 2,
    "female_share": 2,
    "years_to_spms": 2,
    "age_at_spms": 2,
    "onset_after": 2,
    "spms_hazard": 2,
    "conversion_at_edss": 2,
    "spms_within": 2,
    "step_in_year": 1,
    "reaching_quantile": 1,
    "second_attack": 2,
    "survival_age": 3,
    "survival_years": 3,
    "relapse_rate": 4,
    "first_year_attacks": 4,
    "relapse_decline": 4,
    "relapse_rate_at_edss": 4,
    "early_relapse_hazard": 4,
    "late_relapse_hazard": 4,
    "milestone_gap": 4,
    "attack_rise": 5,
    "attack_rise_1": 5,
    "residual": 5,
    "residual_half": 5,
    "residual_one": 5,
    "agree_exact": 5,
    "agree_step": 5,
    "agree_low_exact": 5,
    "agree_high_exact": 5,
    "agree_kappa": 5,
    "lesions_per_relapse": 6,
    "first_scan_inactive": 6,
    "inactive_then_active": 6,
    "three_inactive": 6,
    "reactivated": 6,
    "enhancing_mean": 6,
    "new_lesions_year": 6,
    "no_new_lesion_year": 6,
    "unscreened_inactive": 6,
    "trace_change": 7,
    "trace_mean": 7,
    "trace_fall": 7,
    "motor_density_change": 7,
    "cord_ratio": 7,
    "edss_correlation": 7,
}
_TRACE = {
    "brain_volume": "brain volume",
    "cord_volume": "cord volume",
    "bare": "bare fibres",
    "survival_pyramidal_leg": "leg's motor path",
}
_RULE = {"irreversible": "", "first": ", first visit", "confirmed": ", confirmed"}
_WORDS = {
    "edss_at_least": "EDSS ≥ {0} in year {1}",
    "mean_edss": "Mean EDSS in year {0}",
    "progressive_share": "Progressive onset",
    "relapsing_share": "Relapsing onset",
    "onset_after": "Onset after age {0}",
    "years_to_spms": "Years to SPMS",
    "age_at_spms": "Age at SPMS",
    "first_year_attacks": "Attacks in the first year",
    "relapse_decline": "Change of ARR in 5 years",
    "cord_ratio": "Cord area against healthy, {0}, year {1}",
    "lesions_per_relapse": "New lesions for each relapse",
    "first_scan_inactive": "First monthly scan inactive",
    "inactive_then_active": "Inactive first scan, active later",
    "three_inactive": "Three monthly scans inactive",
    "reactivated": "Active again after three quiet months",
    "new_lesions_year": "New lesions in a year",
    "no_new_lesion_year": "No new lesion in a year",
    "attack_rise": "EDSS rise in an attack",
    "attack_rise_1": "EDSS rise of 1 or more in an attack",
    "residual": "EDSS left two months after an attack",
    "residual_half": "Half a point or more left after it",
    "residual_one": "One point or more left after it",
    "agree_exact": "Two raters agree",
    "agree_step": "Two raters within a step",
    "agree_low_exact": "Two raters agree, EDSS up to 3.5",
    "survival_age": "Median age at death, {0}",
    "survival_years": "Years from onset to death, {0}",
    "conversion_at_edss": "Turning SPMS in a year at EDSS {0}",
    "relapse_rate_at_edss": "ARR at EDSS {1}, {0}",
    "second_attack": "Second attack within {0} years",
    "step_in_year": "EDSS a step up in a year, {0}",
    "spms_within": "Objective SPMS in years {0} to {1}",
    "motor_density_change": "Leg's motor path, fibre density change",
}
_PLACES = {
    "lyon": "Lyon",
    "bc": "British Columbia",
    "lo": "London",
    "swe": "Sweden",
    "rennes": "Rennes",
    "msbase": "MSBase",
    "nor": "Hordaland",
    "nor08": "Hordaland 2008",
    "oslo": "Oslo",
    "wal": "Wales",
    "atlas": "Atlas",
}


def label(target: Target) -> str:
    """A target in a few words; its evidence's own words for a quantity that is not listed here."""
    found = _written(target)
    return found[0].upper() + found[1:]


def _written(target: Target) -> str:
    kind, a = target.quantity, target.arguments
    if kind in ("years_to", "age_at"):
        what = "Years to" if kind == "years_to" else "Age at"
        return f"{what} EDSS {a[0]}{_course(a[1])}{_RULE[a[2]]}"
    if kind == "years_between":
        return f"Years from EDSS {a[0]} to {a[1]}{_course(a[2])}"
    if kind == "reached":
        return f"EDSS {a[0]} by year {a[1]}{_course(a[2])}{_RULE[a[3]]}"
    if kind == "onset_age":
        return f"{a[1].replace('sd', 'SD of')} age at onset{_course(a[0])}"
    if kind == "female_share":
        return f"Women{_course(a[0])}"
    if kind == "relapse_rate":
        return f"ARR at age {a[1]} to {a[2]}" if a[0] == "age" else f"ARR in years {a[1]} to {a[2]}"
    if kind == "trace_change":
        return f"{_TRACE.get(a[0], a[0])} a year, years {a[1]} to {a[2]}{_course(a[3])}"
    if kind in ("trace_mean", "trace_fall"):
        return f"{_TRACE.get(a[0], a[0])}{' lost' if kind == 'trace_fall' else ''}, year {a[1]}"
    if kind == "edss_correlation":
        return f"EDSS against {_TRACE.get(a[0], a[0])}, year {a[1]}"
    if kind in ("early_relapse_hazard", "late_relapse_hazard"):
        what = "SPMS" if a[0] == "spms" else f"EDSS {a[0]}"
        return f"Hazard of {what} per early relapse, {kind.split('_')[0]}"
    if kind == "reaching_quantile":
        return f"Years until {100 * float(a[1]):g}% have EDSS {a[0]}{_course(a[2])}{_RULE[a[3]]}"
    if kind == "spms_hazard":
        return f"SPMS hazard, {_whom(a[0])} against {_whom(a[1])}"
    if kind == "milestone_gap":
        return f"Years to EDSS {a[0]}, {_whom(a[1])} less {_whom(a[2])}"
    if kind == "placebo_worsening":
        weeks = re.search(r"_cdp(\d+)_", target.evidence)
        over = f" over {weeks[1]} weeks" if weeks else ""
        trial = target.evidence.split("_")[0].upper()
        return f"Confirmed disability worsening{over}, placebo arm of {trial}"
    if kind in _WORDS:
        return _WORDS[kind].format(*a)
    return evidence.row(target.evidence).quantity if "/" not in target.evidence else target.id.replace("_", " ")


def _course(name: str) -> str:
    return "" if name == "all" else f", {name}"


def _whom(group: str) -> str:
    """A group in words: ``attacks 3-99`` is 3 or more early attacks, ``onset 21-31`` onset at 21 to under 31."""
    kind, _, span = group.partition(" ")
    if not span:
        return group
    low, high = span.split("-")
    if kind == "attacks":
        return f"{low} early attack" if low == high else f"{low} or more"
    return f"onset from {low}" if float(high) > 90 else f"onset at {low} to {high}"


def labels(targets: Sequence[Target]) -> list[str]:
    """A label for each target, with the place or the evidence id added where two would be the same."""
    plain = [label(t) for t in targets]
    often = Counter(plain)
    told = [f"{text} ({_place(t)})" if often[text] > 1 else text for text, t in zip(plain, targets, strict=True)]
    again = Counter(told)
    return [f"{text[:-1]} {_year(t)})" if again[text] > 1 else text for text, t in zip(told, targets, strict=True)]


def _place(target: Target) -> str:
    return _PLACES.get(target.evidence.split("_")[0], target.evidence)


def _year(target: Target) -> str:
    return target.id if "/" in target.evidence else str(evidence.row(target.evidence).year or target.id)


def group(target: Target) -> str:
    """Which of ``GROUPS`` a target is shown in."""
    return GROUPS[_GROUP_OF.get(target.quantity, len(GROUPS) - 1)]
