"""The record of a lesion, declared once: columns of a table for readers, one entry a lesion for the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import get_args, get_type_hints

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["LESION", "Lesions"]


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

    def frame(self) -> pd.DataFrame:
        """One row a lesion, columns as named above."""
        return pd.DataFrame({column.name: getattr(self, column.name) for column in fields(self)})

    @classmethod
    def of(cls, book: NDArray[np.void]) -> Lesions:
        """The table of a book (entries of :data:`LESION`)."""
        return cls(*(np.ascontiguousarray(book[name]) for name in LESION.names or ()))

    @classmethod
    def join(cls, tables: Sequence[Lesions]) -> Lesions:
        """The rows of one or more tables, one after the other."""
        names = LESION.names or ()
        columns = (np.concatenate([getattr(table, name) for table in tables], dtype=LESION[name]) for name in names)
        return cls(*columns)

    def take(self, rows: NDArray[np.int64]) -> Lesions:
        """The chosen rows."""
        return Lesions(*(getattr(self, name)[rows] for name in LESION.names or ()))

    def of_people(self, index: NDArray[np.int64], first: NDArray[np.int64] | None = None) -> Lesions:
        """Lesions of some people, the new ``person`` being the position in ``index``, which may name a person twice;
        only the ``first`` so many of each, where given.
        """
        begin = np.searchsorted(self.person, index)
        count = np.searchsorted(self.person, index, side="right") - begin if first is None else first
        person = np.repeat(np.arange(index.size, dtype=np.int32), count)
        rows = np.arange(person.size) + np.repeat(begin - (np.cumsum(count) - count), count)
        return Lesions(person, *(getattr(self, name)[rows] for name in (LESION.names or ())[1:]))


def _scalar(hint: object) -> type:
    """The type of one number of an array: ``NDArray[np.int8]`` -> ``np.int8``."""
    return get_args(get_args(hint)[1])[0]


#: One lesion in the book that the kernel writes: the columns of :class:`Lesions` in their order.
LESION = np.dtype([(name, _scalar(hint)) for name, hint in get_type_hints(Lesions).items()])
