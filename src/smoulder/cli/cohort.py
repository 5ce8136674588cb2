"""``smoulder outcomes``, ``rules`` and ``multiverse``: a clinic's tables in, judged by published definitions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from smoulder.cli.screen import (
    Bar,
    Json,
    Threads,
    example,
    print_json,
    print_text,
    processors,
    progress_bars,
)

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
            "smoulder outcomes visits.csv --outcome fatigue --better lower --change 20%",
        ),
    )(outcomes)
    app.command(
        short_help="Show the published definitions.",
        epilog=example("smoulder rules", "smoulder rules PIRA_KAPPOS_2020", "smoulder rules NEDA_3"),
    )(rules)
    app.command(
        short_help="Judge a cohort's tables, or simulated people, by every published definition.",
        epilog=example(
            "smoulder multiverse visits.csv relapses.csv --out out/multiverse",
            "smoulder multiverse --simulated 2000 --out out/known_truth",
        ),
    )(multiverse)


def outcomes(
    visits: Visits,
    relapses: Relapses = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="SCORE",
            help="edss, t25fw, nhpt, nhpt_other, sdmt, or a numeric column of VISITS. [default: what the rule scores]",
        ),
    ] = None,
    better: Annotated[
        str | None, typer.Option(metavar="higher|lower", help="Which values of such a column are better.")
    ] = None,
    change: Annotated[
        str | None,
        typer.Option(metavar="POINTS|SHARE%", help="What counts as a change, such as 4 or 20%. [default: the rule's]"),
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
    from smoulder.judging import SCORES, judge, on

    if study and out is None:
        raise InputError("--xpt needs --out, a folder to write to")
    if outcome is None and (better or change):
        raise InputError("--better and --change belong to an --outcome")
    definition, score = _definition(rule), None if outcome is None else _score(outcome)
    if score in SCORES:
        definition, score = on(definition, score, better=better, change=change), None
    cohort = _cohort(visits, relapses, people, columns, dates, faulty, _own([definition], score))
    if score is not None:  # a column is said to be missing before anything is asked about it
        definition = on(definition, score, better=better, change=change)
    found = judge(cohort, definition)
    if out is not None:
        reports.write_cohort(found, out, study=study)
    if as_json:
        print_json("outcome", reports.outcome_json(found))
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
        print_json("definition", [reports.definition_json(judged.named(one)) for one in judged.names()])
    elif name is None:
        print_text(reports.definitions_listing())
    elif name in reports.JUDGED_IN_PYTHON:
        if as_json:
            print_json("rule", reports.rule_json(name))
        else:
            print_text(reports.describe_rule(name))
    elif as_json:
        print_json("definition", reports.definition_json(_definition(name)))
    else:
        print_text(reports.describe_definition(_definition(name)))


def multiverse(
    visits: Annotated[
        Path | None, typer.Argument(metavar="VISITS", help="Visits, .csv or .parquet: person, day, scores.")
    ] = None,
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
    simulated: Annotated[
        int | None, typer.Option(metavar="N", help="Instead of VISITS: N simulated people whose truth is known.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="With --simulated: same seed, same people.")] = 0,
    threads: Threads = None,
    progress: Bar = None,
    as_json: Json = False,
) -> None:
    """Judge a cohort by many definitions: how rates, shares of PIRA and first-event times move with the definition, and
    how far each two agree.

    With --simulated, people whose truth is known: what share of true changes each definition finds, how late, and what
    share of its events is attributed to the wrong cause or to nothing, by visit interval and noise of examinations.
    """
    from smoulder import outcomes as judged
    from smoulder import reports
    from smoulder.errors import InputError

    definitions = [_definition(one) for one in rule or judged.names()]
    if simulated is not None:
        if visits is not None or people is not None or columns is not None:
            raise InputError("--simulated makes its own people: leave the tables out, or judge them without it")
        _known_truth(definitions, simulated, seed, out, processors() if threads is None else threads, progress, as_json)
        return
    if visits is None:
        raise InputError("VISITS is missing: give a table of visits, or --simulated N ('smoulder multiverse --help')")
    cohort = _cohort(visits, relapses, people, columns, dates, faulty, _own(definitions))
    many = judged.multiverse(cohort.records, definitions, scores=cohort.scores)
    if not many.definitions["people"].any():
        raise InputError(f"{visits.name}: no row holds a score that any of these definitions judges")
    if out is not None:
        reports.write_cohort_multiverse(many, cohort, definitions, out)
    if as_json:
        print_json("multiverse", reports.multiverse_json(many))
    else:
        lines = [*str(cohort.account).splitlines(), *reports.multiverse_summary(many)]
        print_text("\n".join(line for line in lines if line))


def _known_truth(
    definitions: list[Definition],
    people: int,
    seed: int,
    out: Path | None,
    threads: int,
    progress: bool | None,
    as_json: bool,
) -> None:
    from smoulder import reports
    from smoulder.experiments import known_truth as known

    works = {"lives": 2 * people, "definitions": len(definitions) * len(known.MONTHS) * len(known.NOISE)}
    with progress_bars(works, progress) as (lives, judgings):
        found = known.definitions_tested(
            people, definitions=definitions, seed=seed, threads=threads, progress=lives, judged=judgings
        )
    if out is not None:
        reports.write_known_truth(found, definitions, out)
    if as_json:
        print_json("known_truth", reports.known_truth_json(found), found.seed)
    else:
        print_text("\n".join(reports.known_truth_summary(found)))


def _definition(text: str) -> Definition:
    """A published definition by its name, or one from a file."""
    from smoulder import outcomes as judged
    from smoulder.errors import InputError
    from smoulder.reports import JUDGED_IN_PYTHON

    if text in JUDGED_IN_PYTHON:
        raise InputError(f"rule '{text}' is judged in Python, by smoulder.outcomes.{JUDGED_IN_PYTHON[text]}")
    return judged.rule_from_toml(text) if text.endswith(".toml") else judged.named(text)


def _cohort(
    visits: Path,
    relapses: Path | None,
    people: Path | None,
    columns: Path | None,
    dates: str,
    faulty: str,
    scales: tuple[str, ...] = (),
) -> Cohort:
    from smoulder.errors import UnknownName
    from smoulder.tables import read_cohort

    allowed: dict[str, Literal["refuse", "set aside"]] = {"refuse": "refuse", "set-aside": "set aside"}
    if faulty not in allowed:
        raise UnknownName("way with faulty rows", faulty, allowed)
    return read_cohort(
        visits, relapses, people, columns=columns, dates=_WORDS.get(dates, dates), scales=scales,
        faulty=allowed[faulty],
    )


def _score(column: str) -> str:
    """What a column is known as: a score by its short name, a functional system by ours; else the column itself."""
    from smoulder.judging import SCORES
    from smoulder.tables.columns import known_as

    if column.lower() in SCORES:
        return column.lower()
    measure = known_as(column)
    return next((name for name, (scale, _) in SCORES.items() if scale.column == measure), measure or column)


def _own(definitions: Sequence[Definition], score: str | None = None) -> tuple[str, ...]:
    """The columns of visits that definitions score, and ``score``, which have no meaning of their own here."""
    from smoulder.tables.columns import MEASURES

    scales = [rule.scale for one in definitions for rule in one.rules if rule.scale.table == "visits"]
    columns = [scale.column for scale in scales] + ([] if score is None else [score])
    return tuple(dict.fromkeys(column for column in columns if column not in MEASURES["visits"]))
