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
from smoulder.reports.document import Markup, figure, page, paragraph, section
from smoulder.reports.numbers import hits
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["report"]

_TITLE = "A life with MS, simulated and compared with what has been published"
_CONTENTS = (
    ("lives", "Ten lives"),
    ("headline", "Headline numbers"),
    ("compared", "Published beside simulated"),
    ("edss", "EDSS"),
    ("milestones", "Milestones"),
    ("relapses", "Relapses"),
    ("lesions", "Lesions"),
    ("volumes", "Brain and cord"),
    ("causes", "Why fibres were lost"),
    ("switches", "Each explanation off"),
    ("hidden", "Hidden and visible"),
    ("oratorio", "A trial"),
    ("doubt", "What the data cannot tell"),
    ("methods", "Methods"),
    ("manifest", "Manifest"),
)


def report(
    natural: NaturalHistory,
    switches: Switches,
    lives: Sequence[Life],
    hidden: Hidden,
    trial: oratorio.TwoRuns,
    manifest: dict[str, Any],
) -> str:
    """The whole page as HTML text, with everything it shows inside it but the pages of the trial, which it links to."""
    return page(
        f"smoulder: {_TITLE}",
        "Simulated natural history of multiple sclerosis, and a trial, beside published numbers. Research only.",
        _opening(natural),
        _lives(lives),
        compared.headline(natural, *oratorio.rows(trial)),
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
    )


def _opening(natural: NaturalHistory) -> str:
    c = natural.counts
    contents = " ".join(f'<a href="#{name}">{words}</a>' for name, words in _CONTENTS)
    return "\n".join(
        (
            f"<h1>{_TITLE}</h1>",
            paragraph(
                Markup(
                    "<b>For research only; never advice.</b> Nobody on this page exists. smoulder simulated "
                    f"{c['drawn']:,} people from the biological start of the disease to death, untreated; "
                    f"{c['with_onset']:,} of them "
                    f"came to have clinical onset and were followed by a simulated clinic ({c['visits']:,} rated "
                    "visits, "
                    f"{c['relapses']:,} attacks), and {c['left_out']:,} never did and are left out, as they would be "
                    "in a real "
                    "cohort. What the clinic wrote down is set beside published numbers here, hits and misses alike."
                ),
                "lead",
            ),
            _score(natural),
            paragraph(
                f"smoulder {__version__}, model {MODEL_VERSION}, seed {natural.seed}. Intervals of simulated numbers "
                "are 95% Monte Carlo "
                "intervals: they say how much another draw of people would change, not how far the model may be wrong.",
                "small",
            ),
            f'<nav aria-label="Contents">{contents}</nav>',
        )
    )


def _score(natural: NaturalHistory) -> str:
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
    return (
        f'<div class="score"><b>Score: {hit} of {of} published numbers hit, {of - hit} missed.</b><br>'
        f"{parts}.{missing} "
        "Root mean square difference from the published EDSS distribution: "
        f"{natural.headline['rmse_msss2005']:.3f}.</div>"
    )


def _lives(lives: Sequence[Life]) -> str:
    return section(
        "lives",
        "Ten lives",
        paragraph(
            "The first ten people drawn who ever have clinical onset: chosen by their number, not by looks. The blue "
            "line is what a "
            "clinic sees. The shaded area is what it does not see: function lost for good in the path from brain to "
            "legs. Each "
            "person can lose a share of it, the reserve, before a deficit shows (dashed line); until then damage is "
            "hidden."
        ),
        figure(
            plots.ten_lives(lives),
            "EDSS on the left scale, leg path on the right. Ticks below each chart are reported attacks.",
        ),
    )
