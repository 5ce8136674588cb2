"""A trial's result as plain data for a program, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

from smoulder.reports.trial.parts import counted, published_words, runs, told_miss
from smoulder.trials.agreement import Verdict, share, verdicts
from smoulder.trials.result import Curve, Endpoint, Spread, TrialResult
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["trial_json", "trial_summary"]

_LONGEST = 40  # letters of a name in a terminal's table


def trial_json(result: TrialResult) -> dict[str, Any]:
    """The result as plain data: ``name``, ``title``, ``replicates``, ``seed``, ``versions``, ``flow``, ``baseline``,
    ``endpoints``, ``methods``, ``notes``. A number that does not exist is None.

    ``endpoints`` is keyed by name; each holds its effect under the name that ``measure`` gives (``mean``, ``lo``,
    ``hi``, ``error``), its arms under the name that ``arm_measure`` gives, ``significant``, ``published`` (one row
    for the effect, ``arm`` = "effect", and one for each arm that has one), and ``curves`` by arm.
    """
    compared = verdicts(result)
    return {
        "name": result.name,
        "title": result.title,
        "replicates": result.replicates,
        "seed": result.seed,
        "versions": {"code": __version__, "model": MODEL_VERSION},
        "flow": {
            "screened": _known(result.screened),
            "eligible": _known(result.eligible),
            "arms": {
                arm.name: {
                    "plan": arm.plan,
                    **{
                        name: _known(getattr(arm, name))
                        for name in ("randomised", "withdrew", "died", "completed", "years")
                    },
                }
                for arm in result.arms
            },
        },
        "baseline": {
            line.name: {
                "label": line.label,
                "unit": line.unit,
                **{name: _known(getattr(line, name)) for name in ("mean", "sd", "published_mean", "published_sd")},
            }
            for line in result.baseline
        },
        "endpoints": {
            endpoint.name: _endpoint(endpoint, [one for one in compared if one.endpoint is endpoint])
            for endpoint in result.endpoints
        },
        "methods": result.methods,
        "notes": list(result.notes),
    }


def _known(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _spread(spread: Spread) -> dict[str, float | None]:
    return {name: _known(getattr(spread, name)) for name in ("mean", "lo", "hi", "error")}


def _endpoint(endpoint: Endpoint, compared: Sequence[Verdict]) -> dict[str, Any]:
    return {
        "rule": endpoint.rule,
        "title": endpoint.title,
        "analysis": endpoint.analysis,
        "unit": endpoint.unit,
        "measure": endpoint.measure,
        endpoint.measure: _spread(endpoint.effect),
        "significant": _known(endpoint.significant),
        "arm_measure": endpoint.arm_measure,
        endpoint.arm_measure: {arm: _spread(spread) for arm, spread in endpoint.arms.items()},
        "published": [_published(one) for one in compared if one.published is not None],
        "curves": {curve.arm: _curve(curve) for curve in endpoint.curves},
    }


def _published(one: Verdict) -> dict[str, Any]:
    p = one.published
    assert p is not None  # the caller left the others out
    return {
        "row": p.row,
        "arm": one.arm or "effect",
        "value": _known(p.value),
        "lo": _known(p.lo),
        "hi": _known(p.hi),
        "role": p.role,
        "status": p.status,
        "source": p.source,
        "miss": one.miss if one.judged else None,
    }


def _curve(curve: Curve) -> dict[str, list[float | None]]:
    columns: Iterable[str] = ("years", "share", "lo", "hi", "at_risk")
    return {name: [_known(value) for value in getattr(curve, name).tolist()] for name in columns}


def trial_summary(result: TrialResult) -> list[str]:
    """The result as lines for a terminal: the flow, a table of every number, and the misses in words."""
    compared = verdicts(result)
    people = sum(arm.randomised for arm in result.arms)
    arms = "; ".join(
        f"{arm.name}: {counted(arm.randomised)} randomised, {counted(arm.completed)} completed" for arm in result.arms
    )
    rows = [("endpoint", "simulated (95% of replicates)", "published", "signif.", "result")]
    for one in compared:
        s = one.simulated
        name = f"  {_short(one.arm)}" if one.arm else _short(f"{one.endpoint.name}, {one.what}")
        significant = "" if one.arm else share(one.endpoint.significant)
        simulated = one.written.three(s.mean, s.lo, s.hi)
        rows.append((name, simulated, published_words(one), significant, one.word))
    judged = [one for one in compared if one.judged]
    missed = [one for one in judged if one.miss]
    lines = [
        f"{result.title} ({result.name})",
        f"{runs(result)}, seed {result.seed}; {counted(result.screened)} screened, "
        f"{counted(result.eligible)} eligible, {counted(people)} randomised",
        arms,
        *_table([[_typed(cell) for cell in row] for row in rows]),
        f"{len(missed)} of {len(judged)} published numbers missed",
        *(f"MISS {told_miss(one)}" for one in missed),
    ]
    return [_typed(line) for line in lines if line]


def _short(text: str) -> str:
    """The text on one line that a terminal's table has room for; a cut shows as three dots."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def _typed(line: str) -> str:
    """The line with signs that every terminal has, and short."""
    for sign, plain in (("−", "-"), ("–", "-"), ("\u00a0", " "), ("…", "..."), (" percentage points", " pp")):
        line = line.replace(sign, plain)
    return line


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
