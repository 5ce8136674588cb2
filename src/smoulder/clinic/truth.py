"""The part of the truth that the clinic reads, as a protocol: what ``life`` builds, or a test writes by hand, fits
it.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from smoulder.errors import InputError
from smoulder.records import days

__all__ = ["Lesions", "Truth", "age_days", "leaves", "lesions_of", "step_years"]


class Lesions(Protocol):
    """Lesions as flat arrays of one length, sorted by person and time."""

    @property
    def person(self) -> NDArray[np.int32]:
        """Index of the person."""
        ...

    @property
    def time(self) -> NDArray[np.float32]:
        """Years since biological start."""
        ...

    @property
    def region(self) -> NDArray[np.int8]:
        """Index in :data:`smoulder.anatomy.REGIONS`."""
        ...

    @property
    def area(self) -> NDArray[np.float32]:
        """mm2."""
        ...

    @property
    def felt(self) -> NDArray[np.bool_]:
        """Expressed as an attack."""
        ...

    @property
    def enhances(self) -> NDArray[np.float32]:
        """Years of enhancement."""
        ...

    @property
    def rim(self) -> NDArray[np.int8]:
        """0 none, 1 transient, 2 persistent."""
        ...

    @property
    def rim_until(self) -> NDArray[np.float32]:
        """Years since biological start."""
        ...


class Truth(Protocol):
    """N lives at T evenly spaced moments (years since biological start); see ``smoulder.life``."""

    @property
    def id(self) -> NDArray[Any]:
        """Ids of the people."""
        ...

    @property
    def seed(self) -> int:
        """Seed of the lives."""
        ...

    @property
    def start_age(self) -> NDArray[np.float32]:
        """Age in years at biological start."""
        ...

    @property
    def sex(self) -> NDArray[np.int8]:
        """1 female, 0 male."""
        ...

    @property
    def years(self) -> NDArray[np.float32]:
        """The recorded moments."""
        ...

    @property
    def offsets(self) -> NDArray[np.float32]:
        """Stable offsets of the nine items, logit, [9, N]."""
        ...

    @property
    def onset(self) -> NDArray[np.float32]:
        """Years since biological start of clinical onset, NaN if never."""
        ...

    @property
    def onset_attack(self) -> NDArray[np.bool_]:
        """Whether the onset was an expressed attack."""
        ...

    @property
    def death(self) -> NDArray[np.float32]:
        """Years since biological start of death, inf if alive at the end."""
        ...

    @property
    def lesions(self) -> Lesions | None:
        """The lesions, None if they were not kept."""
        ...

    def __getitem__(self, name: str, /) -> NDArray[np.float32]:
        """Quantity ``name``, float32[T, N]."""
        ...


def lesions_of(truth: Truth) -> Lesions:
    """The lesions of ``truth``. Raises InputError if the run did not keep them; relapses and scans need them."""
    if truth.lesions is None:
        raise InputError(
            "This run kept no lesions; relapses and scans are made from them. Run the lives again keeping lesions."
        )
    return truth.lesions


def age_days(truth: Truth, person: NDArray[Any], time: NDArray[Any]) -> NDArray[np.int32]:
    """The day (birth is day 0) at ``time`` (years since biological start) of ``person`` (index), -1 where time is not
    finite.
    """
    return days(truth.start_age[person].astype(np.float64) + time)


def leaves(truth: Truth) -> NDArray[np.float64]:
    """Years since biological start at which each life is last seen: death, or the last recorded moment. float64[N]."""
    return np.minimum(truth.death.astype(np.float64), float(truth.years[-1]))


def step_years(truth: Truth) -> float:
    """Years between recorded moments; the first moment is one step after the biological start."""
    return float(truth.years[-1]) / truth.years.size
