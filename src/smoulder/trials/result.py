"""What a trial found, over its replicates, beside what was published: plain values that reports and JSON show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Arm", "Baseline", "Curve", "Endpoint", "Published", "Spread", "TrialResult"]


@dataclass(frozen=True)
class Spread:
    """A quantity over replicates: ``mean`` (geometric for ratios), the central 95% of replicates ``lo`` to ``hi``, and
    the Monte Carlo error ``error`` of the mean (of its logarithm for ratios). NaN where no replicate had a value.
    """

    mean: float
    lo: float
    hi: float
    error: float


@dataclass(frozen=True)
class Published:
    """A row of evidence: ``value`` with ``lo`` to ``hi`` (NaN where not printed), its role, its status (seen or
    recalled) and source.
    """

    row: str
    value: float
    lo: float
    hi: float
    role: str
    status: str
    source: str


@dataclass(frozen=True)
class Arm:
    """The way through the trial of one arm, mean counts over replicates: ``randomised``, ``withdrew``, ``died``,
    ``completed``; ``years`` is the mean follow-up, ``plan`` what is given.
    """

    name: str
    plan: str
    randomised: float
    withdrew: float
    died: float
    completed: float
    years: float


@dataclass(frozen=True)
class Baseline:
    """One line of the baseline table: a ``label`` with its ``unit``, simulated ``mean`` and ``sd`` between people (NaN
    for a share), and the published pair (NaN where none), which is from ``row`` of trial_designs.csv.
    """

    name: str
    label: str
    unit: str
    mean: float
    sd: float
    published_mean: float
    published_sd: float


@dataclass(frozen=True)
class Curve:
    """Kaplan-Meier share with the event by arm: ``years`` float64[K] since randomisation; ``share``, ``lo``, ``hi``
    float64[K], mean and central 95% over replicates; ``at_risk`` float64[K] mean number at risk.
    """

    arm: str
    years: NDArray[np.float64]
    share: NDArray[np.float64]
    lo: NDArray[np.float64]
    hi: NDArray[np.float64]
    at_risk: NDArray[np.float64]


@dataclass(frozen=True)
class Endpoint:
    """One comparison. ``measure`` names the effect (``hazard_ratio``, ``rate_ratio``, ``difference``, ...), treated
    against comparator; ``effect`` is its spread over replicates; ``significant`` the share of replicates with a
    two-sided p below 0.05 in favour of the treatment; ``arm_measure`` names what ``arms`` holds by arm
    (``event_share``, ``annual_rate``, ``mean``, ...) in ``unit``. Published effects and arm values, where there are.
    """

    name: str
    title: str
    rule: str
    analysis: str
    measure: str
    effect: Spread
    significant: float
    arm_measure: str
    unit: str
    arms: dict[str, Spread]
    published: Published | None
    published_arms: dict[str, Published]
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class TrialResult:
    """A trial over its replicates. ``screened`` and ``eligible`` are mean numbers of people looked at and fit to
    enter; ``methods`` is a paragraph that says what was done; ``notes`` what to bear in mind.
    """

    name: str
    title: str
    replicates: int
    seed: int
    screened: float
    eligible: float
    arms: tuple[Arm, ...]
    baseline: tuple[Baseline, ...]
    endpoints: tuple[Endpoint, ...]
    methods: str
    notes: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """One row an effect and one an arm of each endpoint: ``endpoint``, ``arm`` ("" for the effect), ``measure``,
        ``unit`` of an arm's values, ``mean`` with ``lo``, ``hi`` and ``error`` over replicates, ``significant`` (of the
        effect, else NaN), ``published`` with ``published_lo`` and ``published_hi`` (NaN: none), ``evidence`` (its row).
        """
        rows: list[dict[str, object]] = []
        for endpoint in self.endpoints:
            effect = _row(endpoint, "", endpoint.measure, endpoint.effect, endpoint.published)
            rows.append({**effect, "significant": endpoint.significant})
            for arm, spread in endpoint.arms.items():
                rows.append(_row(endpoint, arm, endpoint.arm_measure, spread, endpoint.published_arms.get(arm)))
        return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = (
    "endpoint", "arm", "measure", "unit", "mean", "lo", "hi", "error", "significant", "published", "published_lo",
    "published_hi", "evidence",
)


def _row(endpoint: Endpoint, arm: str, measure: str, spread: Spread, published: Published | None) -> dict[str, object]:
    """A row of the table of a result."""
    row: dict[str, object] = {"endpoint": endpoint.name, "arm": arm, "measure": measure, **vars(spread)}
    row["unit"] = endpoint.unit if arm else ""
    nothing = Published("", np.nan, np.nan, np.nan, "", "", "")
    known = published or nothing
    return row | {
        "published": known.value, "published_lo": known.lo, "published_hi": known.hi, "evidence": known.row,
    }
