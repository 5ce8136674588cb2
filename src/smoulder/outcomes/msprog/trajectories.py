"""The score split as pymsprog's ``separate_ri_ra`` splits it, on plain tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import InputError
from smoulder.outcomes.msprog.options import SOURCE, Options, columns_of, confirmation_of, near_of, scale_of
from smoulder.outcomes.msprog.tables import Columns, days_of, identities, plain
from smoulder.outcomes.rules.worsening import CustomThreshold, TrajectoryRule
from smoulder.outcomes.score_parts import ROUNDING, split_scores, steps_of
from smoulder.outcomes.search.follow_ups import FollowUp

__all__ = ["OWN", "MsprogTrajectories", "trajectories_from_msprog"]

OWN = {
    "sust_raw_days": 180,
    "relapse_to_bl": 30,
    "relapse_assoc": 90,
    "subtract_bl": False,
    "include_rel_num": False,
    "include_bl": True,
    "include_raw_dates": False,
}
"""Options of ``separate_ri_ra`` besides those of all functions, with their defaults."""


@dataclass(frozen=True)
class MsprogTrajectories:
    """A definition with the options of pymsprog's ``separate_ri_ra``; ``more`` are the columns asked for besides."""

    rule: TrajectoryRule
    columns: Columns
    more: tuple[str, ...]
    compatible: bool

    def run(self, visits: pd.DataFrame, relapses: pd.DataFrame) -> pd.DataFrame:
        """The rows of ``visits`` from each person's start on, sorted by person and day, with the parts of the score as
        further columns: ``srac_`` (sustained), ``trac_`` (transient), ``ric_`` (independent) and the name of the score.
        """
        scale, names = self.rule.scale, self.columns
        read = plain(visits, relapses, names, scale, as_given=2**30 if self.compatible else None)
        steps = steps_of(self.rule.threshold, 0.0 if self.compatible else ROUNDING)
        kept, parts = split_scores(read.visits, self.rule, steps, literal=self.compatible)
        owner = np.repeat(np.arange(len(read.names)), np.diff(read.visits.offsets))[kept]
        day = read.visits.day[kept]
        dates = read.dates(day, np.ones(len(day), dtype=np.bool_))
        table = pd.DataFrame({names.person: read.names[owner], names.day: dates})
        for column in visits.columns:
            if column not in table:
                table[column] = self._carried(visits, column, read.names, owner, table[names.day])
        for prefix, part in zip(("srac", "trac", "ric", "bl"), parts, strict=True):
            if prefix != "bl" or "bl" in self.more:
                table[f"{prefix}_{names.score}"] = part
        if "relapses" in self.more:
            table["relapse_num"] = _number_of_relapses(read.visits, kept)
        if "change" in self.more:
            table[f"{names.score}-bl"] = table[names.score] - parts[3]
        return table

    def _carried(self, visits: pd.DataFrame, column: str, people: pd.Index, owner: Any, day: Any) -> NDArray[Any]:
        """A column of ``visits`` at the rows kept: the last row of that person and day with a score."""
        names = self.columns
        whole = visits[[names.person, names.day, names.score]].notna().all(axis=1)
        rows = visits[whole]
        when = days_of(rows[names.day], names.days, "visits")
        lookup = pd.Series(
            rows[column].to_numpy(), index=pd.MultiIndex.from_arrays([identities(rows[names.person]), when])
        )
        lookup = lookup[~lookup.index.duplicated(keep="last")]
        moments = days_of(pd.Series(day, name=names.day), "day" if names.days == "day" else None, "visits")
        return lookup.reindex(pd.MultiIndex.from_arrays([people[owner], moments])).to_numpy()


def trajectories_from_msprog(
    options: Mapping[str, Any], common: Mapping[str, Any], *, compatible: bool
) -> MsprogTrajectories:
    """The definition of a call of ``separate_ri_ra``; errors as ``from_msprog``."""
    known = Options(options, {**common, **OWN}, "separate_ri_ra")
    if known.flag("include_raw_dates"):
        raise InputError("include_raw_dates: the days are in the trajectories, where the sustained part rises")
    scale, threshold = scale_of(known)
    if isinstance(threshold, CustomThreshold):
        raise InputError("delta_fun: trajectories know thresholds by steps or shares only")
    lasts = known.number("sust_raw_days", infinite=True)
    base = confirmation_of(known)
    confirmation = type(base)(
        base.days,
        base.early,
        base.late,
        base.every_visit,
        None if np.isinf(lasts) else int(lasts),
        base.unconfirmed,
        base.also,
        base.within,
    )
    rule = TrajectoryRule(
        "msprog", SOURCE, scale, threshold, confirmation, near_of(known), known.pair("relapse_assoc", 0)
    )
    asked = {"bl": "include_bl", "relapses": "include_rel_num", "change": "subtract_bl"}
    more = tuple(name for name, option in asked.items() if known.flag(option))
    return MsprogTrajectories(rule, columns_of(known), more, compatible)


def _number_of_relapses(seen: FollowUp, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many relapses each kept visit has at or before it."""
    count = np.zeros(len(seen.day), dtype=np.int64)
    for who in range(len(seen.offsets) - 1):
        span = slice(seen.offsets[who], seen.offsets[who + 1])
        mine = np.sort(seen.relapse_day[seen.relapse_offsets[who] : seen.relapse_offsets[who + 1]])
        count[span] = np.searchsorted(mine, seen.day[span], side="right")
    return count[kept]
