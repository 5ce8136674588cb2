"""Damage that no clinic sees: how much there is, year by year, and what worsening follows from it."""
