"""Words that several quantities share: courses, rules of confirmation, traced quantities and groups of people."""

from __future__ import annotations

__all__ = ["course_after_comma", "group_of_people", "rule_after_comma", "traced"]

_TRACED = {
    "brain_volume": "brain volume",
    "cord_volume": "cord volume",
    "bare": "bare fibres",
    "survival_pyramidal_leg": "leg's motor path",
}
_RULES = {"irreversible": "", "first": ", first visit", "confirmed": ", confirmed"}


def traced(name: str) -> str:
    """A traced quantity of the truth in words; its name where none are written."""
    return _TRACED.get(name, name)


def rule_after_comma(name: str) -> str:
    """How a milestone is confirmed, as the end of a label; empty for the usual rule."""
    return _RULES[name]


def course_after_comma(name: str) -> str:
    """An onset course as the end of a label; empty for all people."""
    return "" if name == "all" else f", {name}"


def group_of_people(group: str) -> str:
    """A group in words: ``attacks 3-99`` is 3 or more early attacks, ``onset 21-31`` onset at 21 to under 31."""
    kind, _, span = group.partition(" ")
    if not span:
        return group
    low, high = span.split("-")
    if kind == "attacks":
        return f"{low} early attack" if low == high else f"{low} or more"
    return f"onset from {low}" if float(high) > 90 else f"onset at {low} to {high}"
