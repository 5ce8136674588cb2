"""Every target in one figure: how far the simulated value lies from the published one, in tolerances."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from textwrap import fill
from typing import Any

import numpy as np

from smoulder.targets import Score
from smoulder.targets.words import GROUPS, group, labels

from .canvas import BLUE, GREY, INK, ORANGE, PALE, Picture, draw, picture

__all__ = ["published_beside_simulated"]

_REACH = 6.0  # tolerances shown to either side; what lies beyond stands at the edge as an arrow
_LETTERS = 44
_ROW = 0.148  # inches

_Line = tuple[str, Score | None]


def published_beside_simulated(scores: Sequence[Score]) -> Picture:
    """One row a target, grouped: grey bar the published interval, blue disc a hit, orange cross a miss, with its Monte
    Carlo interval.
    """
    lines = _lines(scores)
    columns = _columns(lines)
    rows = max(sum(map(_lines_of, column)) for column in columns)
    with draw(1, 2, height=_ROW * rows + 1.0) as (figure, axes):
        for axis, column in zip(axes[0], columns, strict=True):
            _column(axis, column, rows)
        figure.legend(handles=_handles(), loc="outside lower center", ncols=3)
        hits = sum(one.hit for one in scores)
        missed = ", ".join(text for text, one in lines if one is not None and not one.hit)
        alt = (
            f"Distance of {len(scores)} simulated values from the published ones in tolerances, by group. {hits} are "
            "hits. "
            f"Misses: {missed or 'none'}."
        )
        return picture(figure, "scores", "Published beside simulated, every target", alt)


def _lines(scores: Sequence[Score]) -> list[_Line]:
    """Headings and targets in the order shown."""
    words = labels([one.target for one in scores])
    found: list[_Line] = []
    for name in GROUPS:
        inside = [(text, one) for text, one in zip(words, scores, strict=True) if group(one.target) == name]
        if inside:
            found += [(name, None), *inside]
    return found


def _columns(lines: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Two columns of about one length; a group cut in two has its heading again."""
    cut = (len(lines) + 1) // 2
    if cut < len(lines) and lines[cut - 1][1] is None:
        cut -= 1
    second = lines[cut:]
    if second and second[0][1] is not None:
        heading = next(text for text, one in reversed(lines[:cut]) if one is None)
        second = [(f"{heading}, continued", None), *second]
    return lines[:cut], second


def _lines_of(line: _Line) -> int:
    """How many rows a label takes."""
    return _labelled(*line).count("\n") + 1


def _places(lines: list[_Line]) -> list[float]:
    """The middle of the rows that each label takes, the first of which is 0."""
    sizes = [_lines_of(line) for line in lines]
    return [end - (size + 1) / 2 for end, size in zip(accumulate(sizes), sizes, strict=True)]


def _column(axis: Any, lines: list[_Line], rows: int) -> None:
    places = _places(lines)
    for y, (_, one) in zip(places, lines, strict=True):
        if one is not None:
            _row(axis, y, one)
    axis.axvline(0, color=GREY, linewidth=0.8)
    axis.set_xlim(-_REACH - 0.6, _REACH + 0.6)
    axis.set_ylim(rows - 0.3, -0.8)
    axis.set_xticks([-6, -3, 0, 3, 6])
    axis.set_xlabel("tolerances from the published", fontsize=8)
    axis.set_yticks(places, [_labelled(text, one) for text, one in lines], fontsize=7.2)
    for tick, (_, one) in zip(axis.get_yticklabels(), lines, strict=True):
        if one is None:
            tick.set_fontweight("bold")
            tick.set_fontsize(8)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


def _labelled(text: str, one: Score | None) -> str:
    if one is None:
        return text
    mark = " *" if one.target.role == "validation" else ""
    mark += " °" if one.target.status == "recalled" else ""
    return fill(text + mark, _LETTERS)


def _row(axis: Any, y: float, one: Score) -> None:
    t = one.target
    low, high = ((edge - t.aim) / t.tolerance for edge in (t.lo, t.hi))
    axis.plot(np.clip([low, high], -_REACH, _REACH), [y, y], color=PALE, linewidth=5.5, solid_capstyle="butt")
    if not np.isfinite(one.z):
        axis.text(0, y, "not reached", fontsize=6.5, color=ORANGE, va="center", ha="center")
        return
    x = float(np.clip(one.z, -_REACH, _REACH))
    if x != one.z:
        axis.plot([x], [y], marker=">" if x > 0 else "<", color=ORANGE, markersize=5, linestyle="")
        return
    error = 1.96 * one.error / t.tolerance if np.isfinite(one.error) else 0.0
    colour = BLUE if one.hit else ORANGE
    axis.plot(np.clip([x - error, x + error], -_REACH, _REACH), [y, y], color=colour, linewidth=1)
    axis.plot([x], [y], marker="o" if one.hit else "x", color=colour, markersize=4.5, markeredgewidth=1.5, linestyle="")


def _handles() -> list[Any]:
    from matplotlib.lines import Line2D

    def mark(marker: str, colour: str, text: str) -> Line2D:
        return Line2D([], [], marker=marker, color=colour, linestyle="", markersize=5, markeredgewidth=1.5, label=text)

    return [
        mark("o", BLUE, "hit, with its 95% Monte Carlo interval"),
        mark("x", ORANGE, "MISS"),
        mark(">", ORANGE, "MISS by more than 6 tolerances"),
        Line2D([], [], color=PALE, linewidth=5.5, label="published interval or tolerance"),
        Line2D([], [], color=INK, linestyle="", label="* validation: never fitted"),
        Line2D([], [], color=INK, linestyle="", label="° recalled: source not at hand"),
    ]
