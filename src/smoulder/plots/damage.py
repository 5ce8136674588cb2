"""Why fibres were lost, and what is left when an explanation is switched off."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np

from smoulder.experiments.natural import CAUSES, NaturalHistory
from smoulder.experiments.switches import ARMS, CLOCK, Switches

from .canvas import BLUE, FAINT, GREEN, GREY, INK, ORANGE, PINK, YELLOW, Picture, draw, picture

__all__ = ["CAUSE_WORDS", "fibre_loss", "switches"]

#: Causes of fibre loss in words.
CAUSE_WORDS = {
    "lost_acute": "cut in fresh lesions",
    "lost_rim": "at the rims of chronic lesions",
    "lost_bare": "bare and starved of energy",
    "lost_diffuse": "diffuse inflammation",
    "lost_cortex": "neurons of the cortex",
    "lost_ageing": "healthy ageing",
}
_FILL = dict(zip(CAUSES, (BLUE, ORANGE, YELLOW, PINK, GREEN, "#b0b0b0"), strict=True))
_HATCH = dict(zip(CAUSES, ("", "///", "", "...", "", "xx"), strict=True))
_ARM = dict(zip(ARMS, ((INK, "-"), (BLUE, "--"), (ORANGE, "-."), (GREY, ":")), strict=True))
_LAST = 35  # years of disease


def fibre_loss(natural: NaturalHistory) -> Picture:
    """Mean share of fibres lost by cause, stacked, against years of disease; and the parts of it at each year."""
    table = natural.lost[natural.lost["year"].between(1, _LAST) & np.isfinite(natural.lost["lost"])]
    with draw(1, 2, height=3.9) as (figure, axes):
        for axis, scale in zip(axes[0], (1.0, table["lost"]), strict=True):
            floor = np.zeros(len(table))
            for cause in CAUSES:
                top = floor + (100 * table[cause] / scale).to_numpy()
                axis.fill_between(table["year"], floor, top, **_look(cause))
                floor = top
            axis.set_xlabel("years of disease")
            axis.set_xlim(1, float(table["year"].max()) if len(table) > 1 else 2)
        axes[0, 0].set_ylabel("fibres lost, % of those at the start")
        axes[0, 0].set_ylim(bottom=0)
        axes[0, 0].set_title("Fibres lost, mean of all paths")
        axes[0, 1].set_ylabel("part of all loss so far, %")
        axes[0, 1].set_ylim(0, 100)
        axes[0, 1].set_title("Why they were lost")
        figure.legend(handles=_patches(), loc="outside lower center", ncols=3)
        return picture(figure, "loss", "Fibre loss by cause", _loss_alt(table))


def _look(cause: str) -> dict[str, Any]:
    return {"facecolor": _FILL[cause], "hatch": _HATCH[cause], "edgecolor": "white", "linewidth": 0}


def _patches() -> list[Any]:
    from matplotlib.patches import Patch

    return [Patch(**_look(cause), label=CAUSE_WORDS[cause]) for cause in CAUSES]


def _loss_alt(table: Any) -> str:
    rows = table[table["year"] == 20]
    if rows.empty:
        return "Mean share of fibres lost by cause against years of disease."
    row = rows.iloc[0]
    parts = ", ".join(f"{CAUSE_WORDS[c]} {100 * row[c]:.1f}%" for c in CAUSES)
    what = "Mean share of fibres lost by cause against years of disease."
    return f"{what} At 20 years {100 * row['lost']:.0f}% are lost: {parts}."


def switches(result: Switches) -> Picture:
    """Mean rated EDSS from the biological start in the same people with neither, either and both explanations switched
    off.
    """
    with draw(1, 2, height=3.9, width_ratios=(1.25, 1)) as (figure, axes):
        left, right = axes[0]
        for arm, (colour, style) in _ARM.items():
            mean, error = result.curves[arm]
            left.fill_between(CLOCK, mean - 1.96 * error, mean + 1.96 * error, color=colour, alpha=0.2, linewidth=0)
            left.plot(CLOCK, mean, style, color=colour, label=arm)
        left.set_xlabel("years since the biological start")
        left.set_ylabel("mean rated EDSS of those alive")
        left.set_ylim(bottom=0)
        left.grid(axis="y", color=FAINT, linewidth=0.7)
        left.set_title("Disability")
        left.legend(loc="upper left")
        _bars(right, result)
        handles = _patches()
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        return picture(figure, "switches", "Each explanation switched off", _switch_alt(result))


def _bars(axis: Any, result: Switches) -> None:
    last = result.table[result.table["year"] == result.table["year"].max()]
    for place, (_, row) in enumerate(last.iterrows()):
        floor = 0.0
        for cause in CAUSES:
            axis.bar(place, 100 * row[cause], 0.65, bottom=floor, **_look(cause))
            floor += 100 * row[cause]
    names = [fill(arm, 11) for arm in last["arm"]]
    axis.set_xticks(range(len(names)), names)
    axis.set_ylabel("fibres lost, % of those at the start")
    axis.set_title(f"Fibres lost after {int(last['year'].iloc[0])} years")


def _switch_alt(result: Switches) -> str:
    parts = [
        f"{row['arm']}, {row['year']} years: mean EDSS {row['mean_edss']:.2f}, {100 * row['p_ge_6']:.0f}% with EDSS "
        "6 or more"
        for _, row in result.table.iterrows()
    ]
    what = (
        "Mean EDSS against years since the biological start, and fibres lost by cause, in four arms of the same people."
    )
    return f"{what} {'; '.join(parts)}."
