"""Results as a page to read and numbers to check: the demonstration, a trial, several trials.

>>> done = smoulder.reports.demo(out=Path("out/demo"), people=20_000, seed=0, threads=2)
>>> print("\\n".join(done.summary))
>>> print("\\n".join(smoulder.reports.trial_summary(result)))
>>> smoulder.reports.write_trial(result, Path("out/oratorio"))
"""

from __future__ import annotations

from .demonstration import PEOPLE, Demo, demo
from .hidden import hidden_json, hidden_page
from .known_truth import known_truth_json, known_truth_page, known_truth_summary, write_known_truth
from .numbers import score_json
from .outcomes import cohort_page, multiverse_page, write_cohort, write_cohort_multiverse
from .outcomes_data import multiverse_json, multiverse_summary, outcome_json, outcome_summary
from .outcomes_found import CohortOutcome, judge, on
from .outcomes_rules import (
    JUDGED_IN_PYTHON,
    definition_json,
    definitions_listing,
    describe_definition,
    describe_rule,
    methods_paragraph,
    rule_json,
)
from .trial_data import trial_json, trial_summary
from .trial_page import trial, trials, write_trial

__all__ = [
    "JUDGED_IN_PYTHON",
    "PEOPLE",
    "CohortOutcome",
    "Demo",
    "cohort_page",
    "definition_json",
    "definitions_listing",
    "demo",
    "describe_definition",
    "describe_rule",
    "hidden_json",
    "hidden_page",
    "judge",
    "known_truth_json",
    "known_truth_page",
    "known_truth_summary",
    "methods_paragraph",
    "multiverse_json",
    "multiverse_page",
    "multiverse_summary",
    "on",
    "outcome_json",
    "outcome_summary",
    "rule_json",
    "score_json",
    "trial",
    "trial_json",
    "trial_summary",
    "trials",
    "write_cohort",
    "write_cohort_multiverse",
    "write_known_truth",
    "write_trial",
]
