"""Estimates rates, times and scores from arrays; has never heard of multiple sclerosis."""

from smoulder.statistics.counts import Estimate, batch_error, proportion, rate
from smoulder.statistics.ordinal import Agreement, agreement
from smoulder.statistics.survival import Survival, kaplan_meier

__all__ = ["Agreement", "Estimate", "Survival", "agreement", "batch_error", "kaplan_meier", "proportion", "rate"]
