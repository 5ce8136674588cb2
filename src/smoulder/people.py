"""Who they are before the disease, and how they differ: traits, sex, age at the biological start, places, ratings.

Everything is a function of (seed, person id), so any subset of people in any order is the same people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from smoulder import random
from smoulder.anatomy import ITEMS, REGIONS, TRAITS
from smoulder.errors import InputError
from smoulder.parameters import Parameters, load

__all__ = ["People", "draw"]

_TRAITS = ("lesion_rate", "tendency", "repair_trait", "reserve", "vulnerability", "expression")
_LEAST, _GREATEST = 0.02, 0.9  # a reserve outside these would be no reserve or no function


@dataclass(frozen=True)
class People:
    """People before anything happens. N people; every array is float32 unless said.

    id: int64[N]. sex: int8[N], 1 = female. start_age: [N] years at the biological start. traits: [6, N] lesion rate
    (ratio to the population's), tendency to compartmentalised inflammation (ratio), repair capacity (ratio), reserve
    (share), vulnerability of fibres to slow damage (ratio), expression of lesions as attacks (ratio). region_weights:
    [7, N] cumulative share of lesions by region. offsets: [9, N] stable person-by-item offsets, logits. death_draw:
    float64[N] cumulative hazard at which the person dies.
    """

    seed: int
    id: NDArray[np.int64]
    sex: NDArray[np.int8]
    start_age: NDArray[np.float32]
    traits: NDArray[np.float32]
    region_weights: NDArray[np.float32]
    offsets: NDArray[np.float32]
    death_draw: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.id.size)

    def frame(self) -> pd.DataFrame:
        """One row a person: ``person`` (id), ``sex`` (1 female, 0 male), ``start_age`` (years), every trait under its
        name (``smoulder.anatomy.TRAITS``), ``share_`` and a region (of the person's lesions), ``offset_`` and a rated
        item (logits), and ``death_draw`` (cumulative hazard).
        """
        shares = np.diff(self.region_weights, axis=0, prepend=np.float32(0))
        traits = dict(zip(TRAITS, self.traits, strict=True))
        regions = {f"share_{name}": share for name, share in zip(REGIONS, shares, strict=True)}
        items = {f"offset_{name}": offset for name, offset in zip(ITEMS, self.offsets, strict=True)}
        who = {"person": self.id, "sex": self.sex, "start_age": self.start_age}
        return pd.DataFrame({**who, **traits, **regions, **items, "death_draw": self.death_draw})

    def take(self, index: NDArray | slice) -> People:
        """The chosen people, unchanged."""
        return People(
            self.seed, self.id[index], self.sex[index], self.start_age[index], self.traits[:, index],
            self.region_weights[:, index], self.offsets[:, index], self.death_draw[index],
        )


def draw(n: int, *, seed: int = 0, first_id: int = 0, parameters: Parameters | None = None) -> People:
    """Draw ``n`` people with ids from ``first_id``. Raises InputError for a count below 1 or ids beyond 32 bits."""
    if n < 1:
        raise InputError(f"The number of people is {n}; it must be at least 1.")
    if first_id < 0 or first_id + n > 2**32:
        raise InputError(f"Ids {first_id} to {first_id + n - 1} do not fit in 32 bits.")
    p = parameters or load()
    ids = np.arange(first_id, first_id + n, dtype=np.int64)
    words = random.words(seed, ids, "traits")
    sex = (random.as_uniform(words[0]) < p["female_share"]).astype(np.int8)
    start = random.words(seed, ids, "start_age")
    start_age = p["start_age"] * np.exp(_spread(p, "start_age") * ndtri(random.as_uniform(start[0])))
    return People(
        seed, ids, sex, start_age.astype(np.float32), _traits(p, seed, ids, sex), _region_weights(p, seed, ids),
        _offsets(seed, ids), -np.log(random.uniform(seed, ids, "death")),
    )


def _spread(p: Parameters, name: str) -> float:
    """Log-sd between people of a parameter."""
    return p[f"spread.{name}"]


def _traits(p: Parameters, seed: int, ids: NDArray, sex: NDArray) -> NDArray[np.float32]:
    words = np.concatenate([random.words(seed, ids, "traits", m) for m in (1, 2)])[: len(_TRAITS)]
    traits = np.empty((len(_TRAITS), ids.size))
    z = ndtri(random.as_uniform(words))
    rho = p["trait_correlation"]
    z[1] = rho * z[0] + np.sqrt(1 - rho * rho) * z[1]
    for i, name in enumerate(_TRAITS):
        traits[i] = np.exp(_spread(p, name) * z[i])
    traits[0] *= np.where(sex == 1, p["sex_lesion_rate"], 1.0)
    traits[1] *= p["tendency"]
    traits[2] *= p["repair_trait"]
    traits[4] *= np.where(sex == 1, 1.0, p["sex_vulnerability"]) * p["vulnerability"]
    traits[3] = np.clip(traits[3] * p["reserve"], _LEAST, _GREATEST)
    return traits.astype(np.float32)


def _region_weights(p: Parameters, seed: int, ids: NDArray) -> NDArray[np.float32]:
    """Cumulative share of a person's lesions by region: the population's, tilted by a personal propensity."""
    shares = np.array(list(p.family("region_share").values()))
    words = np.concatenate([random.words(seed, ids, "regions", m) for m in range(2)])
    tilt = np.exp(p["region_spread"] * ndtri(random.as_uniform(words[: shares.size])))
    weights = shares[:, None] * tilt
    return np.cumsum(weights / weights.sum(axis=0), axis=0).astype(np.float32)


def _offsets(seed: int, ids: NDArray) -> NDArray[np.float32]:
    """Standard logistic offsets, one per item."""
    words = np.concatenate([random.words(seed, ids, "offsets", m) for m in range(3)])[:9]
    u = random.as_uniform(words)
    return np.log(u / (1 - u)).astype(np.float32)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
