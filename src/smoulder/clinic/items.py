"""From latent disability to the level of an item: graded response, stable offsets, rating noise.

``level = #{k: slope * (latent - threshold_k) > offset + noise}``. The offset belongs to a person and an item and is
drawn once in a life; the noise belongs to one examination by one rater. Slopes and thresholds are those of an item
response model of the EDSS (Novakovic 2017, doi 10.1208/s12248-016-9977-z); drawing the items afresh at each visit, as
that model would, gives far less agreement between raters than is measured, hence the stable offset (see ``evidence``
rows nos_agree0, nos_agree1, jn_agree0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import random
from smoulder.compiled import njit
from smoulder.edss import AMBULATION, ITEMS, TOP
from smoulder.errors import InputError
from smoulder.parameters import Parameters

__all__ = ["RATERS", "Items", "levels", "rating_noise"]

#: The purpose of each rater's draws; rater 1 is the clinic's own.
RATERS = {1: "rating", 2: "second_rating"}
#: One call of the generator gives four words, hence four items; three calls rate nine. A day leaves room for four
#: calls.
WORDS, CALLS = 4, 4


@dataclass(frozen=True, eq=False)
class Items:
    """Slopes, thresholds and rating noise of the nine items, in the order of :data:`smoulder.anatomy.ITEMS`.

    ``slope`` float64[9], logit per unit of latent disability; ``threshold`` float64[9, 12], latent units, rising
    along a row and infinite beyond an item's last level; ``noise`` float64[9], standard deviation of one rating,
    logit.
    """

    slope: NDArray[np.float64]
    threshold: NDArray[np.float64]
    noise: NDArray[np.float64]

    @classmethod
    def of(cls, parameters: Parameters) -> Items:
        """From families ``item_slope.<item>``, ``item_threshold.<item>.<k>`` (k from 1, no gap), ``rating_noise.fs``,
        ``.ambulation``.

        An item may have fewer thresholds than its scale has levels; higher levels are then never rated. Raises
        InputError if thresholds are missing, do not rise, or are more than the scale has levels.
        """
        slopes, thresholds = parameters.family("item_slope"), parameters.family("item_threshold")
        table = np.full((len(ITEMS), max(TOP)), np.inf)
        for row, (name, top) in enumerate(zip(ITEMS, TOP, strict=True)):
            given = [value for key, value in thresholds.items() if key.rpartition(".")[0] == name]
            wanted = [thresholds.get(f"{name}.{k + 1}", np.nan) for k in range(len(given))]
            if not given or len(given) > top or np.isnan(wanted).any() or (np.diff(wanted) <= 0).any():
                given_text = given or "none"
                raise InputError(
                    f"Parameters item_threshold.{name}.1, ... must be 1 to {top} rising numbers; got {given_text}."
                )
            table[row, : len(wanted)] = wanted
        of_system, of_walking = parameters["rating_noise.fs"], parameters["rating_noise.ambulation"]
        noise = np.where(np.arange(len(ITEMS)) < AMBULATION, of_system, of_walking)
        return cls(np.array([slopes[name] for name in ITEMS]), table, noise)


@njit
def _count(
    latent: NDArray, offset: NDArray, noise: NDArray, slope: float, threshold: NDArray, out: NDArray
) -> None:  # pragma: no cover - compiled
    for i in range(latent.size):
        barrier = offset[i] + noise[i]
        level = 0
        for k in range(threshold.size):
            if slope * (latent[i] - threshold[k]) > barrier:
                level += 1
        out[i] = level


def levels(items: Items, latent: NDArray, offset: NDArray, noise: NDArray | None = None) -> NDArray[np.int8]:
    """Level of each item: int8[9, n] from latent disability [9, n], stable offsets [9, n] (logit) and rating noise
    [9, n] (logit).

    Without ``noise`` the levels are the true ones.
    """
    out = np.empty(latent.shape, dtype=np.int8)
    quiet = np.zeros(latent.shape[1])
    for row in range(len(ITEMS)):
        heard = quiet if noise is None else noise[row]
        _count(latent[row], offset[row], heard, items.slope[row], items.threshold[row], out[row])
    return out


def rating_noise(items: Items, seed: int, person: NDArray, day: NDArray, rater: int = 1) -> NDArray[np.float64] | None:
    """Rating noise float64[9, n] (logit) of ``rater`` (1 or 2) for examinations of ``person`` (ids [n]) on ``day``
    (age in days [n]).

    A function of seed, person, day, item and rater alone; None when every noise parameter is 0. Raises InputError for
    another rater.
    """
    if rater not in RATERS:
        raise InputError(f"Rater must be one of {', '.join(map(str, RATERS))}; got {rater}.")
    if not items.noise.any():
        return None
    noise = np.empty((len(ITEMS), len(day)))
    for call, first in enumerate(range(0, len(ITEMS), WORDS)):
        moment = np.asarray(day, dtype=np.uint32) * np.uint32(CALLS) + np.uint32(call)
        some = noise[first : first + WORDS]
        drawn = random.as_uniform(random.words(seed, person, RATERS[rater], moment)[: len(some)])
        np.multiply(ndtri(drawn), items.noise[first : first + WORDS, None], out=some)
    return noise
