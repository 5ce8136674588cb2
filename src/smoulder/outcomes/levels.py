"""When a score reached a level for good, on any scale: confirmed as worsening is, but against a fixed number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.compiled import njit
from smoulder.errors import InputError
from smoulder.outcomes.events import Events, censoring
from smoulder.outcomes.follow_up import FollowUp, follow_up
from smoulder.outcomes.msprog_options import SOURCE, Options, columns_of, confirmation_of, near_of, scale_of
from smoulder.outcomes.plain import Columns, plain
from smoulder.outcomes.rules_worsening import LevelRule
from smoulder.outcomes.walk import first_usable
from smoulder.outcomes.worsening import confirming, view_of
from smoulder.records import UNKNOWN_DAY, Records

__all__ = ["OWN", "MsprogMilestone", "milestone_from_msprog", "reaching"]

OWN = {"milestone": None, "require_sust_days": 0, "relapse_to_event": 0}
"""Options of ``value_milestone`` besides those of all functions, with their defaults."""


def reaching(records: Records, level: float, rule: LevelRule, *, score: ArrayLike | None = None) -> Events:
    """Day on which each person reached ``level`` (shown unit) by ``rule``; censored at death or last day.

    ``score`` (float[rows of the scale's table], NaN not done) replaces the column that the rule names. InputError for
    a rule that counts other unconfirmed visits than the last.
    """
    seen = follow_up(records, rule.scale, score)
    day = np.append(seen.day, np.int32(UNKNOWN_DAY))[_rows(seen, level, rule)]
    return Events(records.people.person, day, censoring(records, np.diff(seen.offsets) > 0))


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
        seen, row = read.visits, _rows(read.visits, self.milestone, self.rule)
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


def _rows(seen: FollowUp, level: float, rule: LevelRule) -> NDArray[np.int64]:
    """The row of ``seen`` at which each person reached the level, -1 for none."""
    if rule.confirmation.unconfirmed not in ("never", "last visit"):
        raise InputError(f"rule '{rule.name}': unconfirmed, only the last visit of all can reach a level")
    turned = float(level) if rule.scale.higher_is_worse else -float(level)
    found: NDArray[np.int64] = _reached(view_of(seen, seen.score, seen.score), turned, confirming(rule))
    return found


@njit
def _reached(seen: Any, level: float, confirming: Any) -> Any:
    """The visit at which each person reached the level for good, -1 for none; int64[N]."""
    day, people = seen.day, len(seen.offsets) - 1
    row = np.full(people, -1, dtype=np.int64)
    for who in range(people):
        begin, stop = seen.offsets[who], seen.offsets[who + 1]
        at = begin
        while at < stop:
            far = seen.since[at] >= confirming.event[0] and seen.until[at] >= confirming.event[1]
            if seen.score[at] < level or not far:
                at += 1
                continue
            last = at
            while last + 1 < stop and seen.score[last + 1] >= level:
                last += 1
            first = first_usable(at, stop, seen, confirming)
            proven = at <= first <= last
            if at == stop - 1:
                proven = confirming.at_last_visit and day[at] - day[begin] <= confirming.within
            if proven and (last + 1 == stop or day[last + 1] - day[at] >= confirming.sustained):
                row[who] = at
                break
            at = stop - 1 if last + 1 == stop and at < stop - 1 else last + 1
    return row
