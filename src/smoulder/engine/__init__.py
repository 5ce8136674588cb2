"""Moves named states through time, fast, and to the same bits on any number of threads. Knows nothing of any disease."""
