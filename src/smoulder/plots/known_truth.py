"""What each definition does where the truth is known: how much it finds, how late, and how often it is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from smoulder.experiments.known_truth import KnownTruth
from smoulder.plots.forest_plot import wrapped

from .canvas import BLUE, FAINT, GREEN, ORANGE, PINK, SKY, YELLOW, Picture, draw, picture

__all__ = ["known_truth_figure", "known_truth_spec"]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_TITLE = "Each definition where the truth is known"
_PANELS = (
    ("sensitivity", "Found", "% of true changes", 100.0),
    ("false_attribution", "Wrong cause", "% of events", 100.0),
    ("nothing", "Nothing lasting", "% of events", 100.0),
    ("delay", "Delay", "years, median", 1.0),
)
_MARKS = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"), (PINK, "D"), (SKY, "v"), (YELLOW, "P"))
_ROW = 0.36  # inches of one definition
_SPREAD = 0.62  # of a row: the visit intervals one below the other
_LETTERS = 28
_LINE = 0.14  # inches: one line of a label


def known_truth_figure(found: KnownTruth, name: str = "known-truth") -> Picture:
    """One row a definition: share of true changes found, shares of its events that were attributed to the wrong cause
    and in which nothing lasting had happened, and delay. A mark a visit interval at the noise nearest to the usual one;
    the line through it spans all noises. ``name`` is a word for anchors.
    """
    table = found.table
    names = list(dict.fromkeys(table["definition"]))
    months = sorted(set(table["months"]))
    usual = min(set(table["noise"]), key=lambda factor: abs(factor - 1))
    labels = [wrapped(name, _LETTERS) for name in names]
    row = max([_ROW, *(_LINE * (label.count("\n") + 1.5) for label in labels)])
    with draw(1, len(_PANELS), height=row * len(names) + 1.1, sharey=True) as (figure, axes):
        for axis, (column, title, below, per) in zip(axes[0], _PANELS, strict=True):
            for place, every in enumerate(months):
                chosen = table[table["months"] == every]
                _marks(axis, chosen, names, column, per, _below(place, len(months)), _MARKS[place % len(_MARKS)], usual)
            axis.set_title(title)
            axis.set_xlabel(below)
            axis.set_xlim(left=0, right=100 if per > 1 else None)
            axis.tick_params(axis="y", length=0)
            axis.grid(axis="x", color=FAINT, linewidth=0.7)
            axis.hlines(np.arange(1, len(names)) - 0.5, 0, 1, transform=axis.get_yaxis_transform(), color=FAINT, lw=0.7)
        axes[0, 0].set_yticks(range(len(names)), labels, fontsize=7.5)
        axes[0, 0].set_ylim(len(names) - 0.5, -0.5)
        figure.legend(handles=_handles(months), loc="outside lower center", ncols=len(months))
        return picture(figure, name, _TITLE, _alt(table[table["noise"] == usual], months))


def _below(place: int, places: int) -> float:
    """How far below the middle of its row an interval is drawn."""
    return _SPREAD * (place - (places - 1) / 2) / max(places - 1, 1)


def _marks(
    axis: Any,
    table: pd.DataFrame,
    names: list[str],
    column: str,
    per: float,
    below: float,
    mark: tuple[str, str],
    usual: float,
) -> None:
    wide = per * table.pivot(index="definition", columns="noise", values=column).loc[names]
    rows = np.arange(len(names)) + below
    axis.hlines(rows, wide.min(axis=1), wide.max(axis=1), color=mark[0], linewidth=1, alpha=0.6)
    axis.plot(wide[usual], rows, mark[1], color=mark[0], markersize=3.8, clip_on=False)


def _handles(months: list[int]) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], color=colour, marker=marker, markersize=4.5, linewidth=1, label=f"visits every {every} months")
        for every, (colour, marker) in zip(months, _MARKS * len(months), strict=False)
    ]


def _alt(table: pd.DataFrame, months: list[int]) -> str:
    middle = table[table["months"] == months[len(months) // 2]]
    rows = [
        f"{one.definition} finds {100 * one.sensitivity:.0f}%"
        + (f", lays {100 * one.false_attribution:.0f}% to the wrong cause" if one.false_attribution >= 0 else "")
        + (f", {one.delay:.1f} years late" if one.delay >= 0 else "")
        for one in middle.itertuples()
        if np.isfinite(one.sensitivity)
    ]
    return f"One row a definition; with visits every {months[len(months) // 2]} months: {'; '.join(rows)}."


def known_truth_spec(found: KnownTruth) -> dict[str, Any]:
    """The same as a specification in the grammar of Vega-Lite: one value a definition, months between visits, noise
    and measure (share, or years of delay); those that do not exist are left out.
    """
    measures = [column for column, *_ in _PANELS]
    long = found.table.melt(["definition", "event", "months", "noise"], measures, "measure", "value").dropna()
    names = list(dict.fromkeys(found.table["definition"]))
    return {
        "$schema": _SCHEMA,
        "title": _TITLE,
        "data": {"values": long.to_dict("records")},
        "facet": {"column": {"field": "measure", "type": "nominal", "sort": measures, "title": None}},
        "spec": {
            "width": 150,
            "mark": "point",
            "encoding": {
                "y": {"field": "definition", "type": "nominal", "sort": names, "title": None},
                "x": {"field": "value", "type": "quantitative", "title": None},
                "color": {"field": "months", "type": "ordinal", "title": "months between visits"},
                "shape": {"field": "noise", "type": "ordinal", "title": "noise of examinations, times"},
            },
        },
        "resolve": {"scale": {"x": "independent"}},
    }
