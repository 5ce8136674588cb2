"""Rows as text for people and as dictionaries for programs."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import fill
from typing import Any

from smoulder.evidence.published import Row

from .checks import Oddity, oddities
from .vocabulary import meaning

__all__ = ["as_dict", "describe", "line"]

WIDTH = 100
MARGIN = 14


def describe(row: Row) -> str:
    """One row in plain text, one paragraph a field: number, whom, source, role, status, note and known cautions."""
    parts = [
        ("quantity", row.quantity),
        ("value", _value(row)),
        ("statistic", _explained("statistic", row.statistic)),
        ("unit", _explained("unit", row.unit)),
        ("per", meaning("per", row.per) if row.per else ""),
        ("population", row.population + (f" (n = {row.n})" if row.n else "")),
        ("trial", row.trial + (f", {row.arm}" if row.arm else "")),
        ("treatment", row.treatment),
        ("comparator", row.comparator),
        ("follow-up", f"{row.followup_years:g} years" if row.followup_years else ""),
        ("window", _window(row)),
        ("role", _explained("role", row.role)),
        ("status", _explained("status", row.status.upper() if row.recalled else row.status)),
        ("source", _source(row)),
        ("note", row.note),
        *(("caution", _caution(odd)) for odd in _odd(row)),
    ]
    head = f"{row.id}  [{row.table}, {row.domain}]"
    return "\n".join([head, *(_paragraph(name, text) for name, text in parts if text)])


def line(row: Row) -> str:
    """One line of a list: id, role, RECALLED if so, number, quantity."""
    mark = " RECALLED" if row.recalled else ""
    return f"{row.id}  {row.role}{mark}  {_value(row)}  {row.quantity}"


def as_dict(row: Row) -> dict[str, Any]:
    """Every field of the row, ``recalled``, and its known ``oddities`` (kind, other, reason): ready for JSON."""
    odd = [{"kind": one.kind, "other": one.other, "reason": one.reason} for one in _odd(row)]
    return asdict(row) | {"recalled": row.recalled, "oddities": odd}


def _value(row: Row) -> str:
    if row.statistic == "qualitative":
        return "no number"
    number = "not given" if row.value is None else f"{row.value:.10g} {row.unit}"
    if row.qualifier:
        number += f", {meaning('qualifier', row.qualifier)}"
    if not row.interval:
        return number
    ends = " to ".join("?" if end is None else f"{end:.10g}" for end in (row.lo, row.hi))
    return f"{number} ({ends}{'' if row.value is not None else ' ' + row.unit}, {row.interval})"


def _window(row: Row) -> str:
    if row.time_from is None or row.time_to is None:
        return ""
    if row.time_from == row.time_to:
        return f"at {row.time_to:g} years from randomisation"
    return f"{row.time_from:g} to {row.time_to:g} years from randomisation"


def _source(row: Row) -> str:
    parts = [row.source, str(row.year or ""), f"doi {row.doi}" if row.doi else "", row.url]
    return ", ".join(part for part in parts if part)


def _explained(column: str, term: str) -> str:
    return f"{term}: {meaning(column, term.lower() if column == 'status' else term)}"


def _odd(row: Row) -> list[Oddity]:
    return [one for one in oddities() if one.id == row.id or (one.kind == "twin" and one.other == row.id)]


def _caution(odd: Oddity) -> str:
    if odd.kind == "twin":
        return f"{odd.id} and {odd.other}: {odd.reason}"
    return f"{odd.reason}" + (f" ({odd.other})" if odd.other else "")


def _paragraph(name: str, text: str) -> str:
    lead = f"  {name}".ljust(MARGIN)
    return fill(
        text, WIDTH, initial_indent=lead, subsequent_indent=" " * MARGIN, break_long_words=False, break_on_hyphens=False
    )
