"""Results as figures: functions of results that return pictures as SVG text with a description in words.

Needs matplotlib (the extra ``report``), loaded when the first figure is drawn; no display, no global state, the same
bytes each time.
"""

from __future__ import annotations

from smoulder.plots.forest_plot import forest
from smoulder.plots.hidden_damage import hidden, hidden_lives, hidden_worsening
from smoulder.plots.specs import first_event_spec, multiverse_spec
from smoulder.targets.words import GROUPS, group, label, labels
from smoulder.trials.agreement import Verdict, verdicts

from .canvas import Picture, require
from .damage import fibre_loss, switches
from .disability import ages_at_milestones, edss_by_year, milestones, relapse_rate
from .known_truth import known_truth_figure, known_truth_spec
from .lives import ten_lives
from .outcomes import first_event, multiverse_figure
from .scores import published_beside_simulated
from .trials import time_to_event

__all__ = [
    "GROUPS",
    "Picture",
    "Verdict",
    "ages_at_milestones",
    "edss_by_year",
    "fibre_loss",
    "first_event",
    "first_event_spec",
    "forest",
    "group",
    "hidden",
    "hidden_lives",
    "hidden_worsening",
    "known_truth_figure",
    "known_truth_spec",
    "label",
    "labels",
    "milestones",
    "multiverse_figure",
    "multiverse_spec",
    "published_beside_simulated",
    "relapse_rate",
    "require",
    "switches",
    "ten_lives",
    "time_to_event",
    "verdicts",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
