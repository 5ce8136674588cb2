"""ORATORIO in the demonstration: run from its design with all that the drug does, and again without what it does behind
the blood-brain barrier, with the same people, luck and strengths of the drug.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smoulder import plots
from smoulder.reports.document import Bullets, Cell, Fold, Paragraph, Section, Span, Table, Text, figure, section, table
from smoulder.reports.trial.parts import (
    BESIDE,
    beside,
    few,
    kinds,
    named,
    numbered,
    published_words,
    runs,
    simulated,
    told_miss,
)
from smoulder.trials import Design, TrialResult, run_trial
from smoulder.trials.agreement import Verdict, verdicts

__all__ = ["FOLDERS", "REPLICATES", "TRIAL", "TwoRuns", "answer", "headline", "lines", "rows", "run", "section_of"]

#: Replicates of each run unless another number is asked for.
REPLICATES = 40
#: The trial that the demonstration runs.
TRIAL: Design | str = "oratorio"
#: Folders beside the report that hold the whole page and the data of each run.
FOLDERS = ("oratorio", "oratorio_without_cns")

_CURVES = (
    "With all that the drug does. Lines: mean of the replicates' Kaplan-Meier curves; bands: their central 95%."
)
_WORDS = {
    "oratorio_hr_cdp12": "ORATORIO: hazard ratio of EDSS worsening confirmed after 12 weeks, ocrelizumab against "
    "placebo",
    "oratorio_hr_cdp12_without_cns_effect": "The same without what ocrelizumab does behind the blood-brain barrier",
    "oratorio_placebo_cdp12": "ORATORIO: share of the placebo arm with such a worsening",
}


@dataclass(frozen=True, eq=False)
class TwoRuns:
    """``whole``: the trial with all that its drug does. ``outside``: the same without what it does in the CNS."""

    whole: TrialResult
    outside: TrialResult


def run(replicates: int, seed: int, threads: int, progress: Callable[[int], None] | None = None) -> TwoRuns:
    """Both runs. ``progress`` is called with the number of replicates just done, of 2 * ``replicates`` in all.

    Raises InputError for numbers that cannot be.
    """
    whole, outside = (
        run_trial(
            TRIAL, replicates=replicates, seed=seed, threads=threads, without_cns=without, progress=progress
        )
        for without in (False, True)
    )
    return TwoRuns(whole, outside)


def _found(both: TwoRuns) -> dict[str, Verdict]:
    """The numbers of the headline beside what was published; the comparator is the second arm."""
    effect, *_ = primary = _primary(both.whole)
    placebo = both.whole.arms[1].name
    return dict(
        zip(
            _WORDS,
            (effect, _primary(both.outside)[0], next(one for one in primary if one.arm == placebo)),
            strict=True,
        )
    )


def _primary(result: TrialResult) -> list[Verdict]:
    """Effect and arms of the first endpoint."""
    return [one for one in verdicts(result) if one.endpoint is result.endpoints[0]]


def headline(both: TwoRuns) -> dict[str, float]:
    """The numbers of the headline: mean hazard ratios over replicates, and the share (0 to 1) of the placebo arm with
    the event.
    """
    return {name: one.simulated.mean for name, one in _found(both).items()}


def lines(both: TwoRuns) -> list[str]:
    """The same as lines to print, with the central 95% of replicates, beside what was published."""
    told = []
    for name, one in _found(both).items():
        text = f"{name}: {simulated(one)}, published {published_words(one)}{'  MISS' if one.miss else ''}"
        told.append(text.replace("−", "-").replace("–", "-").replace("\u00a0", " "))
    return told


def rows(both: TwoRuns) -> tuple[list[tuple[Text | Cell, ...]], list[str]]:
    """The same as rows of the table of headline numbers (quantity, published, simulated, result), and the class of
    each.
    """
    found = _found(both)
    shown: list[tuple[Text | Cell, ...]] = [
        (
            _WORDS[name],
            published_words(verdict),
            numbered(verdict, f"{simulated(verdict)}, 95% of replicates"),
            beside(verdict)[1],
        )
        for name, verdict in found.items()
    ]
    return shown, kinds(list(found.values()))


def section_of(both: TwoRuns) -> Section:
    """The section of the report: the answer in one sentence, the curves, every number beside the published one, the
    misses, and links to the whole pages.
    """
    compared = verdicts(both.whole)
    drawn = plots.time_to_event(both.whole.endpoints[0], "oratorio-curves")
    curves = () if drawn is None else (figure(drawn, _CURVES),)
    return section(
        "oratorio",
        "A published trial from its design",
        Paragraph(answer(both), "lead"),
        Paragraph(_where()),
        Fold(
            "How it was run, the curves, and every endpoint",
            (Paragraph(_how(both)), *curves, _table(both, compared)),
        ),
        Fold(*_misses(compared)),
        short="A trial",
    )


def answer(both: TwoRuns) -> str:
    """The effect on the primary endpoint, with and without what the drug does in the CNS, beside the published one."""
    whole, outside, placebo = _found(both).values()
    title = whole.endpoint.title
    title = title if title[1:2].isupper() else title[:1].lower() + title[1:]
    return (
        f"{both.whole.title}: in {runs(both.whole)} the {whole.what} for {title} was {simulated(whole)}, and "
        f"{simulated(outside)} without what the drug does behind the blood-brain barrier. The published value is "
        f"{published_words(whole)}. Of the {placebo.arm} arm {simulated(placebo)} had the event; the published value "
        f"is {published_words(placebo)}."
    )


def _how(both: TwoRuns) -> str:
    return (
        "People enter by the trial's criteria as their simulated records show them, so that age, duration, EDSS and "
        "activity at entry come from the selection. How strongly the drug acts on which process comes from "
        "pharmacology, scans and cell counts, never from disability, and is drawn from its prior in each replicate; "
        "worsening of untreated people such as this trial took weighs in the fit, so its placebo arm is no blind test. "
        "What comes out is a consequence of these assumptions, not evidence that a drug works. In brackets stand the "
        "central 95% of replicates, the scatter of single trials of this size, and published intervals."
        f"{few(both.whole.replicates)}"
    )


def _table(both: TwoRuns, compared: list[Verdict]) -> Table:
    """Effects, and arms of which something was published."""
    pairs = [
        (one, other)
        for one, other in zip(compared, verdicts(both.outside), strict=True)
        if not one.arm or one.published
    ]
    head = ("endpoint", "simulated (95% of replicates)", "without the effect in the CNS", *BESIDE)
    shown = [(named(one), numbered(one), numbered(other), *beside(one)) for one, other in pairs]
    return table("Every endpoint, simulated and published", head, shown, kinds=kinds([one for one, _ in pairs]))


def _misses(compared: list[Verdict]) -> tuple[str, tuple[Bullets | Paragraph, ...]]:
    judged = [verdict for verdict in compared if verdict.judged]
    missed = [verdict for verdict in judged if verdict.miss]
    title = f"Misses: {len(missed)} of {len(judged)} published numbers judged"
    if not missed:
        return title, (Paragraph("No published number is missed."),)
    return title, (Bullets(tuple(told_miss(verdict) for verdict in missed)),)


def _where() -> Text:
    whole, outside = (f"{folder}/report.html" for folder in FOLDERS)
    return (
        "The whole report of the trial, with flow of people, baseline and every curve: ",
        Span("oratorio", "", whole),
        "; ",
        Span("without the effect in the CNS", "", outside),
        ".",
    )
