"""What a report ends with: doubt, methods, manifest."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from smoulder import outcomes
from smoulder.experiments.natural import PROTOCOL_PEOPLE, NaturalHistory
from smoulder.parameters import Parameters
from smoulder.reports.document import Bullets, Fold, Paragraph, Section, Source, section
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["doubt", "manifest", "methods"]


def doubt(natural: NaturalHistory) -> Section:
    """What these data cannot tell."""
    basis = Counter(natural.parameters.row(name).basis.split(":")[0] for name in natural.parameters.ids)
    told = ", ".join(f"{number} {name}" for name, number in basis.most_common())
    return section(
        "doubt",
        "What the data cannot tell",
        Bullets(
            (
                f"The model has {len(natural.parameters.ids)} numbers ({told}; 'smoulder parameters' lists them). "
                "One set of values was run here. "
                "The doubt about them is not in any interval on this page.",
                "Clinical records hardly see energy failure, the lifetime of rims, the ageing of repair, or "
                "remyelination: those stand where "
                "pathology and assumption put them, and so does the split of fibre loss between the causes that "
                "depend on them.",
                "Mean reserve and the two numbers that link lost function to EDSS are one direction: the same "
                "records fit with another reserve. "
                "How much damage is hidden rests on the reserve assumed.",
                "Ratings above EDSS 5.5 rest on thresholds extrapolated from people below it.",
                "Published cohorts disagree by more than their intervals, and differ in era, scanner, treatment and "
                "who was found. "
                "No model can hit two numbers that contradict each other, and rows from the same people are not "
                "independent.",
                "What is hit after fitting is no proof. Validation rows and the broken patterns above say more.",
            )
        ),
        short="What the data cannot tell",
    )


def methods(natural: NaturalHistory) -> Section:
    """What was done, with each rule by name and source."""
    c, p = natural.counts, natural.parameters
    rules = (
        outcomes.ONSET_90D,
        outcomes.SPMS_SUSTAINED_12M,
        outcomes.IRREVERSIBLE_6M,
        outcomes.CONFIRMED_6M,
        outcomes.FIRST_VISIT,
        outcomes.ONE_ATTACK_30D,
    )
    simulated = (
        f"smoulder {__version__} (model {MODEL_VERSION}) drew {c['drawn']:,} people (seed {natural.seed}) and ran "
        "each life untreated for up to 75 years from the biological start, with the shipped parameters. People with "
        "clinical onset before death (the first felt attack or the first lasting symptom) were seen every half year "
        "from onset to death or the end of the run, without missed visits. EDSS was scored from rated functional "
        f"systems, ambulation and arm use by the published scoring rules. {_noise(p)} Attacks are reported with "
        f"probability {p['relapse_reported']:g}. The special protocols (monthly scans, examinations round attacks, two "
        f"raters) ran on {min(natural.people, PROTOCOL_PEOPLE):,} other people. Twins of the switched arms share every "
        "draw."
    )
    judged = (
        "A target is a published number with the rule, people and clock of its source. It is hit if the "
        "simulated value lies in the published interval (95% confidence interval or printed range) or, where "
        "none is printed, within our tolerance of it. The interval is widened by 1.96 Monte Carlo standard "
        "errors. Those are the spread of the quantity over 20 batches of people, divided by the root of 20. "
        "Medians are Kaplan-Meier medians with death as censoring; shares by year are of survivors seen in "
        "that completed year. An error that is missing means the quantity had no value in enough batches."
    )
    listed = Bullets(tuple(f"{rule.name}: {rule.source}." for rule in rules))
    return section(
        "methods",
        "Methods",
        Paragraph("How the lives were simulated, when a published number is hit, and which rules were applied."),
        Fold(
            "The methods in full, with every rule and its source",
            (Paragraph(simulated), Paragraph(judged), Paragraph("The rules, by name and source:"), listed),
        ),
        short="Methods",
    )


def _noise(p: Parameters) -> str:
    noise = ", ".join(f"{name} {value:g}" for name, value in p.family("rating_noise").items())
    return f"Each rating carries normal noise on the logit scale beside the person's own stable offset (sd: {noise})."


def manifest(about: dict[str, Any]) -> Section:
    """What this page was made from."""
    text = json.dumps(about, indent=1, ensure_ascii=False)
    return section(
        "manifest",
        "Manifest",
        Paragraph("The same version, seed and number of people give the same numbers on any number of threads."),
        Fold("Versions, digests of the tables, seed and command", (Source(text),)),
        short="Manifest",
    )
