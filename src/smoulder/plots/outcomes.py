"""What a cohort's outcomes look like: the time to a first event, and how much a definition matters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smoulder.outcomes import Multiverse, Times
from smoulder.plots.forest_plot import wrapped
from smoulder.statistics import Incidence, Survival, number_at_risk

from .canvas import BLUE, FAINT, GREY, ORANGE, PALE, Picture, draw, picture

__all__ = ["first_event", "multiverse_figure"]

_STEPS = (1 / 12, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)  # years between ticks
_TICKS = 9
_ROW = 0.3  # inches of one definition
_LETTERS = 34
_LINE = 0.14  # inches: one line of a label
_PARTS = (("PIRA", BLUE, ""), ("undefined", PALE, ""), ("RAW", ORANGE, "///"))


def first_event(times: Times, curve: Survival, title: str, name: str, incidence: Incidence | None = None) -> Picture:
    """Share of people with the event by years since their first day: one minus Kaplan-Meier with its pointwise 95%
    band, cumulative incidence with death competing where it is given, and the numbers at risk. ``name`` is a word for
    anchors.
    """
    last = float(times.years.max()) if len(times.years) else 1.0
    step = next((one for one in _STEPS if last / one <= _TICKS), last)
    ticks = np.arange(0, last + step / 100, step)
    with draw(2, 1, height=3.9, sharex=True, height_ratios=(3.4, 0.5)) as (figure, axes):
        upper, lower = axes[:, 0]
        at, low = _stepped(curve.time, 1 - curve.hi, last)
        _, high = _stepped(curve.time, 1 - curve.lo, last)
        _, value = _stepped(curve.time, 1 - curve.survival, last)
        upper.fill_between(at, 100 * low, 100 * high, step="post", color=BLUE, alpha=0.2, linewidth=0)
        upper.step(at, 100 * value, "-", where="post", color=BLUE, label="one minus Kaplan-Meier, 95% band")
        if incidence is not None:
            at, value = _stepped(incidence.time, incidence.incidence, last)
            upper.step(at, 100 * value, "--", where="post", color=ORANGE, label="cumulative incidence, death competing")
        upper.set_xlim(-0.02 * last, 1.02 * last)
        upper.set_ylim(bottom=0)
        upper.yaxis.set_major_formatter(lambda share, _: f"{share:g}%")
        upper.set_ylabel("with the event")
        upper.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
        upper.tick_params(axis="x", labelbottom=True)
        upper.set_xlabel("years since the first day under observation")
        upper.grid(axis="y", color=FAINT, linewidth=0.7)
        upper.legend(loc="upper left")
        _at_risk(lower, times, ticks)
        return picture(figure, name, title, _alt_first(times, curve))


def _stepped(time: NDArray[np.float64], value: NDArray[np.float64], last: float) -> tuple[Any, Any]:
    """The corners of a step curve from 0 at time 0, carried on to ``last``."""
    return np.concatenate([[0.0], time, [last]]), np.concatenate([[0.0], value, value[-1:] if len(value) else [0.0]])


def _at_risk(axis: Any, times: Times, ticks: NDArray[np.float64]) -> None:
    axis.set_ylim(0.5, -0.5)
    axis.set_title("Number at risk", fontsize=8.5)
    axis.set_yticks([])
    for tick, number in zip(ticks, number_at_risk(times.years, ticks), strict=True):
        axis.text(tick, 0, f"{number:,}", ha="center", va="center", fontsize=8)
    axis.tick_params(axis="both", length=0, labelbottom=False)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _alt_first(times: Times, curve: Survival) -> str:
    parts = [
        f"{100 * float(curve.share_at(year).value):.0f}% at {year:g} years"
        for year in (1, 2, 5, 10)
        if len(times.years) and year <= times.years.max()
    ]
    told = "; ".join(parts) if parts else "follow-up is under a year"
    return f"Share with the event against years: {int(times.event.sum())} of {len(times.years)} people had it; {told}."


def multiverse_figure(found: Multiverse, name: str = "multiverse") -> Picture:
    """One row a definition: first events in 100 years with their 95% interval, the Kaplan-Meier share at five years
    (where somebody is still followed), and to what the worsenings are laid.
    """
    table = found.definitions
    rows = np.arange(len(table))
    labels = [wrapped(name, _LETTERS) for name in table["definition"]]
    row = max([_ROW, *(_LINE * (label.count("\n") + 1.5) for label in labels)])
    with draw(1, 3, height=row * len(table) + 1.1, sharey=True, width_ratios=(1.2, 1.0, 1.0)) as (figure, axes):
        rate, share, parts = axes[0]
        _dots(rate, 100 * table["rate"], 100 * table["lo"], 100 * table["hi"])
        _dots(share, 100 * table["share_5"], 100 * table["lo_5"], 100 * table["hi_5"])
        _stack(parts, table)
        rate.set_yticks(rows, labels, fontsize=7.5)
        rate.set_ylim(len(table) - 0.5, -0.5)
        for axis, title, below in (
            (rate, "First events in 100 years", "events in 100 years"),
            (share, "Share at 5 years", "% with the event"),
            (parts, "Laid to", "% of worsenings"),
        ):
            axis.set_title(title)
            axis.set_xlabel(below)
            axis.set_xlim(left=0)
            axis.tick_params(axis="y", length=0)
        if not table["share_5"].notna().any():
            share.set_xlim(0, 100)
        for axis in (rate, share):
            axis.grid(axis="y", color=FAINT, linewidth=0.7)
        figure.legend(handles=_patches(), loc="outside lower center", ncols=3)
        return picture(figure, name, "The same cohort by each definition", _alt_multiverse(table))


def _dots(axis: Any, value: pd.Series, lo: pd.Series, hi: pd.Series) -> None:
    rows = np.arange(len(value))
    axis.hlines(rows, lo, hi, color=GREY, linewidth=1.4)
    axis.plot(value, rows, "o", color=BLUE, markersize=4.5)


def _stack(axis: Any, table: pd.DataFrame) -> None:
    rows, left = np.arange(len(table)), np.zeros(len(table))
    for label, colour, hatch in _PARTS:
        width = 100 * table[label].fillna(0).to_numpy(dtype=np.float64)
        axis.barh(rows, width, left=left, height=0.62, color=colour, hatch=hatch, edgecolor="white", linewidth=0.6)
        left += width
    axis.set_xlim(0, 100)


def _patches() -> list[Any]:
    from matplotlib.patches import Patch

    return [Patch(facecolor=c, hatch=h, edgecolor="white", label=label) for label, c, h in _PARTS]


def _alt_multiverse(table: pd.DataFrame) -> str:
    rows = [
        f"{one.definition}: {100 * one.rate:.1f} first events in 100 years ({100 * one.lo:.1f} to {100 * one.hi:.1f})"
        for one in table.itertuples()
        if np.isfinite(one.rate)
    ]
    return f"One row a definition. {'; '.join(rows)}."
