"""A definition in words: what a paper's methods section would have to say, every window with its days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from math import isfinite
from typing import Any

from smoulder import outcomes
from smoulder.clinic import INSTRUMENTS, Instrument
from smoulder.outcomes import AttributionRule, Confirmation, Definition, Interval, Reference, WorseningRule
from smoulder.outcomes.rules.worsening import ShareThreshold, StepThreshold, Threshold, Window
from smoulder.version import __version__

__all__ = [
    "JUDGED_IN_PYTHON",
    "capital",
    "definition_json",
    "definitions_listing",
    "describe_definition",
    "describe_rule",
    "event_words",
    "methods_paragraph",
    "name_in_words",
    "rule_json",
    "scale_words",
]

JUDGED_IN_PYTHON = {
    "NEDA_3": "neda",
    "NEDA_4": "neda",
    "SILENT_91D": "mri_silent",
    "SPMS_LORSCHEIDER_2016": "secondary_progression",
    "SPMS_OBJECTIVE_3M": "secondary_progression",
    "SPMS_SUSTAINED_12M": "secondary_progression",
    "SPMS_EXPAND_6M": "secondary_progression",
    "ONSET_90D": "course",
    "ACTIVE_12M": "active",
    "CONFIRMED_6M": "milestones",
    "IRREVERSIBLE_6M": "milestones",
    "FIRST_VISIT": "milestones",
    "ONE_ATTACK_30D": "attacks",
}
"""Published rules of ``smoulder.outcomes`` that are no definition of worsening, and the function that takes each."""


_EVENTS = {
    "worsening": "the first confirmed worsening",
    "improvement": "the first confirmed improvement",
    "PIRA": "the first confirmed worsening that is independent of relapses (PIRA)",
    "RAW": "the first confirmed worsening that is associated with a relapse (RAW)",
    "undefined": "the first confirmed worsening that is neither PIRA nor RAW",
}
_POINTS = {
    "reference": "the reference",
    "last": "the last visit before the event",
    "clear": "the first visit from which the change is clear",
    "event": "the event",
    "confirmation": "its confirmation",
}


def methods_paragraph(definition: Definition, by: AttributionRule | None = None) -> str:
    """What was done, in sentences: event, scale, threshold, reference, confirmation, relapses, attribution, times, and
    the version. ``by`` is the rule of attribution that was used where the definition names none.
    """
    scales = [scale_words(rule) for rule in definition.rules]
    what = f"The outcome was {_EVENTS[definition.event]} of {_either(scales)} by the definition '{definition.name}'."
    parts = [what]
    if len(scales) > 1:
        parts.append("Each score is judged, and confirmed, on itself, and the first of them counts.")
    parts += [_threshold(rule) for rule in definition.rules]
    worse = "improvement" if definition.event == "improvement" else "worsening"
    told = [" ".join(filter(None, _how(rule, worse))) for rule in definition.rules]
    same = len(set(told)) == 1
    parts += told[:1] if same else [f"For the {one}: {text}" for one, text in zip(scales, told, strict=True)]
    used = definition.by or by
    if definition.event == "improvement":
        used = None
    if used is not None:
        parts.append(_attribution(used, "Each worsening" if definition.by is None else "A confirmed worsening"))
    parts.append(
        "Time runs from the first day under observation to the event, to death or to the last day under observation; "
        "an event is dated at its first visit, not at its confirmation. Rates of first events have exact Poisson 95% "
        "intervals, rates of repeated events intervals that allow for differences between people; Kaplan-Meier shares "
        "have pointwise 95% intervals (Greenwood, log-log scale), and death competes with the event in cumulative "
        "incidences (Aalen-Johansen)."
    )
    sources = dict.fromkeys(one.rstrip(".") for one in (definition.source, used.source if used else definition.source))
    parts.append(f"Source of the definition: {'. Of the attribution: '.join(sources)}.")
    parts.append(f"Computed with smoulder {__version__}.")
    return " ".join(part for part in parts if part)


def event_words(definition: Definition) -> str:
    """What a definition counts, in a few words: "confirmed worsening of EDSS over 24 weeks"."""
    days = sorted({rule.confirmation.days for rule in definition.rules})
    scales = _either(list(dict.fromkeys(scale_words(rule) for rule in definition.rules)))
    change = "improvement" if definition.event == "improvement" else "worsening"
    cause = {
        "PIRA": " independent of relapses (PIRA)",
        "RAW": " associated with relapses (RAW)",
        "undefined": " of undefined cause",
    }.get(definition.event, "")
    what = f"disability {change}{cause}" if scales == "EDSS" else f"{change}{cause} of {scales}"
    least = "at least " if len(days) > 1 else ""
    return f"confirmed {what} over {least}{_weeks(days[0])}" if days[0] else f"{what}, not confirmed"


def name_in_words(name: str, definitions: Iterable[Definition] = ()) -> str:
    """What a definition of that name counts, in words; "" for one that is neither given nor published."""
    known = {definition.name: definition for definition in definitions}
    if name not in known and name not in outcomes.names():
        return ""
    return capital(event_words(known.get(name) or outcomes.named(name)))


def capital(text: str) -> str:
    """The text with a capital letter first."""
    return text[:1].upper() + text[1:]


def _weeks(days: int) -> str:
    return f"{days // 7} weeks" if days % 7 == 0 else f"{days} days"


def scale_words(rule: WorseningRule, instruments: tuple[Instrument, ...] = INSTRUMENTS) -> str:
    """What a rule scores, in words; the name of the column where it is none of ``instruments``."""
    instrument = next((instrument for instrument in instruments if instrument.name == rule.scale.table), None)
    known = instrument is not None and rule.scale.column in instrument.columns
    return instrument.words(rule.scale.column) if instrument is not None and known else rule.scale.column


def describe_definition(definition: Definition) -> str:
    """A definition as text for a terminal: its name, event, source, and its methods in words."""
    return "\n".join(
        [
            f"{definition.name}: {_EVENTS[definition.event]} of {_either([scale_words(r) for r in definition.rules])}",
            f"source: {definition.source}",
            "",
            methods_paragraph(definition),
        ]
    )


def definitions_listing() -> str:
    """One line a published definition: name, event, days to confirm, scores; then the rules judged in Python."""
    rows = []
    for name in outcomes.names():
        one = outcomes.named(name)
        confirmed = f"{min(rule.confirmation.days for rule in one.rules)} days"
        rows.append((name, one.event, confirmed, _either([scale_words(rule) for rule in one.rules])))
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = ["  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[3]]) for row in rows]
    wide = max(map(len, JUDGED_IN_PYTHON))
    others = [
        f"{name.ljust(wide)}  smoulder.outcomes.{by}: {getattr(outcomes, name).name}"
        for name, by in JUDGED_IN_PYTHON.items()
    ]
    return "\n".join([*lines, "", "Rules of another kind, judged in Python:", *others])


def describe_rule(name: str) -> str:
    """One of ``JUDGED_IN_PYTHON`` as text for a terminal: what it is, who takes it, source, every field."""
    told = rule_json(name)
    head = [f"{name}: {told.pop('name')}", f"judged by: {told.pop('judged_by')}", f"source: {told.pop('source')}", ""]
    return "\n".join([*head, *_fields("", told)])


def rule_json(name: str) -> dict[str, Any]:
    """The same as plain data: the fields of the rule by name, and ``judged_by``."""
    told: dict[str, Any] = _plain(asdict(getattr(outcomes, name)))
    return told | {"judged_by": f"smoulder.outcomes.{JUDGED_IN_PYTHON[name]}"}


def _fields(before: str, told: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for key, value in told.items():
        if isinstance(value, dict):
            lines += _fields(f"{before}{key}.", value)
        else:
            lines.append(f"{before}{key}: {'none' if value is None else value}")
    return lines


def definition_json(definition: Definition) -> dict[str, Any]:
    """A definition as plain data: its fields by name (None: no bound), and ``methods``, its words."""
    found: dict[str, Any] = _plain(asdict(definition))
    return found | {"methods": methods_paragraph(definition)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return None  # no bound, for which JSON has no number
    return "a function" if callable(value) else value


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _how(rule: WorseningRule, kind: str) -> tuple[str, str, str]:
    """Reference, confirmation and distances to relapses of a rule."""
    reference = _reference(rule.reference, rule.relapses.reference)
    return reference, _confirmation(rule.confirmation, kind), _distances(rule)


def _threshold(rule: WorseningRule) -> str:
    words = scale_words(rule)
    side = "" if rule.scale.higher_is_worse else " (lower is worse)"
    far = _far(rule.threshold)
    return f"{words[:1].upper()}{words[1:]}{side} has changed when it differs from the reference by {far}."


def _far(threshold: Threshold) -> str:
    if isinstance(threshold, StepThreshold):
        if threshold.at_zero == threshold.low == threshold.high:
            return f"{threshold.low:g} points or more"
        low, most = f"{threshold.low:.1f}", f"up to a reference of {threshold.turn:.1f}, {threshold.high:.1f} above"
        if threshold.at_zero == threshold.low:
            return f"{low} points or more {most}"
        return f"{threshold.at_zero:.1f} points or more from a reference of 0, {low} {most}"
    if isinstance(threshold, ShareThreshold):
        most = f" or {threshold.most:g} points, whichever is less" if isfinite(threshold.most) else ""
        return f"{100 * threshold.share:g}% of the reference{most}"
    return f"what the rule '{threshold.name}' says for the reference"


def _reference(moves: Reference, near: tuple[int, int]) -> str:
    first = f"The reference is the first scored visit{_away(near)}"
    kinds = {(True, True): "change", (True, False): "improvement", (False, True): "worsening"}
    kind = kinds.get((moves.moves_on_improvement, moves.moves_on_worsening))
    if kind is None:
        text = f"{first}; it does not move with changes."
    else:
        where = "to its first visit" if moves.at_onset else "to the visit that confirmed it"
        text = f"{first}; it moves with every confirmed {kind}, {where}."
    if kind is not None and moves.below_threshold != "none":
        which = "changes" if moves.below_threshold == "both" else moves.below_threshold
        text += f" Confirmed {which} below the threshold moves it too."
    if moves.skips != "none":
        far = "by the threshold" if moves.skips == "strict" else "by anything"
        text += f" Visits whose two neighbours are both worse or both better {far} are passed over."
    if moves.after_relapse is not None:
        late = f", once the search is more than {moves.after_relapse} days past it" if moves.after_relapse else ""
        text += f" It starts afresh at the first visit from each relapse on{late}."
    if moves.never_lower:
        text += " Its score is never lowered by moving."
    return text


def _away(near: tuple[int, int]) -> str:
    """How far from relapses a visit must lie."""
    before, after = near
    parts = [f"at least {before} days after a relapse"] if before else []
    parts += [f"at least {after} days before the next"] if after else []
    return f" {' and '.join(parts)}" if parts else ""


def _confirmation(confirm: Confirmation, kind: str) -> str:
    windows = " or, where no visit falls in it, ".join(_window(one) for one in confirm.windows)
    also = " and at every visit in between" if confirm.every_visit else ""
    text = f"A change is confirmed when it is still there at the first usable visit {windows}{also}."
    if confirm.sustained is None:
        text += " It must then last to the last visit."
    elif confirm.sustained > 0:
        text += f" It must then last for {confirm.sustained} days or to the last visit."
    if kind == "improvement":
        return text
    told = {
        "never": "",
        "always": " Worsening that no visit was late enough to confirm counts",
        "withdrawn": " In those who withdrew, worsening that no visit was late enough to confirm counts",
        "last visit": " Worsening first seen at the last visit of all counts",
    }[confirm.unconfirmed]
    if told and confirm.within is not None:
        told += f" if it begins within {confirm.within} days of the first visit"
    return f"{text}{told}." if told else text


def _window(one: Window) -> str:
    low = one.days - one.early
    asked = f"{one.days} days" + (f" less {one.early} days' tolerance" if one.early else "")
    if one.late is None:
        return f"{low} days or more after the event ({asked}, however late)"
    return f"{low} to {one.days + one.late} days after the event ({asked}{f', plus {one.late}' if one.late else ''})"


def _distances(rule: WorseningRule) -> str:
    event, confirmation = _away(rule.relapses.event), _away(rule.relapses.confirmation)
    parts = [f"An event lies{event}."] if event else []
    parts += [f"A visit can confirm only{confirmation}."] if confirmation else []
    return " ".join(parts)


def _attribution(by: AttributionRule, what: str) -> str:
    back, ahead = by.raw
    near = f"{back} days before" if back else "on the day of"
    near += f" to {ahead} days after" if ahead else ""
    free = " nor ".join(_span(one) for one in by.free)
    since = f"within {near} it" if back else f"{near} it"
    return (
        f"{what} is RAW when a relapse begins {since}; otherwise it is PIRA when no relapse begins {free}; "
        f"otherwise it is undefined ('{by.name}')."
    )


def _span(one: Interval) -> str:
    start = f"{one.before} days before {_POINTS[one.start]}" if one.before else _POINTS[one.start]
    stop = f"{one.after} days after {_POINTS[one.stop]}" if one.after else _POINTS[one.stop]
    return f"from {start} to {stop}"
