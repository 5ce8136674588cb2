"""Sections on what happens in the tissue: lesions, volumes, why fibres were lost, and each explanation switched off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from smoulder import plots
from smoulder.experiments.natural import CAUSES, NaturalHistory
from smoulder.experiments.switches import FULL, Switches
from smoulder.plots.damage import CAUSE_WORDS
from smoulder.reports.document import Bullets, Cell, Fold, Paragraph, Section, Span, Text, figure, section, table
from smoulder.reports.numbers import Format, hits, measured
from smoulder.targets.words import labels

__all__ = ["causes", "lesions", "switches", "volumes"]

_SHARE = Format(100, 1, False, "%")
_PLAIN = Format(1, 2, False, "")
_YEARS = (1, 5, 10, 15, 20, 25, 30)
_BREAKING = (
    "Each arm's own cohort (whoever comes to have clinical onset in it) is scored against every published number. A "
    "pattern that breaks was a hit with both at work and is a miss without. Nothing was fitted again. An arm shows "
    "what the part carries in this model, not how well the other part could do alone."
)


def lesions(natural: NaturalHistory) -> Section:
    """Monthly lesion dynamics and lesions per relapse."""
    rows = [
        (words, measured(v, e, _SHARE if words.startswith("share") else _PLAIN))
        for words, (v, e) in natural.lesions.items()
    ]
    return section(
        "lesions",
        "Lesions on scans",
        Paragraph(
            "From monthly scans of people such as serial scanning studies took: relapsing onset one to twelve years "
            "ago and an attack in the last two years; people chosen for activity also had an enhancing lesion a scan "
            "over three screening scans. Chosen people draw their own numbers: "
            "the entry rule of the published series is not printed, and ours was chosen with its numbers in sight."
        ),
        Fold(
            "Lesions on monthly scans, in numbers",
            (table("Monthly scans, simulated (± 95% Monte Carlo)", ("quantity", "value"), rows),),
        ),
        short="Lesions",
    )


def volumes(natural: NaturalHistory) -> Section:
    """Brain, cord and the leg's motor path by year of disease."""
    words = {
        "brain_volume": "brain volume",
        "cord_volume": "cord volume",
        "survival_pyramidal_leg": "fibres left in the leg's motor path",
        "bare": "bare fibres",
    }
    rows: list[tuple[Text | Cell, ...]] = [
        (f"{int(r['year'])}", f"{int(r['people']):,}", *(measured(r[n], r[f"{n}_error"], _SHARE) for n in words))
        for _, r in _years(natural.volumes).iterrows()
    ]
    return section(
        "volumes",
        "Brain and cord",
        Paragraph(
            "Brain and spinal cord shrink, and the path from the brain to the legs loses fibres. The numbers are parts "
            "of what each person had at the biological start of the disease."
        ),
        Fold(
            "Volumes by year of disease",
            (
                table(
                    "Mean of those alive and followed, % of the biological start (± 95% Monte Carlo)",
                    ("year of disease", "people", *words.values()),
                    rows,
                ),
            ),
        ),
        short="Brain and cord",
    )


def _years(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["year"].isin(_YEARS)]


def causes(natural: NaturalHistory) -> Section:
    """Every lost fibre under its cause."""
    rows: list[tuple[Text | Cell, ...]] = [
        (f"{int(r['year'])}", measured(r["lost"], r["lost_error"], _SHARE), *(_SHARE.whole(r[c]) for c in CAUSES))
        for _, r in _years(natural.lost).iterrows()
        if np.isfinite(r["lost"])
    ]
    return section(
        "causes",
        "Why fibres were lost",
        Paragraph(
            "In the model every lost fibre has a cause, because each process of loss keeps its own running total. "
            "This is what the model "
            "says; no clinic and no scanner can see it."
        ),
        Fold(
            "Fibres lost by cause: figure and table",
            (
                figure(
                    plots.fibre_loss(natural),
                    "The left part shows the share of all fibres, stacked. The right part shows the same as parts of "
                    "the whole loss.",
                ),
                table(
                    "Fibres lost by cause, mean over all paths of those alive and followed",
                    ("year of disease", "all ± 95% Monte Carlo", *(CAUSE_WORDS[c] for c in CAUSES)),
                    rows,
                ),
            ),
        ),
        short="Why fibres were lost",
    )


def switches(natural: NaturalHistory, result: Switches) -> Section:
    """What is left when the relapse-driven or the smouldering explanation is switched off, and what breaks."""
    rows = [row for _, row in result.table.iterrows()]
    head = ("arm", "years since the start", "alive", "mean EDSS", "EDSS ≥ 6", "disability left")
    fibres = ("arm", "years since the start", "all fibres lost", *(CAUSE_WORDS[c] for c in CAUSES))
    start, error = result.at_start
    breaks = [_breaks(natural, result, arm) for arm in result.broken]
    return section(
        "switches",
        "Each explanation switched off",
        Paragraph(
            "The same people live again with the same luck, once without focal attacks (relapse-driven off) and once "
            "without the slow "
            "processes that strip or kill outside fresh lesions (smouldering off). All arms are seen on one clock, "
            "from the "
            "biological start, whether they ever come to a clinic or not. Before anything happens these people are "
            "rated "
            f"{start:.2f} ± {1.96 * error:.2f} on average: the offset of items and raters. Disability left is the "
            "rise above that, as a part of the "
            "rise with both at work; the two parts need not add up to the whole."
        ),
        Fold(
            "Disability and loss of fibres in the four arms, and the published patterns that break",
            (
                figure(
                    plots.switches(result),
                    "The left part shows the mean rated EDSS of those alive, with its 95% Monte Carlo band. The right "
                    "part shows the fibres lost by cause.",
                ),
                table(
                    "Disability of the same people in four arms (± 95% Monte Carlo)",
                    head,
                    [_disability(r) for r in rows],
                ),
                table(
                    "Fibres lost by cause in the same arms, mean of those alive", fibres, [_fibres(r) for r in rows]
                ),
                section("", "Published patterns that break", Paragraph(_BREAKING), Bullets(tuple(breaks))),
            ),
        ),
        short="Each explanation off",
    )


def _disability(r: pd.Series) -> tuple[Text | Cell, ...]:
    left = "100%" if r["arm"] == FULL else measured(r["left"], r["left_error"], _SHARE)
    return (
        r["arm"],
        f"{int(r['year'])}",
        _SHARE.whole(r["alive"]),
        measured(r["mean_edss"], r["error"], _PLAIN),
        measured(r["p_ge_6"], r["p_ge_6_error"], _SHARE),
        left,
    )


def _fibres(r: pd.Series) -> tuple[Text | Cell, ...]:
    lost = measured(r["lost"], r["lost_error"], _SHARE)
    return (r["arm"], f"{int(r['year'])}", lost, *(_SHARE.whole(r[c]) for c in CAUSES))


def _breaks(natural: NaturalHistory, result: Switches, arm: str) -> Text:
    targets = [one.target for one in natural.scores]
    words = dict(zip((target.id for target in targets), labels(targets), strict=True))
    hit, of = hits(result.scores[arm])["all"]
    broken, mended = ("; ".join(words[i] for i in ids) or "none" for ids in (result.broken[arm], result.mended[arm]))
    return (
        Span(arm, "strong"),
        f": {result.onset[arm]:,} of {result.people:,} people have clinical onset; {hit} of {of} numbers are hit. ",
        Span("Hits that become misses:", "strong"),
        f" {broken}. ",
        Span("Misses that become hits:", "strong"),
        f" {mended}.",
    )
