"""Sections of a trial's report: flow, baseline, endpoints, arms, misses, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite

from smoulder import evidence, plots
from smoulder.errors import UnknownName
from smoulder.reports.document import Markup, broken, figure, items, link, paragraph, section, table
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
_CURVES = "Lines: mean of the replicates' Kaplan-Meier curves. Bands: their central 95% at each time."
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


def flow(result: TrialResult) -> str:
    """The way through the trial, from those looked at to those who stayed."""
    randomised = sum(arm.randomised for arm in result.arms)
    parts = (
        f"<li><div>{counted(result.screened)} people screened</div></li>" if isfinite(result.screened) else "",
        f"<li><div>{counted(result.eligible)} eligible{_part(result.eligible, result.screened)}</div></li>",
        f"<li><div>{counted(randomised)} randomised</div></li>",
        f"<li><ul>{''.join(f'<li>{_arm(arm)}</li>' for arm in result.arms)}</ul></li>",
    )
    return section(
        "flow",
        "Flow of people",
        f'<ol class="flow">{"".join(parts)}</ol>',
        paragraph("Numbers of people are means over replicates.", "small"),
    )


def _arm(arm: Arm) -> str:
    lines = (
        f"<b>{escape(arm.name, quote=False)}</b>",
        f'<span class="small">{escape(arm.plan, quote=False)}</span>' if arm.plan != arm.name else "",
        f"{counted(arm.randomised)} randomised",
        f"{counted(arm.withdrew)} withdrew{_part(arm.withdrew, arm.randomised)}",
        f"{counted(arm.died)} died",
        f"{counted(arm.completed)} completed{_part(arm.completed, arm.randomised)}",
        f"mean follow-up {arm.years:.2f} years" if isfinite(arm.years) else "",
    )
    return "<br>".join(line for line in lines if line)


def _part(value: float, whole: float) -> str:
    return f" ({100 * value / whole:.1f}%)" if isfinite(value) and isfinite(whole) and whole > 0 else ""


def baseline(result: TrialResult) -> str:
    """Who was randomised, beside whom the published trial randomised."""
    rows = [_baseline(line) for line in result.baseline]
    if not rows:
        return section("baseline", "Baseline", paragraph("No baseline was recorded."))
    head = ("characteristic", "simulated, mean (SD)", "published, mean (SD)", "simulated less published")
    return section(
        "baseline",
        "Baseline",
        table("People as randomised, all arms; a share stands without SD", head, rows),
        paragraph("Published values: this trial's row of the evidence table trial_designs.", "small"),
    )


def _baseline(line: Baseline) -> tuple[str, ...]:
    numbers = (line.mean, line.sd, line.published_mean, line.published_sd)
    form = writing(line.unit, numbers)
    difference = writing(points(line.unit), numbers, sign=True).one(line.mean - line.published_mean)

    def pair(mean: float, sd: float) -> str:
        return form.one(mean) + (f" ({form.bare(sd)})" if isfinite(mean) and isfinite(sd) else "")

    published = pair(line.published_mean, line.published_sd) if isfinite(line.published_mean) else "none"
    return line.label, pair(line.mean, line.sd), published, difference


def _row_link(row: str) -> Markup:
    """The id of a row of evidence, linked to its source where the row is known and has an address."""
    try:
        known = evidence.row(row)
    except UnknownName:
        return broken(Markup(escape(row, quote=False)))
    return broken(link(known.id, f"https://doi.org/{known.doi}" if known.doi else known.url))


def _standing(published: Published | None) -> str:
    """What the row may be used for, and whether its source was seen."""
    if published is None:
        return "–"
    return f"{published.role}, {'RECALLED' if published.status == 'recalled' else published.status}"


def published_words(one: Verdict) -> str:
    """The published number with its interval."""
    p = one.published
    return one.written.three(p.value, p.lo, p.hi) if p else "none"


def endpoints(result: TrialResult, compared: Sequence[Verdict]) -> str:
    """The effect at every endpoint, simulated beside published, as a forest and as a table."""
    effects = [one for one in compared if not one.arm]
    if not effects:
        return section("endpoints", "Endpoints", paragraph("No endpoint was analysed."))
    drawn = plots.forest([(one.endpoint.title, one) for one in effects])
    caption = (
        "Disc or cross: simulated mean with the central 95% of replicates. Square: published, with its interval where "
        "one was printed. Numbers on the right: simulated above, published below."
    )
    head = ("endpoint", "simulated, mean (95% of replicates)", *BESIDE, "significant")
    rows = [(named(one), simulated(one), *beside(one), share(one.endpoint.significant)) for one in effects]
    return section(
        "endpoints",
        "Endpoints",
        paragraph(_NOTE_RULE + few(result.replicates)),
        figure(drawn, caption) if drawn else "",
        table("Effects, treated against comparator", head, rows, kinds=kinds(effects)),
        paragraph(
            "Significant: share of replicates with a two-sided p below 0.05 in favour of the treatment. Role: "
            "calibration rows may be used to set the model's numbers, validation rows never are. RECALLED marks "
            "numbers entered without their source at hand: let none of them decide anything.",
            "small",
        ),
    )


def few(replicates: int) -> str:
    """What to know of the scatter of so few replicates, to be said after it was named; empty for enough."""
    if replicates == 1:
        return " One replicate has no scatter: here only printed intervals judge."
    if replicates < _ENOUGH:
        return f" With {replicates} replicates that scatter is known roughly and drawn too narrow."
    return ""


def named(one: Verdict) -> Markup:
    """The title of an endpoint, and below it the quantity."""
    title, what = (escape(text, quote=False) for text in (one.endpoint.title, one.what))
    return Markup(f'{title}<br><span class="small">{what}</span>')


def simulated(one: Verdict) -> str:
    """The simulated number with the central 95% of replicates."""
    s = one.simulated
    return one.written.three(s.mean, s.lo, s.hi)


def beside(one: Verdict) -> tuple[object, ...]:
    """The cells of a row that set the published number beside the simulated one: value, result, standing, row."""
    p = one.published
    word = Markup(f'<span class="word">{one.word}</span>')
    return published_words(one), word, _standing(p), _row_link(p.row) if p else "–"


def kinds(compared: Sequence[Verdict]) -> list[str]:
    """The class of the style sheet of each row: hit, miss or none."""
    return ["" if not one.judged else "miss" if one.miss else "hit" for one in compared]


def arms(result: TrialResult, compared: Sequence[Verdict]) -> str:
    """Every endpoint by arm: its rule, its curves where it has them, and each arm beside what was published."""
    parts = []
    for number, endpoint in enumerate(result.endpoints):
        inside = [one for one in compared if one.endpoint is endpoint and one.arm]
        parts.append(f"<h3>{escape(endpoint.title, quote=False)}</h3>")
        how = "; ".join(part for part in (endpoint.rule, endpoint.analysis) if part).rstrip(".")
        parts.append(paragraph(f"{how[0].upper()}{how[1:]}.") if how else "")
        drawn = plots.time_to_event(endpoint, f"curves-{number}")
        parts.append(figure(drawn, _CURVES) if drawn else "")
        parts.append(_arm_table(endpoint, inside) if inside else "")
    return section("arms", "By arm", *parts) if parts else ""


def _arm_table(endpoint: Endpoint, inside: Sequence[Verdict]) -> str:
    measure = words(endpoint.arm_measure)
    head = ("arm", f"{measure}{'' if measure == 'mean' else ', mean'} (95% of replicates)", *BESIDE)
    rows = [(one.arm, simulated(one), *beside(one)) for one in inside]
    return table(f"{measure[:1].upper()}{measure[1:]} by arm", head, rows, kinds=kinds(inside))


def told_miss(one: Verdict) -> str:
    """A miss in one sentence."""
    what = f"{one.endpoint.title}, {one.what}"
    return f"{what}: simulated {simulated(one)}, published {published_words(one)}; {one.reason}."


def misses(compared: Sequence[Verdict]) -> str:
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
    return section("misses", "Misses", paragraph(text), items(told_miss(one) for one in missed) if missed else "")


def methods(result: TrialResult) -> str:
    """What was done, and what to bear in mind."""
    notes = ("<h3>Notes</h3>", items(result.notes)) if result.notes else ()
    return section("methods", "Methods", paragraph(result.methods), *notes)


def made(results: Sequence[TrialResult]) -> str:
    """What the page was made from."""
    told = "; ".join(f"{r.name}: {runs(r)}, seed {r.seed}" for r in results)
    return section(
        "made",
        "How it was made",
        paragraph(f"smoulder {__version__}, model {MODEL_VERSION}. {told}."),
        paragraph(
            "The same version, seed and number of replicates give the same numbers. Intervals say how much trials of "
            "this size scatter under one set of the model's numbers; the doubt about those numbers is in none of them."
        ),
        paragraph(RESEARCH),
    )
