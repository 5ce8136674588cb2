"""Who enters, who gets what, when they are seen: cohorts of lives, kept on disk or pooled as records."""

from smoulder.trials.cohort import observe, simulate

__all__ = ["observe", "simulate"]
