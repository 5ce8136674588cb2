"""Sections that set published numbers beside simulated ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from smoulder import evidence, plots
from smoulder.experiments.natural import LEVELS, NaturalHistory
from smoulder.reports.document import Cell, Fold, Paragraph, Section, Span, Table, Text, beneath, figure, section, table
from smoulder.reports.numbers import hits, published, role, simulated
from smoulder.statistics import Survival
from smoulder.targets import Score, Target
from smoulder.targets.words import GROUPS, group, labels

__all__ = ["edss", "everything", "headline", "milestones", "relapses"]

_HEADLINE = {
    "rmse_msss2005": "Root mean square difference of P(EDSS ≥ 3, 4, 6, 7), years 5 to 30, from the distribution of "
    "2005",
    "ppms_share": "Share of progressive onset among all with clinical onset",
    "ppms_onset_age": "Mean age at progressive onset",
    "spms_median_years": "Median years from relapsing onset to SPMS",
    "age_at_edss4": "Median age at irreversible EDSS 4",
    "age_at_edss6": "Median age at irreversible EDSS 6",
    "age_at_edss7": "Median age at irreversible EDSS 7",
    "years_edss4_to_6_relapsing": "Median years from EDSS 4 to 6, relapsing onset",
    "years_edss4_to_6_progressive": "Median years from EDSS 4 to 6, progressive onset",
}
_SHOWN_YEARS = (1, 5, 10, 15, 20, 25, 30)


def _word(one: Score) -> Span:
    """Hit or miss in words."""
    return Span("hit" if one.hit else "MISS", "word")


def _kinds(scores: Sequence[Score]) -> list[str]:
    return ["hit" if one.hit else "miss" for one in scores]


def headline(
    natural: NaturalHistory, trial: Sequence[tuple[Text | Cell, ...]] = (), trial_kinds: Sequence[str] = ()
) -> Section:
    """The numbers a reader asks for first; ``trial`` are the rows of those that come from the trial."""
    by_name = {one.target.headline: one for one in natural.scores if one.target.headline}
    rows: list[tuple[Text | Cell, ...]] = []
    kinds = []
    for name, words in _HEADLINE.items():
        value = natural.headline[name]
        if name in by_name:
            score = by_name[name]
            rows.append((words, published(score.target), simulated(score), _word(score)))
            kinds.append("hit" if score.hit else "miss")
        else:
            rows.append((words, "0 is perfect", Cell(f"{value:.3f}", value), "not judged"))
            kinds.append("")
    return section(
        "headline",
        "Headline numbers",
        table(
            "Published and simulated",
            ("quantity", "published", "simulated ± 95% Monte Carlo", "result"),
            [*rows, *trial],
            kinds=[*kinds, *trial_kinds],
        ),
        short="Headline numbers",
    )


def everything(scores: Sequence[Score]) -> Section:
    """Every target as a figure and as a row."""
    words = labels([score.target for score in scores])
    hit, of = hits(scores)["all"]
    groups = []
    for name in GROUPS:
        inside = [(text, score) for text, score in zip(words, scores, strict=True) if group(score.target) == name]
        if inside:
            groups.append(_group(name, inside))
    drawn = figure(
        plots.published_beside_simulated(scores),
        "The distance from the published value is given in tolerances. A disc is a hit and a cross is a miss. An arrow "
        "is a miss by more than six tolerances.",
    )
    return section(
        "compared",
        "Published beside simulated",
        Paragraph(
            f"{hit} of {of} published numbers are hit and {of - hit} are missed. A hit lies inside the published "
            "interval, widened by the Monte Carlo error of the simulation. Where the source prints no interval, it "
            "lies inside a tolerance of ours (marked so), which is the smallest difference that matters."
        ),
        Paragraph(
            "Calibration rows may be fitted and validation rows never are. Context rows are for orientation. RECALLED "
            "marks numbers entered without their source at hand; let none of them decide anything.",
            "small",
        ),
        Fold("All of them in one figure", (drawn,)),
        *(Fold(part.caption, (part,)) for part in groups),
        short="Published beside simulated",
    )


def _group(name: str, inside: Sequence[tuple[str, Score]]) -> Table:
    rows = [_row(text, score) for text, score in inside]
    hit, of = hits([score for _, score in inside])["all"]
    head = ("quantity", "published", "simulated ± 95% Monte Carlo", "result", "role", "evidence")
    return table(f"{name}: {hit} of {of} hit", head, rows, kinds=_kinds([score for _, score in inside]))


def _row(text: str, score: Score) -> tuple[Text | Cell, ...]:
    t = score.target
    return beneath(text, t.note), published(t), simulated(score), _word(score), role(t), _source(t)


def _source(target: Target) -> Span:
    """The evidence id, linked to its source."""
    if "/" in target.evidence:
        return Span(target.evidence, "id")
    row = evidence.row(target.evidence)
    return Span(row.id, "id", f"https://doi.org/{row.doi}" if row.doi else row.url)


def edss(natural: NaturalHistory) -> Section:
    """Distribution of rated EDSS by year of disease."""
    source = evidence.table("edss_by_duration_msss2005").set_index("disease_duration_completed_years")
    shown = natural.edss[natural.edss["years"].isin(_SHOWN_YEARS)]
    rows = []
    for _, r in shown.iterrows():
        cells: list[Text | Cell] = [
            f"{int(r['years'])}",
            f"{int(r['people']):,}",
            f"{r['mean_edss']:.2f} ± {1.96 * r['error']:.2f}",
        ]
        for level in (3, 4, 6, 7):
            name = f"p_ge_{level}"
            other = float(source.loc[int(r["years"]), name])
            half = 50 * (r[f"{name}_hi"] - r[f"{name}_lo"])
            cells.append(f"{100 * r[name]:.1f} ± {half:.1f}%; {100 * other:.1f}%")
        rows.append(cells)
    head = ("year", "people", "mean EDSS", "EDSS ≥ 3", "EDSS ≥ 4", "EDSS ≥ 6", "EDSS ≥ 7")
    return section(
        "edss",
        "EDSS by year of disease",
        Paragraph(
            "EDSS is the scale on which a neurologist rates disability, from 0 (none) to 10. Here stands who has "
            "reached which level by which year, beside the reference table of 2005 from clinics of 11 countries. The "
            "root mean square difference between the two is "
            f"{natural.headline['rmse_msss2005']:.3f}."
        ),
        Fold(
            "EDSS by year of disease: figure and table",
            (
                figure(
                    plots.edss_by_year(natural),
                    "Lines are simulated. Marks are published (MSSS reference table of 2005, clinics of 11 countries).",
                ),
                table("Simulated ± half the 95% Monte Carlo interval; after the semicolon, published", head, rows),
            ),
        ),
        short="EDSS",
    )


def milestones(natural: NaturalHistory) -> Section:
    """Years to milestones, ages at them, and conversion to SPMS."""
    rows: list[tuple[Text | Cell, ...]] = []
    for course in ("relapsing", "progressive", "all"):
        for level in LEVELS:
            since, age = (natural.milestones[clock, course, level] for clock in ("onset", "birth"))
            rows.append(
                (
                    f"irreversible EDSS {level}, {'all courses' if course == 'all' else course + ' onset'}",
                    _median(since),
                    _median(age),
                )
            )
    rows.append(
        ("SPMS by the stated rule, relapsing onset", _median(natural.spms["onset"]), _median(natural.spms["birth"]))
    )
    rows.append(("death, all courses", _median(natural.survival["onset"]), _median(natural.survival["birth"])))
    mix = [
        (name, f"{100 * s.value:.1f}% ({100 * s.lo:.1f} to {100 * s.hi:.1f})") for name, s in natural.courses.items()
    ]
    return section(
        "milestones",
        "Milestones and courses",
        Paragraph(
            "No course is put in: who is relapsing, progressive or secondary progressive is read off the records by "
            "a rule (methods "
            "below). Death counts as censoring. The same milestone by another rule can lie ten years away, so each "
            "published number "
            "is compared under its own rule."
        ),
        Fold(
            "Milestones and courses: two figures and two tables",
            (
                figure(
                    plots.milestones(natural),
                    "Marks on the line of one half are published medians. Bars are their interval or our tolerance.",
                ),
                figure(
                    plots.ages_at_milestones(natural),
                    "The curves are Kaplan-Meier from birth, as in the published cohort of Lyon.",
                ),
                table(
                    "Simulated medians (95% interval of the Kaplan-Meier curve)",
                    ("milestone", "years from onset", "age"),
                    rows,
                ),
                table("Courses by rule (95% Monte Carlo interval)", ("course", "share"), mix),
            ),
        ),
        short="Milestones",
    )


def _median(curve: Survival) -> str:
    value, low, high = (float(x) for x in curve.median())
    if not np.isfinite(value):
        return "not reached"
    return f"{value:.1f} ({low:.1f} to {high:.1f})" if np.isfinite(high) else f"{value:.1f} (from {low:.1f})"


def relapses(natural: NaturalHistory) -> Section:
    """Relapse rate by age and year, and how early attacks go with later disability."""
    early = natural.early
    return section(
        "relapses",
        "Relapses",
        Paragraph(
            f"Attacks in the first {early.first} years go with EDSS {early.later} years after onset with a "
            "correlation of "
            f"{early.r:.2f} ± {1.96 * early.error:.2f} (rank correlation {early.rank:.2f}, {early.people:,} people). "
            "Rough prototypes of this "
            "model had 0.61, which was too strong: published cohorts find that early attacks matter, and that the "
            "link fades "
            "with time."
        ),
        Fold(
            "Relapse rate by age and year: figure and table",
            (
                figure(
                    plots.relapse_rate(natural),
                    "Reported attacks of people with relapsing onset, without the attack at onset. The published "
                    "clinics were partly treated.",
                ),
                table(
                    "Annualised relapse rate by age (95% Poisson interval)",
                    ("age", "person-years", "rate"),
                    _rates(natural.relapses_by_age),
                ),
            ),
        ),
        short="Relapses",
    )


def _rates(rates: Any) -> list[tuple[Text | Cell, ...]]:
    return [
        (f"{r.start:.0f} to {r.stop:.0f}", f"{r.person_years:,.0f}", f"{r.rate:.3f} ({r.lo:.3f} to {r.hi:.3f})")
        for r in rates.itertuples()
        if r.person_years > 0
    ]
