"""A trial as a page to read, several trials as one, and the files written beside each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from math import isfinite
from pathlib import Path

from smoulder import plots
from smoulder.errors import InputError
from smoulder.reports.document import Markup, figure, page, paragraph, section, table
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
    published_words,
    runs,
    simulated,
)
from smoulder.store.files import explained, replace_text
from smoulder.trials.agreement import Verdict, effect_of, share
from smoulder.trials.result import TrialResult
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["trial_page", "trials_page", "write_trial"]

_CONTENTS = (
    ("flow", "Flow"),
    ("baseline", "Baseline"),
    ("endpoints", "Endpoints"),
    ("arms", "By arm"),
    ("misses", "Misses"),
    ("methods", "Methods"),
    ("made", "How it was made"),
)


def trial_page(result: TrialResult) -> str:
    """The report of one trial as HTML text that needs nothing else. The first endpoint is the primary one.

    Raises SmoulderError where matplotlib is missing.
    """
    compared = plots.verdicts(result)
    parts = (
        flow(result),
        baseline(result),
        endpoints(result, compared),
        arms(result, compared),
        misses(compared),
        methods(result),
        made([result]),
    )
    links = " ".join(
        f'<a href="#{name}">{text}</a>' for (name, text), part in zip(_CONTENTS, parts, strict=True) if part
    )
    return page(
        f"smoulder: {result.title}",
        f"{result.title}, simulated and beside the published trial. Research only.",
        f"<h1>{escape(result.title, quote=False)}</h1>",
        paragraph(Markup(f"<b>{RESEARCH}</b> {escape(_answer(result), quote=False)}"), "lead"),
        _score(compared),
        paragraph(
            f"smoulder {__version__}, model {MODEL_VERSION}, {runs(result)}, seed {result.seed}.",
            "small",
        ),
        f'<nav aria-label="Contents">{links}</nav>',
        *(part for part in parts if part),
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


def _score(compared: Sequence[Verdict]) -> str:
    judged = [one for one in compared if one.judged]
    missed = sum(one.miss for one in judged)
    if not judged:
        return '<div class="score"><b>No published number could be judged.</b></div>'
    by_role: dict[str, tuple[int, int]] = {}
    for one in judged:
        role = one.published.role if one.published else ""
        hit, of = by_role.get(role, (0, 0))
        by_role[role] = (hit + (not one.miss), of + 1)
    roles = "; ".join(f"{escape(role)}: {hit} of {of} hit" for role, (hit, of) in by_role.items())
    head = f"{len(judged) - missed} of {len(judged)} published numbers hit, {missed} missed."
    recalled = sum(one.published is not None and one.published.status == "recalled" for one in judged)
    told = f" Judged by numbers RECALLED without their source at hand: {recalled}." if recalled else ""
    return f'<div class="score"><b>{head}</b><br>By the role of their rows: {roles}.{told}</div>'


def trials_page(results: Sequence[TrialResult]) -> str:
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
    return page(
        f"smoulder: {title}",
        "Simulated trials beside the published ones. Research only.",
        f"<h1>{title}</h1>",
        paragraph(Markup(f"<b>{RESEARCH}</b> {answer}"), "lead"),
        _primary(primary),
        _counts(results),
        made(results),
    )


def _primary(primary: Sequence[tuple[TrialResult, Verdict]]) -> str:
    drawn = plots.forest(
        [(f"{r.name}: {one.endpoint.title}", one) for r, one in primary],
        "primary-forest",
        "Primary endpoints, simulated against published",
    )
    head = ("trial and primary endpoint", "simulated (95% of replicates)", *BESIDE, "significant")
    rows = []
    for r, one in primary:
        told = f"{one.endpoint.title}, {one.what}"
        name = Markup(f'{escape(r.name, quote=False)}<br><span class="small">{escape(told, quote=False)}</span>')
        rows.append((name, simulated(one), *beside(one), share(one.endpoint.significant)))
    caption = "Numbers on the right: simulated mean and central 95% of replicates above, published below."
    return section(
        "primary",
        "Primary endpoints",
        figure(drawn, caption) if drawn else "",
        table("Primary endpoints, simulated and published", head, rows, kinds=kinds([one for _, one in primary])),
    )


def _counts(results: Sequence[TrialResult]) -> str:
    rows = []
    for r in results:
        judged = [one for one in plots.verdicts(r) if one.judged]
        missed = sum(one.miss for one in judged)
        people = sum(arm.randomised for arm in r.arms)
        rows.append((r.name, r.title, f"{people:,.0f}", f"{len(judged)}", f"{len(judged) - missed}", f"{missed}"))
    head = ("trial", "title", "people a replicate", "numbers judged", "hits", "misses")
    return section("all", "All numbers of each trial", table("Effects and arms of every endpoint", head, rows))


def write_trial(result: TrialResult, out: Path | str) -> None:
    """Write ``report.html`` and ``result.json`` to the folder ``out``, made where it is missing; files that are there
    are replaced, each whole or not at all.

    Raises SmoulderError where matplotlib is missing, StudyError where ``out`` cannot be written.
    """
    folder = Path(out)
    text = trial_page(result)
    found = json.dumps(trial_json(result), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    with explained(f"The report cannot be written to '{folder}'"):
        folder.mkdir(parents=True, exist_ok=True)
        replace_text(folder / "result.json", found)
        replace_text(folder / "report.html", text)
