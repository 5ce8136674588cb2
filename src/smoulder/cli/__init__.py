"""The command line: a door to functions that a script can call too. Results on stdout, everything else on stderr.

Whatever goes wrong becomes one line on stderr: exit code 2 for what a user can put right, 130 after an interruption,
1 for a fault of smoulder itself (``SMOULDER_TRACEBACK=1`` shows where).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from smoulder.cli import cohort as judged_outcomes
from smoulder.cli import trial as virtual_trial
from smoulder.cli.screen import Bar, Json, Threads, example, print_json, print_text, processors, progress_bar
from smoulder.errors import SmoulderError
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["app", "main"]

USAGE, FAULT, INTERRUPTED = 2, 1, 130
TRACEBACK = "SMOULDER_TRACEBACK"

app = typer.Typer(
    name="smoulder",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.add_typer(virtual_trial.commands, name="trial", short_help="Run a virtual trial beside what was published.")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line with ``arguments`` (those of the process unless given) and exit with its code."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = typer.main.get_command(app)(args=arguments, prog_name="smoulder", standalone_mode=False)
        if code == INTERRUPTED:  # typer turns an interruption into this code without a word
            return _say("interrupted", INTERRUPTED)
        return code if isinstance(code, int) else 0
    except _Interrupted as stop:
        return _say(str(stop), INTERRUPTED)
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", INTERRUPTED)
    except SmoulderError as error:
        return _say(str(error), USAGE)
    except (OSError, MemoryError) as error:
        return _say(_reason(error), USAGE)
    except Exception as error:
        if hasattr(error, "format_message"):  # a wrong use of the command line, whichever version of typer raises it
            return _say(_usage(error), USAGE)
        if os.environ.get(TRACEBACK):
            raise
        told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return _say(f"a fault of smoulder, not yours: {told} ({TRACEBACK}=1 shows where it is)", FAULT)


class _Interrupted(Exception):
    """Someone pressed Ctrl-C; the text says how to go on."""


def _say(text: str, code: int) -> int:
    """One line on stderr; returns ``code``."""
    print(f"smoulder: {' '.join(text.split())}", file=sys.stderr, flush=True)
    return code


def _reason(error: OSError | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory: ask for fewer people or years, or a longer --every"
    where = f"'{error.filename}': " if error.filename else ""
    return f"{where}{error.strerror or error}"


def _usage(error: Any) -> str:
    """What is wrong with the arguments, and where that is explained."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "smoulder"
    problem = str(error.format_message()).strip()
    return f"{problem}{'' if problem.endswith(('.', '?')) else '.'} '{command} --help' shows how it is used."


def _version(asked: bool) -> None:
    if asked:
        print_text(f"smoulder {__version__} (model {MODEL_VERSION})")
        raise typer.Exit


@app.callback(invoke_without_command=True, epilog=example("smoulder demo", "smoulder simulate --help"))
def _smoulder(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the versions of code and model.")
    ] = False,
) -> None:
    """An open laboratory for multiple sclerosis: simulate lives and what clinics see of them, and judge worsening by
    published rules. For research only; never advice to a patient.
    """
    if context.invoked_subcommand is None:
        print_text(context.get_help())


@app.command(
    short_help="Compare a simulated cohort with what is published.",
    epilog=example("smoulder demo --people 2000 --replicates 2 --out demo"),
)
def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for what is written.")] = Path("out/demo"),
    seed: Annotated[int | None, typer.Option(metavar="S", help="Seed. [default: that of the demonstration]")] = None,
    threads: Threads = None,
    people: Annotated[
        int | None, typer.Option(metavar="N", help="Lives to simulate. [default: that of the demonstration]")
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(metavar="R", help="How often the trial is run. [default: that of the demonstration]"),
    ] = None,
    progress: Bar = None,
    as_json: Json = False,
) -> None:
    """Simulate untreated lives, follow them in a clinic, run a published trial from its design (ORATORIO), and compare
    all that with what has been published.

    Writes report.html, which a browser shows, and score.json, the same numbers for programs, into DIR.
    """
    from smoulder import reports

    asked = {"seed": seed, "people": people, "replicates": replicates}
    given = {name: value for name, value in asked.items() if value is not None}
    with progress_bar("lives", given.get("people", reports.PEOPLE), progress) as told:
        done = reports.run_demo(out=out, threads=processors() if threads is None else threads, progress=told, **given)
    if as_json:
        print_json("score", done.score, seed)
    else:
        print_text("\n".join(done.summary))


@app.command(
    short_help="Simulate lives and keep them as Parquet files.",
    epilog=example(
        "smoulder simulate --people 1000 --years 20 --seed 7 --out untreated",
        "smoulder simulate --people 1000 --years 20 --seed 7 --out treated \\",
        "    --plan ocrelizumab@onset+1 --set smouldering=0.5 --every 0.25 --records",
    ),
)
def simulate(
    people: Annotated[int, typer.Option(metavar="N", help="How many people.")],
    years: Annotated[float, typer.Option(metavar="Y", help="Years of each life, from the biological start.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the study; must not exist, but with --resume.")],
    seed: Annotated[int, typer.Option(metavar="S", help="Same seed, same people, same bytes.")] = 0,
    threads: Threads = None,
    plan: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Treatment: DRUG[+DRUG][@START][:stop=YEARS]; 'smoulder treatments' lists the drugs."
        ),
    ] = "none",
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="ID=VALUE",
            help="Give a parameter another value, in the unit of its table; may be repeated. "
            "'smoulder parameters' lists them.",
        ),
    ] = None,
    every: Annotated[
        float, typer.Option(metavar="YEARS", help="Years between recorded moments, such as 1 or 0.25.")
    ] = 1.0,
    records: Annotated[
        bool,
        typer.Option(
            "--records",
            help="Also what a clinic records: visits (half-yearly if --every allows), relapses, yearly scans.",
        ),
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the unfinished study in DIR.")] = False,
    progress: Bar = None,
    as_json: Json = False,
) -> None:
    """Simulate lives and keep them as a study in DIR: Parquet files, and manifest.json, which says how they were made.

    A life begins in the tissue, years before anyone notices. Two runs with one seed are the same people, so that a
    treated and an untreated run differ by the treatment alone. A run that was stopped goes on with --resume.
    In Python: smoulder.store.read(DIR, "truth"), or "people", "visits", "relapses", "scans",
    "tests", "samples", "eyes".
    """
    from smoulder import cohorts, parameters

    table = parameters.load()
    table = table.replace(parameters.parse_settings(setting or [], table))
    with progress_bar("lives", people, progress) as told:
        try:
            manifest = cohorts.simulate(
                people, years, out=out, seed=seed, plan=plan, every=every, records=records, resume=resume,
                threads=processors() if threads is None else threads, parameters=table, progress=told,
            )
        except KeyboardInterrupt:
            kept = "the same command with --resume goes on" if out.exists() else "nothing was kept"
            raise _Interrupted(f"interrupted: {kept}") from None
    if as_json:
        print_json("study", manifest, seed)
        return
    files = [file for shard in manifest["shards"] for file in shard["files"].values()]
    size = f"{len(files)} files, {sum(file['bytes'] for file in files) / 1e6:.1f} MB"
    print_text(f"{out}: {people} lives of {years:g} years, treatment {manifest['settings']['plan']}, {size}")


@app.command(
    short_help="Show published numbers with their sources.",
    epilog=example("smoulder evidence lyon_course_rr", "smoulder evidence | grep -i opera"),
)
def evidence(
    id: Annotated[str | None, typer.Argument(metavar="ID", help="A row; without it all are listed.")] = None,
    as_json: Json = False,
) -> None:
    """Show a published number with its source, its role (calibration, validation, context) and its standing; or all.
    """
    from smoulder import evidence as published

    rows = published.rows() if id is None else [published.row(id)]
    if as_json:
        shown = [published.as_dict(row) for row in rows]
        print_json("evidence", shown if id is None else shown[0])
    else:
        print_text("\n".join(map(published.line, rows)) if id is None else published.describe(rows[0]))


@app.command(
    short_help="Show what the model believes, and why.",
    epilog=example("smoulder parameters lesion_rate", "smoulder parameters | grep rim"),
)
def parameters(
    id: Annotated[str | None, typer.Argument(metavar="ID", help="A parameter; without it all are listed.")] = None,
    as_json: Json = False,
) -> None:
    """Show a parameter of the model with bounds, doubt (prior), spread between people, basis and evidence; or all."""
    from smoulder.parameters import load
    from smoulder.parameters.show import as_dict, describe, listing

    table = load()
    if as_json:
        print_json("parameters", [as_dict(row) for row in table.rows] if id is None else as_dict(table.row(id)))
    else:
        print_text(listing(table) if id is None else describe(table.row(id)))


@app.command(
    short_help="Show the drugs and what each does.", epilog=example("smoulder treatments ocrelizumab")
)
def treatments(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A drug; without it all are listed.")] = None,
    as_json: Json = False,
) -> None:
    """Show what a drug does to which process, how fast, how sure and why; or list all and say how to write a plan."""
    from smoulder import treatments as drugs

    if as_json:
        listed = [drugs.as_dict(drug) for drug in drugs.drugs()] if name is None else drugs.as_dict(name)
        print_json("treatments", listed)
    else:
        print_text(drugs.listing() if name is None else drugs.describe(name))


judged_outcomes.add(app)
