"""Results as figures: functions of results that return pictures as SVG text with a description in words.

Needs matplotlib (the extra ``report``), loaded when the first figure is drawn; no display, no global state, the same
bytes each time.
"""

from __future__ import annotations

from .canvas import Picture, require
from .damage import fibre_loss, switches
from .disability import ages_at_milestones, edss_by_year, milestones, relapse_rate
from .labels import GROUPS, group, label, labels
from .lives import ten_lives
from .scores import published_beside_simulated

__all__ = [
    "GROUPS",
    "Picture",
    "ages_at_milestones",
    "edss_by_year",
    "fibre_loss",
    "group",
    "label",
    "labels",
    "milestones",
    "published_beside_simulated",
    "relapse_rate",
    "require",
    "switches",
    "ten_lives",
]
