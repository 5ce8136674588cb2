"""No evidence of disease activity (NEDA-3, NEDA-4) over a window of days, and worsening without new lesions, with
"unknown" kept apart from "no".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from smoulder.errors import InputError
from smoulder.outcomes.disability_change import Worsenings, worsening
from smoulder.outcomes.rules.published import NEDA_3, SILENT_91D
from smoulder.outcomes.rules.worsening import NedaRule, SilentRule
from smoulder.outcomes.search.follow_ups import scored, scores
from smoulder.outcomes.search.visits import NEVER, last_before
from smoulder.records import Records, Table, years

__all__ = ["FREE", "SHOWN", "UNKNOWN", "Neda", "mri_silent", "neda"]

FREE, SHOWN, UNKNOWN = 1, 0, -1

_NEVER_SEEN = 2**40  # beyond any day of a record
_LAST_DAY = np.iinfo(np.int32).max

_Days = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Neda:
    """Each component and all of them together for N people, int8[N]: 1 free of activity, 0 activity shown, -1 unknown
    (nothing shown, but not everything looked at). ``volume`` is None where the rule does not ask for it (NEDA-3).
    """

    person: NDArray[np.int64]
    relapses: NDArray[np.int8]
    worsening: NDArray[np.int8]
    lesions: NDArray[np.int8]
    volume: NDArray[np.int8] | None = None

    def frame(self) -> pd.DataFrame:
        """One row a person: ``person``, the components ``relapses``, ``worsening``, ``lesions`` and, where the rule
        asks for it, ``volume``, and ``free``, all together. True: free of activity, False: activity, <NA>: unknown.
        """
        named = {name: getattr(self, name) for name in ("relapses", "worsening", "lesions", "volume", "free")}
        parts = {
            name: pd.array(np.where(values == UNKNOWN, None, values == FREE), dtype="boolean")
            for name, values in named.items()
            if values is not None
        }
        return pd.DataFrame({"person": self.person, **parts})

    @property
    def free(self) -> NDArray[np.int8]:
        """NEDA: 1 when all components are free, 0 when one shows activity, otherwise -1."""
        asked = [self.relapses, self.worsening, self.lesions, self.volume]
        parts = np.stack([part for part in asked if part is not None])
        none, some = (parts == FREE).all(axis=0), (parts == SHOWN).any(axis=0)
        return np.where(some, SHOWN, np.where(none, FREE, UNKNOWN)).astype(np.int8)


def neda(records: Records, start: ArrayLike, stop: ArrayLike, rule: NedaRule = NEDA_3) -> Neda:
    """Evidence of activity after day ``start`` up to and with ``stop`` (one day, or int[N]) by ``rule``.

    - Relapses: free when the person was under observation from start to stop.
    - What stands for the start is the last rated visit, or scan, at most ``slack_days`` before it, failing that the
      first as near after it; activity is counted from there.
    - Worsening: begun by the stop, confirmed then or later. Free when a visit stands for the start, one lies at most
      ``slack_days`` before the stop or after it, and no worsening waits for its confirmation.
    - Lesions: new or enhancing on a scan after the one for the start, up to the one for the stop: the last at most
      ``slack_days`` before it, failing that the first as near after it. Free when both are there and every scan
      between counted both kinds. Without a scan for the start only enhancing lesions show activity.
    - Brain volume, where the rule asks: the loss a year between the measured scans that stand for start and stop;
      unknown without two.

    InputError for a window that ends before it starts.
    """
    people = records.people
    first, last = (np.broadcast_to(np.asarray(d, dtype=np.int64), people.person.shape) for d in (start, stop))
    if (last <= first).any():
        raise InputError("the window must end after it starts")
    return Neda(
        people.person,
        _relapses(records, first, last),
        _worsening(records, first, last, rule),
        _lesions(records, first, last, rule.slack_days),
        None if rule.brain_loss is None else _volume(records, first, last, rule.slack_days, rule.brain_loss),
    )


def mri_silent(events: Worsenings, records: Records, rule: SilentRule = SILENT_91D) -> NDArray[np.int8]:
    """Whether each worsening is silent on MRI, int8[N]: 1 silent, 0 a new or enhancing lesion from its reference to
    its confirmation (the event itself where nothing confirms it), -1 unknown or no event.

    ``events`` are the first of each person of ``records``, one row a person (InputError else). With first PIRA this
    is progression independent of relapse and MRI activity.
    """
    if not np.array_equal(events.person, records.people.person):
        raise InputError("events must be of the people of these records, one row a person")
    first = np.where(events.seen, events.reference_day, 0).astype(np.int64)
    last = np.where(events.seen, np.maximum(events.confirmed_day, events.day), 1).astype(np.int64)
    return np.where(events.seen, _lesions(records, first, last, rule.slack_days), UNKNOWN).astype(np.int8)


def _days(table: Table) -> NDArray[np.int32]:
    return table.day  # type: ignore[attr-defined]


def _three(shown: NDArray[np.bool_], looked: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(shown, SHOWN, np.where(looked, FREE, UNKNOWN)).astype(np.int8)


def _relapses(records: Records, first: _Days, last: _Days) -> NDArray[np.int8]:
    people, relapses = records.people, records.relapses
    owner = relapses.owners(people)
    inside = (relapses.day > first[owner]) & (relapses.day <= last[owner])
    shown = np.bincount(owner[inside], minlength=len(records)) > 0
    return _three(shown, (people.first_day <= first) & (people.last_day >= last))


def _worsening(records: Records, first: _Days, last: _Days, rule: NedaRule) -> NDArray[np.int8]:
    table = scored(records, rule.worsening.scale)
    visits = table.take(~np.isnan(scores(table, rule.worsening.scale)))
    origin, known = _origin(records, visits, first, rule.slack_days)
    owner = visits.owners(records.people)
    day = _days(visits)
    kept: Any = visits.take(known[owner] & (day >= origin[owner]))
    judged = replace(records, **{rule.worsening.scale.table: kept})
    strict, waiting = (
        worsening(judged, replace(rule.worsening, confirmation=replace(rule.worsening.confirmation, unconfirmed=which)))
        for which in ("never", "always")
    )
    begun, pending = (events.seen & (events.day <= last) for events in (strict, waiting))
    late = (day > origin[owner]) & (day >= last[owner] - rule.slack_days)
    closed = np.bincount(owner[late], minlength=len(records)) > 0
    return _three(begun, known & closed & ~pending)


def _lesions(records: Records, first: _Days, last: _Days, slack: int) -> NDArray[np.int8]:
    scans, people = records.scans, len(records)
    origin, known = _origin(records, scans, first, slack)
    closing, closed = _closing(records, scans, last, slack)
    owner = scans.owners(records.people)
    compared = known[owner] & (scans.day > origin[owner]) & (scans.day <= closing[owner])
    # Without a scan to compare with, new lesions may be older than the window; enhancing ones are not.
    alone = ~known[owner] & (scans.day > first[owner]) & (scans.day <= last[owner])
    active = (compared & (scans.new_t2 > 0)) | ((compared | alone) & (scans.gd > 0))
    partial = compared & ((scans.new_t2 < 0) | (scans.gd < 0))
    shown, holes, any_scan = (np.bincount(owner[m], minlength=people) > 0 for m in (active, partial, compared))
    return _three(shown, known & closed & any_scan & ~holes)


def _volume(records: Records, first: _Days, last: _Days, slack: int, most: float) -> NDArray[np.int8]:
    scans = records.scans.take(~np.isnan(records.scans.brain_volume))
    begin, known = _origin(records, scans, first, slack)
    before, after = _around(records, scans, last)
    early, late = last - before <= slack, after - last <= slack
    end = np.where(early, before, after)
    measured = known & (early | late) & (end > begin)
    who = np.arange(len(records), dtype=np.int64)[measured]
    rows = [last_before(scans, day[measured].astype(np.int32), records, who) for day in (begin, end)]
    old, new = (scans.brain_volume[row].astype(np.float64) for row in rows)
    lost = np.zeros(len(records))
    lost[measured] = 100 * (1 - new / old) / years(end[measured] - begin[measured])
    return _three(measured & (lost > most), measured)


def _origin(records: Records, table: Table, first: _Days, slack: int) -> tuple[_Days, NDArray[np.bool_]]:
    """Day of the row that stands for the start of each window, int64[N], and whether there is one, bool[N]."""
    before, after = _around(records, table, first)
    early = first - before <= slack
    return np.where(early, before, after), early | (after - first <= slack)


def _closing(records: Records, table: Table, last: _Days, slack: int) -> tuple[_Days, NDArray[np.bool_]]:
    """Day of the row that stands for the end of each window, or else the end itself, and whether there is one."""
    before, after = _around(records, table, last)
    late, later = last - before <= slack, after - last <= slack
    return np.where(~late & later, after, last), late | later


def _around(records: Records, table: Table, day: _Days) -> tuple[_Days, _Days]:
    """Day of each person's last row at or before ``day`` and of the first after it; far off where there is none."""
    rows = np.append(_days(table).astype(np.int64), [_NEVER_SEEN, -_NEVER_SEEN])
    late, early = len(table), len(table) + 1  # where the far days stand
    offsets = table.offsets(records.people)
    row = last_before(
        table, np.clip(day, -_LAST_DAY, _LAST_DAY).astype(np.int32), records, np.arange(len(records), dtype=np.int64)
    )
    following = np.where(row == NEVER, offsets[:-1], row + 1)
    before = rows[np.where(row == NEVER, early, row)]
    return before, rows[np.where(following < offsets[1:], following, late)]
