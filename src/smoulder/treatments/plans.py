"""Who is treated with what from when to when, and what that does to each process step by step.

As text: ``DRUG[+DRUG...][@START][:stop=YEARS]``, START one of ``onset+X`` (years after clinical onset), ``start+X``
(years after biological start), ``age=X``. Examples: ``ocrelizumab``, ``siponimod@age=50``,
``natalizumab@onset+1:stop=4``, ``ocrelizumab+clemastine@onset+2``, ``hypothetical:bare_loss:0.5@start+0``, ``none``.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from smoulder import random
from smoulder.errors import InputError
from smoulder.treatments.actions import EFFECTS, Action, Drug
from smoulder.treatments.catalogue import drug
from smoulder.treatments.kinetics import cell_count, exposure, overshoot

__all__ = ["DEFAULT_START", "NONE", "Plan", "Start", "cells", "plan"]

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
    """Drugs given together from ``start`` on, for ``stop`` years (None = for good). No drugs = untreated.

    ``variant`` says how its drugs differ from those of the tables; only a plan without one can be read back from text.
    """

    drugs: tuple[Drug, ...]
    start: Start
    stop: float | None = None
    variant: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The drugs as one word: ``ocrelizumab+clemastine``, or ``none``."""
        return "+".join(drug.id for drug in self.drugs) or NONE

    def __str__(self) -> str:
        stop = "" if self.stop is None else f":stop={self.stop:.12g}"
        variant = f" ({', '.join(self.variant)})" if self.variant else ""
        return f"{self.name}@{self.start}{stop}{variant}" if self.drugs else NONE

    def multipliers(self, steps_per_year: int, years: float) -> NDArray[np.float64]:
        """Mean multiplier of each process over each step: float64[len(EFFECTS), ceil(years * steps_per_year)].

        Step 0 begins with the first dose; before it every multiplier is 1. ``years`` should reach the end of the life
        simulated, for an effect may take long to fade. Raises InputError unless both are positive.
        """
        _check_grid(steps_per_year, years)
        table = np.ones((len(EFFECTS), math.ceil(years * steps_per_year - 1e-9)))
        for given in self.drugs:
            for action in given.actions:
                course = (action.kinetics, given.dosing, self.stop, steps_per_year, years)
                driver = given.driver(action)
                factor = 1.0 + action.change * exposure(*course, driver)
                if action.rebound is not None:
                    factor += action.rebound.share * overshoot(*course, action.rebound.half, driver)
                table[EFFECTS.index(action.effect)] *= factor
        return table

    def without_cns(self) -> Plan:
        """The same doses with every action inside the CNS compartment taken away; those from the blood stay.

        What stays acts on the making, entry and arrival of attacks: attack, trafficking, seeding, and expression,
        transection and rim_birth where they change because the invaders do. What goes acts behind the barrier, on what
        is there without any attack: compartmentalised inflammation, microglia, rims, debris, repair, energy,
        conduction and every loss that is not the attack's own.
        """
        return self._with(lambda given: tuple(a for a in given.actions if not a.inside), "without CNS")

    def drawn(self, seed: int, replicate: int) -> Plan:
        """The same plan with the strength of each action, and of its rebound, drawn from its prior within its bounds.

        The draw depends on the seed, the replicate (0 to 2**32 - 1) and the names of drug and effect, on nothing else.
        Raises InputError for another replicate.
        """
        if not 0 <= replicate < 2**32:
            raise InputError(f"Replicate {replicate} is not within 0 to {2**32 - 1}.")

        def actions(given: Drug) -> tuple[Action, ...]:
            return tuple(_drawn(given.id, action, seed, replicate) for action in given.actions)

        return self._with(actions, f"draw {replicate} of seed {seed}")

    def _with(self, actions: Callable[[Drug], tuple[Action, ...]], variant: str) -> Plan:
        changed = tuple(replace(given, actions=actions(given)) for given in self.drugs)
        return replace(self, drugs=changed, variant=(*self.variant, variant) if changed else ())


def _check_grid(steps_per_year: int, years: float) -> None:
    if steps_per_year < 1 or not 0 < years < math.inf:
        raise InputError(
            f"A plan needs at least 1 step a year and a positive time, not {steps_per_year} and {years:g} years."
        )


def _drawn(id: str, action: Action, seed: int, replicate: int) -> Action:
    """``action`` of the drug ``id`` with strength and rebound drawn, the one from the first word, the other the second.

    Drug and effect take the place of the person: a hash of their names, which no other drug can shift.
    """
    name = hashlib.sha256(f"{id} {action.effect}".encode()).digest()[:4]
    words = random.words(seed, np.array([int.from_bytes(name, "little")]), "strength", replicate)
    shares = random.as_uniform(words[:2, 0])
    found = min(max(action.prior.quantile(float(shares[0])), action.lower), action.upper)
    rebound = action.rebound
    if rebound is not None:
        rebound = replace(rebound, share=rebound.prior.quantile(float(shares[1])))
    return replace(action, maximum=found, rebound=rebound)


def cells(treatment: Plan | str, *, years: float, steps_per_year: int = 365) -> dict[str, NDArray[np.float64]]:
    """Counts of the cells that a plan takes from the blood from its first dose on: mean over people, share of baseline.

    By name of the cells, those of the table in ``cells.csv``: float64[ceil(years * steps_per_year)], the mean over each
    step. Cells that several drugs take are taken independently. Raises InputError as ``plan`` and ``multipliers`` do.
    """
    given = plan(treatment) if isinstance(treatment, str) else treatment
    _check_grid(steps_per_year, years)
    found: dict[str, NDArray[np.float64]] = {}
    for one in given.drugs:
        for count in one.cells:
            left = cell_count(count, one.dosing, given.stop, steps_per_year, years)
            found[count.name] = found.get(count.name, 1.0) * left
    return found


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
    given = tuple(drug(part) for part in _BETWEEN_DRUGS.split(match["drugs"]))
    names = [one.id for one in given]
    if twice := [one for one in names if names.count(one) > 1]:
        raise InputError(f"'{name}' gives {twice[0]} twice.")
    return Plan(given, begin, end)


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
