"""The demonstration: simulate, follow, run a trial, compare, and write pages, a score and a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from smoulder import plots
from smoulder.envelope import text_of, wrap
from smoulder.errors import InputError
from smoulder.experiments import hidden_damage
from smoulder.experiments.hidden.summary import Hidden
from smoulder.experiments.lives import Life, ten_lives
from smoulder.experiments.natural import LEAST_PEOPLE, NaturalHistory, natural_history
from smoulder.experiments.switches import Switches, switched
from smoulder.parameters import load
from smoulder.reports.demo import oratorio
from smoulder.reports.demo.hidden import hidden_json
from smoulder.reports.demo.page import report
from smoulder.reports.document import html
from smoulder.reports.numbers import format_of, hits, score_json, with_interval
from smoulder.reports.trial.page import write_trial
from smoulder.store.files import digest_of, explained, replace_text
from smoulder.store.manifests import draft

__all__ = ["PEOPLE", "Demo", "run_demo"]

#: Lives of the demonstration unless another number is asked for.
PEOPLE = 20_000

#: Lives lived for each person: one followed, four on a common clock, two followed with one explanation off.
_RUNS = 7

#: People of the section on hidden damage, at most.
_HIDDEN = 2_000

#: Lives that take as long as one replicate of the trial, for a bar of progress that moves evenly.
_LIVES_A_TRIAL = 2_500


@dataclass(frozen=True, eq=False)
class Demo:
    """What the demonstration found and where it lies; ``summary`` are the lines to print, ``score`` is what score.json
    holds.
    """

    out: Path
    natural: NaturalHistory
    switches: Switches
    lives: tuple[Life, ...]
    hidden: Hidden
    trial: oratorio.TwoRuns
    score: dict[str, Any]
    summary: tuple[str, ...]


def run_demo(
    out: Path | str,
    people: int = PEOPLE,
    seed: int = 0,
    threads: int = 2,
    progress: Callable[[int], None] | None = None,
    replicates: int = oratorio.REPLICATES,
) -> Demo:
    """Run the natural history of ``people`` lives and ``replicates`` of ORATORIO, twice, and write to ``out``:
    ``report.html``, ``score.json``, ``hidden.json``, a folder for each run of the trial, and ``manifest.json``.

    Files that are there are replaced, each whole or not at all. ``progress`` is called with numbers of people that add
    up to ``people``. Raises SmoulderError where matplotlib is missing, InputError for too few people, replicates or
    threads, StudyError where ``out`` cannot be written.
    """
    plots.require()
    if people < LEAST_PEOPLE:
        raise InputError(f"The demonstration needs at least {LEAST_PEOPLE} people; it was asked for {people}.")
    if replicates < 1:
        raise InputError(f"The demonstration runs at least 1 replicate of a trial; it was asked for {replicates}.")
    folder = Path(out)
    with _folder(folder):
        told = _meter(people, replicates, progress)
        natural = natural_history(people, seed=seed, threads=threads, progress=told)
        switches = switched(natural, threads=threads, progress=told)
        lives = ten_lives(seed=seed)
        seen = hidden_damage(min(people, _HIDDEN), seed=seed, threads=threads)
        trial = oratorio.run(replicates, seed, threads, lambda done: told(done * _LIVES_A_TRIAL))
        score = score_json(natural, switches, oratorio.headline(trial))
        about = _manifest(people, replicates, seed)
        page = html(report(natural, switches, lives, seen, trial, about))
        texts = {"report.html": page, **_json(score, seen, seed)}
        about["files"] = _written(folder, texts, trial)
        with explained(f"The report cannot be written to '{folder}'"):
            replace_text(folder / "manifest.json", text_of(wrap("demonstration", about, seed)))
    summary = _summary(natural, switches, trial, folder)
    return Demo(folder, natural, switches, lives, seen, trial, score, summary)


def _json(score: dict[str, Any], hidden: Hidden, seed: int) -> dict[str, str]:
    found = {"score": score, "hidden": hidden_json(hidden)}
    return {f"{kind}.json": text_of(wrap(kind, data, seed)) for kind, data in found.items()}


def _written(folder: Path, texts: dict[str, str], trial: oratorio.TwoRuns) -> dict[str, str]:
    """Write everything but the manifest; the digest of each file by its name inside the folder."""
    for name, result in zip(oratorio.FOLDERS, (trial.whole, trial.outside), strict=True):
        write_trial(result, folder / name)
    with explained(f"The report cannot be written to '{folder}'"):
        for name, text in texts.items():
            replace_text(folder / name, text)
        pages = [f"{name}/{file}" for name in oratorio.FOLDERS for file in ("report.html", "result.json")]
        return {name: digest_of(folder / name) for name in (*texts, *pages)}


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


def _meter(people: int, replicates: int, progress: Callable[[int], None] | None) -> Callable[[int], None]:
    """Turns lives lived in all runs into people of one, so that the calls add up to ``people``."""
    every = _RUNS * people + len(oratorio.FOLDERS) * replicates * _LIVES_A_TRIAL
    lived = 0

    def told(more: int) -> None:
        nonlocal lived
        before, lived = people * lived // every, lived + more
        if progress is not None and people * lived // every > before:
            progress(people * lived // every - before)

    return told


def _manifest(people: int, replicates: int, seed: int) -> dict[str, Any]:
    """What the report was made from: versions, digests of tables, seed, command."""
    tables = {"targets": ("targets", "table.csv"), "oratorio": ("trials", "shipped", "oratorio.toml")}
    read = {name: files("smoulder").joinpath(*path).read_bytes() for name, path in tables.items()}
    digests = {"parameters": load().digest, **{name: sha256(text).hexdigest() for name, text in read.items()}}
    about = draft({"people": people, "replicates": replicates, "seed": seed, "plan": "none"}, digests, 0)
    kept = {name: value for name, value in about.items() if name not in ("format", "of", "shards")}
    return {**kept, "packages": {**kept["packages"], "matplotlib": version("matplotlib")}}


def _summary(
    natural: NaturalHistory, switches: Switches, trial: oratorio.TwoRuns, folder: Path
) -> tuple[str, ...]:
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
    lines += oratorio.lines(trial)
    for _, row in switches.table.iterrows():
        if row["arm"] in switches.broken:
            lines.append(
                f"{row['arm']}, year {row['year']}: {100 * row['left']:.0f}% of the disability left (mean EDSS "
                f"{row['mean_edss']:.2f})"
            )
    pages = {"report": "report.html", "trial": f"{oratorio.FOLDERS[0]}/report.html", "score": "score.json"}
    return (*lines, *(f"{name}: {folder / file}" for name, file in pages.items()))
