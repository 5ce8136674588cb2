"""Definitions where the truth is known, as a page to read, data for a program and lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smoulder import plots
from smoulder.envelope import mark_specification, wrap
from smoulder.experiments.known_truth import ROOM, KnownTruth
from smoulder.outcomes import Definition
from smoulder.reports.cohort.data import number, write_json
from smoulder.reports.cohort.page import definitions_in_words, identified
from smoulder.reports.cohort.rules_in_words import definition_json
from smoulder.reports.document import Bullets, Document, Fold, Paragraph, Table, Text, figure, html, section, table
from smoulder.store.files import explained, replace_text
from smoulder.tables import write
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["known_truth_json", "known_truth_page", "known_truth_summary", "write_known_truth"]

_USUAL = (6, 1.0)  # months between visits and factor of noise that are told in full
# Column of the table, what it is, in what, factor, decimals.
_WAYS = (
    ("sensitivity", "Found", "% of true changes", 100.0, 0),
    ("false_attribution", "Laid to the wrong cause", "% of events", 100.0, 0),
    ("nothing", "Nothing lasting had happened", "% of events", 100.0, 0),
    ("delay", "Delay", "median years from the true change to the event", 1.0, 2),
    ("still_per_100", "Events in people whose truth stands still", "in 100 years", 1.0, 1),
)
_TOLD = ("sensitivity", "false_attribution", "delay")


def known_truth_page(found: KnownTruth, definitions: Sequence[Definition]) -> Document:
    """What each of ``definitions`` found, missed and got wrong.

    Raises SmoulderError where matplotlib is missing.
    """
    caption = (
        "A mark is the usual noise of examinations; the line through it spans all noises that were tried. Delay is "
        "that of changes found on or after the true moment: what was called too early is not among them."
    )
    drawn = figure(plots.known_truth_figure(found), caption, plots.known_truth_spec(found))
    ways = [way for way in (_way(found, definitions, *way) for way in _WAYS) if way is not None]
    return Document(
        "Definitions where the truth is known",
        "Published definitions of worsening judged on simulated people whose truth is known. Research only.",
        (
            Paragraph(f"For research only; never advice to a patient. {_who(found)}", "lead"),
            Paragraph(f"smoulder {__version__}, model {MODEL_VERSION}, seed {found.seed}.", "small"),
        ),
        (
            section("figure", "How much, how late, how wrong", drawn, short="Figure"),
            section("usual", "In full", *_usual(found, definitions), short="In full"),
            section(
                "ways", "By visit interval and noise", *(Fold(way.caption, (way,)) for way in ways),
                short="By interval and noise",
            ),
            section("truth", "What is true", Bullets(tuple(_truth(found))), short="What is true"),
            definitions_in_words("definitions", "The definitions in words", definitions),
        ),
    )


def _who(found: KnownTruth) -> str:
    return (
        f"{found.watched:,} of {found.drawn:,} simulated people could be watched, for {found.years:g} years from "
        f"{found.entry:g} years after onset. By the steps of EDSS {found.worse:,} of them get worse for good, "
        f"{found.slow:,} also without any new lesion. These are answers of a model: they say how definitions differ, "
        "not what a register holds."
    )


def _truth(found: KnownTruth) -> list[str]:
    return [
        f"The true score is that of an examination without noise, episodes left out, every quarter. A level lasts as "
        f"far as it is not undercut in the {found.lasts:g} years after.",
        "A true worsening is the first moment at which the lasting score lies the definition's threshold above that of "
        "the first visit.",
        "Every person lives again, with the same luck, without any new lesion from the first visit on. What worsens "
        "there too is slow, and is what PIRA should find; worsening of someone who has none there is by lesions, and "
        "is what RAW should find.",
        f"Found: the first event lies on or after the true change. Early: before it. Only changes with {ROOM:g} years "
        "of watching still to come are counted.",
        "Wrong cause: PIRA where new lesions had done it, RAW where they had not. Nothing lasting: the lasting score "
        "had not moved by half of the threshold.",
        "Standing still: the same people examined at every visit as they were at the first, so that only noise, "
        "passing episodes and the relapses around the visits are left.",
        "Noise is that of functional systems, ambulation, timed walk and pegs, times the factor shown.",
    ]


def _usual(found: KnownTruth, definitions: Sequence[Definition]) -> tuple[Table, Table]:
    every, factor = _nearest(found.table)
    rows = found.table[(found.table["months"] == every) & (found.table["noise"] == factor)].to_dict("records")
    way = f"visits every {every} months, noise times {factor:g}"
    finding = (
        "definition", "event", "true changes", "found (95%)", "early", "years to the event", "to its confirmation",
    )
    being_wrong = (
        "definition", "events", "wrong cause (95%)", "nothing lasting (95%)", "in 100 years standing still (95%)",
    )
    return (
        table(f"True changes: {way}", finding, [_finding(row, definitions) for row in rows]),
        table(f"Events: {way}", being_wrong, [_being_wrong(row, definitions) for row in rows]),
    )


def _nearest(rows: pd.DataFrame) -> tuple[int, float]:
    """The months and the noise that come nearest to the usual."""
    every = min(set(rows["months"]), key=lambda months: abs(months - _USUAL[0]))
    return int(every), float(min(set(rows["noise"]), key=lambda factor: abs(factor - _USUAL[1])))


def _finding(row: Mapping[Any, Any], definitions: Sequence[Definition]) -> tuple[Text, ...]:
    found = _percent(row["sensitivity"], row["lo"], row["hi"])
    late = (number(row[name], 2) for name in ("delay", "delay_known"))
    name, early = identified(row["definition"], definitions), _percent(row["early"])
    return name, row["event"], f"{row['to_find']:,}", found, early, *late


def _being_wrong(row: Mapping[Any, Any], definitions: Sequence[Definition]) -> tuple[Text, ...]:
    cause = _percent(row["false_attribution"], row["false_lo"], row["false_hi"])
    nothing = _percent(row["nothing"], row["nothing_lo"], row["nothing_hi"])
    still = f"{number(row['still_per_100'])} ({number(row['still_lo'])} to {number(row['still_hi'])})"
    return identified(row["definition"], definitions), f"{row['calls']:,}", cause, nothing, still


def _percent(value: float, lo: float = np.nan, hi: float = np.nan) -> str:
    if np.isnan(value):
        return "–"
    span = f" ({100 * lo:.0f} to {100 * hi:.0f})" if isfinite(lo) and isfinite(hi) else ""
    return f"{100 * value:.0f}%{span}".replace(" ", "\u00a0")


def _way(
    found: KnownTruth, definitions: Sequence[Definition], column: str, title: str, unit: str, per: float, decimals: int
) -> Table | None:
    head, lines = _matrix(found.table, column, per, decimals)
    rows: list[tuple[Text, ...]] = [(identified(name, definitions), *cells) for name, *cells in lines]
    return table(f"{title}, {unit}", ("definition", *head), rows) if rows else None


def _matrix(rows: pd.DataFrame, column: str, per: float, decimals: int) -> tuple[list[str], list[tuple[str, ...]]]:
    """A column by definition (rows) and by months and noise (columns), without definitions that have none of it."""
    wide = per * rows.pivot(index="definition", columns=["months", "noise"], values=column)
    wide = wide.loc[list(dict.fromkeys(rows["definition"]))].dropna(how="all")
    head = [f"{every} m, ×{factor:g}" for every, factor in wide.columns]
    lines = [[number(value, decimals) for value in line] for line in wide.to_numpy()]
    return head, [(str(name), *line) for name, line in zip(wide.index, lines, strict=True)]


def known_truth_json(found: KnownTruth) -> dict[str, Any]:
    """``people`` (drawn, watched, worse, slow), ``entry``, ``years``, ``lasts``, ``seed``, ``rows``
    (``KnownTruth.table``) and versions; what does not exist is None.
    """
    rows = [
        {str(name): None if isinstance(value, float) and not isfinite(value) else value for name, value in row.items()}
        for row in found.table.to_dict("records")
    ]
    return {
        "people": {name: getattr(found, name) for name in ("drawn", "watched", "worse", "slow")},
        **{name: getattr(found, name) for name in ("entry", "years", "lasts", "seed")},
        "rows": rows,
        "version": __version__,
        "model": MODEL_VERSION,
    }


def known_truth_summary(found: KnownTruth) -> list[str]:
    """Found, attributed to the wrong cause, delay: by definition, visit interval and noise, as lines for a terminal."""
    lines = [_who(found)]
    for column, title, unit, per, decimals in _WAYS:
        head, rows = _matrix(found.table, column, per, decimals)
        if column not in _TOLD or not rows:
            continue
        names = max(len(row[0]) for row in rows)
        wide = max(map(len, head))
        lines += ["", f"{title}, {unit} (months between visits, noise of examinations)"]
        lines.append(" " * names + "".join(f"  {cell:>{wide}}" for cell in head))
        lines += [f"{row[0]:<{names}}" + "".join(f"  {cell:>{wide}}" for cell in row[1:]) for row in rows]
    return [line.replace("–", "-").replace("×", "x") for line in lines]


def write_known_truth(found: KnownTruth, definitions: Sequence[Definition], out: Path | str) -> None:
    """Write ``report.html``, ``result.json``, the table (``known_truth.csv``) and the figure (``known_truth.svg`` and,
    as a specification, ``known_truth.json``) to the folder ``out``, made where it is missing.

    Raises SmoulderError where matplotlib is missing, StudyError where ``out`` cannot be written.
    """
    folder = Path(out)
    text = html(known_truth_page(found, definitions))
    told = known_truth_json(found) | {"definitions": [definition_json(one) for one in definitions]}
    with explained(f"The report cannot be written to '{folder}'"):
        folder.mkdir(parents=True, exist_ok=True)
        write(found.table, folder / "known_truth.csv")
        replace_text(folder / "known_truth.svg", plots.known_truth_figure(found).svg)
        write_json(mark_specification(plots.known_truth_spec(found)), folder / "known_truth.json")
        write_json(wrap("known_truth", told, found.seed), folder / "result.json")
        replace_text(folder / "report.html", text)
