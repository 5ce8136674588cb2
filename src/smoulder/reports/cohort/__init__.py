"""A cohort judged by one definition or by all: its pages, tables and JSON."""
