"""A cohort's outcomes as plain data for a program, as lines for a terminal, and as files beside a report."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from smoulder import outcomes, plots
from smoulder.envelope import mark_specification, text_of
from smoulder.judging import CohortOutcome
from smoulder.outcomes import Multiverse
from smoulder.outcomes.multiverse_analysis import YEARS
from smoulder.reports.cohort.rules_in_words import definition_json, event_words, methods_paragraph
from smoulder.store.files import replace_text
from smoulder.tables import LABELS, Account, adtte, ce, ft, rs, write
from smoulder.version import __version__

__all__ = [
    "account_json",
    "multiverse_json",
    "multiverse_summary",
    "number",
    "outcome_json",
    "outcome_summary",
    "per_100",
    "share",
    "write_json",
    "write_multiverse",
    "write_tables",
    "write_xpt",
]

_CODE = 8  # letters of a parameter code in ADaM


def outcome_json(found: CohortOutcome, many: Multiverse | None = None) -> dict[str, Any]:
    """Everything as plain data: ``account``, ``people``, ``definition``, ``result`` (a row of
    ``Multiverse.definitions``), ``relapse_rate``, ``kaplan_meier``, ``cumulative_incidence`` (None where no death is
    recorded), ``methods``, ``multiverse`` where ``many`` is given, ``version``. What does not exist is None.
    """
    curve, incidence = found.curve, found.incidence
    said = methods_paragraph(found.definition, found.found.by)
    parts = ("time", "at_risk", "events", "incidence", "lo", "hi")
    cumulative = None if incidence is None else _columns(incidence, parts)
    told: dict[str, Any] = {
        "account": account_json(found.cohort.account),
        "people": dict(found.counts),
        "definition": definition_json(found.definition) | {"methods": said},
        "result": _row(found.row),
        "deaths_before_the_event": found.deaths,
        "relapse_rate": _row(found.relapse_rate.to_dict()),
        "kaplan_meier": _columns(curve, ("time", "at_risk", "events", "survival", "lo", "hi")),
        "cumulative_incidence": cumulative,
        "methods": said,
        "version": __version__,
    }
    return told if many is None else told | {"multiverse": multiverse_json(many)}


def account_json(account: Account) -> dict[str, Any]:
    """Rows of each table in, used and set aside; why; columns not read; notes."""
    aside = account.aside.groupby(["table", "column", "kind"], sort=False)["row"].agg(["count", "min"]).reset_index()
    aside.columns = pd.Index(["table", "column", "reason", "rows", "first_row"])
    return {
        "tables": [_row(row) for row in account.frame().to_dict("records")],
        "set_aside": [_row(row) for row in aside.to_dict("records")],
        "not_read": {one.table: list(one.not_read) for one in account.tables if one.not_read},
        "notes": list(account.notes),
    }


def multiverse_json(many: Multiverse) -> dict[str, Any]:
    """The rows of ``definitions`` and ``agreement`` as plain data."""
    return {
        name: [_row(row) for row in getattr(many, name).to_dict("records")] for name in ("definitions", "agreement")
    }


def _row(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): _known(value) for name, value in row.items()}


def _known(value: Any) -> Any:
    if value is pd.NA:
        return None
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and not isfinite(plain) else plain


def _columns(curve: Any, names: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: [_known(value) for value in getattr(curve, name).tolist()] for name in names}


def number(value: Any, decimals: int = 1) -> str:
    """A number as text; a dash where it does not exist, "not reached" where it is infinite."""
    if value is pd.NA or value is None or np.isnan(value):
        return "–"
    return f"{value:,.{decimals}f}" if isfinite(value) else "not reached"


def share(row: Mapping[str, Any], year: int) -> str:
    """The Kaplan-Meier share at a year with its interval; a dash where nobody is followed so long."""
    value, lo, hi = (row[f"{name}_{year}"] for name in ("share", "lo", "hi"))
    if np.isnan(value):
        return "–"
    span = f" ({100 * lo:.0f} to {100 * hi:.0f})" if np.isfinite(lo) and np.isfinite(hi) else ""
    return f"{100 * value:.0f}%{span}"


def per_100(value: float, lo: float, hi: float) -> str:
    """A yearly rate as events in 100 years with its interval."""
    if np.isnan(value):
        return "–"
    span = f" ({100 * lo:.1f} to {100 * hi:.1f})" if np.isfinite(lo) and np.isfinite(hi) else ""
    return f"{100 * value:.1f}{span}"


def outcome_summary(found: CohortOutcome) -> list[str]:
    """The result as lines for a terminal: the account, the numbers, the methods."""
    row, counts = found.row, found.counts
    relapses = found.relapse_rate
    lines = [line for line in str(found.cohort.account).splitlines() if line]
    lines += [
        f"people: {counts['people']:,}, {counts['scored']:,} scored, {counts['scored twice']:,} more than once; "
        f"{counts['scores']:,} of {counts['rows']:,} rows hold a score, the others are passed over",
        f"{found.definition.name} ({found.definition.event})",
        f"  first events: {row['first_events']:,} in {row['years_to_first']:,.1f} years, "
        f"{per_100(row['rate'], row['lo'], row['hi'])} in 100 years",
        f"  with the event: {', '.join(f'{share(row, year)} at {year} y' for year in YEARS)}; "
        f"median {number(row['median'])}{' years' if isfinite(row['median']) else ''}",
        f"  all worsenings by this rule{'' if found.found.every else ' (the first of each person)'}: "
        f"{row['worsenings']:,}; {_laid(row)} (by '{row['attributed_by']}')",
        f"  relapses: {relapses['relapses']:,.0f} in {relapses['person_years']:,.1f} years, "
        f"{per_100(relapses['rate'], relapses['lo'], relapses['hi'])} in 100 years",
    ]
    if found.deaths:
        lines.append(f"  deaths before the event: {found.deaths}")
    lines.append(f"methods: {methods_paragraph(found.definition, found.found.by)}")
    return [line.replace("–", "-") for line in lines]


def _laid(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{label} {number(100 * row[label], 0)}%" for label in outcomes.LABELS[1:])


def multiverse_summary(many: Multiverse) -> list[str]:
    """The multiverse as lines for a terminal."""
    years = [f"{year} y" for year in YEARS]
    head = ("definition", "event", "first", "in 100 years", *years, "median", "PIRA", "RAW", "undef.")
    rows: list[tuple[str, ...]] = [head]
    for row in many.definitions.to_dict("records"):
        parts = [number(100 * row[label], 0) + "%" for label in ("PIRA", "RAW", "undefined")]
        rate = per_100(row["rate"], row["lo"], row["hi"])
        shares = [share(row, year).split(" ")[0] for year in YEARS]
        median = number(row["median"])
        cells = (row["definition"], row["event"], f"{row['first_events']:,}", rate, *shares, median, *parts)
        rows.append(tuple(cell.replace("–%", "-").replace("–", "-") for cell in cells))
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    silent = [row for row in many.definitions.to_dict("records") if row["not_scored"]]
    return lines + [f"{row['definition']}: {row['not_scored']} not in this cohort" for row in silent]


def write_json(value: Any, path: Path) -> None:
    """Plain data as a file, whole or not at all."""
    replace_text(path, text_of(value))


def write_tables(found: CohortOutcome, folder: Path) -> None:
    """``events`` and ``people`` as CSV and Parquet, the rows that were set aside, and the curve as picture and
    specification.
    """
    for name, frame in (("events", found.events()), ("people", found.people())):
        for ending in ("csv", "parquet"):
            write(_writable(frame), folder / f"{name}.{ending}")
    if len(found.cohort.account.aside):
        write(found.cohort.account.aside, folder / "set_aside.csv")
    title = f"Time to {event_words(found.definition)} ({found.definition.name})"
    replace_text(folder / "curve.svg", plots.first_event(found.times, found.curve, title, "curve", found.incidence).svg)
    specification = plots.first_event_spec(found.times, found.curve, title, found.incidence)
    write_json(mark_specification(specification), folder / "curve.json")


def _writable(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with identities of one kind: Parquet takes no mixture of text and numbers."""
    return frame.assign(id=frame["id"].astype(str)) if frame["id"].dtype == object else frame


def write_xpt(found: CohortOutcome, folder: Path, study: str) -> None:
    """ADTTE, RS, FT and CE of the cohort as SAS transport files under the identifier of a ``study``; a domain without
    a row is not written. InputError without pyreadstat (the extra ``xpt``).
    """
    code = "".join(one for one in found.definition.name.upper() if one.isascii() and one.isalnum())[:_CODE] or "EVENT"
    code = code if code[0].isalpha() else f"T{code}"[:_CODE]
    named: Any = _Named(found.first, found.definition.name)
    tables = {
        "ADTTE": adtte(found.cohort, {code: named}, study),
        "RS": rs(found.cohort, study),
        "FT": ft(found.cohort, study),
        "CE": ce(found.cohort, study),
    }
    for name, frame in tables.items():
        if len(frame):
            write(frame, folder / f"{name.lower()}.xpt", label=f"{name} of {study}"[:40], labels=LABELS[name])


def write_multiverse(many: Multiverse, folder: Path, ids: Any = None) -> None:
    """``definitions``, ``agreement`` and ``first_days`` as CSV, the figure as picture and specification. ``ids`` are
    the identities of the people, in order, where they have others than their numbers.
    """
    days = many.first_days if ids is None else many.first_days.assign(person=ids)
    for name, frame in (("definitions", many.definitions), ("agreement", many.agreement), ("first_days", days)):
        write(frame, folder / f"{name}.csv")
    replace_text(folder / "multiverse.svg", plots.multiverse_figure(many).svg)
    write_json(mark_specification(plots.multiverse_spec(many)), folder / "multiverse.json")


class _Named:
    """Events called by their definition, which says what the event is; a rule says only when a score has changed."""

    def __init__(self, events: Any, name: str) -> None:
        self.person, self.day, self.censor_day = events.person, events.day, events.censor_day
        self.rule = SimpleNamespace(name=name)
