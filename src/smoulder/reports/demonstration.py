"""The demonstration: simulate, follow, compare, and write a page, a score and a manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from smoulder import plots
from smoulder.errors import InputError
from smoulder.parameters import load
from smoulder.store.files import explained, replace_text
from smoulder.store.manifests import draft
from smoulder.targets.lives import Life, ten_lives
from smoulder.targets.natural import LEAST_PEOPLE, NaturalHistory, natural_history
from smoulder.targets.switches import Switches, switched

from .numbers import format_of, hits, score_json, with_interval
from .report import report

__all__ = ["PEOPLE", "Demo", "demo"]

#: Lives of the demonstration unless another number is asked for.
PEOPLE = 20_000

#: Lives lived for each person: one followed, four on a common clock, two followed with one explanation off.
_RUNS = 7


@dataclass(frozen=True, eq=False)
class Demo:
    """What the demonstration found and where it lies; ``summary`` are the lines to print, ``score`` is what score.json
    holds.
    """

    out: Path
    natural: NaturalHistory
    switches: Switches
    lives: tuple[Life, ...]
    score: dict[str, Any]
    summary: tuple[str, ...]


def demo(
    out: Path | str,
    people: int = PEOPLE,
    seed: int = 0,
    threads: int = 2,
    progress: Callable[[int], None] | None = None,
) -> Demo:
    """Run the natural history of ``people`` lives and write ``report.html``, ``score.json`` and ``manifest.json`` to
    ``out``.

    Files that are there are replaced, each whole or not at all. ``progress`` is called with numbers of people that add
    up to ``people``. Raises SmoulderError where matplotlib is missing, InputError for too few people or no thread,
    StudyError where ``out`` cannot be written.
    """
    plots.require()
    if people < LEAST_PEOPLE:
        raise InputError(f"The demonstration needs at least {LEAST_PEOPLE} people; it was asked for {people}.")
    folder = Path(out)
    with _folder(folder):
        told = _meter(people, progress)
        natural = natural_history(people, seed=seed, threads=threads, progress=told)
        switches = switched(natural, threads=threads, progress=told)
        lives = ten_lives(seed=seed)
        score = score_json(natural, switches)
        about = _manifest(people, seed)
        page = report(natural, switches, lives, about)
        scored = json.dumps(score, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        about["files"] = {
            name: sha256(text.encode()).hexdigest() for name, text in (("report.html", page), ("score.json", scored))
        }
        with explained(f"The report cannot be written to '{folder}'"):
            replace_text(folder / "score.json", scored)
            replace_text(folder / "report.html", page)
            replace_text(folder / "manifest.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    return Demo(folder, natural, switches, lives, score, _summary(natural, switches, folder))


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """The folder, made before the work so that a wrong one is told at once; taken away if nothing came of it."""
    new = not folder.exists()
    with explained(f"The report cannot be written to '{folder}'"):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if new and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _meter(people: int, progress: Callable[[int], None] | None) -> Callable[[int], None] | None:
    """Turns lives lived in all runs into people of one, so that the calls add up to ``people``."""
    if progress is None:
        return None
    lived = 0

    def told(more: int) -> None:
        nonlocal lived
        before, lived = lived // _RUNS, lived + more
        if lived // _RUNS > before:
            progress(lived // _RUNS - before)

    return told


def _manifest(people: int, seed: int) -> dict[str, Any]:
    """What the report was made from: versions, digests of tables, seed, command."""
    table = files("smoulder").joinpath("targets", "table.csv").read_bytes()
    digests = {"parameters": load().digest, "targets": sha256(table).hexdigest()}
    about = draft({"people": people, "seed": seed, "plan": "none"}, digests, 0)
    kept = {name: value for name, value in about.items() if name not in ("format", "of", "shards")}
    return {**kept, "packages": {**kept["packages"], "matplotlib": version("matplotlib")}}


def _summary(natural: NaturalHistory, switches: Switches, folder: Path) -> tuple[str, ...]:
    counted = hits(natural.scores)
    parts = ", ".join(f"{name} {hit} of {of}" for name, (hit, of) in counted.items() if name != "all")
    hit, of = counted["all"]
    lines = [
        f"{hit} of {of} published numbers hit ({parts})",
        f"RMSE of P(EDSS >= 3, 4, 6, 7) against MSSS 2005, years 5 to 30: {natural.headline['rmse_msss2005']:.3f}",
    ]
    for one in natural.scores:
        if one.target.headline:
            form = format_of(one.target)
            value = with_interval(one.simulated, one.error, form).replace("−", "-")
            lines.append(
                f"{one.target.headline}: {value}, published {form.whole(one.target.aim).replace('−', '-')}"
                f"{'' if one.hit else '  MISS'}"
            )
    for _, row in switches.table.iterrows():
        if row["arm"] in switches.broken:
            lines.append(
                f"{row['arm']}, year {row['year']}: {100 * row['left']:.0f}% of the disability left (mean EDSS "
                f"{row['mean_edss']:.2f})"
            )
    return (*lines, f"report: {folder / 'report.html'}", f"score: {folder / 'score.json'}")
