"""The demonstration: simulate, follow, run a trial, compare, and write it all up."""
