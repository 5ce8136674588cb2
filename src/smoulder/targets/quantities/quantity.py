"""What one kind of published number is: its name, its words, and how it is computed from simulated people."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from smoulder.life import Truth
from smoulder.parameters import Parameters

__all__ = [
    "ATTACKS",
    "COURSE",
    "EDSS_BY_YEAR",
    "GROUPS",
    "MILESTONES",
    "OTHER",
    "RELAPSES",
    "SCANS",
    "SURVIVAL",
    "TISSUE",
    "Protocol",
    "Quantity",
]

EDSS_BY_YEAR, MILESTONES, COURSE = "EDSS by year of disease", "Milestones", "Course and onset"
SURVIVAL, RELAPSES, ATTACKS = "Survival", "Relapses", "Attacks and raters"
SCANS, TISSUE, OTHER = "Lesions on scans", "Brain, cord and fibres", "Other"

#: Groups of targets in the order in which they are shown.
GROUPS = (EDSS_BY_YEAR, MILESTONES, COURSE, SURVIVAL, RELAPSES, ATTACKS, SCANS, TISSUE, OTHER)

#: A special protocol: lives and parameters -> answers by name of quantity, each a value and its Monte Carlo error.
Protocol = Callable[[Truth, Parameters], dict[str, tuple[float, float]]]


@dataclass(frozen=True)
class Quantity:
    """One kind of published number; the only place where it is declared.

    ``name`` is what a row of the table of targets calls it. ``group`` is one of ``GROUPS``. ``words`` is a short label:
    text in which ``{0}`` is the row's first argument, a function of the arguments, or None for the words of the row's
    evidence. Exactly one of the next two computes it: ``measure`` from a cohort, positions of some of its people and
    the row's arguments, which gives one number in base units (NaN: no such people); or ``protocol``, which answers
    this quantity among others and takes no arguments. ``relative_to`` names a row of evidence by which the published
    number is divided; the result has no unit. The distance of a target is counted in the tolerance of its row.
    """

    name: str
    group: str
    words: str | Callable[..., str] | None = None
    measure: Callable[..., float] | None = None
    protocol: Protocol | None = None
    relative_to: str = ""

    @property
    def cohort(self) -> str:
        """Who answers: ``natural``, people followed from onset to death, or ``protocol``."""
        return "natural" if self.protocol is None else "protocol"

    def takes(self, arguments: tuple[str, ...]) -> bool:
        """Whether these are as many arguments as the quantity needs."""
        if self.measure is None:
            return not arguments
        try:
            inspect.signature(self.measure).bind(None, None, *arguments)
        except TypeError:
            return False
        return True

    def label(self, arguments: tuple[str, ...]) -> str | None:
        """The quantity with these arguments in a few words; None where the evidence's own words are used."""
        return self.words(*arguments) if callable(self.words) else self.words and self.words.format(*arguments)
