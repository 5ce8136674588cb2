"""Moves named states through time, fast, to the same bits on any number of threads. Knows nothing of any disease."""
