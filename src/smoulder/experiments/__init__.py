"""Questions put to the model: its natural history, the two explanations switched, damage that no clinic sees, and what
each published definition of worsening finds where the truth is known.
"""

from smoulder.experiments.hidden.summary import Hidden, hidden_damage
from smoulder.experiments.known_truth import KnownTruth, definitions_tested
from smoulder.experiments.lives import Life, ten_lives
from smoulder.experiments.natural import NaturalHistory, natural_history
from smoulder.experiments.switches import Switches, switched

__all__ = [
    "Hidden",
    "KnownTruth",
    "Life",
    "NaturalHistory",
    "Switches",
    "definitions_tested",
    "hidden_damage",
    "natural_history",
    "switched",
    "ten_lives",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
