"""What every command of the command line shares: options, printing, progress, and the example under a help text."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

import typer

from smoulder.envelope import text_of, wrap
from smoulder.errors import SmoulderError

__all__ = [
    "PIPE_CLOSED",
    "Bar",
    "Json",
    "Threads",
    "example",
    "print_json",
    "print_text",
    "processors",
    "progress_bar",
    "progress_bars",
]

PIPE_CLOSED = 141

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Threads = Annotated[
    int | None, typer.Option(metavar="T", help="Threads; the results do not depend on it. [default: all processors]")
]
Bar = Annotated[
    bool | None,
    typer.Option("--progress/--no-progress", help="Show progress on stderr. [default: if stderr is a terminal]"),
]


def print_text(text: str) -> None:
    """Text on stdout, at once; a reader who has gone away (``| head``) ends the command without a word."""
    try:
        print(text, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still in the buffer has nowhere to go
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(PIPE_CLOSED) from None
        raise SmoulderError(f"The output could not be written: {error.strerror}.") from error


def print_json(kind: str, data: Any, seed: int | None = None) -> None:
    """JSON on stdout: the data in the envelope that all JSON of the project has."""
    print_text(text_of(wrap(kind, data, seed)).rstrip("\n"))


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def progress_bar(what: str, total: int, wanted: bool | None) -> Iterator[Callable[[int], None] | None]:
    """A function to be told of lives done, drawing a bar on stderr; None where nobody would see it."""
    with progress_bars({what: total}, wanted) as (told,):
        yield told


@contextmanager
def progress_bars(totals: dict[str, int], wanted: bool | None) -> Iterator[tuple[Callable[[int], None] | None, ...]]:
    """The same for several kinds of work, each with its bar and its function."""
    if not (sys.stderr.isatty() if wanted is None else wanted):
        yield (None,) * len(totals)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks = [bar.add_task(what, total=total) for what, total in totals.items()]
        yield tuple(partial(bar.advance, task) for task in tasks)


def example(*lines: str) -> str:
    """Lines at the end of a help text, not to be wrapped."""
    return "\b\n" + "\n".join(["Example:", *(f"  {line}" for line in lines)])
