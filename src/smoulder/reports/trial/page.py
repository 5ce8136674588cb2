"""A trial as a page to read, several trials as one, and the files written beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from smoulder import plots
from smoulder.envelope import text_of, wrap
from smoulder.errors import InputError
from smoulder.reports.document import Document, Notice, Paragraph, Section, Span, beneath, figure, html, section, table
from smoulder.reports.trial.data import trial_json
from smoulder.reports.trial.parts import (
    BESIDE,
    RESEARCH,
    arms,
    baseline,
    beside,
    endpoints,
    flow,
    kinds,
    made,
    methods,
    misses,
    numbered,
    published_words,
    runs,
)
from smoulder.store.files import explained, replace_text
from smoulder.trials.agreement import Verdict, effect_of, share, verdicts
from smoulder.trials.result import TrialResult
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["trial_page", "trials_page", "write_trial"]


def trial_page(result: TrialResult) -> Document:
    """The report of one trial. The first endpoint is the primary one.

    Raises SmoulderError where matplotlib is missing.
    """
    compared = verdicts(result)
    sections = (
        flow(result),
        baseline(result),
        endpoints(result, compared),
        arms(result, compared),
        misses(compared),
        methods(result),
        made([result]),
    )
    return Document(
        result.title,
        f"{result.title}, simulated and beside the published trial. Research only.",
        (
            Paragraph((Span(RESEARCH, "strong"), f" {_answer(result)}"), "lead"),
            _score(compared),
            Paragraph(
                f"smoulder {__version__}, model {MODEL_VERSION}, {runs(result)}, seed {result.seed}.",
                "small",
            ),
        ),
        tuple(part for part in sections if part is not None),
    )


def _answer(result: TrialResult) -> str:
    """The primary endpoint in one sentence."""
    if not result.endpoints:
        return f"No endpoint was analysed in {runs(result)} of this trial."
    primary = result.endpoints[0]
    one = effect_of(primary, result.replicates)
    s = one.simulated
    spread = ""
    if result.replicates > 1 and isfinite(s.lo) and isfinite(s.hi):
        spread = f" (95% of replicates {one.written.bare(s.lo)} to {one.written.bare(s.hi)})"
    found = f"was {one.written.one(s.mean)}{spread}" if isfinite(s.mean) else "had no value"
    told = f"; published: {published_words(one)}" if one.published else "; no published effect stands beside it"
    return f"In {runs(result)} of this simulated trial the {one.what} for {primary.title} {found}{told}."


def _score(compared: Sequence[Verdict]) -> Notice:
    judged = [verdict for verdict in compared if verdict.judged]
    missed = sum(verdict.miss for verdict in judged)
    if not judged:
        return Notice("No published number could be judged.")
    by_role: dict[str, tuple[int, int]] = {}
    for verdict in judged:
        role = verdict.published.role if verdict.published else ""
        hit, of = by_role.get(role, (0, 0))
        by_role[role] = (hit + (not verdict.miss), of + 1)
    roles = "; ".join(f"{role}: {hit} of {of} hit" for role, (hit, of) in by_role.items())
    recalled = sum(verdict.published is not None and verdict.published.status == "recalled" for verdict in judged)
    told = f" Judged by numbers RECALLED without their source at hand: {recalled}." if recalled else ""
    return Notice(
        f"{len(judged) - missed} of {len(judged)} published numbers hit, {missed} missed.",
        f"By the role of their rows: {roles}.{told}",
    )


def trials_page(results: Sequence[TrialResult]) -> Document:
    """One page over several trials: the forest and table of their primary (first) endpoints.

    Raises InputError where there is no trial, SmoulderError where matplotlib is missing.
    """
    if not results:
        raise InputError("An overview needs at least one trial; it was given none.")
    primary = [(r, effect_of(r.endpoints[0], r.replicates)) for r in results if r.endpoints]
    judged = [one for _, one in primary if one.judged]
    missed = sum(one.miss for one in judged)
    title = "Published trials, simulated"
    answer = (
        f"Trials run from their designs: {len(results)}. Of {len(judged)} primary effects that can be judged, "
        f"{len(judged) - missed} hit and {missed} missed."
    )
    return Document(
        title,
        "Simulated trials beside the published ones. Research only.",
        (Paragraph((Span(RESEARCH, "strong"), f" {answer}"), "lead"),),
        (_primary(primary), _counts(results), made(results)),
    )


def _primary(primary: Sequence[tuple[TrialResult, Verdict]]) -> Section:
    drawn = plots.forest(
        [(f"{r.name}: {verdict.endpoint.title}", verdict) for r, verdict in primary],
        "primary-forest",
        "Primary endpoints, simulated against published",
    )
    head = ("trial and primary endpoint", "simulated (95% of replicates)", *BESIDE, "significant")
    rows = [
        (
            beneath(r.name, f"{verdict.endpoint.title}, {verdict.what}"),
            numbered(verdict),
            *beside(verdict),
            share(verdict.endpoint.significant),
        )
        for r, verdict in primary
    ]
    caption = (
        "The numbers on the right are the simulated mean and the central 95% of replicates above, and the published "
        "value below."
    )
    marks = kinds([verdict for _, verdict in primary])
    return section(
        "primary",
        "Primary endpoints",
        figure(drawn, caption) if drawn else None,
        table("Primary endpoints, simulated and published", head, rows, kinds=marks),
        short="Primary endpoints",
    )


def _counts(results: Sequence[TrialResult]) -> Section:
    rows = []
    for r in results:
        judged = [verdict for verdict in verdicts(r) if verdict.judged]
        missed = sum(verdict.miss for verdict in judged)
        people = sum(arm.randomised for arm in r.arms)
        rows.append((r.name, r.title, f"{people:,.0f}", f"{len(judged)}", f"{len(judged) - missed}", f"{missed}"))
    head = ("trial", "title", "people a replicate", "numbers judged", "hits", "misses")
    counts = table("Effects and arms of every endpoint", head, rows)
    return section("all", "All numbers of each trial", counts, short="All numbers")


def write_trial(result: TrialResult, out: Path | str) -> None:
    """Write ``report.html`` and ``result.json`` to the folder ``out``, made where it is missing; files that are there
    are replaced, each whole or not at all.

    Raises SmoulderError where matplotlib is missing, StudyError where ``out`` cannot be written.
    """
    folder = Path(out)
    text = html(trial_page(result))
    found = text_of(wrap("trial", trial_json(result), result.seed))
    with explained(f"The report cannot be written to '{folder}'"):
        folder.mkdir(parents=True, exist_ok=True)
        replace_text(folder / "result.json", found)
        replace_text(folder / "report.html", text)
