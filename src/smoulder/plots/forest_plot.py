"""Simulated effects of trials against the published: ratios on one logarithmic axis, each difference on its own."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log10
from textwrap import fill
from typing import Any

import numpy as np

from smoulder.plots.canvas import BLUE, GREY, INK, ORANGE, PALE, Picture, draw, picture
from smoulder.trials.agreement import Verdict, is_ratio
from smoulder.trials.result import Published, Spread

__all__ = ["forest", "literal", "wrapped"]

Line = tuple[str, Verdict]

_ROW, _AXIS = 0.47, 0.5  # inches: one effect, and what an axis takes
_LETTERS = 36
_LINE = 0.155  # inches: one line of a label
_SMALLEST, _LARGEST = 0.02, 50.0  # ratios beyond are drawn at the edge as arrows
_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
_FINE = (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2)
_APART = 0.17  # of a row: simulated above the middle, published below


def literal(text: str) -> str:
    """The text with its dollar signs kept, which would start a formula in a figure."""
    return text.replace("$", r"\$")


def wrapped(text: str, letters: int) -> str:
    """The text in lines of at most so many letters, whole: nothing of it is left out."""
    return literal(fill(" ".join(text.split()), letters))


def forest(
    lines: Sequence[Line], name: str = "forest", title: str = "Simulated against published effects"
) -> Picture | None:
    """One row an effect with its label: disc a hit, cross a miss, ring not judged, with 95% of replicates; square the
    published value with its interval. None where there is no number to draw. ``name`` is a word for anchors.
    """
    drawn = [line for line in lines if _values(line[1])]
    ratios = [line for line in drawn if is_ratio(line[1].endpoint.measure)]
    others = [line for line in drawn if not is_ratio(line[1].endpoint.measure)]
    panels = ([ratios] if ratios else []) + [[line] for line in others]
    if not panels:
        return None
    lines_of = max(wrapped(text, _LETTERS).count("\n") + 1 for text, _ in drawn)
    row = max(_ROW, _LINE * (lines_of + 0.5))
    heights = [row * len(panel) + _AXIS for panel in panels]
    with draw(len(panels), 1, height=sum(heights) + 0.75, height_ratios=heights) as (figure, axes):
        for axis, panel in zip(axes[:, 0], panels, strict=True):
            _panel(axis, panel)
        if ratios:
            axes[0, 0].set_title("Ratios, treated against comparator", fontsize=8.5)
        if others:
            axes[1 if ratios else 0, 0].set_title("Differences, each on its own axis", fontsize=8.5)
        figure.legend(handles=_handles(), loc="outside lower center", ncols=3)
        return picture(figure, name, title, _alt(drawn))


def _values(one: Verdict) -> list[float]:
    """Every number of a comparison that its axis can hold."""
    s, p = one.simulated, one.published
    least = 0.0 if is_ratio(one.endpoint.measure) else float("-inf")
    every = [s.mean, s.lo, s.hi, *([p.value, p.lo, p.hi] if p else [])]
    return [value for value in every if isfinite(value) and value > least]


def _panel(axis: Any, lines: Sequence[Line]) -> None:
    ratio = is_ratio(lines[0][1].endpoint.measure)
    left, right = _reach([value for _, one in lines for value in _values(one)], ratio)
    if ratio:
        axis.set_xscale("log")
        inner = _FINE if right / left < 6 else _TICKS
        ticks = [tick for tick in inner if left <= tick <= right]
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.minorticks_off()
    else:
        axis.locator_params(axis="x", nbins=7)
        axis.set_xlabel(lines[0][1].written.suffix.strip(), fontsize=8)
        factor = lines[0][1].written.factor
        axis.xaxis.set_major_formatter(lambda value, _: f"{factor * value:.4g}".replace("-", "−"))
    axis.set_xlim(left, right)
    axis.axvline(1 if ratio else 0, color=GREY, linewidth=0.8)
    for y, (_, one) in enumerate(lines):
        _row(axis, y, one, (left, right))
    _texts(axis, lines)


def _reach(values: Sequence[float], ratio: bool) -> tuple[float, float]:
    """The ends of an axis that holds the values and the line of no difference."""
    if ratio:
        low = max(min(*values, 1.0), _SMALLEST)
        high = min(max(*values, 1.0), _LARGEST)
        span = max(log10(high / low), 0.1)
        return low * 10 ** (-0.08 * span), high * 10 ** (0.08 * span)
    low, high = min(*values, 0.0), max(*values, 0.0)
    span = (high - low) or 1.0
    return low - 0.08 * span, high + 0.08 * span


def _row(axis: Any, y: int, one: Verdict, ends: tuple[float, float]) -> None:
    published: Published | None = one.published
    if published is not None:
        spread = Spread(published.value, published.lo, published.hi, float("nan"))
        _mark(axis, y + _APART, spread, ends, colour=INK, marker="s", line=PALE)
    marker, colour = ("x", ORANGE) if one.miss else ("o", BLUE)
    if not isfinite(one.simulated.mean):
        none = 1 if is_ratio(one.endpoint.measure) else 0  # the line of no difference is always on the axis
        axis.text(none, y - _APART, " no simulated value", fontsize=7, color=colour, va="center")
    _mark(axis, y - _APART, one.simulated, ends, colour=colour, marker=marker, line=colour, filled=one.judged)


def _mark(
    axis: Any,
    y: float,
    spread: Spread,
    ends: tuple[float, float],
    *,
    colour: str,
    marker: str,
    line: str,
    filled: bool = True,
) -> None:
    """One value with its interval, drawn at the edge as an arrow where it lies beyond."""
    if isfinite(spread.lo) and isfinite(spread.hi):
        width = 5.0 if line == PALE else 1.4
        axis.plot(np.clip([spread.lo, spread.hi], *ends), [y, y], color=line, linewidth=width, solid_capstyle="butt")
    if not isfinite(spread.mean):
        return
    x = float(np.clip(spread.mean, *ends))
    if x != spread.mean:
        marker = "<" if x > spread.mean else ">"
    face = colour if filled else "white"
    axis.plot([x], [y], marker, color=colour, markerfacecolor=face, markersize=5, markeredgewidth=1.4)


def _texts(axis: Any, lines: Sequence[Line]) -> None:
    """Labels on the left, numbers on the right: simulated over published."""
    axis.set_ylim(len(lines) - 0.45, -0.55)
    axis.set_yticks(range(len(lines)), [wrapped(text, _LETTERS) for text, _ in lines], fontsize=8)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    other = axis.twinx()
    other.set_ylim(axis.get_ylim())
    other.set_yticks(range(len(lines)), [_numbers(one) for _, one in lines], fontsize=8)
    other.tick_params(axis="y", length=0)
    other.spines["left"].set_visible(False)


def _numbers(one: Verdict) -> str:
    form, s, p = one.written, one.simulated, one.published
    bare = form.__class__(form.factor, form.decimals, form.sign, "")  # the unit stands at the axis
    return f"{bare.three(s.mean, s.lo, s.hi)}\n{bare.three(p.value, p.lo, p.hi) if p else 'none published'}"


def _handles() -> list[Any]:
    from matplotlib.lines import Line2D

    def mark(marker: str, colour: str, text: str, face: str | None = None) -> Line2D:
        return Line2D(
            [],
            [],
            marker=marker,
            color=colour,
            linestyle="",
            markersize=5,
            markeredgewidth=1.4,
            label=text,
            markerfacecolor=face or colour,
        )

    return [
        mark("o", BLUE, "simulated, 95% of replicates: hit"),
        mark("x", ORANGE, "simulated: MISS"),
        mark("o", BLUE, "simulated, not judged", "white"),
        mark("s", INK, "published"),
        Line2D([], [], color=PALE, linewidth=5, label="published interval"),
    ]


def _alt(lines: Sequence[Line]) -> str:
    parts = []
    for text, one in lines:
        form, s, p = one.written, one.simulated, one.published
        other = f", published {form.three(p.value, p.lo, p.hi)}, {one.word}" if p else ", none published"
        parts.append(f"{text}: simulated {form.three(s.mean, s.lo, s.hi)}{other}")
    return f"Simulated effects beside the published ones, one row each. {'; '.join(parts)}."
