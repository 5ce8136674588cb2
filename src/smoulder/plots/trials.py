"""The curves of a trial: the share with the event by arm, with the band of its replicates and the numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from smoulder.plots.forest_plot import wrapped
from smoulder.trials.result import Curve, Endpoint

from .canvas import BLUE, FAINT, GREEN, INK, ORANGE, PINK, Picture, draw, picture

__all__ = ["time_to_event"]

_LOOKS = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PINK, ":"), (INK, "-"))
_STEPS = (1 / 12, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)  # years between ticks
_TICKS = 8
_LETTERS = 26


def time_to_event(endpoint: Endpoint, name: str) -> Picture | None:
    """Kaplan-Meier share with the event by arm, 95% band over replicates, mean numbers at risk below; None where no
    arm has a curve. ``name`` is a word for anchors.
    """
    curves = [curve for curve in endpoint.curves if np.isfinite(curve.share).any()]
    if not curves:
        return None
    last = max(float(curve.years[np.isfinite(curve.share)][-1]) for curve in curves) or 1.0
    step = next((s for s in _STEPS if last / s <= _TICKS), last)
    ticks = np.arange(0, last + step / 100, step)
    most = max(wrapped(curve.arm, _LETTERS).count("\n") + 1 for curve in curves)
    below = max(0.24, 0.15 * (most + 0.3)) * len(curves) + 0.3
    with draw(2, 1, height=3.5 + below, sharex=True, height_ratios=(3.5 - 0.5, below)) as (figure, axes):
        upper, lower = axes[:, 0]
        for curve, look in _looked(curves):
            _curve(upper, curve, look)
        upper.set_xlim(-0.02 * last, 1.02 * last)
        upper.set_ylim(bottom=0)
        upper.yaxis.set_major_formatter(lambda value, _: f"{value:g}%")
        upper.set_ylabel("with the event (Kaplan-Meier)")
        upper.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
        upper.tick_params(axis="x", labelbottom=True)
        upper.set_xlabel("years since randomisation")
        upper.grid(axis="y", color=FAINT, linewidth=0.7)
        upper.legend(loc="upper left")
        _at_risk(lower, curves, ticks)
        return picture(figure, name, f"Time to event: {endpoint.title}", _alt(endpoint, curves))


def _looked(curves: Sequence[Curve]) -> list[tuple[Curve, tuple[str, str]]]:
    return [(curve, _LOOKS[number % len(_LOOKS)]) for number, curve in enumerate(curves)]


def _curve(axis: Any, curve: Curve, look: tuple[str, str]) -> None:
    colour, style = look
    axis.fill_between(curve.years, 100 * curve.lo, 100 * curve.hi, step="post", color=colour, alpha=0.2, linewidth=0)
    label = wrapped(curve.arm, 60)
    axis.step(curve.years, 100 * curve.share, style, where="post", color=colour, label=label)


def _at_risk(axis: Any, curves: Sequence[Curve], ticks: Any) -> None:
    axis.set_ylim(len(curves) - 0.4, -0.6)
    axis.set_title("Number at risk, mean of replicates", fontsize=8.5)
    axis.set_yticks(range(len(curves)), [wrapped(curve.arm, _LETTERS) for curve in curves])
    for y, (curve, (colour, _)) in enumerate(_looked(curves)):
        for tick in ticks[ticks <= curve.years[-1] + 1e-9]:
            place = int(np.searchsorted(curve.years, tick + 1e-9, side="right")) - 1
            number = curve.at_risk[max(place, 0)]
            text = f"{number:,.0f}" if np.isfinite(number) else "–"
            axis.text(tick, y, text, ha="center", va="center", fontsize=8, color=colour)
    axis.tick_params(axis="both", length=0, pad=10, labelbottom=False)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _alt(endpoint: Endpoint, curves: Sequence[Curve]) -> str:
    parts = []
    for curve in curves:
        end = int(np.flatnonzero(np.isfinite(curve.share))[-1])
        band = ""
        if np.isfinite(curve.lo[end]) and np.isfinite(curve.hi[end]):
            band = f" (95% of replicates {100 * curve.lo[end]:.0f}% to {100 * curve.hi[end]:.0f}%)"
        parts.append(f"{curve.arm}: {100 * curve.share[end]:.0f}%{band} at {curve.years[end]:.1f} years")
    return f"Share with the event against years since randomisation, {endpoint.title}. {'; '.join(parts)}."
