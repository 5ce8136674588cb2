"""``smoulder outcomes``, ``rules`` and ``multiverse``: a clinic's tables in, judged by published definitions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from smoulder.cli.screen import Json, example, print_json, print_text

if TYPE_CHECKING:
    from smoulder.outcomes import Definition
    from smoulder.tables import Cohort

__all__ = ["add"]

_DEFAULT = "CDW_12W"
_WORDS = {"day-first": "day first", "month-first": "month first"}

Visits = Annotated[Path, typer.Argument(metavar="VISITS", help="Visits, .csv or .parquet: person, day, scores.")]
Relapses = Annotated[Path | None, typer.Argument(metavar="RELAPSES", help="Relapses: person, day of onset.")]
People = Annotated[
    Path | None, typer.Option(metavar="FILE", help="People: sex, birth, onset, death, first and last day.")
]
Columns = Annotated[Path | None, typer.Option(metavar="FILE.toml", help="Which column is which, if names do not tell.")]
Dates = Annotated[
    str, typer.Option(metavar="HOW", help="How dates are written: iso, day-first, month-first or a pattern (%d%b%Y).")
]
Faulty = Annotated[
    str, typer.Option(metavar="WHAT", help="Rows that cannot be used: refuse, or set-aside and counted.")
]


def add(app: typer.Typer) -> None:
    """Put the three commands into the command line."""
    app.command(
        short_help="Judge a cohort's tables by a published definition.",
        epilog=example(
            "smoulder outcomes visits.csv relapses.csv --rule PIRA_MULLER_2023 --out out/pira",
            "smoulder outcomes visits.csv --outcome t25fw --rule CDW_24W --faulty set-aside --json",
        ),
    )(outcomes)
    app.command(
        short_help="Show the published definitions.",
        epilog=example("smoulder rules", "smoulder rules PIRA_KAPPOS_2020"),
    )(rules)
    app.command(
        short_help="Judge a cohort's tables by every published definition.",
        epilog=example("smoulder multiverse visits.csv relapses.csv --out out/multiverse"),
    )(multiverse)


def outcomes(
    visits: Visits,
    relapses: Relapses = None,
    outcome: Annotated[
        str | None,
        typer.Option(metavar="SCORE", help="edss, t25fw, nhpt, nhpt_other or sdmt. [default: what the rule scores]"),
    ] = None,
    rule: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="A published definition ('smoulder rules'), or a TOML file of one.")
    ] = _DEFAULT,
    people: People = None,
    columns: Columns = None,
    dates: Dates = "iso",
    faulty: Faulty = "refuse",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for report, tables and figures. [default: none is kept]")
    ] = None,
    study: Annotated[
        str, typer.Option("--xpt", metavar="STUDY", help="With --out: also ADTTE, RS, FT, CE as XPT of this study.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Judge a cohort by one definition: events, rates, Kaplan-Meier, PIRA and RAW, with an account of every row and a
    methods paragraph.

    Writes report.html, result.json, events and people (.csv, .parquet), curve.svg and curve.json (its specification),
    and the same cohort by every published definition, into DIR. In Python: smoulder.tables.read_cohort,
    smoulder.outcomes, smoulder.reports.write_cohort.
    """
    from smoulder import reports
    from smoulder.errors import InputError
    from smoulder.reports.outcomes_found import on

    if study and out is None:
        raise InputError("--xpt needs --out, a folder to write to")
    definition = _definition(rule)
    if outcome is not None:
        definition = on(definition, outcome)
    found = reports.judge(_cohort(visits, relapses, people, columns, dates, faulty), definition)
    if out is not None:
        reports.write_cohort(found, out, study=study)
    if as_json:
        print_json(reports.outcome_json(found))
    else:
        print_text("\n".join(reports.outcome_summary(found)))


def rules(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME|FILE", help="A definition; without it all published are listed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a definition in words, every window with its days; or list all."""
    from smoulder import outcomes as judged
    from smoulder import reports

    if name is None and as_json:
        print_json([reports.definition_json(judged.named(one)) for one in judged.names()])
    elif name is None:
        print_text(reports.definitions_listing())
    elif as_json:
        print_json(reports.definition_json(_definition(name)))
    else:
        print_text(reports.describe_definition(_definition(name)))


def multiverse(
    visits: Visits,
    relapses: Relapses = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|FILE", help="Only these definitions; may be repeated. [default: all published]"),
    ] = None,
    people: People = None,
    columns: Columns = None,
    dates: Dates = "iso",
    faulty: Faulty = "refuse",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for report, tables and figure. [default: none is kept]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge a cohort by many definitions: how rates, shares of PIRA and first-event times move with the definition, and
    how far each two agree.
    """
    from smoulder import outcomes as judged
    from smoulder import reports
    from smoulder.errors import InputError

    definitions = [_definition(one) for one in rule or judged.names()]
    cohort = _cohort(visits, relapses, people, columns, dates, faulty)
    many = judged.multiverse(cohort.records, definitions)
    if not many.definitions["people"].any():
        raise InputError(f"{visits.name}: no row holds a score that any of these definitions judges")
    if out is not None:
        reports.write_cohort_multiverse(many, cohort, definitions, out)
    if as_json:
        print_json(reports.multiverse_json(many))
    else:
        lines = [*str(cohort.account).splitlines(), *reports.multiverse_summary(many)]
        print_text("\n".join(line for line in lines if line))


def _definition(text: str) -> Definition:
    """A published definition by its name, or one from a file."""
    from smoulder import outcomes as judged

    return judged.rule_from_toml(text) if text.endswith(".toml") else judged.named(text)


def _cohort(
    visits: Path, relapses: Path | None, people: Path | None, columns: Path | None, dates: str, faulty: str
) -> Cohort:
    from smoulder.errors import UnknownName
    from smoulder.tables import read_cohort

    allowed: dict[str, Literal["refuse", "set aside"]] = {"refuse": "refuse", "set-aside": "set aside"}
    if faulty not in allowed:
        raise UnknownName("way with faulty rows", faulty, allowed)
    return read_cohort(
        visits, relapses, people, columns=columns, dates=_WORDS.get(dates, dates), faulty=allowed[faulty]
    )
