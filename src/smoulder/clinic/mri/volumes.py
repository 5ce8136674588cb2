"""Volumes of brain and grey matter and area of the cord as a scanner measures them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import random
from smoulder.clinic.truth import Truth, step_years
from smoulder.parameters import Parameters

__all__ = ["Place", "brain", "cord", "errors", "grey"]

#: The draw of a person's healthy cord area; no scan is on the day of birth, so the moment is free.
AT_BIRTH = 0
#: Rows of :func:`errors`.
BRAIN, CORD, LESIONS, GREY = range(4)


@dataclass(frozen=True, eq=False)
class Place:
    """Where scans lie among the recorded moments, all [scans]: ``person`` (index), ``time`` (years since biological
    start), the moments ``below`` (0 is the start) and ``above``, and the ``share`` of the way from one to the other.
    """

    person: NDArray[np.int64]
    time: NDArray[np.float64]
    below: NDArray[np.int64]
    above: NDArray[np.int64]
    share: NDArray[np.float64]

    @classmethod
    def at(cls, truth: Truth, person: NDArray[np.int64], time: NDArray[np.float64]) -> Place:
        """Places of ``person`` (index) at ``time``; from the last moment before a death on everything stays as then."""
        place = np.clip(time / step_years(truth), 0, truth.years.size)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, truth.years.size)
        died = truth.years[above - 1] >= truth.death[person]
        return cls(person, time, below, above, np.where(died, 0, place - below))

    def of(self, values: NDArray[np.float32], at_start: float) -> NDArray[np.float64]:
        """A quantity [T, N] of the truth, linear between moments and ``at_start`` at the start: float64[scans]."""
        low = np.where(self.below == 0, at_start, values[np.maximum(self.below - 1, 0), self.person])
        high = values[self.above - 1, self.person]
        return np.asarray(low + self.share * (high - low))


def errors(truth: Truth, person: NDArray[np.int64], day: NDArray[np.int32], seed: int) -> NDArray[np.float64]:
    """Standard normal numbers of each scan, float64[4, scans]: for brain, cord, lesion and grey matter volume. They
    belong to the person and the day.
    """
    words = random.words(seed, np.asarray(truth.id)[person], "scan", day)
    return np.asarray(ndtri(random.as_uniform(words)))


def brain(truth: Truth, parameters: Parameters, place: Place, error: NDArray[np.float64]) -> NDArray[np.float32]:
    """Brain volume as a fraction of that at biological start, with a relative error: float32[scans].

    The true volume holds the water of recent lesions and of activated microglia, which a drug that stops them lets
    drain: the brain shrinks without losing tissue (pseudoatrophy).
    """
    found = place.of(truth["brain_volume"], 1.0)
    found *= 1 + parameters["scan_noise.brain"] * error
    return found.astype(np.float32)


def cord(
    truth: Truth, parameters: Parameters, place: Place, error: NDArray[np.float64], seed: int
) -> NDArray[np.float32]:
    """Cervical cord area in mm2 with a relative error: float32[scans].

    Healthy area differs between people, log-normally (``cord_area_healthy``, ``cord_area_spread``); the cord keeps its
    length, so its area shrinks as its volume.
    """
    own = random.normal(seed, np.asarray(truth.id), "scan", AT_BIRTH)
    healthy = parameters["cord_area_healthy"] * np.exp(parameters["cord_area_spread"] * own)
    found = place.of(truth["cord_volume"], 1.0) * healthy[place.person]
    found *= 1 + parameters["scan_noise.cord"] * error
    return found.astype(np.float32)


def grey(truth: Truth, parameters: Parameters, place: Place, error: NDArray[np.float64]) -> NDArray[np.float32]:
    """Volume of cortex and deep grey matter, which stands for the thalamus too, as a fraction of that at biological
    start, with a relative error: float32[scans].

    Lost fibres and neurons of the cells of the cortex shrink it by ``grey.shrink``; healthy ageing beyond theirs takes
    ``grey.ageing`` a year, doubling in ``grey.ageing_doubling``. It holds no water, for grey matter fraction did not
    follow enhancing lesions under natalizumab (row ntz_gmf).
    """
    start = truth.start_age[place.person].astype(np.float64)
    doubling = parameters["grey.ageing_doubling"]
    early, late = (np.exp2((age - parameters["age_reference"]) / doubling) for age in (start, start + place.time))
    aged = parameters["grey.ageing"] * doubling / np.log(2) * (late - early)
    found = 1 - parameters["grey.shrink"] * place.of(truth["lost_grey"], 0.0) - aged
    found = np.maximum(found, 0) * (1 + parameters["scan_noise.grey"] * error)
    return found.astype(np.float32)
