"""Targets in words: a short label for each, and the group it is shown in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from smoulder import evidence
from smoulder.targets import Target
from smoulder.targets.quantities import GROUPS

__all__ = ["GROUPS", "group", "label", "labels"]

_PLACES = {
    "lyon": "Lyon",
    "bc": "British Columbia",
    "lo": "London",
    "swe": "Sweden",
    "rennes": "Rennes",
    "msbase": "MSBase",
    "nor": "Hordaland",
    "nor08": "Hordaland 2008",
    "oslo": "Oslo",
    "wal": "Wales",
    "atlas": "Atlas",
}


def label(target: Target) -> str:
    """A target in a few words: those of its quantity, or of its evidence where the quantity has none."""
    text = target.definition.label(target.arguments)
    if text is None:
        of_table = "/" in target.evidence
        text = target.id.replace("_", " ") if of_table else _of_evidence(target.evidence)
    return text[0].upper() + text[1:]


def _of_evidence(row: str) -> str:
    """The quantity of a row of evidence; in words where the row is the share of a trial's arm that worsened."""
    worsened = re.fullmatch(r"([a-z]+)_cdp(\d+)_event_proportion\w*_c", row)
    if worsened:
        trial, weeks = worsened.groups()
        return f"confirmed disability worsening over {weeks} weeks, placebo arm of {trial.upper()}"
    return evidence.row(row).quantity


def labels(targets: Sequence[Target]) -> list[str]:
    """A label for each target, with the place or the evidence id added where two would be the same."""
    plain = [label(t) for t in targets]
    often = Counter(plain)
    placed = [f"{text} ({_place(t)})" if often[text] > 1 else text for text, t in zip(plain, targets, strict=True)]
    again = Counter(placed)
    return [f"{text[:-1]} {_year(t)})" if again[text] > 1 else text for text, t in zip(placed, targets, strict=True)]


def _place(target: Target) -> str:
    return _PLACES.get(target.evidence.split("_")[0], target.evidence)


def _year(target: Target) -> str:
    return target.id if "/" in target.evidence else str(evidence.row(target.evidence).year or target.id)


def group(target: Target) -> str:
    """Which of ``GROUPS`` a target is shown in."""
    return target.definition.group
