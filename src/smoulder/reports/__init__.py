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
from .trial_data import trial_json, trial_summary
from .trial_page import trial, trials, write_trial

__all__ = [
    "PEOPLE",
    "Demo",
    "demo",
    "hidden_json",
    "hidden_page",
    "score_json",
    "trial",
    "trial_json",
    "trial_summary",
    "trials",
    "write_trial",
]
