"""A cohort's outcomes as pages to read: one definition in full, and the same cohort by every definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from smoulder import outcomes, plots
from smoulder.envelope import wrap
from smoulder.judging import CohortOutcome, shown
from smoulder.outcomes import Definition, Multiverse
from smoulder.outcomes.multiverse_analysis import YEARS
from smoulder.reports.cohort.data import (
    account_json,
    multiverse_json,
    number,
    outcome_json,
    per_100,
    share,
    write_json,
    write_multiverse,
    write_tables,
    write_xpt,
)
from smoulder.reports.cohort.rules_in_words import capital, event_words, methods_paragraph, name_in_words, scale_words
from smoulder.reports.document import (
    Block,
    Bullets,
    Document,
    Fold,
    Paragraph,
    Section,
    Text,
    beneath,
    figure,
    html,
    section,
    table,
)
from smoulder.store.files import explained, replace_text
from smoulder.tables import Account, Cohort
from smoulder.version import __version__

__all__ = [
    "cohort_page",
    "definitions_in_words",
    "identified",
    "multiverse_page",
    "write_cohort",
    "write_cohort_multiverse",
]

_USE = "For research only; never advice to a patient."


def cohort_page(found: CohortOutcome, many: Multiverse) -> Document:
    """The report of a cohort: account of rows, rates, curves, PIRA and RAW, the
    same by every definition of ``many``, methods.

    Raises SmoulderError where matplotlib is missing.
    """
    row, counts = found.row, found.counts
    rate = per_100(row["rate"], row["lo"], row["hi"])
    answer = (
        f"{_USE} {row['first_events']:,} of {counts['scored']:,} people had {event_words(found.definition)}. "
        f"That is {rate} first events in 100 years."
    )
    return Document(
        capital(event_words(found.definition)),
        "Outcomes of a cohort by a published definition. Research only.",
        (
            Paragraph(answer, "lead"),
            Paragraph(f"By the definition {found.definition.name}. smoulder {__version__}.", "small"),
        ),
        (
            _rates(found),
            _curves(found),
            _causes(found),
            _account(found.cohort.account, counts),
            _many(many),
            section(
                "methods", "Methods", Paragraph(methods_paragraph(found.definition, found.found.by)), short="Methods"
            ),
        ),
    )


def _account(account: Account, counts: Mapping[str, int] | None = None) -> Section:
    told = account_json(account)
    rows = [(r["table"], f"{r['rows']:,}", f"{r['used']:,}", f"{r['set_aside']:,}") for r in told["tables"]]
    why = [(r["table"], r["reason"], r["column"], f"{r['rows']:,}", f"{r['first_row']:,}") for r in told["set_aside"]]
    parts: list[Block] = [table("Rows of each table", ("table", "rows in", "used", "set aside"), rows)] if rows else []
    if why:
        head = ("table", "why", "column", "rows", "the first of them")
        parts.append(table("Rows that were set aside (1 is the first data row)", head, why))
    elif rows:
        parts.append(Paragraph("No row was set aside."))
    else:
        parts.append(Paragraph("The records came from no table: there is no account of rows."))
    if counts is not None:
        parts.append(
            Paragraph(
                f"{counts['people']:,} people; {counts['scored']:,} were scored at least once and "
                f"{counts['scored twice']:,} more than once: one score alone can be no event. {counts['scores']:,} of "
                f"{counts['rows']:,} rows in use hold a score that the definition judges; the others are passed over."
            )
        )
    unread = [f"Columns of {name} that were not read: {', '.join(left)}." for name, left in told["not_read"].items()]
    notes = (*told["notes"], *unread)
    return section(
        "account", "Rows in, used, set aside", *parts, Bullets(notes) if notes else None, short="Rows"
    )


def _rates(found: CohortOutcome) -> Section:
    row, relapses = found.row, found.relapse_rate
    name = found.definition.name
    rows: list[tuple[Text, ...]] = [
        (
            beneath(f"first {event_words(found.definition)}", name),
            f"{row['first_events']:,}",
            f"{row['years_to_first']:,.1f}",
            per_100(row["rate"], row["lo"], row["hi"]),
        )
    ]
    if not pd.isna(row["events"]):
        every = per_100(row["events_a_year"], row["events_lo"], row["events_hi"])
        what = f"every event ({found.definition.event})"
        rows.append((what, f"{row['events']:,}", f"{row['people_years']:,.1f}", every))
    attacks = per_100(relapses["rate"], relapses["lo"], relapses["hi"])
    rows.append(("relapse", f"{relapses['relapses']:,.0f}", f"{relapses['person_years']:,.1f}", attacks))
    return section(
        "rates",
        "Rates",
        table("Events in 100 years, 95% intervals", ("event", "events", "years", "in 100 years (95%)"), rows),
        Paragraph(
            "Years of a first event end with it; those of every event and of relapses are all years under observation. "
            "A relapse is an attack at least 30 days after the last; one at disease onset is not counted.",
            "small",
        ),
        short="Rates",
    )


def _curves(found: CohortOutcome) -> Section:
    row, incidence = found.row, found.incidence
    drawn = plots.first_event(found.times, found.curve, f"Time to {event_words(found.definition)}", "curve", incidence)
    rows = []
    for year in YEARS:
        cells = [f"{year} year{'s' if year > 1 else ''}", share(row, year), f"{row[f'at_risk_{year}']:,}"]
        if incidence is not None:
            value, lo, hi = (float(part) for part in incidence.at(year))
            known = row[f"at_risk_{year}"] > 0
            cells.append(f"{100 * value:.0f}% ({100 * lo:.0f} to {100 * hi:.0f})" if known else "–")
        rows.append(tuple(cells))
    head = ["years since the first day", "one minus Kaplan-Meier (95%)", "at risk"]
    head += [] if incidence is None else ["cumulative incidence (95%)"]
    late = f" {found.late_deaths:,} deaths lie after the last day under observation and count nowhere; give last days "
    late = f"{late}with the people if they were followed so long." if found.late_deaths else ""
    deaths = (
        f"{found.deaths:,} people died under observation without the event: they are censored in Kaplan-Meier, and "
        "compete in the cumulative incidence."
        if found.deaths
        else "No death before the event is recorded, so cumulative incidence equals one minus Kaplan-Meier."
    )
    half = f"Median {number(row['median'])} years ({number(row['median_lo'])} to {number(row['median_hi'])})"
    return section(
        "curves",
        "Time to the first event",
        figure(drawn, "Times run from the first day under observation; below, how many are still followed without it."),
        table("Share with the event", head, rows),
        Paragraph(f"{half}; among those with the event {number(row['median_seen'])} years. {deaths}{late}"),
        short="Curves",
    )


def _causes(found: CohortOutcome) -> Section:
    labels, total = found.found.labels, found.row["worsenings"]
    rows = [
        (label, f"{int((labels == label).sum()):,}", f"{number(100 * found.row[label], 1)}%" if total else "–")
        for label in outcomes.LABELS[1:]
    ]
    scores = ", ".join(dict.fromkeys(scale_words(rule) for rule in found.definition.rules))
    what = "worsening" if total == 1 else "worsenings"
    counted = "every one" if found.found.every else "the first of each person"
    return section(
        "causes",
        "PIRA and RAW",
        table(f"{total:,} confirmed {what} ({scores}; {counted})", ("label", "worsenings", "share"), rows),
        Paragraph(f"Attribution: {found.found.by.name}. {found.found.by.source}.", "small"),
        short="PIRA and RAW",
    )


def _many(many: Multiverse) -> Section:
    some = shown(many)
    shares = [f"at {year} y" for year in YEARS]
    times = ("definition", "event", "first events", "in 100 years (95%)", *shares, "median, years")
    causes = ("definition", "worsenings", "PIRA", "undefined", "RAW", "attribution")
    rows = some.definitions.to_dict("records")
    silent = [row["definition"] for row in rows if row["not_scored"]]
    notes = [
        "Shares are of the worsenings that the definition's rules find, whatever event it asks for: every one where "
        "the reference moves with worsening, the first of each person elsewhere. Where a definition names no "
        f"attribution, '{outcomes.PIRA_MULLER_2023.name}' is taken.",
    ]
    if silent:
        notes.append(f"Not all their scores are in this cohort: {', '.join(silent)}.")
    gone = len(many.definitions) - len(some.definitions)
    if gone:
        notes.append(f"{gone} definitions are left out: none of their scores is in this cohort.")
    drawn = figure(
        plots.multiverse_figure(some),
        "Every row has the same visits and relapses. Only the definition differs.",
        plots.multiverse_spec(some),
    )
    return section(
        "multiverse",
        "The same cohort by each definition",
        Paragraph(
            f"The same records were judged by {len(rows)} definitions. How many people worsen, how soon, and whether a "
            "relapse is blamed depends on the definition."
        ),
        Fold("All definitions in one figure", (drawn,)),
        Fold(
            "First events by definition",
            (table("First events, and the share with one by Kaplan-Meier", times, [_timed(row) for row in rows]),),
        ),
        Fold(
            "PIRA and RAW by definition",
            (
                table("To what the worsenings are attributed", causes, [_attributed(row) for row in rows]),
                *(Paragraph(note, "small") for note in notes),
            ),
        ),
        short="Definitions",
    )


def identified(name: str, definitions: Sequence[Definition] = ()) -> Text:
    """A definition in words with its identifier beneath; the identifier alone where there are no words for it."""
    words = name_in_words(name, definitions)
    return beneath(words, name) if words else name


def _timed(row: Mapping[Any, Any]) -> tuple[Text, ...]:
    shares = [share(row, year).partition(" ")[0] for year in YEARS]
    rate = per_100(row["rate"], row["lo"], row["hi"]).replace(" ", "\u00a0")
    return identified(row["definition"]), row["event"], f"{row['first_events']:,}", rate, *shares, number(row["median"])


def _attributed(row: Mapping[Any, Any]) -> tuple[Text, ...]:
    parts = [f"{number(100 * row[label], 0)}%".replace("–%", "–") for label in ("PIRA", "undefined", "RAW")]
    return identified(row["definition"]), f"{row['worsenings']:,}", *parts, row["attributed_by"]


def multiverse_page(many: Multiverse, account: Account, definitions: list[Definition]) -> Document:
    """A cohort by many definitions: account, figure, table, agreement of pairs, each definition's methods.

    Raises SmoulderError where matplotlib is missing.
    """
    head = ("definition", "other", "both", "only one", "only the other", "same day", "Jaccard", "other later, days")
    rows = [
        (
            identified(r["first"], definitions),
            identified(r["second"], definitions),
            *(f"{r[name]:,}" for name in ("both", "only_first", "only_second", "same_day")),
            number(r["jaccard"], 2),
            number(r["median_later"], 0),
        )
        for r in shown(many).agreement.to_dict("records")
    ]
    agreement = table("People with the event by both definitions, by one alone, and on the same day", head, rows)
    return Document(
        "One cohort, many definitions",
        "How rates, shares and times move with the definition of an outcome. Research only.",
        (
            Paragraph(f"{_USE} {len(many.definitions)} definitions on {len(many.first_days):,} people.", "lead"),
            Paragraph(f"smoulder {__version__}.", "small"),
        ),
        (
            _account(account),
            _many(many),
            section(
                "agreement",
                "Agreement of first events",
                Paragraph(
                    "Jaccard is the number of people with both events among those with either. The days are the median "
                    "of those with both."
                ),
                Fold("Agreement of each pair of definitions", (agreement,)),
                short="Agreement",
            ),
            definitions_in_words("methods", "Methods", definitions),
        ),
    )


def definitions_in_words(name: str, title: str, definitions: Sequence[Definition]) -> Section:
    """The methods of each definition, to be opened."""
    folds = [
        Fold(
            f"{capital(event_words(definition))} ({definition.name})", (Paragraph(methods_paragraph(definition)),)
        )
        for definition in definitions
    ]
    return section(name, title, *folds, short=title)


def write_cohort(found: CohortOutcome, out: Path | str, *, many: Multiverse | None = None, study: str = "") -> None:
    """Write ``report.html``, ``result.json``, the event and person tables (CSV, Parquet), the rows set aside, the
    figures as SVG and as specifications and the table of definitions to the folder ``out``, made where it is missing;
    with a ``study`` also ADTTE, RS, FT and CE as XPT. ``many`` is made with all named definitions unless given.

    Raises SmoulderError where matplotlib is missing, InputError without pyreadstat for XPT, StudyError where ``out``
    cannot be written.
    """
    folder = Path(out)
    if many is None:
        many = found.multiverse()
    text = html(cohort_page(found, many))
    with explained(f"The report cannot be written to '{folder}'"):
        folder.mkdir(parents=True, exist_ok=True)
        write_tables(found, folder)
        write_multiverse(shown(many), folder, found.cohort.ids)
        if study:
            write_xpt(found, folder, study)
        write_json(wrap("outcome", outcome_json(found, many)), folder / "result.json")
        replace_text(folder / "report.html", text)


def write_cohort_multiverse(
    many: Multiverse, cohort: Cohort, definitions: list[Definition], out: Path | str
) -> None:
    """Write ``report.html``, ``result.json``, the tables as CSV and the figure (``multiverse.svg`` and, as a
    specification, ``multiverse.json``) to the folder ``out``; errors as ``write_cohort``.
    """
    folder = Path(out)
    text = html(multiverse_page(many, cohort.account, definitions))
    with explained(f"The report cannot be written to '{folder}'"):
        folder.mkdir(parents=True, exist_ok=True)
        write_multiverse(shown(many), folder, cohort.ids)
        told = {"account": account_json(cohort.account), **multiverse_json(many), "version": __version__}
        write_json(wrap("multiverse", told), folder / "result.json")
        replace_text(folder / "report.html", text)
