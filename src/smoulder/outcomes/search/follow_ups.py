"""The scored visits of a cohort as flat arrays, with their distances to relapses: what a worsening rule walks along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smoulder.compiled import njit
from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.rules.worsening import Scale
from smoulder.records import Records, Table

__all__ = ["FAR", "FollowUp", "distances", "follow_up", "scored", "scores", "scores_of"]

FAR = np.iinfo(np.int32).max
"""Days to a relapse that never was."""


@dataclass(frozen=True, eq=False)
class FollowUp:
    """Visits with a score, sorted by person and day, 1-D of one length: ``day``, ``score`` (turned so that higher is
    worse), days ``since`` the last relapse at or before and ``until`` the next at or after (``FAR``: none), and
    whether the visit ``confirms``, or is barred from it. ``offsets`` int64[N + 1] says where each person starts;
    ``relapse_offsets`` and ``relapse_day`` are the relapses.
    """

    offsets: NDArray[np.int64]
    day: NDArray[np.int32]
    score: NDArray[np.float64]
    since: NDArray[np.int32]
    until: NDArray[np.int32]
    confirms: NDArray[np.bool_]
    relapse_offsets: NDArray[np.int64]
    relapse_day: NDArray[np.int32]


def scored(records: Records, scale: Scale) -> Table:
    """The table of ``records`` that holds the scale; UnknownName when it or the column is not there."""
    table: Table = records.table(scale.table)
    columns = [column.name for column in table.SCHEMA]
    if scale.column not in columns:
        raise UnknownName(f"column of {scale.table}", scale.column, columns)
    return table


def scores(table: Table, scale: Scale) -> NDArray[np.float64]:
    """The column of ``scale`` in its shown unit (EDSS 0 to 10), NaN where not rated; float64[rows of ``table``]."""
    column = next(column for column in table.SCHEMA if column.name == scale.column)
    held = getattr(table, column.name)
    return np.where(held == column.missing, np.nan, held / column.per_unit)


def scores_of(records: Records, scale: Scale, score: ArrayLike | None) -> tuple[Table, NDArray[np.float64]]:
    """The table of the scale, and its scores in shown unit: ``score`` where it is given, else the column of the table.

    InputError when ``score`` has not one number a row.
    """
    if score is None:
        table = scored(records, scale)
        return table, scores(table, scale)
    table, value = records.table(scale.table), np.asarray(score, dtype=np.float64)
    _refuse_shape("score", "number", value, table, scale)
    return table, value


def _refuse_shape(name: str, kind: str, given: NDArray[Any], table: Table, scale: Scale) -> None:
    if given.shape != (len(table),):
        raise InputError(f"{name} must hold one {kind} a row of {scale.table} ({len(table)}), not be {given.shape}")


def follow_up(
    records: Records, scale: Scale, score: ArrayLike | None = None, confirms: ArrayLike | None = None
) -> FollowUp:
    """The scored visits of ``records``; ``score`` (float[rows of the scale's table], NaN not done) stands in for its
    column, which the table then need not have. An infinite score, a test that could not be completed, counts as such.
    ``confirms`` (bool of that length) bars visits from confirming where False. InputError when either has not one value
    a row.
    """
    table, value = scores_of(records, scale, score)
    may = np.ones(len(table), dtype=np.bool_) if confirms is None else np.asarray(confirms, dtype=np.bool_)
    _refuse_shape("confirms", "truth value", may, table, scale)
    keep = ~np.isnan(value)
    offsets = np.append(0, np.cumsum(keep))[table.offsets(records.people)]
    moments: NDArray[np.int32] = table.day  # type: ignore[attr-defined]
    day = moments[keep]
    relapse_offsets, relapse_day = records.relapses.offsets(records.people), records.relapses.day
    since, until = distances(offsets, day, relapse_offsets, relapse_day)
    value = value[keep] if scale.higher_is_worse else -value[keep]
    return FollowUp(offsets, day, value, since, until, may[keep], relapse_offsets, relapse_day)


@njit
def distances(offsets: Any, day: Any, relapse_offsets: Any, relapse_day: Any) -> Any:
    """Days since the last relapse and until the next for each visit, both 0 on a relapse's own day."""
    since = np.full(len(day), FAR, dtype=np.int32)
    until = np.full(len(day), FAR, dtype=np.int32)
    for who in range(len(offsets) - 1):
        after, stop = relapse_offsets[who], relapse_offsets[who + 1]
        for v in range(offsets[who], offsets[who + 1]):
            while after < stop and relapse_day[after] < day[v]:
                after += 1
            if after < stop:
                until[v] = relapse_day[after] - day[v]
            if until[v] == 0:
                since[v] = 0
            elif after > relapse_offsets[who]:
                since[v] = day[v] - relapse_day[after - 1]
    return since, until
