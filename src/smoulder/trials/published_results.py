"""Published results and baseline values beside which a trial is shown, in the measure in which it computes them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from smoulder import evidence
from smoulder.clinic import Instrument
from smoulder.errors import InputError
from smoulder.trials.result import Published

__all__ = ["BASELINE", "baseline", "baseline_rows", "published"]

#: What the baseline table always shows, if known: label, unit, and the columns of trial_designs.csv that hold mean
#: and SD.
BASELINE = {
    "age": ("Age", "years", "baseline_age_mean", "baseline_age_sd"),
    "female": ("Women", "share", "female_proportion", ""),
    "years": ("Time since first symptom", "years", "baseline_duration_mean", ""),
    "edss": ("EDSS", "points", "baseline_edss", "baseline_edss_sd"),
    "has_enhancing": ("Enhancing lesion", "share", "gd_enhancing_proportion", ""),
    "relapse_free_2y": ("No relapse in two years", "share", "relapse_free_2y_proportion", ""),
    "relapses_1y": ("Relapses in the year before", "count", "", ""),
    "enhancing": ("Enhancing lesions", "count", "", ""),
}
RATIOS = ("hazard_ratio", "rate_ratio", "relative_risk", "ratio", "risk_ratio", "odds_ratio")


def baseline_rows(instruments: tuple[Instrument, ...]) -> dict[str, tuple[str, str, str, str]]:
    """Rows of the baseline table by name: those of ``BASELINE``, then the measures of ``instruments`` that belong into
    it, beside which nothing is published.
    """
    rows = dict(BASELINE)
    for instrument in instruments:
        for measure in instrument.measures:
            if measure.in_baseline:
                words = instrument.words(measure.name)
                rows[measure.name] = (words[:1].upper() + words[1:], instrument.unit(measure.name), "", "")
    return rows


def published(row_id: str, measure: str) -> Published:
    """The row of evidence ``row_id`` as ``measure``: a percent change becomes a ratio where a ratio is meant.

    Raises UnknownName for a row that is not there and InputError for one that cannot be shown as the measure.
    """
    row = evidence.row(row_id)
    value, lo, hi = row.value, row.lo, row.hi
    values = [np.nan if one is None else float(one) for one in (value, lo, hi)]
    if row.statistic == "percent_change" and measure.endswith("ratio"):
        values = [1 + one / 100 for one in values]
    elif measure.endswith("ratio") and row.statistic not in RATIOS:
        raise InputError(f"{row_id} is a {row.statistic} and cannot stand beside a {measure}.")
    if row.interval in ("", None):
        values[1:] = [np.nan, np.nan]
    return Published(row_id, values[0], values[1], values[2], row.role, row.status, f"{row.source}, {row.year}")


def baseline(trials: tuple[str, ...], name: str) -> tuple[float, float]:
    """Published mean and SD of a baseline value, averaged over ``trials`` by their size; NaN where not given."""
    _, _, mean, sd = BASELINE.get(name, ("", "", "", ""))
    if not mean:
        return np.nan, np.nan
    rows = [_designs()[trial] for trial in trials]
    weight = np.array([row["n_treatment"] + row["n_comparator"] for row in rows], dtype=np.float64)

    def pooled(column: str) -> float:
        if not column or not rows:
            return np.nan
        return float(np.average(np.array([row[column] for row in rows], dtype=np.float64), weights=weight))

    return pooled(mean), pooled(sd)


@cache
def _designs() -> dict[str, dict[Any, Any]]:
    frame = evidence.table("trial_designs")
    return {str(row["trial"]): row for row in frame.to_dict("records")}
