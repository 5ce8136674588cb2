"""The milestones of msprog's ``value_milestone``: a level reached by a rule, on plain tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smoulder.errors import InputError
from smoulder.outcomes.levels import rows_reached
from smoulder.outcomes.msprog.options import SOURCE, Options, columns_of, confirmation_of, near_of, scale_of
from smoulder.outcomes.msprog.tables import Columns, plain
from smoulder.outcomes.rules.worsening import LevelRule

__all__ = ["OWN", "MsprogMilestone", "milestone_from_msprog"]

OWN = {"milestone": None, "require_sust_days": 0, "relapse_to_event": 0}
"""Options of ``value_milestone`` besides those of all functions, with their defaults."""


@dataclass(frozen=True)
class MsprogMilestone:
    """A definition with the options of msprog's ``value_milestone``: a ``milestone`` reached by ``rule``."""

    milestone: float
    rule: LevelRule
    columns: Columns
    compatible: bool

    def run(self, visits: pd.DataFrame, relapses: pd.DataFrame | None = None) -> pd.DataFrame:
        """One row a person: day and score of the first confirmed visit at the milestone and its time since the first
        visit; or the last day, no score and the time of follow-up, not ``observed``.
        """
        old = self.rule.relapses.event[0] if self.compatible else None
        read = plain(visits, relapses, self.columns, self.rule.scale, as_given=old)
        seen, row = read.visits, rows_reached(read.visits, self.milestone, self.rule)
        observed = row >= 0
        sign = 1.0 if self.rule.scale.higher_is_worse else -1.0
        day = seen.day[np.where(observed, row, seen.offsets[1:] - 1)]
        return pd.DataFrame(
            {
                self.columns.person: read.names,
                self.columns.day: read.dates(day, np.ones(len(day), dtype=np.bool_)),
                self.columns.score: np.where(observed, sign * seen.score[row], np.nan),
                "time2event": day - seen.day[seen.offsets[:-1]],
                "observed": observed,
            }
        )


def milestone_from_msprog(
    options: Mapping[str, Any], common: Mapping[str, Any], *, compatible: bool
) -> MsprogMilestone:
    """The definition of a call of ``value_milestone``; errors as ``from_msprog``."""
    names = {name: value for name, value in common.items() if name != "delta_fun"} | OWN
    known = Options(options, names, "value_milestone")
    if known["milestone"] is None:
        raise InputError("milestone must be given")
    scale, _ = scale_of(known)
    rule = LevelRule("msprog", SOURCE, scale, confirmation_of(known), near_of(known))
    return MsprogMilestone(known.number("milestone"), rule, columns_of(known), compatible)
