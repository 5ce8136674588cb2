"""Estimates and compares rates, times, shares and scores from arrays; has never heard of multiple sclerosis."""

from smoulder.statistics.binary import odds_ratio, risk_difference, risk_ratio
from smoulder.statistics.contrast import Difference, Ratio, Test, indicators
from smoulder.statistics.counts import Estimate, batch_error, proportion, rate
from smoulder.statistics.hazards import cox, cox_adjusted, log_rank
from smoulder.statistics.incidence import Incidence, cumulative_incidence
from smoulder.statistics.means import (
    Crossover,
    crossover,
    difference,
    geometric_ratio,
    hodges_lehmann,
    ranked_ancova,
)
from smoulder.statistics.ordinal import Agreement, agreement
from smoulder.statistics.rates import RateRatio, rate_ratio
from smoulder.statistics.replicates import Replicates, interval_of_mean, spread
from smoulder.statistics.survival import Mean, Survival, kaplan_meier, number_at_risk, restricted_mean

__all__ = [
    "Agreement",
    "Crossover",
    "Difference",
    "Estimate",
    "Incidence",
    "Mean",
    "RateRatio",
    "Ratio",
    "Replicates",
    "Survival",
    "Test",
    "agreement",
    "batch_error",
    "cox",
    "cox_adjusted",
    "crossover",
    "cumulative_incidence",
    "difference",
    "geometric_ratio",
    "hodges_lehmann",
    "indicators",
    "interval_of_mean",
    "kaplan_meier",
    "log_rank",
    "number_at_risk",
    "odds_ratio",
    "proportion",
    "ranked_ancova",
    "rate",
    "rate_ratio",
    "restricted_mean",
    "risk_difference",
    "risk_ratio",
    "spread",
]


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
