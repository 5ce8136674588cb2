"""Calls of msprog as definitions of ours: every option by its name, results with its columns and dates.

``from_msprog(options)`` gives the definition; ``.run(visits, relapses)`` judges two long tables by it. By default
every relapse counts, in whatever order the table has them, and scores that do not exist are refused.
``compatible=True`` repeats msprog where both its versions differ from that: relapses further before the first visit
than ``relapse_to_bl`` are forgotten, re-baselining takes relapses in the order of the table, any EDSS from 0 to 10 is
taken, and so are ``subjects`` who are not there. A relapse 45 days before the first visit and 85 before the event,
within the 90 days that make RAW::

    options = dict(subj_col="id", value_col="EDSS", date_col="day", outcome="edss", date_format="day", RAW_PIRA=True)
    visits = pd.DataFrame({"id": 1, "day": [45, 85, 185], "EDSS": [2.0, 3.0, 3.0]})
    relapses = pd.DataFrame({"id": [1], "day": [0]})
    outcomes.from_msprog(options).run(visits, relapses).results.CDW_type                     # RAW
    outcomes.from_msprog(options, compatible=True).run(visits, relapses).results.CDW_type    # PIRA

Unlike msprog, a probability of imputing the last visit is refused, as are ends of relapses, and days are whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import InputError, UnknownName
from smoulder.outcomes.disability_change import first_rows, seen_by, threshold, walked
from smoulder.outcomes.msprog.milestones import MsprogMilestone, milestone_from_msprog
from smoulder.outcomes.msprog.options import Options, attribution_of, columns_of, rule_of
from smoulder.outcomes.msprog.tables import Columns, Plain, column, plain
from smoulder.outcomes.msprog.trajectories import MsprogTrajectories, trajectories_from_msprog
from smoulder.outcomes.rules.worsening import AttributionRule, WorseningRule
from smoulder.outcomes.search.follow_ups import FAR
from smoulder.outcomes.search.walking import ANY, BETTER, COLUMNS, PIRA, RAW, WORSE, Asked, Seen

__all__ = ["OPTIONS", "Msprog", "MsprogAnswer", "from_msprog"]

_ALL = FAR
_EVENTS = {
    "firstCDW": Asked(False, True, ANY, 1, False),
    "firstCDI": Asked(True, False, ANY, 1, False),
    "first": Asked(True, True, ANY, 2, False),  # with a reference that goes back the second may be the earlier one
    "firstPIRA": Asked(False, True, PIRA, 1, False),
    "firstRAW": Asked(False, True, RAW, 1, False),
    "multiple": Asked(True, True, ANY, _ALL, False),
}
_KINDS = {0: "", RAW: "RAW", PIRA: "PIRA", 3: "undefined"}
_COMMON: dict[str, Any] = {
    "subj_col": None,
    "value_col": None,
    "date_col": None,
    "outcome": None,
    "rsubj_col": None,
    "rdate_col": None,
    "validconf_col": None,
    "delta_fun": None,
    "worsening": None,
    "conf_days": 84,
    "conf_tol_days": (7, 730.5),
    "relapse_to_conf": 30,
    "impute_last_visit": 0,
    "date_format": None,
    "verbose": 0,
}
OPTIONS: dict[str, Any] = {
    **_COMMON,
    "renddate_col": None,
    "subjects": None,
    "valuedelta_col": None,
    "event": "firstCDW",
    "RAW_PIRA": False,
    "baseline": "fixed",
    "proceed_from": "firstconf",
    "sub_threshold_rebl": "none",
    "bl_geq": False,
    "relapse_rebl": False,
    "skip_local_extrema": "none",
    "require_sust_days": 0,
    "check_intermediate": True,
    "relapse_to_bl": 30,
    "relapse_to_event": 0,
    "relapse_assoc": 90,
    "relapse_indep": None,
    "include_dates": False,
    "include_values": None,
    "include_value": None,
    "include_stable": True,
    "return_unconfirmed": False,
}
"""Options of ``MSprog`` with their defaults."""


class MsprogAnswer(NamedTuple):
    """What msprog returns: one row an event (or a stable person), counts of events by person, and the changes that
    nothing confirmed (None unless ``return_unconfirmed``).
    """

    results: pd.DataFrame
    event_count: pd.DataFrame
    unconfirmed: pd.DataFrame | None


@dataclass(frozen=True)
class Shown:
    """What the results show: dates, values, people without an event, unconfirmed changes; and of whom (None: all)."""

    dates: bool
    values: bool
    stable: bool
    unconfirmed: bool
    people: tuple[Any, ...] | None


@dataclass(frozen=True)
class Msprog:
    """A definition with the options of msprog: ``event`` out of firstCDW, firstCDI, first, firstPIRA, firstRAW and
    multiple, by ``rule``, with labels by ``by`` (None: unlabelled), from tables with ``columns``.
    """

    event: str
    rule: WorseningRule
    by: AttributionRule | None
    columns: Columns
    shown: Shown
    compatible: bool

    def run(self, visits: pd.DataFrame, relapses: pd.DataFrame | None = None) -> MsprogAnswer:
        """Judge ``visits`` (one row a visit) and ``relapses`` (one row an onset); results are sorted by person in the
        order of ``visits``, then by event. TableError, UnknownName or InputError for tables that cannot be read.
        """
        read = self._read(visits, relapses)
        seen = self._seen(read)
        asked = _EVENTS[self.event]._replace(unconfirmed=self.shown.unconfirmed)
        found, scores, unproven = walked(seen, self.rule, asked, self.by)
        if self.event == "first":
            rows = first_rows(found, len(read.names))
            found, scores = found[rows[rows >= 0]], scores[rows[rows >= 0]]
        doubts = self._unconfirmed(read, seen, unproven) if self.shown.unconfirmed else None
        return MsprogAnswer(self._results(read, found, scores), self._counts(read, found), doubts)

    def _read(self, visits: pd.DataFrame, relapses: pd.DataFrame | None) -> Plain:
        whom = self.shown.people
        if whom is not None and self.columns.person in visits:
            person = column(visits, self.columns.person, "visits")
            strangers = [one for one in whom if not person.isin([one]).any()]
            if strangers and not self.compatible:
                raise InputError(f"subjects: nobody of visits is called '{strangers[0]}'")
            visits = visits[person.isin(whom)]
        old = self.rule.relapses.reference[0] if self.compatible else None
        return plain(visits, relapses, self.columns, self.rule.scale, as_given=old)

    def _seen(self, read: Plain) -> Seen:
        """As the rule sees them, with steps from their own column, and unrounded where msprog is repeated."""
        seen = seen_by(read.visits, self.rule)
        if not self.compatible and not self.columns.threshold:
            return seen
        return seen._replace(step=threshold(read.basis, self.rule.threshold))

    def _results(self, read: Plain, found: NDArray[np.int32], scores: NDArray[np.float64]) -> pd.DataFrame:
        people = len(read.names)
        counts = np.bincount(found[:, 0], minlength=people)
        who = found[:, 0].astype(np.int64)
        if self.shown.stable:
            who = np.append(who, np.flatnonzero(counts == 0))
        order = np.argsort(who, kind="stable")
        rows = np.full((len(who), found.shape[1]), -1, dtype=np.int32)
        rows[: len(found)] = found
        both = np.full((len(who), 2), np.nan)
        both[: len(found)] = scores
        rows, both, who = rows[order], both[order], who[order]
        rank = np.arange(len(who)) - np.searchsorted(who, who) + 1
        table = self._table(read, rows, both, who, rank)
        return pd.DataFrame(table)

    def _table(
        self, read: Plain, rows: NDArray[np.int32], scores: NDArray[np.float64], who: NDArray[np.int64], rank: Any
    ) -> dict[str, Any]:
        """The columns by name; rows without an event have no event visit."""
        seen, sign = read.visits, 1.0 if self.rule.scale.higher_is_worse else -1.0
        reference, event, _, held, clear = (rows[:, k] for k in range(2, 7))
        had = event >= 0
        first, last = seen.day[seen.offsets[who]].astype(np.float64), seen.day[seen.offsets[who + 1] - 1]
        day = np.where(had, seen.day[event], np.nan)
        table: dict[str, Any] = {self.columns.person: read.names[who], "nevent": np.where(had, rank, 0)}
        table["event_type"] = np.array(["", "CDW", "CDI"], dtype=object)[np.where(had, rows[:, 1], 0)]
        if self.by is not None:
            labels = np.array(list(_KINDS.values()), dtype=object)
            table["CDW_type"] = labels[np.where(had & (rows[:, 1] == WORSE), rows[:, 7], 0)]
        table["total_fu"] = last - first

        def show(name: str, row: NDArray[np.int32], value: NDArray[np.float64] | None = None) -> None:
            there = row >= 0
            if self.shown.dates:
                table[f"{name}date"] = read.dates(seen.day[row], there)
            if self.shown.values:
                table[f"{name}value"] = np.where(there, sign * seen.score[row], np.nan) if value is None else value

        show("", event)
        show("bl_", reference, sign * scores[:, 0])
        show("last_delta_", clear, sign * scores[:, 1])
        table["bl2event"] = np.where(had, day - seen.day[reference], np.nan)
        table["time2event"] = np.where(had, day - first, last - first)
        table["sust_days"] = np.where(had, seen.day[held] - day, np.nan)
        table["sust_last"] = had & (held == seen.offsets[who + 1] - 1)
        windows = [window.days for window in self.rule.confirmation.windows]
        for k, days in enumerate(windows):
            show(f"conf{days}_", rows[:, len(COLUMNS) + k])
        if self.by is not None and self.event != "firstRAW":
            for k, days in enumerate(windows):
                show(f"PIRA_conf{days}_", rows[:, len(COLUMNS) + len(windows) + k])
        return table

    def _counts(self, read: Plain, found: NDArray[np.int32]) -> pd.DataFrame:
        """Events of each kind by person, and their order where there can be several."""
        people, (who, kind, label) = len(read.names), (found[:, k] for k in (0, 1, 7))
        worse = kind == WORSE
        counts = {
            "CDI": np.bincount(who[kind == BETTER], minlength=people),
            "CDW": np.bincount(who[worse], minlength=people),
            "RAW": np.bincount(who[worse & (label == RAW)], minlength=people),
            "PIRA": np.bincount(who[worse & (label == PIRA)], minlength=people),
        }
        drop = {"firstPIRA": ("CDI", "CDW", "RAW"), "firstRAW": ("CDI", "CDW", "PIRA"), "firstCDI": ("CDW",)}
        hidden = set(drop.get(self.event, ("CDI",) if self.event == "firstCDW" else ()))
        hidden |= {"RAW", "PIRA"} if self.by is None else set()
        table: dict[str, Any] = {self.columns.person: read.names}
        if self.event in ("first", "firstCDW", "multiple"):
            words = np.where(kind == BETTER, "CDI", np.array(["CDW", "RAW", "PIRA", "CDW"])[label])
            sequence = [""] * people
            for person, word in zip(who.tolist(), words.tolist(), strict=True):
                sequence[person] += f", {word}" if sequence[person] else word
            table["event_sequence"] = np.array(sequence, dtype=object)
        return pd.DataFrame(table | {name: count for name, count in counts.items() if name not in hidden})

    def _unconfirmed(self, read: Plain, seen: Seen, unproven: NDArray[np.int32]) -> pd.DataFrame:
        """Changes that nothing confirmed, with the distances to relapses (infinite where there is none)."""
        sign = 1.0 if self.rule.scale.higher_is_worse else -1.0
        reference, event = unproven[:, 0], unproven[:, 1]
        who = np.searchsorted(seen.offsets, event, side="right") - 1
        all_known = np.ones(len(event), dtype=np.bool_)
        since, until = (np.where(d[event] == FAR, np.inf, d[event]) for d in (seen.since, seen.until))
        return pd.DataFrame(
            {
                self.columns.person: read.names[who],
                "date": read.dates(seen.day[event], all_known),
                "value": sign * read.visits.score[event],
                "bl_date": read.dates(seen.day[reference], all_known),
                "bl_value": sign * seen.score[reference],
                "closest_rel_before": since,
                "closest_rel_after": until,
            }
        )


def from_msprog(
    options: Mapping[str, Any], *, function: str = "MSprog", compatible: bool = False
) -> Msprog | MsprogMilestone | MsprogTrajectories:
    """The definition that a call of msprog stands for: its arguments by name, the tables apart.

    ``function`` is MSprog, value_milestone or separate_ri_ra. Names of the R package are taken and, where they differ,
    those of the Python one (``include_value``, ``sub_threshold_rebl="event"``, ``valuedelta_col``,
    ``return_unconfirmed``, tolerances by window); "inf" is infinity. ``verbose`` changes nothing.
    UnknownName, with the nearest, for any other option or value; InputError for what is not judged here.
    """
    if function == "value_milestone":
        return milestone_from_msprog(options, _COMMON, compatible=compatible)
    if function == "separate_ri_ra":
        return trajectories_from_msprog(options, _COMMON, compatible=compatible)
    if function != "MSprog":
        raise UnknownName("function of msprog", function, ["MSprog", "value_milestone", "separate_ri_ra"])
    known = Options(options, OPTIONS, "MSprog")
    if known["renddate_col"] is not None:
        raise InputError("renddate_col: ends of relapses are not judged here, only their onsets; leave it out")
    event = known.one_of("event", _EVENTS)
    labelled = event in ("firstPIRA", "firstRAW") or (event != "firstCDI" and known.flag("RAW_PIRA"))
    values = known["include_values"] if known["include_values"] is not None else known["include_value"]
    shown = Shown(
        known.flag("include_dates"),
        bool(values),
        known.flag("include_stable"),
        known.flag("return_unconfirmed"),
        None if known["subjects"] is None else tuple(_listed(known["subjects"])),
    )
    by = attribution_of(known) if labelled else None
    return Msprog(event, rule_of(known), by, columns_of(known), shown, compatible)


def _listed(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, (list, tuple, set, np.ndarray, pd.Series)) else [value]
