"""One trial as its records show it at the end: what the endpoints are computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.clinic import INSTRUMENTS, Instrument
from smoulder.records import Records, shown_days

__all__ = ["Conducted"]


@dataclass(frozen=True, eq=False)
class Conducted:
    """N people, in the order of ``records.people``; days are those of the records.

    arms: names, as in the design. arm: int64[N] index of each person's. entered, ended: int64[N] day of randomisation,
    last day under observation. last_visit: int64[N]. withdrew, died: bool[N]. strata: int64[N] stratum of the analysis.
    baseline: what was seen at entry, float64[N] by name. grid: years since randomisation at which curves are read.
    slack_weeks: half the time between visits, within which a visit stands for a planned week. instruments: what people
    were measured with.
    """

    records: Records
    arms: tuple[str, ...]
    arm: NDArray[np.int64]
    entered: NDArray[np.int64]
    ended: NDArray[np.int64]
    last_visit: NDArray[np.int64]
    withdrew: NDArray[np.bool_]
    died: NDArray[np.bool_]
    strata: NDArray[np.int64]
    baseline: dict[str, NDArray[np.float64]]
    grid: NDArray[np.float64]
    slack_weeks: float
    instruments: tuple[Instrument, ...] = INSTRUMENTS

    def frame(self) -> pd.DataFrame:
        """One row a person: ``person``, ``arm`` (name), days ``entered``, ``ended`` and ``last_visit`` (<NA>: none),
        ``withdrew``, ``died``, ``stratum``, then what was seen at entry under the names of ``baseline``.
        """
        days = {name: shown_days(getattr(self, name)) for name in ("entered", "ended", "last_visit")}
        who = {"person": self.records.people.person, "arm": np.array(self.arms)[self.arm]}
        left = {"withdrew": self.withdrew, "died": self.died, "stratum": self.strata}
        return pd.DataFrame(who | days | left | self.baseline)
