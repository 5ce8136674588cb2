"""Definitions written with the options of msprog, run on plain tables as msprog takes them."""
