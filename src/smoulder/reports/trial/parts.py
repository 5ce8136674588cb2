"""Sections of a trial's report: flow, baseline, endpoints, arms, misses, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from smoulder import evidence, plots
from smoulder.errors import UnknownName
from smoulder.reports.document import (
    Block,
    Bullets,
    Cell,
    Flow,
    Fold,
    Paragraph,
    Section,
    Span,
    Table,
    Text,
    figure,
    section,
    table,
)
from smoulder.trials.agreement import Verdict, points, share, words, writing
from smoulder.trials.result import Arm, Baseline, Endpoint, Published, TrialResult
from smoulder.version import MODEL_VERSION, __version__

__all__ = [
    "BESIDE",
    "RESEARCH",
    "arms",
    "baseline",
    "beside",
    "counted",
    "endpoints",
    "few",
    "flow",
    "kinds",
    "made",
    "methods",
    "misses",
    "named",
    "numbered",
    "published_words",
    "runs",
    "simulated",
    "told_miss",
]

#: What every page says about its use.
RESEARCH = "For research only; never advice. Nobody on this page exists."

_ENOUGH = 100  # replicates below which the central 95% is drawn too narrow to go unsaid
#: Heads of the columns that ``beside`` fills.
BESIDE = ("published", "result", "role, status", "evidence")
_CURVES = "Lines are the mean of the replicates' Kaplan-Meier curves. Bands hold their central 95% at each time."
_NOTE_RULE = (
    "A published number is a hit if it lies inside the central 95% of replicates and, where an interval was printed, "
    "the simulated mean lies inside that. A replicate is a trial of the published size, so its scatter is what chance "
    "alone does to such a trial."
)


def counted(value: float) -> str:
    """A mean number of people: whole where it is large or whole, else with one decimal."""
    if not isfinite(value):
        return "–"
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.1f}"


def runs(result: TrialResult) -> str:
    """How many replicates, in words."""
    return "1 replicate" if result.replicates == 1 else f"{result.replicates:,} replicates"


def flow(result: TrialResult) -> Section:
    """The way through the trial, from those looked at to those who stayed."""
    randomised = sum(arm.randomised for arm in result.arms)
    steps = (
        *((f"{counted(result.screened)} people screened",) if isfinite(result.screened) else ()),
        f"{counted(result.eligible)} eligible{_part(result.eligible, result.screened)}",
        f"{counted(randomised)} randomised",
    )
    return section(
        "flow",
        "Flow of people",
        Flow(steps, tuple(_arm(arm) for arm in result.arms)),
        Paragraph("Numbers of people are means over replicates.", "small"),
        short="Flow",
    )


def _arm(arm: Arm) -> tuple[Text, ...]:
    lines: tuple[Text, ...] = (
        Span(arm.name, "strong"),
        Span(arm.plan, "small") if arm.plan != arm.name else "",
        f"{counted(arm.randomised)} randomised",
        f"{counted(arm.withdrew)} withdrew{_part(arm.withdrew, arm.randomised)}",
        f"{counted(arm.died)} died",
        f"{counted(arm.completed)} completed{_part(arm.completed, arm.randomised)}",
        f"mean follow-up {arm.years:.2f} years" if isfinite(arm.years) else "",
    )
    return tuple(line for line in lines if line)


def _part(value: float, whole: float) -> str:
    return f" ({100 * value / whole:.1f}%)" if isfinite(value) and isfinite(whole) and whole > 0 else ""


def baseline(result: TrialResult) -> Section:
    """Who was randomised, beside whom the published trial randomised."""
    rows = [_baseline(line) for line in result.baseline]
    if not rows:
        return section("baseline", "Baseline", Paragraph("No baseline was recorded."), short="Baseline")
    head = ("characteristic", "simulated, mean (SD)", "published, mean (SD)", "simulated less published")
    return section(
        "baseline",
        "Baseline",
        table("People as randomised, all arms; a share stands without SD", head, rows),
        Paragraph("Published values come from this trial's row of the evidence table trial_designs.", "small"),
        short="Baseline",
    )


def _baseline(line: Baseline) -> tuple[str, ...]:
    numbers = (line.mean, line.sd, line.published_mean, line.published_sd)
    form = writing(line.unit, numbers)
    difference = writing(points(line.unit), numbers, sign=True).one(line.mean - line.published_mean)

    def pair(mean: float, sd: float) -> str:
        return form.one(mean) + (f" ({form.bare(sd)})" if isfinite(mean) and isfinite(sd) else "")

    published = pair(line.published_mean, line.published_sd) if isfinite(line.published_mean) else "none"
    return line.label, pair(line.mean, line.sd), published, difference


def _row_link(row: str) -> Span:
    """The id of a row of evidence, linked to its source where the row is known and has an address."""
    try:
        known = evidence.row(row)
    except UnknownName:
        return Span(row, "id")
    return Span(known.id, "id", f"https://doi.org/{known.doi}" if known.doi else known.url)


def _standing(published: Published | None) -> str:
    """What the row may be used for, and whether its source was seen."""
    if published is None:
        return "–"
    return f"{published.role}, {'RECALLED' if published.status == 'recalled' else published.status}"


def published_words(one: Verdict) -> str:
    """The published number with its interval."""
    p = one.published
    return one.written.three(p.value, p.lo, p.hi) if p else "none"


def endpoints(result: TrialResult, compared: Sequence[Verdict]) -> Section:
    """The effect at every endpoint, simulated beside published, as a forest and as a table."""
    effects = [verdict for verdict in compared if not verdict.arm]
    if not effects:
        return section("endpoints", "Endpoints", Paragraph("No endpoint was analysed."), short="Endpoints")
    drawn = plots.forest([(verdict.endpoint.title, verdict) for verdict in effects])
    caption = (
        "A disc or cross is the simulated mean with the central 95% of replicates. A square is the published value, "
        "with its interval where one was printed. The numbers on the right are simulated above and published below."
    )
    head = ("endpoint", "simulated, mean (95% of replicates)", *BESIDE, "significant")
    rows = [
        (named(verdict), numbered(verdict), *beside(verdict), share(verdict.endpoint.significant))
        for verdict in effects
    ]
    return section(
        "endpoints",
        "Endpoints",
        Paragraph(_NOTE_RULE + few(result.replicates)),
        figure(drawn, caption) if drawn else None,
        table("Effects, treated against comparator", head, rows, kinds=kinds(effects)),
        Paragraph(
            "Significant is the share of replicates with a two-sided p below 0.05 in favour of the treatment. "
            "Calibration rows may be used to set the model's numbers; validation rows never are. RECALLED marks "
            "numbers entered without their source at hand; let none of them decide anything.",
            "small",
        ),
        short="Endpoints",
    )


def few(replicates: int) -> str:
    """What to know of the scatter of so few replicates, to be said after it was named; empty for enough."""
    if replicates == 1:
        return " One replicate has no scatter: here only printed intervals judge."
    if replicates < _ENOUGH:
        return f" With {replicates} replicates that scatter is known roughly and drawn too narrow."
    return ""


def named(one: Verdict) -> Text:
    """The title of an endpoint, and beneath it the quantity with the endpoint's identifier."""
    return one.endpoint.title, Span(f"{one.what} ({one.endpoint.name})", "small")


def simulated(one: Verdict) -> str:
    """The simulated number with the central 95% of replicates."""
    s = one.simulated
    return one.written.three(s.mean, s.lo, s.hi)


def numbered(one: Verdict, text: str = "") -> Cell:
    """The same as a cell of a table, with its numbers in the unit that is shown; ``text`` stands in for the words."""
    form, s = one.written, one.simulated
    mean, low, high = (form.factor * value if isfinite(value) else None for value in (s.mean, s.lo, s.hi))
    return Cell(text or simulated(one), mean, low, high, form.suffix.strip())


def beside(one: Verdict) -> tuple[Text, Text, Text, Text]:
    """The cells of a row that set the published number beside the simulated one: value, result, standing, row."""
    p = one.published
    return published_words(one), Span(one.word, "word"), _standing(p), _row_link(p.row) if p else "–"


def kinds(compared: Sequence[Verdict]) -> list[str]:
    """The class of the style sheet of each row: hit, miss or none."""
    return ["" if not one.judged else "miss" if one.miss else "hit" for one in compared]


def arms(result: TrialResult, compared: Sequence[Verdict]) -> Section | None:
    """Every endpoint by arm: its rule, its curves where it has them, and each arm beside what was published. None
    where there is no endpoint.
    """
    if not result.endpoints:
        return None
    folds = []
    for number, endpoint in enumerate(result.endpoints):
        inside = [verdict for verdict in compared if verdict.endpoint is endpoint and verdict.arm]
        how = "; ".join(part for part in (endpoint.rule, endpoint.analysis) if part).rstrip(".")
        drawn = plots.time_to_event(endpoint, f"curves-{number}")
        parts: tuple[Block | None, ...] = (
            Paragraph((f"{how[0].upper()}{how[1:]}.", Span(f"Identifier: {endpoint.name}", "small"))) if how else None,
            figure(drawn, _CURVES) if drawn else None,
            _arm_table(endpoint, inside) if inside else None,
        )
        folds.append(Fold(endpoint.title, tuple(part for part in parts if part is not None)))
    told = Paragraph("Each endpoint opens to its definition, its curves and what was published of each arm.")
    return section("arms", "By arm", told, *folds, short="By arm")


def _arm_table(endpoint: Endpoint, inside: Sequence[Verdict]) -> Table:
    measure = words(endpoint.arm_measure)
    head = ("arm", f"{measure}{'' if measure == 'mean' else ', mean'} (95% of replicates)", *BESIDE)
    rows = [(verdict.arm, numbered(verdict), *beside(verdict)) for verdict in inside]
    return table(f"{measure[:1].upper()}{measure[1:]} by arm", head, rows, kinds=kinds(inside))


def told_miss(one: Verdict) -> str:
    """A miss in one sentence."""
    what = f"{one.endpoint.title}, {one.what}"
    return f"{what}: simulated {simulated(one)}, published {published_words(one)}; {one.reason}."


def misses(compared: Sequence[Verdict]) -> Section:
    """Every published number that was missed, and why."""
    judged = [one for one in compared if one.judged]
    missed = [one for one in judged if one.miss]
    unjudged = sum(one.published is not None for one in compared) - len(judged)
    if not judged:
        text = "No number of this trial was judged: none published stands beside it, or none has an interval."
    elif missed:
        text = f"{len(missed)} of {len(judged)} published numbers judged are missed:"
    else:
        text = f"None of {len(judged)} published numbers judged is missed."
    if judged and unjudged:
        text += f" ({unjudged} more could not be judged: neither side has an interval.)"
    listed = Bullets(tuple(told_miss(one) for one in missed)) if missed else None
    return section("misses", "Misses", Paragraph(text), listed, short="Misses")


def methods(result: TrialResult) -> Section:
    """What was done, and what to bear in mind."""
    notes = section("", "Notes", Bullets(tuple(result.notes))) if result.notes else None
    return section("methods", "Methods", Paragraph(result.methods), notes, short="Methods")


def made(results: Sequence[TrialResult]) -> Section:
    """What the page was made from."""
    told = "; ".join(f"{r.name}: {runs(r)}, seed {r.seed}" for r in results)
    return section(
        "made",
        "How it was made",
        Paragraph(f"smoulder {__version__}, model {MODEL_VERSION}. {told}."),
        Paragraph(
            "The same version, seed and number of replicates give the same numbers. Intervals say how much trials of "
            "this size scatter under one set of the model's numbers. The doubt about those numbers is in none of them."
        ),
        Paragraph(RESEARCH),
        short="How it was made",
    )
