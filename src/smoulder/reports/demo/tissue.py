"""Sections on what happens in the tissue: lesions, volumes, why fibres were lost, and each explanation switched off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from smoulder import plots
from smoulder.experiments.natural import CAUSES, NaturalHistory
from smoulder.experiments.switches import FULL, Switches
from smoulder.plots.damage import CAUSE_WORDS
from smoulder.reports.document import Markup, figure, items, paragraph, section, table
from smoulder.reports.numbers import Format, hits, with_interval

__all__ = ["causes", "lesions", "switches", "volumes"]

_SHARE = Format(100, 1, False, "%")
_PLAIN = Format(1, 2, False, "")
_YEARS = (1, 5, 10, 15, 20, 25, 30)


def lesions(natural: NaturalHistory) -> str:
    """Monthly lesion dynamics and lesions per relapse."""
    rows = [
        (words, with_interval(v, e, _SHARE if words.startswith("share") else _PLAIN))
        for words, (v, e) in natural.lesions.items()
    ]
    return section(
        "lesions",
        "Lesions on scans",
        paragraph(
            "From monthly scans of people such as serial scanning studies took: relapsing onset one to twelve years "
            "ago and an attack in the last two years; people chosen for activity also had an enhancing lesion a scan "
            "over three screening scans. Chosen people draw their own numbers: "
            "the entry rule of the published series is not printed, and ours was chosen with its numbers in sight."
        ),
        table("Monthly scans, simulated (± 95% Monte Carlo)", ("quantity", "value"), rows),
    )


def volumes(natural: NaturalHistory) -> str:
    """Brain, cord and the leg's motor path by year of disease."""
    words = {
        "brain_volume": "brain volume",
        "cord_volume": "cord volume",
        "survival_pyramidal_leg": "fibres left in the leg's motor path",
        "bare": "bare fibres",
    }
    rows = [
        (f"{int(r['year'])}", f"{int(r['people']):,}", *(with_interval(r[n], r[f"{n}_error"], _SHARE) for n in words))
        for _, r in _years(natural.volumes).iterrows()
    ]
    return section(
        "volumes",
        "Brain and cord",
        table(
            "Mean of those alive and followed, % of the biological start (± 95% Monte Carlo)",
            ("year of disease", "people", *words.values()),
            rows,
        ),
    )


def _years(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["year"].isin(_YEARS)]


def causes(natural: NaturalHistory) -> str:
    """Every lost fibre under its cause."""
    rows = [
        (f"{int(r['year'])}", with_interval(r["lost"], r["lost_error"], _SHARE), *(_SHARE.whole(r[c]) for c in CAUSES))
        for _, r in _years(natural.lost).iterrows()
        if np.isfinite(r["lost"])
    ]
    return section(
        "causes",
        "Why fibres were lost",
        paragraph(
            "In the model every lost fibre has a cause, because each process of loss keeps its own running total. "
            "This is what the model "
            "says; no clinic and no scanner can see it."
        ),
        figure(
            plots.fibre_loss(natural), "Left: share of all fibres, stacked. Right: the same as parts of the whole loss."
        ),
        table(
            "Fibres lost by cause, mean over all paths of those alive and followed",
            ("year of disease", "all ± 95% Monte Carlo", *(CAUSE_WORDS[c] for c in CAUSES)),
            rows,
        ),
    )


def switches(natural: NaturalHistory, result: Switches) -> str:
    """What is left when the relapse-driven or the smouldering explanation is switched off, and what breaks."""
    rows = [row for _, row in result.table.iterrows()]
    head = ("arm", "years since the start", "alive", "mean EDSS", "EDSS ≥ 6", "disability left")
    fibres = ("arm", "years since the start", "all fibres lost", *(CAUSE_WORDS[c] for c in CAUSES))
    start, error = result.at_start
    breaks = [_breaks(natural, result, arm) for arm in result.broken]
    return section(
        "switches",
        "Each explanation switched off",
        paragraph(
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
        figure(
            plots.switches(result),
            "Left: mean rated EDSS of those alive, with its 95% Monte Carlo band. Right: fibres lost by cause.",
        ),
        table("Disability of the same people in four arms (± 95% Monte Carlo)", head, [_disability(r) for r in rows]),
        table("Fibres lost by cause in the same arms, mean of those alive", fibres, [_fibres(r) for r in rows]),
        "<h3>Published patterns that break</h3>",
        paragraph(
            "Each arm's own cohort (whoever comes to have clinical onset in it) is scored against every published "
            "number. A pattern that "
            "breaks was a hit with both at work and is a miss without. Nothing was fitted again: an arm shows what "
            "the part carries in this "
            "model, not how well the other part could do alone."
        ),
        items(breaks),
    )


def _disability(r: pd.Series) -> tuple[object, ...]:
    left = "100%" if r["arm"] == FULL else with_interval(r["left"], r["left_error"], _SHARE)
    return (
        r["arm"],
        f"{int(r['year'])}",
        _SHARE.whole(r["alive"]),
        with_interval(r["mean_edss"], r["error"], _PLAIN),
        with_interval(r["p_ge_6"], r["p_ge_6_error"], _SHARE),
        left,
    )


def _fibres(r: pd.Series) -> tuple[object, ...]:
    lost = with_interval(r["lost"], r["lost_error"], _SHARE)
    return (r["arm"], f"{int(r['year'])}", lost, *(_SHARE.whole(r[c]) for c in CAUSES))


def _breaks(natural: NaturalHistory, result: Switches, arm: str) -> Markup:
    words = dict(
        zip(
            (one.target.id for one in natural.scores), plots.labels([one.target for one in natural.scores]), strict=True
        )
    )
    hit, of = hits(result.scores[arm])["all"]
    broken, mended = (
        "; ".join(f"{words[i]} ({i})" for i in ids) or "none" for ids in (result.broken[arm], result.mended[arm])
    )
    text = (
        f"<b>{arm}</b>: {result.onset[arm]:,} of {result.people:,} people have clinical onset; {hit} of {of} numbers "
        "are hit. "
        f"<b>Hits that become misses:</b> {broken}. <b>Misses that become hits:</b> {mended}."
    )
    return Markup(text)
