"""Results as a page to read and numbers to check: the demonstration, a trial, several trials.

>>> done = smoulder.reports.run_demo(out=Path("out/demo"), people=20_000, seed=0, threads=2)
>>> print("\\n".join(done.summary))
>>> print("\\n".join(smoulder.reports.trial_summary(result)))
>>> smoulder.reports.write_trial(result, Path("out/oratorio"))
"""

from __future__ import annotations

from smoulder.reports.cohort.data import multiverse_json, multiverse_summary, outcome_json, outcome_summary
from smoulder.reports.cohort.known_truth import (
    known_truth_json,
    known_truth_page,
    known_truth_summary,
    write_known_truth,
)
from smoulder.reports.cohort.page import cohort_page, multiverse_page, write_cohort, write_cohort_multiverse
from smoulder.reports.cohort.rules_in_words import (
    JUDGED_IN_PYTHON,
    definition_json,
    definitions_listing,
    describe_definition,
    describe_rule,
    methods_paragraph,
    rule_json,
)
from smoulder.reports.demo.hidden import hidden_json, hidden_page
from smoulder.reports.demo.run import PEOPLE, Demo, run_demo
from smoulder.reports.document import Document, data, html
from smoulder.reports.numbers import score_json
from smoulder.reports.trial.data import trial_json, trial_summary
from smoulder.reports.trial.page import trial_page, trials_page, write_trial

__all__ = [
    "JUDGED_IN_PYTHON",
    "PEOPLE",
    "Demo",
    "Document",
    "cohort_page",
    "data",
    "definition_json",
    "definitions_listing",
    "describe_definition",
    "describe_rule",
    "hidden_json",
    "hidden_page",
    "html",
    "known_truth_json",
    "known_truth_page",
    "known_truth_summary",
    "methods_paragraph",
    "multiverse_json",
    "multiverse_page",
    "multiverse_summary",
    "outcome_json",
    "outcome_summary",
    "rule_json",
    "run_demo",
    "score_json",
    "trial_json",
    "trial_page",
    "trial_summary",
    "trials_page",
    "write_cohort",
    "write_cohort_multiverse",
    "write_known_truth",
    "write_trial",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
