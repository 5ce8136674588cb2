"""The report of the demonstration, section by section."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smoulder import plots
from smoulder.experiments.hidden.summary import Hidden
from smoulder.experiments.lives import Life
from smoulder.experiments.natural import NaturalHistory
from smoulder.experiments.switches import Switches
from smoulder.reports.demo import closing, compared, oratorio, tissue
from smoulder.reports.demo.hidden import hidden_page
from smoulder.reports.document import Block, Document, Fold, Notice, Paragraph, Section, Span, figure, section
from smoulder.reports.numbers import hits
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["report"]

_TITLE = "A life with MS, simulated and compared with what has been published"


def report(
    natural: NaturalHistory,
    switches: Switches,
    lives: Sequence[Life],
    hidden: Hidden,
    trial: oratorio.TwoRuns,
    manifest: dict[str, Any],
) -> Document:
    """The whole report, with everything it shows inside it but the pages of the trial, which it links to.

    Raises SmoulderError where matplotlib is missing.
    """
    return Document(
        _TITLE,
        "Simulated natural history of multiple sclerosis, and a trial, beside published numbers. Research only.",
        _opening(natural, trial),
        (
            compared.headline(natural, *oratorio.rows(trial)),
            _lives(lives),
            compared.everything(natural.scores),
            compared.edss(natural),
            compared.milestones(natural),
            compared.relapses(natural),
            tissue.lesions(natural),
            tissue.volumes(natural),
            tissue.causes(natural),
            tissue.switches(natural, switches),
            hidden_page(hidden),
            oratorio.section_of(trial),
            closing.doubt(natural),
            closing.methods(natural),
            closing.manifest(manifest),
        ),
    )


def _opening(natural: NaturalHistory, trial: oratorio.TwoRuns) -> tuple[Block, ...]:
    c = natural.counts
    return (
        Paragraph(
            (
                Span("For research only; never advice.", "strong"),
                f" Nobody on this page exists. smoulder simulated {c['drawn']:,} people from the biological start of "
                f"the disease to death, untreated. {c['with_onset']:,} of them came to have clinical onset and were "
                f"followed by a simulated clinic ({c['visits']:,} rated visits, {c['relapses']:,} attacks). "
                f"{c['left_out']:,} never did and are left out, as they would be in a real cohort. What the clinic "
                "wrote down is set beside published numbers here, hits and misses alike.",
            ),
            "lead",
        ),
        _score(natural),
        Paragraph(oratorio.answer(trial)),
        Paragraph(
            f"smoulder {__version__}, model {MODEL_VERSION}, seed {natural.seed}. Intervals of simulated numbers are "
            "95% Monte Carlo intervals. They say how much another draw of people would change, not how far the model "
            "may be wrong.",
            "small",
        ),
        Paragraph("Each section says what it shows. Details can be opened below it.", "small"),
    )


def _score(natural: NaturalHistory) -> Notice:
    counted = hits(natural.scores)
    words = {
        "fitted": "calibration rows that weigh in the fit",
        "not fitted": "calibration rows left out of the fit",
        "validation": "validation rows, never fitted",
        "context": "context rows, for orientation",
    }
    parts = "; ".join(f"{counted[k][0]} of {counted[k][1]} {text}" for k, text in words.items() if k in counted)
    missing = (
        ""
        if "validation" in counted
        else " No validation row is in this table yet, so the score says how well the model was fitted."
    )
    hit, of = counted["all"]
    return Notice(
        f"Score: {hit} of {of} published numbers hit, {of - hit} missed.",
        f"{parts}.{missing} The root mean square difference from the published EDSS distribution is "
        f"{natural.headline['rmse_msss2005']:.3f}.",
    )


def _lives(lives: Sequence[Life]) -> Section:
    drawn = figure(
        plots.ten_lives(lives),
        "EDSS stands on the left scale and the leg path on the right. Ticks below each chart are reported attacks.",
    )
    return section(
        "lives",
        "Ten lives",
        Paragraph(
            "These are the first ten people drawn who ever have clinical onset. They were chosen by their number, "
            "not by looks."
        ),
        Fold(
            "The ten lives: what a clinic sees, and what it does not see",
            (
                Paragraph(
                    "The blue line is what a clinic sees. The shaded area is what it does not see: function lost for "
                    "good in the path from brain to legs. Each person can lose a share of it, the reserve, before a "
                    "deficit shows (dashed line). Until then damage is hidden."
                ),
                drawn,
            ),
        ),
        short="Ten lives",
    )
