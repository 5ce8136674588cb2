"""The methods paragraph of a trial: what was done, in sentences, from its design."""

from __future__ import annotations

from smoulder.clinic import measures_of
from smoulder.trials.specification import Design

__all__ = ["describe", "methods"]


def methods(design: Design, *, replicates: int, seed: int, version: str, drawn: bool) -> str:
    """A paragraph that names people, arms, schedule, end, withdrawal, endpoints and how they were analysed."""
    parts = (_people(design), _arms(design), _schedule(design), _ends(design), _endpoints(design))
    doubt = (
        "In each replicate the strength of every drug was drawn from its prior."
        if drawn else "The strength of every drug was held at its value."
    )
    last = (
        f"The trial was run {replicates} times with new people each (seed {seed}, smoulder {version}); means over "
        f"replicates and the central 95% of them are given. {doubt}"
    )
    return " ".join((*parts, last))


def _people(design: Design) -> str:
    entry = design.entry
    text = (
        f"Simulated lives were looked at on chance days between ages {entry.age[0]:g} and {entry.age[1]:g}. Those with "
        f"a diagnosis entered if, from what was on record by then, their disease was {entry.course} and EDSS "
        f"{entry.edss[0]:g} to {entry.edss[1]:g}"
    )
    if entry.years != (0.0, 100.0):
        text += f", {entry.years[0]:g} to {entry.years[1]:g} years after the first symptom"
    if not entry.lately:
        text += ", however long ago the diagnosis"
    if entry.pyramidal:
        text += f", with a pyramidal grade of at least {entry.pyramidal}"
    if entry.relapses:
        listed = " or ".join(f"{number:g} in {years:g} years" for number, years in entry.relapses)
        text += f", with relapses (at least {listed}){' or an enhancing lesion' if entry.or_enhancing else ''}"
    if entry.no_relapse_ever:
        text += ", never with a relapse"
    if entry.relapse_free:
        text += f", without a relapse in {entry.relapse_free:g} years"
    if entry.worsened:
        text += f", and with a rise of EDSS in the {entry.worsened:g} years before"
    for name, (least, most) in entry.measures.items():
        instrument, _ = measures_of(design.instruments)[name]
        text += f", with {instrument.words(name)} of {least:g} to {most:g} {instrument.unit(name)}".rstrip()
    if entry.vep:
        text += f", with a P100 latency of at least {entry.vep:g} ms and a nerve fibre layer of {entry.rnfl:g} um"
    return text + "."


def _arms(design: Design) -> str:
    arms = " or ".join(f"{arm.name} ({arm.people})" for arm in design.arms)
    return f"They were allocated at random to {arms}."


def _schedule(design: Design) -> str:
    schedule = design.schedule
    text = f"Visits were every {schedule.visits:g} weeks, some early, late or missed"
    for instrument in design.instruments:
        planned = schedule.planned(instrument.name)
        if planned and instrument.name != "visits":
            if isinstance(planned, tuple):
                when = f"at weeks {', '.join(f'{week:g}' for week in planned)}"
            else:
                when = f"every {planned:g} weeks"
            text += f", {instrument.title} {when}"
    return text + "."


def _ends(design: Design) -> str:
    schedule = design.schedule
    if not schedule.events:
        text = f"Everyone was followed for {schedule.weeks:g} weeks"
    else:
        text = (
            f"People entered over {schedule.accrual:g} weeks; the trial ended when {schedule.events} events of the "
            f"first endpoint were confirmed and the last to enter had {schedule.weeks:g} weeks"
        )
    if design.withdrawal.share:
        listed = ", ".join(f"{share:.0%} of {name}" for name, share in design.withdrawal.share.items())
        text += f"; {listed} withdrew within {design.withdrawal.weeks:g} weeks, more of those who got worse"
    return text + "."


def _endpoints(design: Design) -> str:
    strata = f", stratified by {', '.join(design.strata)}" if design.strata else ""
    kinds = {one.kind for one in design.endpoints}
    said = {
        "time": f"times by log-rank test and Cox regression{strata}",
        "relapses": "relapse and lesion counts by negative binomial regression",
        "change": "changes by analysis of covariance on the first value (of ranks where said)",
        "free": "shares free of activity by risk ratio among those whose state is known",
        "crossover": "crossover values within persons",
    }
    listed = "; ".join(text for kind, text in said.items() if kind in kinds)
    return f"Analysed were {listed}. {_first(design)}"


def _first(design: Design) -> str:
    asked = design.endpoints[0]
    if asked.kind != "time":
        return f"The first endpoint is: {asked.title}."
    rules = " or ".join(one.rule("never", design.instruments).name for one in asked.components)
    counted = {
        "never": "a worsening that no visit confirms does not count",
        "always": "a worsening with no visit late enough to confirm it counts",
        "withdrawn": "in people who withdrew, a worsening with no visit late enough to confirm it counts",
    }[asked.unconfirmed]
    return f"The first endpoint is time to {rules}; {counted}."


def describe(design: Design) -> list[str]:
    """The design in lines for a terminal: title, people, arms, schedule, end, endpoints with the published rows."""
    lines = [design.title, "", _people(design), _arms(design), _schedule(design), _ends(design), ""]
    for asked in design.endpoints:
        rows = [row for row in (asked.published, *asked.published_arms.values()) if row]
        beside = f" [{', '.join(rows)}]" if rows else ""
        lines.append(f"{asked.name}: {asked.title} ({asked.measure}){beside}")
    return [*lines, "", *design.notes]
