"""Results as a page to read and numbers to check: the demonstration, a trial, several trials.

>>> done = smoulder.reports.demo(out=Path("out/demo"), people=20_000, seed=0, threads=2)
>>> print("\\n".join(done.summary))
>>> print("\\n".join(smoulder.reports.trial_summary(result)))
>>> smoulder.reports.write_trial(result, Path("out/oratorio"))
"""

from __future__ import annotations

from .demonstration import PEOPLE, Demo, demo
from .hidden import hidden_json, hidden_page
from .numbers import score_json
from .outcomes import cohort_page, multiverse_page, write_cohort, write_cohort_multiverse
from .outcomes_data import multiverse_json, multiverse_summary, outcome_json, outcome_summary
from .outcomes_found import CohortOutcome, judge
from .outcomes_rules import definition_json, definitions_listing, describe_definition, methods_paragraph
from .trial_data import trial_json, trial_summary
from .trial_page import trial, trials, write_trial

__all__ = [
    "PEOPLE",
    "CohortOutcome",
    "Demo",
    "cohort_page",
    "definition_json",
    "definitions_listing",
    "demo",
    "describe_definition",
    "hidden_json",
    "hidden_page",
    "judge",
    "methods_paragraph",
    "multiverse_json",
    "multiverse_page",
    "multiverse_summary",
    "outcome_json",
    "outcome_summary",
    "score_json",
    "trial",
    "trial_json",
    "trial_summary",
    "trials",
    "write_cohort",
    "write_cohort_multiverse",
    "write_trial",
]
