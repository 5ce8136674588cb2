"""The opening figure: ten lives, what shows of each and what does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from smoulder.experiments.lives import Life

from .canvas import BLUE, GREY, INK, ORANGE, YELLOW, Picture, draw, picture

__all__ = ["ten_lives", "told"]

_COLUMNS = 2
_DASHED = (0, (4, 2))


def ten_lives(lives: Sequence[Life]) -> Picture:
    """EDSS by age, attacks, SPMS by rule and death, over what the leg's motor path has lost and can bear to lose."""
    rows = -(-len(lives) // _COLUMNS)
    first = min(life.start_age for life in lives) - 1
    last = max(life.last_age for life in lives) + 2
    with draw(rows, _COLUMNS, height=1.75 * rows + 0.55, sharex=True, sharey=True) as (figure, axes):
        for axis, life in zip(axes.flat, lives, strict=False):
            _life(axis, life)
        for axis in axes.flat[len(lives) :]:
            axis.set_visible(False)
        axes[0, 0].set_xlim(first, last)
        axes[0, 0].set_ylim(-1.5, 10.2)
        axes[0, 0].set_yticks([0, 2, 4, 6, 8, 10])
        for axis in axes[:, 0]:
            axis.set_ylabel("EDSS")
        for axis in axes[:, -1]:
            _right_scale(axis)
        for axis in axes[-1]:
            axis.set_xlabel("age, years")
        figure.legend(handles=_handles(), loc="outside lower center", ncols=3)
        return picture(figure, "lives", "Ten simulated lives", _alt(lives))


def told(life: Life) -> str:
    """A life in one line: who, onset, SPMS, death."""
    parts = ["woman" if life.woman else "man", f"{life.course} onset at {life.onset_age:.0f}"]
    if np.isfinite(life.spms_age):
        parts.append(f"SPMS at {life.spms_age:.0f}")
    end = f"died at {life.death_age:.0f}" if np.isfinite(life.death_age) else f"alive at {life.last_age:.0f}"
    return ", ".join([*parts, end])


def _life(axis: Any, life: Life) -> None:
    axis.fill_between(life.ages, 0, 10 * life.leg_loss, color=YELLOW, alpha=0.35, linewidth=0)
    axis.plot([life.start_age, life.last_age], [10 * life.reserve] * 2, color=GREY, linewidth=1, linestyle=_DASHED)
    axis.step(life.visit_ages, life.edss, where="post", color=BLUE, linewidth=1.3)
    axis.plot(
        life.relapse_ages, np.full(life.relapse_ages.size, -0.8), "|", color=INK, markersize=5, markeredgewidth=0.9
    )
    if np.isfinite(life.spms_age):
        axis.axvline(life.spms_age, color=ORANGE, linewidth=1.2, linestyle=":")
    if np.isfinite(life.death_age):
        level = life.edss[-1] if life.edss.size else 0
        axis.plot([life.death_age], [level], marker="x", color=INK, markersize=6, markeredgewidth=1.6)
    axis.set_title(f"Id {life.id}: {told(life)}", fontsize=8, fontweight="normal")


def _right_scale(axis: Any) -> None:
    other = axis.twinx()
    other.set_ylim(-15, 102)
    other.set_yticks([0, 50, 100], ["0%", "50%", "100%"])
    other.spines["right"].set_visible(True)
    other.set_ylabel("leg path lost", color=INK)


def _handles() -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        Line2D([], [], color=BLUE, label="EDSS as rated, every half year"),
        Patch(color=YELLOW, alpha=0.35, label="function lost in the leg's motor path"),
        Line2D(
            [], [], color=GREY, linewidth=1, linestyle=_DASHED, label="this person's reserve: loss below it is hidden"
        ),
        Line2D([], [], color=INK, marker="|", linestyle="", markersize=6, label="reported attack"),
        Line2D([], [], color=ORANGE, linestyle=":", label="SPMS by the stated rule"),
        Line2D([], [], color=INK, marker="x", linestyle="", label="death"),
    ]


def _alt(lives: Sequence[Life]) -> str:
    each = "; ".join(
        f"id {life.id}: {told(life)}, {life.relapse_ages.size} reported attacks, last EDSS "
        f"{life.edss[-1] if life.edss.size else float('nan'):g}"
        for life in lives
    )
    return (
        f"{len(lives)} small charts of EDSS against age, each over the lasting loss of function in the leg's motor "
        "path and the "
        f"person's reserve. {each}."
    )
