"""Published numbers as quantities computed from a simulated cohort, by the kind of number."""
