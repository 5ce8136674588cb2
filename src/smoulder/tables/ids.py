"""Who is who: identities of several foreign tables as one numbering of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from smoulder.tables.sheets import Cells, parsed

__all__ = ["Ids", "number_people", "read_ids"]

_EXACT = float(2**53)  # beyond, neighbouring whole numbers are one float


@dataclass(frozen=True)
class Ids:
    """Identities of the rows of one table: ``whole`` int64[rows] (0 where blank) if all are whole numbers, else None;
    ``blank`` bool[rows]; and the cells.
    """

    cells: Cells
    whole: NDArray[np.int64] | None

    @property
    def blank(self) -> NDArray[np.bool_]:
        """True where no identity was given."""
        return self.cells.blank

    def text(self) -> pa.Array:
        """The identities as text, null where blank; 7 and 7.0 are "7"."""
        if self.whole is not None and self.cells.text is None:
            return pc.if_else(pa.array(~self.blank), pc.cast(pa.array(self.whole), pa.string()), None)
        if self.cells.text is not None:
            return self.cells.text
        shown = [None if blank else self.cells.shown(row) for row, blank in enumerate(self.blank)]
        return pa.array(shown, pa.string())


def read_ids(cells: Cells) -> Ids:
    """Identities of one table: whole numbers (7.0 is 7, as a column with gaps is often written), or text as it stands
    (007 is not 7).
    """
    if cells.number is not None:
        number = np.where(cells.blank, 0.0, cells.number)
        fits = np.isfinite(number) & (np.abs(number) < _EXACT)
        whole = bool(fits.all()) and bool((number == np.rint(number)).all())
        return Ids(cells, number.astype(np.int64) if whole else None)
    if cells.text is not None:
        try:
            text = pc.replace_substring_regex(cells.text, r"^(-?[0-9]+)\.0+$", r"\1")
            whole_text = parsed(text, pa.int64())
            if pc.all(pc.equal(pc.cast(whole_text, pa.string()), text)).as_py() is not False:
                return Ids(cells, np.asarray(pc.fill_null(whole_text, 0), dtype=np.int64))
        except pa.ArrowException:
            pass
    return Ids(cells, None)


def number_people(tables: list[Ids]) -> tuple[list[NDArray[np.int64]], NDArray[Any]]:
    """For each table the number of the person of each row (int64[rows], -1 where blank), and the identities by number,
    sorted: int64 if all tables hold whole numbers, else text (object).
    """
    if all(ids.whole is not None for ids in tables):
        every = np.concatenate([ids.whole for ids in tables if ids.whole is not None])
        code, unique = pd.factorize(every)
        given: Any = np.asarray(unique)
    else:
        coded = pa.chunked_array([ids.text() for ids in tables], pa.string()).combine_chunks().dictionary_encode()
        code = np.asarray(pc.fill_null(coded.indices, -1), dtype=np.int64)
        given = np.array(coded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(given, kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[-1] = -1
    numbers = place[code]
    numbers[np.concatenate([ids.blank for ids in tables])] = -1
    ends = np.cumsum([len(ids.blank) for ids in tables])[:-1]
    return np.split(numbers, ends), given[order]
