"""``smoulder trial``: list the shipped trials, show a design, run one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from smoulder.cli.screen import Bar, Json, Threads, example, print_json, print_text, processors, progress_bar

__all__ = ["commands"]

commands = typer.Typer(rich_markup_mode=None)

Name = Annotated[str, typer.Argument(metavar="NAME|DESIGN.toml", help="A shipped trial, or a file with a design.")]


@commands.callback(
    invoke_without_command=True, epilog=example("smoulder trial list", "smoulder trial run oratorio --replicates 20")
)
def _trial(context: typer.Context) -> None:
    """List the virtual trials, show the design of one, or run it many times and compare with what was published."""
    if context.invoked_subcommand is None:
        print_text(context.get_help())


@commands.command(name="list", short_help="List the trials.", epilog=example("smoulder trial list"))
def list_trials(as_json: Json = False) -> None:
    """List the shipped trials; each is a TOML file that can be copied and changed."""
    from smoulder import trials

    found = trials.designs()
    if as_json:
        print_json("trials", found)
    else:
        width = max(map(len, found))
        print_text("\n".join(f"{name:{width}}  {title}" for name, title in found.items()))


@commands.command(
    short_help="Show the design of a trial.",
    epilog=example("smoulder trial show oratorio", "smoulder trial show oratorio --toml > mine.toml"),
)
def show(
    name: Name,
    toml: Annotated[
        bool, typer.Option("--toml", help="Print the file of a shipped trial itself, to copy and change.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show who enters, what they get, when they are seen, how it ends and what is compared."""
    from smoulder import trials

    if toml:
        print_text(trials.source(name).rstrip("\n"))
        return
    design = trials.design(_named(name))
    if as_json:
        print_json("design", {key: value for key, value in asdict(design).items() if key != "instruments"})
    else:
        print_text("\n".join(trials.describe(design)))


@commands.command(
    short_help="Run a trial many times.",
    epilog=example(
        "smoulder trial run oratorio --replicates 20",
        "smoulder trial run my_design.toml --replicates 200 --seed 7 --out out/mine --json",
    ),
)
def run(
    name: Name,
    replicates: Annotated[int, typer.Option(metavar="N", help="How many trials, with new people each.")] = 200,
    seed: Annotated[int, typer.Option(metavar="S", help="Same seed, same people, same result.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for report.html and result.json. [default: none is kept]")
    ] = None,
    without_cns: Annotated[
        bool, typer.Option("--without-cns", help="Take away whatever the drugs do behind the blood-brain barrier.")
    ] = False,
    fixed: Annotated[
        bool, typer.Option("--fixed", help="Hold drug strengths at their values instead of drawing them from priors.")
    ] = False,
    threads: Threads = None,
    progress: Bar = None,
    as_json: Json = False,
) -> None:
    """Run a virtual trial and show each endpoint beside the published result, misses included.

    Means are over replicates; intervals hold the central 95% of them: the play of chance in one trial, and the doubt
    about the drug.
    """
    from smoulder import reports, trials

    with progress_bar("trials", replicates, progress) as told:
        result = trials.run_trial(
            _named(name), replicates=replicates, seed=seed, threads=processors() if threads is None else threads,
            without_cns=without_cns, drawn=not fixed, progress=told,
        )
    if out is not None:
        reports.write_trial(result, out)
    if as_json:
        print_json("trial", reports.trial_json(result), result.seed)
    else:
        print_text("\n".join(reports.trial_summary(result)))


def _named(name: str) -> str | Path:
    return Path(name) if name.endswith(".toml") else name
