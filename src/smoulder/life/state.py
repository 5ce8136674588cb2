"""The complete state of lives at moments of their own: exactly enough to go on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.anatomy import CELLS, REGIONS
from smoulder.errors import UnknownName
from smoulder.people import People

from .arrays import Life
from .lesions import Lesions
from .rows import DEATH, MILIEU, Cell, Counters, Losses, Onset, Person, Pooled

__all__ = ["STATE", "State", "parts_of"]

#: What is kept of a person's life, row by row, in the order of :func:`parts_of`.
STATE: tuple[str, ...] = (
    *(f"person.{name}" for name in Person._fields),
    *(f"tissue.{name}.{pathway}.{region}" for name in Cell._fields for pathway, region in CELLS),
    *(f"milieu.{name}.{region}" for name in ("debris", "microglia") for region in REGIONS),
    *(f"pooled.{name}.{region}" for name in Pooled._fields for region in REGIONS),
    *(f"lost.{name}" for name in Losses._fields),
    *(f"lesions_since.{name}" for name in Counters._fields),
    *(f"onset.{name}" for name in Onset._fields),
    *(f"death.{name}" for name in ("so_far", "when")),
)


def parts_of(life: Life) -> tuple[NDArray[np.float32], ...]:
    """The rows of a block that go on from step to step, [row, lane] each, as views of the kernel's arrays."""
    lanes = life.person.shape[-1]
    arrays = (
        life.person, life.tissue, life.milieu[: MILIEU.microglia + 1], life.pooled, life.causes, life.counters,
        life.onset, life.death[DEATH.so_far :],
    )
    return tuple(array.reshape(-1, lanes) for array in arrays)


@dataclass(frozen=True, eq=False)
class State:
    """M lives, each stopped at a moment of its own, ready to go on: ``smoulder.life.run(state, ...)``.

    people: the M people (one may be there more than once). person: int64[M] position of each among the people of the
    run that saved it. step: int32[M] steps lived, of which ``steps_per_year`` make a year; ``every`` is how many steps
    lay between the recorded moments of that run. numbers: float32[R, M] in the order of :data:`STATE`;
    ``state["death.when"]`` is one row. first_dose: float64[M] years since the biological start, inf if the life was not
    to be treated. lesions: those born so far (``person`` is the position here), None if the run kept none.
    """

    people: People
    person: NDArray[np.int64]
    step: NDArray[np.int32]
    steps_per_year: int
    every: int
    numbers: NDArray[np.float32]
    first_dose: NDArray[np.float64]
    lesions: Lesions | None

    def __len__(self) -> int:
        return int(self.step.size)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """One row, float32[M]. Raises UnknownName."""
        if name not in STATE:
            raise UnknownName("part of a state", name, STATE)
        return self.numbers[STATE.index(name)]

    @property
    def years(self) -> NDArray[np.float64]:
        """Years from the biological start to the moment of each, float64[M]."""
        return self.step / self.steps_per_year

    def take(self, index: NDArray | slice) -> State:
        """The chosen lives (positions, a mask or a slice), unchanged."""
        rows = np.arange(len(self))[index]
        return State(
            self.people.take(rows), self.person[rows], self.step[rows], self.steps_per_year, self.every,
            np.ascontiguousarray(self.numbers[:, rows]), self.first_dose[rows],
            None if self.lesions is None else self.lesions.of_people(rows),
        )

    def frame(self) -> pd.DataFrame:
        """One row a life: id of the person, years lived, first dose, and every row of the state."""
        head = {"person": self.people.id, "years": self.years, "first_dose": self.first_dose}
        return pd.DataFrame(head | dict(zip(STATE, self.numbers, strict=True)))
