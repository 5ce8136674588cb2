"""From doses to exposure: how far a drug's effect is present, 0 to 1, in each step after the first dose.

A dose holds its target (receptor full, lymphocytes sequestered) until the target returns, after a log-normal time; or
it takes away cells, which return in the same way (:class:`CellCount`), and the missing cells are the target. The effect
follows the held target: up with one half-time, down with another, a share of it down more slowly still. Where a rebound
is assumed, what the treatment held back builds up behind it and is let go when the effect fades faster than it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from smoulder.parameters.units import DAYS_PER_YEAR

__all__ = ["CellCount", "Dosing", "Kinetics", "cell_count", "exposure", "overshoot"]


@dataclass(frozen=True)
class Dosing:
    """When doses are given, in years: every ``interval`` from 0 on (0 = without a break), at each of ``loading``.

    An infinite interval means that the doses of ``loading`` are all there are (pulsed treatment).
    """

    interval: float
    loading: tuple[float, ...] = ()

    @property
    def pulsed(self) -> bool:
        """Whether dosing ends by itself."""
        return math.isinf(self.interval)

    def since(self, times: NDArray[np.float64], stop: float | None) -> NDArray[np.float64]:
        """Years since the last dose at ``times`` (years since the first, ascending), inf if there was none.

        Doses fall before ``stop`` (None = for good).
        """
        end = math.inf if stop is None else stop
        if end <= 0:
            return np.full_like(times, np.inf)
        if self.interval == 0:
            return np.maximum(times - end, 0.0)
        doses = np.asarray(self.loading, dtype=np.float64)
        if not self.pulsed:
            doses = np.concatenate([np.arange(int(times[-1] / self.interval) + 2) * self.interval, doses])
        doses = np.sort(doses[doses < end])
        return times - np.concatenate([[-np.inf], doses])[np.searchsorted(doses, times, side="right")]


@dataclass(frozen=True)
class Kinetics:
    """How an effect follows the doses. Times in years.

    lag          from the first dose until anything happens
    onset_half   half-time of the rise of the effect (0 = at once)
    hold         median time from the last dose to the return of the target (0 = at once)
    hold_spread  log-scale standard deviation of that time (0 = all at the median)
    offset_half  half-time of the effect's fall once its target has returned (0 = at once)
    slow_share   share of the effect, 0..1, that falls with ``slow_half`` instead
    """

    lag: float = 0.0
    onset_half: float = 0.0
    hold: float = 0.0
    hold_spread: float = 0.0
    offset_half: float = 0.0
    slow_share: float = 0.0
    slow_half: float = 0.0

    def returned(self, since: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of people, 0..1, whose target has returned ``since`` years after the last dose."""
        if self.hold == 0 or self.hold_spread == 0:
            return np.asarray(since > self.hold, dtype=np.float64)
        with np.errstate(divide="ignore"):
            return np.asarray(ndtr(np.log(since / self.hold) / self.hold_spread), dtype=np.float64)


@dataclass(frozen=True)
class CellCount:
    """How the count of one kind of cell in blood follows the doses, as the mean over people.

    ``left`` is the share of the baseline count that is left where a dose takes full effect; ``kinetics`` how fast the
    rest goes (onset_half), how long it stays away (hold) and how fast it returns (offset_half, slow part).
    """

    name: str
    left: float
    kinetics: Kinetics
    basis: str = "definition"
    evidence: tuple[str, ...] = ()
    note: str = ""


def exposure(
    kinetics: Kinetics,
    dosing: Dosing,
    stop: float | None,
    steps_per_year: int,
    years: float,
    driver: CellCount | None = None,
) -> NDArray[np.float64]:
    """Mean exposure, 0..1, over each step from the first dose on: float64[ceil(years * steps_per_year)].

    ``stop`` is the end of dosing in years after the first dose (None = never). With a ``driver`` the target is held as
    far as those cells are missing (1 = as many as a dose can take), and the hold of ``kinetics`` itself is not used.
    Each step is cut into parts of a day or less, and within a part the approach to the held target is exact.
    """
    grid = _Grid.of(steps_per_year, years)
    return grid.means(_effect(kinetics, dosing, stop, grid, driver))


def overshoot(
    kinetics: Kinetics,
    dosing: Dosing,
    stop: float | None,
    steps_per_year: int,
    years: float,
    half: float,
    driver: CellCount | None = None,
) -> NDArray[np.float64]:
    """How far what was held back exceeds the effect that still holds it, 0..1, as ``exposure`` in each step.

    What is held back follows the exposure with half-time ``half`` (years): it is as large as the exposure under long
    treatment, smaller after a short course, and is spent with the same half-time after the effect is gone.
    """
    grid = _Grid.of(steps_per_year, years)
    effect = _effect(kinetics, dosing, stop, grid, driver)
    return grid.means(np.maximum(_follow(effect, half, half, grid.width) - effect, 0.0))


def cell_count(
    cells: CellCount, dosing: Dosing, stop: float | None, steps_per_year: int, years: float
) -> NDArray[np.float64]:
    """Mean count as a share of baseline over each step from the first dose on: float64[ceil(years * steps_per_year)].

    ``stop`` as in ``exposure``.
    """
    grid = _Grid.of(steps_per_year, years)
    return 1.0 - (1.0 - cells.left) * grid.means(_effect(cells.kinetics, dosing, stop, grid, None))


@dataclass(frozen=True)
class _Grid:
    """Steps cut into ``parts`` of ``width`` years."""

    steps: int
    parts: int
    width: float

    @staticmethod
    def of(steps_per_year: int, years: float) -> _Grid:
        parts = math.ceil(DAYS_PER_YEAR / steps_per_year)
        return _Grid(math.ceil(years * steps_per_year - 1e-9), parts, 1.0 / (steps_per_year * parts))

    @property
    def times(self) -> NDArray[np.float64]:
        """Middle of each part, years."""
        return (np.arange(self.steps * self.parts, dtype=np.float64) + 0.5) * self.width

    def means(self, of_parts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean over each step."""
        return np.asarray(of_parts.reshape(self.steps, self.parts).mean(axis=1), dtype=np.float64)


def _effect(
    kinetics: Kinetics, dosing: Dosing, stop: float | None, grid: _Grid, driver: CellCount | None
) -> NDArray[np.float64]:
    """Exposure in each part of the grid."""
    times = grid.times
    if driver is None:
        held = 1.0 - kinetics.returned(dosing.since(times, stop))
    else:
        held = _effect(driver.kinetics, dosing, stop, grid, None)
    held = held * np.clip((times - kinetics.lag) / grid.width + 0.5, 0.0, 1.0)
    effect = _follow(held, kinetics.onset_half, kinetics.offset_half, grid.width)
    if kinetics.slow_share:
        slow = _follow(held, kinetics.onset_half, kinetics.slow_half, grid.width)
        effect = (1.0 - kinetics.slow_share) * effect + kinetics.slow_share * slow
    return effect


def _follow(held: NDArray[np.float64], rise_half: float, fall_half: float, width: float) -> NDArray[np.float64]:
    """Mean over each part (``width`` years) of an effect that starts at 0 and follows ``held`` at these half-times."""
    rise, fall = _approach(rise_half, width), _approach(fall_half, width)
    means = np.empty_like(held)
    effect = 0.0
    for part, target in enumerate(held.tolist()):
        kept, mean_kept = rise if target > effect else fall
        means[part] = target + (effect - target) * mean_kept
        effect = target + (effect - target) * kept
    return means


def _approach(half: float, width: float) -> tuple[float, float]:
    """Share of the gap left at the end of a part and on average over it, for an exponential approach."""
    if half == 0:
        return 0.0, 0.0
    turns = math.log(2.0) * width / half
    return math.exp(-turns), -math.expm1(-turns) / turns
