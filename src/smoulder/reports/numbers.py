"""Numbers as text with their intervals, and the score as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from smoulder import evidence
from smoulder.experiments.natural import NaturalHistory
from smoulder.experiments.switches import Switches
from smoulder.reports.document import Cell
from smoulder.targets import Score, Target
from smoulder.targets.words import labels
from smoulder.version import MODEL_VERSION, __version__

__all__ = ["Format", "format_of", "hits", "measured", "published", "role", "score_json", "simulated", "with_interval"]

_Z = 1.96  # two-sided 95 percent of the normal law

#: (factor, decimals, sign always, suffix) by base unit of the evidence.
_BY_UNIT: dict[str, tuple[float, int, bool, str]] = {
    "proportion": (100, 1, False, "%"),
    "relative_change": (100, 1, True, "%"),
    "relative_change_per_year": (100, 2, True, "% a year"),
    "year": (1, 1, False, " years"),
    "per_year": (1, 2, False, " a year"),
    "EDSS": (1, 2, False, ""),
}
_PLAIN = (1.0, 2, False, "")


class Format:
    """How the numbers of one kind are written: factor, decimals, whether a plus is shown, and what follows them."""

    def __init__(self, factor: float, decimals: int, sign: bool, suffix: str) -> None:
        self.factor, self.decimals, self.sign, self.suffix = factor, decimals, sign, suffix

    def bare(self, value: float) -> str:
        """The number without what follows it; in words where it is infinite or there are no such people."""
        if np.isnan(value):
            return "no such people"
        if np.isinf(value):
            return "not reached"
        text = f"{self.factor * value:{'+' if self.sign else ''}.{self.decimals}f}"
        return text.replace("-", "−")

    def whole(self, value: float) -> str:
        """The number and what follows it."""
        return self.bare(value) + (self.suffix if np.isfinite(value) else "")

    def between(self, low: float, high: float) -> str:
        """An interval, without what follows the number."""
        return f"{self.bare(low)} to {self.bare(high)}"


def format_of(target: Target) -> Format:
    """How the values of a target are written, by the unit of its evidence."""
    if "/" in target.evidence:
        return Format(*_BY_UNIT["proportion"])
    if target.definition.relative_to:
        return Format(*_PLAIN)
    row = evidence.row(target.evidence)
    return Format(*_BY_UNIT.get(evidence.base_unit(row.unit), _PLAIN))


def with_interval(value: float, error: float, form: Format) -> str:
    """A simulated value with half the width of its 95% Monte Carlo interval; the value alone where the error is not
    known.
    """
    if not (np.isfinite(value) and np.isfinite(error)):
        return form.whole(value)
    half = form.factor * _Z * error
    least = 10.0**-form.decimals
    shown = f"{half:.{form.decimals}f}" if half >= least / 2 or half == 0 else f"<{least:.{form.decimals}f}"
    return f"{form.bare(value)} ± {shown}{form.suffix}"


def measured(value: float, error: float, form: Format) -> Cell:
    """The same as a cell of a table, with the ends of the 95% Monte Carlo interval in the unit that is shown."""
    shown = form.factor * value if np.isfinite(value) else None
    half = form.factor * _Z * error if np.isfinite(value) and np.isfinite(error) else None
    low, high = (None, None) if shown is None or half is None else (shown - half, shown + half)
    return Cell(with_interval(value, error, form), shown, low, high, form.suffix.strip())


def simulated(one: Score) -> Cell:
    """The simulated value of a target with its Monte Carlo interval."""
    return measured(one.simulated, one.error, format_of(one.target))


def published(target: Target) -> str:
    """The published value with its printed interval, or with our tolerance after a ± where none is printed."""
    form = format_of(target)
    if target.interval == "tolerance":
        return f"{form.bare(target.published)} ± {form.factor * target.tolerance:.{form.decimals}f}{form.suffix} (ours)"
    kind = {"ci95": "95% CI"}.get(target.interval, target.interval)
    span = form.between(target.lo, target.hi)
    if not np.isfinite(target.published):
        return f"{span}{form.suffix} ({kind})"
    return f"{form.whole(target.published)} ({span}, {kind})"


def role(target: Target) -> str:
    """What the row may be used for, and whether it was fitted: calibration, validation or context."""
    words = target.role
    if target.role == "calibration":
        words += ", fitted" if target.weight > 0 else ", not fitted"
    return words + (", RECALLED" if target.status == "recalled" else "")


def hits(scores: Sequence[Score]) -> dict[str, tuple[int, int]]:
    """Hits and rows, over all and by role: ``fitted``, ``not fitted`` (calibration), ``validation``, ``context``."""
    groups: dict[str, list[Score]] = {"all": list(scores)}
    for one in scores:
        t = one.target
        name = t.role if t.role != "calibration" else ("fitted" if t.weight > 0 else "not fitted")
        groups.setdefault(name, []).append(one)
    return {name: (sum(one.hit for one in group), len(group)) for name, group in groups.items()}


def score_json(natural: NaturalHistory, switches: Switches, trial: Mapping[str, float]) -> dict[str, Any]:
    """Everything that is scored as plain data; a number that does not exist (not reached, no such people) is None.
    ``trial`` holds the numbers of the headline that come from the trial, by name.
    """
    words = labels([one.target for one in natural.scores])
    rows = [{"label": text, **one.as_dict()} for text, one in zip(words, natural.scores, strict=True)]
    early = natural.early
    found = {
        "headline": {**natural.headline, **trial},
        "rows": rows,
        "hits": {name: {"hits": hit, "rows": of} for name, (hit, of) in hits(natural.scores).items()},
        "counts": dict(natural.counts),
        "early_relapses": {
            "years": early.first,
            "edss_at_years": early.later,
            "people": early.people,
            "r": early.r,
            "monte_carlo_error": early.error,
            "rank_correlation": early.rank,
        },
        "switches": {
            "at_start": switches.at_start[0],
            "rows": switches.table.to_dict("records"),
            "hits_that_break": {arm: list(ids) for arm, ids in switches.broken.items()},
            "misses_that_mend": {arm: list(ids) for arm, ids in switches.mended.items()},
        },
        "people": natural.people,
        "seed": natural.seed,
        "versions": {"code": __version__, "model": MODEL_VERSION},
    }
    plain: dict[str, Any] = _plain(found)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
