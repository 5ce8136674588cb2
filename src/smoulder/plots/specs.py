"""The figures of a cohort's outcomes as specifications: JSON in the grammar of Vega-Lite with every number inside.

A specification can be drawn by any program that knows Vega-Lite, edited as text, or read for its numbers
(``spec["data"]["values"]``); nothing is loaded when one is made.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from smoulder.outcomes import Multiverse, Times
from smoulder.plots.canvas import BLUE, ORANGE, PALE
from smoulder.statistics import Incidence, Survival, number_at_risk

__all__ = ["first_event_spec", "multiverse_spec"]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_KM, _CIF = "one minus Kaplan-Meier", "cumulative incidence, death competing"


def first_event_spec(times: Times, curve: Survival, title: str, incidence: Incidence | None = None) -> dict[str, Any]:
    """The figure of ``plots.first_event``: one row a step of a curve: curve, years, share, lo, hi (pointwise 95%) and
    at_risk; each curve begins with 0 at 0 years and ends with the last day of follow-up.
    """
    last = float(times.years.max()) if len(times.years) else 0.0
    survival = (curve.time, 1 - curve.survival, 1 - curve.hi, 1 - curve.lo)
    rows = _steps(_KM, times, last, *survival)
    if incidence is not None:
        rows += _steps(_CIF, times, last, incidence.time, incidence.incidence, incidence.lo, incidence.hi)
    years = {"field": "years", "type": "quantitative", "title": "years since the first day under observation"}
    share = {"field": "share", "type": "quantitative", "axis": {"format": "%"}, "title": "with the event"}
    curves = [_KM] if incidence is None else [_KM, _CIF]
    scale = {"domain": curves, "range": [BLUE, ORANGE][: len(curves)]}
    colour = {"field": "curve", "type": "nominal", "scale": scale, "legend": {"orient": "bottom", "labelLimit": 400}}
    band = {"y": {**share, "field": "lo"}, "y2": {"field": "hi"}}
    return {
        "$schema": _SCHEMA,
        "title": title,
        "width": 560,
        "height": 300,
        "data": {"values": rows},
        "encoding": {"x": years, "color": colour},
        "layer": [
            {"mark": {"type": "area", "interpolate": "step-after", "opacity": 0.2}, "encoding": band},
            {"mark": {"type": "line", "interpolate": "step-after"}, "encoding": {"y": share}},
        ],
    }


def _steps(name: str, times: Times, last: float, at: Any, share: Any, lo: Any, hi: Any) -> list[dict[str, Any]]:
    moments = np.concatenate([[0.0], at, [last]])
    columns = [np.concatenate([[0.0], one, one[-1:] if len(one) else [0.0]]) for one in (share, lo, hi)]
    at_risk = number_at_risk(times.years, moments)
    return [
        {"curve": name, "years": _known(year), "share": _known(a), "lo": _known(b), "hi": _known(c), "at_risk": int(n)}
        for year, a, b, c, n in zip(moments, *columns, at_risk, strict=True)
    ]


def multiverse_spec(found: Multiverse) -> dict[str, Any]:
    """The figure of ``plots.multiverse_figure``: one row a definition, all columns of ``Multiverse.definitions``."""
    rows = [{str(name): _plain(value) for name, value in row.items()} for row in found.definitions.to_dict("records")]
    order = [row["definition"] for row in rows]
    y = {"field": "definition", "type": "nominal", "sort": order, "title": None}

    def dots(value: str, lo: str, hi: str, title: str, form: str) -> dict[str, Any]:
        axis = {"field": value, "type": "quantitative", "title": title, "axis": {"format": form}}
        ends = {"y": y, "x": {**axis, "field": lo}, "x2": {"field": hi}}
        return {
            "layer": [
                {"mark": "rule", "encoding": ends},
                {"mark": {"type": "point", "filled": True, "color": BLUE}, "encoding": {"y": y, "x": axis}},
            ]
        }

    parts = ["PIRA", "undefined", "RAW"]
    stack = {
        "transform": [
            {"fold": parts, "as": ["label", "share"]},
            {"calculate": f"indexof({json.dumps(parts)}, datum.label)", "as": "place"},
        ],
        "mark": "bar",
        "encoding": {
            "y": y,
            "x": {
                "field": "share", "type": "quantitative", "title": "worsenings attributed to", "axis": {"format": "%"},
            },
            "color": {"field": "label", "type": "nominal", "scale": {"domain": parts, "range": [BLUE, PALE, ORANGE]}},
            "order": {"field": "place", "type": "ordinal"},
        },
    }
    return {
        "$schema": _SCHEMA,
        "title": "The same cohort by each definition",
        "data": {"values": rows},
        "hconcat": [
            dots("rate", "lo", "hi", "first events a year", ".2f"),
            dots("share_5", "lo_5", "hi_5", "with the event at 5 years", "%"),
            stack,
        ],
    }


def _plain(value: Any) -> Any:
    """A cell as JSON has it; a number that does not exist is null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool | str | int):
        return value
    return _known(value) if isinstance(value, float) else None


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
