"""What really happened in each person, known only to a simulator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.errors import UnknownName
from smoulder.people import People

from .lesions import Lesions
from .rows import QUANTITIES
from .state import State

__all__ = ["Truth"]

@dataclass(frozen=True)
class Truth:
    """Lives as they were. N people, T moments, Q quantities.

    years: float32[T] years since the biological start (the end of each interval). values: float32[Q, T, N] in the order
    of ``quantities``; ``truth["name"]`` is the [T, N] view of one. onset: float32[N] years since the biological start
    of the first expressed attack or lasting symptom, NaN if there was none. onset_attack: bool[N], True where it was an
    attack. death: float32[N] years since the biological start, inf if alive at the end. lesions: the lesion records, or
    None where they were not kept. first_dose: float32[N] years since the biological start, inf if never treated. saved:
    the states that ``save_at`` asked for, None if it did not.
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
    saved: State | None = None

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        try:
            return self.values[self.quantities.index(name)]
        except ValueError:
            raise UnknownName("quantity", name, self.quantities) from None

    def frame(self) -> pd.DataFrame:
        """One row a recorded moment of a person, by person: id, years, whether alive, and every quantity. Moments that
        were not recorded (silent years, or before a life went on from its state) have no row.
        """
        moments, n = self.years.size, self.id.size
        head = {
            "person": np.repeat(self.id, moments),
            "years": np.tile(self.years, n),
            "alive": (self.years < self.death[:, None]).ravel(),
        }
        table = pd.DataFrame(
            head | {name: row.T.ravel() for name, row in zip(self.quantities, self.values, strict=True)}
        )
        return table[table["brain_volume"] > 0].reset_index(drop=True)  # no life is without a brain

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
