"""The search for events: scores by person and day, and the walk from visit to visit that every definition shares."""
