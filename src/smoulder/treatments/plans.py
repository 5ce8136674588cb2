"""Who is treated with what from when to when, and what that does to each process step by step.

As text: ``DRUG[+DRUG...][@START][:stop=YEARS]``, START one of ``onset+X`` (years after clinical onset), ``start+X``
(years after biological start), ``age=X``. Examples: ``ocrelizumab``, ``siponimod@age=50``,
``natalizumab@onset+1:stop=4``, ``ocrelizumab+clemastine@onset+2``, ``hypothetical:bare_loss:0.5@start+0``, ``none``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smoulder.errors import InputError
from smoulder.treatments.drugs import EFFECTS, Drug, drug, hypothetical
from smoulder.treatments.kinetics import exposure

__all__ = ["DEFAULT_START", "NONE", "Plan", "Start", "plan"]

DEFAULT_START = "onset+1"
"""Start of a plan that names none: one year after clinical onset."""

NONE = "none"
"""Name of the plan without treatment."""

_RULES = {"onset": "onset+", "start": "start+", "age": "age="}
_PLAN = re.compile(r"(?P<drugs>[^@]*?)(?:@(?P<start>[^@:]*))?(?::stop=(?P<stop>[^@:]*))?")
_BETWEEN_DRUGS = re.compile(r"\+(?=[A-Za-z])")


@dataclass(frozen=True)
class Start:
    """When dosing begins: ``years`` after clinical onset (rule ``onset``), after biological start (``start``), or at an
    age of ``years`` (``age``).
    """

    rule: str
    years: float

    def __str__(self) -> str:
        return f"{_RULES[self.rule]}{self.years:.12g}"


@dataclass(frozen=True)
class Plan:
    """Drugs given together from ``start`` on, for ``stop`` years (None = for good). No drugs = untreated."""

    drugs: tuple[Drug, ...]
    start: Start
    stop: float | None = None

    @property
    def name(self) -> str:
        """The drugs as one word: ``ocrelizumab+clemastine``, or ``none``."""
        return "+".join(drug.id for drug in self.drugs) or NONE

    def __str__(self) -> str:
        stop = "" if self.stop is None else f":stop={self.stop:.12g}"
        return f"{self.name}@{self.start}{stop}" if self.drugs else NONE

    def multipliers(self, steps_per_year: int, years: float) -> NDArray[np.float64]:
        """Mean multiplier of each process over each step: float64[len(EFFECTS), ceil(years * steps_per_year)].

        Step 0 begins with the first dose; before it every multiplier is 1. ``years`` should reach the end of the life
        simulated, for an effect may take long to fade. Raises InputError unless both are positive.
        """
        if steps_per_year < 1 or not 0 < years < math.inf:
            raise InputError(
                f"A plan needs at least 1 step a year and a positive time, not {steps_per_year} and {years:g} years."
            )
        table = np.ones((len(EFFECTS), math.ceil(years * steps_per_year - 1e-9)))
        for given in self.drugs:
            for action in given.actions:
                present = exposure(action.kinetics, given.dosing, self.stop, steps_per_year, years)
                table[EFFECTS.index(action.effect)] *= 1.0 + action.change * present
        return table


def plan(name: str, *, start: str = DEFAULT_START, stop: float | None = None) -> Plan:
    """The plan called ``name``: a drug, several joined by '+', ``none``, or a text form with its own start and stop.

    ``start`` as in the text form; ``stop`` in years after the first dose. Raises UnknownName, with the nearest, for a
    drug or effect that is not in the tables, and InputError, in one line, for text that does not read, a negative time,
    or a time given twice.
    """
    match = _PLAN.fullmatch("".join(name.split()))
    if match is None or not match["drugs"]:
        raise InputError(
            f"'{name}' does not read as DRUG[@START][:stop=YEARS], for example natalizumab@onset+1:stop=4."
        )
    if (match["start"] is not None and start != DEFAULT_START) or (match["stop"] is not None and stop is not None):
        raise InputError(f"'{name}' has its own start or stop and another is given beside it.")
    begin = _start(start if match["start"] is None else match["start"])
    end = stop if match["stop"] is None else _years(match["stop"], "stop")
    if end is not None and not 0 <= end < math.inf:
        raise InputError(f"A plan stops 0 or more years after its start, not {end:g}.")
    if match["drugs"] == NONE:
        return Plan((), _start(DEFAULT_START))
    given = tuple(_drug(part) for part in _BETWEEN_DRUGS.split(match["drugs"]))
    names = [one.id for one in given]
    if twice := [one for one in names if names.count(one) > 1]:
        raise InputError(f"'{name}' gives {twice[0]} twice.")
    return Plan(given, begin, end)


def _drug(name: str) -> Drug:
    return hypothetical(name) if name.split(":")[0] == "hypothetical" else drug(name)


def _start(text: str) -> Start:
    for rule, prefix in _RULES.items():
        if text.startswith(prefix):
            years = _years(text.removeprefix(prefix), "start")
            if not 0 <= years < math.inf:
                raise InputError(f"A plan starts 0 or more years into its rule, not '{text}'.")
            return Start(rule, years)
    raise InputError(f"'{text}' is no start; write onset+YEARS, start+YEARS or age=YEARS.")


def _years(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"'{text}' is not a number of years to {what}.") from None
