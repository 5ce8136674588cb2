"""Who enters, who gets what, when they are seen, how arms are compared: cohorts of lives, and whole virtual trials."""

from smoulder.trials.cohort import observe, simulate
from smoulder.trials.conducted import Conducted
from smoulder.trials.design import Design, design, designs, source
from smoulder.trials.endpoints import Comparison, Component, compare
from smoulder.trials.methods import describe
from smoulder.trials.result import TrialResult
from smoulder.trials.run import REPLICATES, one_trial, run_trial

__all__ = [
    "REPLICATES",
    "Comparison",
    "Component",
    "Conducted",
    "Design",
    "TrialResult",
    "compare",
    "describe",
    "design",
    "designs",
    "observe",
    "one_trial",
    "run_trial",
    "simulate",
    "source",
]
