"""What really happened in each person, known only to a simulator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smoulder.biology.states import CAUSES, ITEMS, PATHWAYS
from smoulder.errors import UnknownName
from smoulder.people import People

__all__ = ["QUANTITIES", "Lesions", "Truth"]

#: Names of what is recorded of each person at each moment, in the order of ``Truth.values``.
QUANTITIES: tuple[str, ...] = (
    *(f"latent_{item}" for item in ITEMS),
    *(f"loss_{pathway}" for pathway in PATHWAYS),
    *(f"block_{pathway}" for pathway in PATHWAYS),
    *(f"survival_{pathway}" for pathway in PATHWAYS),
    "brain_volume", "cord_volume", "new_brain", "new_cord", "relapses", "rims", "microglia", "debris", "slow", "bare",
    "lost_acute", *(f"lost_{cause}" for cause in CAUSES), "lost",
    "bare_visual", "repaired_visual",  # shares of surviving fibres, mean over the pathway
    "lost_grey",  # lost share of fibres in cortex and deep grey matter
)


@dataclass(frozen=True)
class Lesions:
    """Every lesion of a set of people, sorted by person, then time. L lesions; float32 unless said.

    person: int32[L] index of the person. time: years since the biological start. region: int8 index in REGIONS. area:
    mm2. felt: bool, expressed as an attack. effect: largest share of a pathway blocked. pathway: int8 that pathway, -1
    if none. enhances: years. rim: int8 0 none, 1 transient, 2 persistent. rim_until: years since the biological start.
    """

    person: NDArray[np.int32]
    time: NDArray[np.float32]
    region: NDArray[np.int8]
    area: NDArray[np.float32]
    felt: NDArray[np.bool_]
    effect: NDArray[np.float32]
    pathway: NDArray[np.int8]
    enhances: NDArray[np.float32]
    rim: NDArray[np.int8]
    rim_until: NDArray[np.float32]

    def __len__(self) -> int:
        return int(self.person.size)


@dataclass(frozen=True)
class Truth:
    """Lives as they were. N people, T moments, Q quantities.

    years: float32[T] years since the biological start (the end of each interval). values: float32[Q, T, N] in the order
    of ``quantities``; ``truth["name"]`` is the [T, N] view of one. onset: float32[N] years since the biological start
    of the first expressed attack or lasting symptom, NaN if there was none. onset_attack: bool[N], True where it was an
    attack. death: float32[N] years since the biological start, inf if alive at the end. lesions: the lesion records, or
    None where they were not kept. first_dose: float32[N] years since the biological start, inf if never treated.
    """

    people: People
    years: NDArray[np.float32]
    values: NDArray[np.float32]
    onset: NDArray[np.float32]
    onset_attack: NDArray[np.bool_]
    death: NDArray[np.float32]
    first_dose: NDArray[np.float32]
    lesions: Lesions | None
    quantities: tuple[str, ...] = QUANTITIES

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        try:
            return self.values[self.quantities.index(name)]
        except ValueError:
            raise UnknownName("quantity", name, self.quantities) from None

    @property
    def seed(self) -> int:
        """Seed of the lives."""
        return self.people.seed

    @property
    def id(self) -> NDArray[np.int64]:
        """Ids of the people, int64[N]."""
        return self.people.id

    @property
    def sex(self) -> NDArray[np.int8]:
        """1 = female, int8[N]."""
        return self.people.sex

    @property
    def start_age(self) -> NDArray[np.float32]:
        """Age in years at the biological start, float32[N]."""
        return self.people.start_age

    @property
    def offsets(self) -> NDArray[np.float32]:
        """Stable person-by-item offsets in logits, float32[9, N]."""
        return self.people.offsets
