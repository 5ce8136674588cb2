"""Who enters, who gets what, when they are seen, how arms are compared: whole virtual trials."""

from smoulder.trials.conducted import Conducted
from smoulder.trials.endpoints import Comparison, Component, compare
from smoulder.trials.methods_section import describe
from smoulder.trials.result import TrialResult
from smoulder.trials.run import REPLICATES, one_trial, run_trial
from smoulder.trials.specification import Design, design, designs, source

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
    "one_trial",
    "run_trial",
    "source",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
