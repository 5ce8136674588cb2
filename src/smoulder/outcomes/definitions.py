"""Definitions: which event, of which scores, attributed to what; and the published ones by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from smoulder.errors import UnknownName
from smoulder.outcomes.rules.published import (
    CDW_12W,
    CDW_24W,
    EDSS_ONE_POINT_TO_5_5,
    EDSS_STEP_TO_5_5,
    PIRA_CAGOL_2022,
    PIRA_KAPPOS_2020,
    PIRA_LOOSEST,
    PIRA_LUBLIN_2022,
    PIRA_MULLER_2023,
    PIRA_MULLER_2025,
    PIRA_STRICT,
    SHARE_20,
)
from smoulder.outcomes.rules.worsening import (
    NHPT_DOMINANT,
    NHPT_OTHER,
    T25FW,
    AttributionRule,
    Confirmation,
    Distances,
    Reference,
    WorseningRule,
)

__all__ = ["EVENTS", "Definition", "named", "names"]

EVENTS = ("worsening", "improvement", "RAW", "PIRA", "undefined")
"""What a definition can ask for."""


@dataclass(frozen=True, slots=True)
class Definition:
    """The first ``event`` of each person (worsening, improvement, or worsening that is RAW, PIRA or undefined ``by`` a
    rule of attribution) on any of the scores that ``rules`` judge, each confirmed on itself.
    """

    name: str
    source: str
    event: Literal["worsening", "improvement", "RAW", "PIRA", "undefined"]
    rules: tuple[WorseningRule, ...]
    by: AttributionRule | None = None


def named(name: str) -> Definition:
    """A published definition by its name; UnknownName, with the nearest, for any other."""
    if name not in _NAMED:
        raise UnknownName("definition", name, _NAMED, "'smoulder rules'")
    return _NAMED[name]


def names() -> tuple[str, ...]:
    """The names of all published definitions."""
    return tuple(_NAMED)


_ROVING = Reference(moves_on_improvement=True, moves_on_worsening=True, at_onset=False)
_ANEW = replace(_ROVING, after_relapse=0)
_YEAR = Confirmation(365, 7, None, every_visit=True, sustained=0, unconfirmed="never")


def _on(rule: WorseningRule, label: str) -> tuple[WorseningRule, ...]:
    """The rule on EDSS, on the timed walk and on each hand's peg test, by a fifth for the timed ones."""
    timed = ((T25FW, "timed walk"), (NHPT_DOMINANT, "peg test, dominant hand"), (NHPT_OTHER, "peg test, other hand"))
    others = (replace(rule, name=f"{label}, {what}", scale=scale, threshold=SHARE_20) for scale, what in timed)
    return (rule, *others)


_COMPOSITE = (
    "EDSS, timed walk or peg test of either hand, by a fifth for the timed ones: EDSS-Plus, Cadavid et al, Mult Scler "
    "23:94, 2017 (abstract read: 24 weeks apart; volume and page recalled); confirmed on the same score"
)

_KAPPOS = replace(
    CDW_12W,
    name="worsening as in OPERA",
    source=PIRA_KAPPOS_2020.source,
    threshold=EDSS_ONE_POINT_TO_5_5,
    reference=Reference(False, False, at_onset=False, after_relapse=0, never_lower=True),
)

_MULLER_2025 = WorseningRule(
    "worsening, 12 months, reference reset",
    PIRA_MULLER_2025.source,
    scale=CDW_12W.scale,
    threshold=EDSS_STEP_TO_5_5,
    reference=_ANEW,
    confirmation=_YEAR,
    relapses=Distances(reference=(0, 0), event=(0, 0), confirmation=(30, 0)),
)


def _definitions() -> tuple[Definition, ...]:
    roving = replace(CDW_12W, name="CDW, 12 weeks, roving", reference=_ROVING)
    half_year, two_years = replace(_YEAR, days=182), replace(_YEAR, days=730)
    loosest = replace(_MULLER_2025, name="worsening, 6 months, reference reset", confirmation=half_year)
    strictest = replace(
        _MULLER_2025,
        name="worsening, 24 months, reference reset after worsening alone",
        reference=Reference(False, True, at_onset=False),
        confirmation=two_years,
    )
    cagol = replace(CDW_24W, name="worsening, 24 weeks", source=PIRA_CAGOL_2022.source)
    lublin = replace(CDW_24W, name="worsening, 24 weeks, roving", source=PIRA_LUBLIN_2022.source, reference=_ROVING)
    return (
        Definition("CDW_12W", CDW_12W.source, "worsening", (CDW_12W,)),
        Definition("CDW_24W", CDW_24W.source, "worsening", (CDW_24W,)),
        Definition("CDW_ROVING_12W", CDW_12W.source, "worsening", (roving,)),
        Definition("CDI_12W", CDW_12W.source, "improvement", (CDW_12W,)),
        Definition("CDI_24W", CDW_24W.source, "improvement", (CDW_24W,)),
        Definition("COMPOSITE_12W", _COMPOSITE, "worsening", _on(CDW_12W, "12 weeks")),
        Definition("COMPOSITE_24W", _COMPOSITE, "worsening", _on(CDW_24W, "24 weeks")),
        Definition("RAW_12W", PIRA_MULLER_2023.source, "RAW", (roving,), PIRA_MULLER_2023),
        Definition("PIRA_KAPPOS_2020", PIRA_KAPPOS_2020.source, "PIRA", (_KAPPOS,), PIRA_KAPPOS_2020),
        Definition(
            "PIRA_KAPPOS_2020_COMPOSITE", PIRA_KAPPOS_2020.source, "PIRA", _on(_KAPPOS, "OPERA"), PIRA_KAPPOS_2020
        ),
        Definition("PIRA_CAGOL_2022", PIRA_CAGOL_2022.source, "PIRA", (cagol,), PIRA_CAGOL_2022),
        Definition("PIRA_LUBLIN_2022", PIRA_LUBLIN_2022.source, "PIRA", (lublin,), PIRA_LUBLIN_2022),
        Definition("PIRA_MULLER_2023", PIRA_MULLER_2023.source, "PIRA", (roving,), PIRA_MULLER_2023),
        Definition("PIRA_MULLER_2023_SPECIFIC", PIRA_STRICT.source, "PIRA", (roving,), PIRA_STRICT),
        Definition("PIRA_MULLER_2025", PIRA_MULLER_2025.source, "PIRA", (_MULLER_2025,), PIRA_MULLER_2025),
        Definition("PIRA_LOOSEST", PIRA_LOOSEST.source, "PIRA", (loosest,), PIRA_LOOSEST),
        Definition("PIRA_STRICTEST", PIRA_LOOSEST.source, "PIRA", (strictest,), PIRA_STRICT),
    )


_NAMED = {definition.name: definition for definition in _definitions()}
