"""Definitions as frozen records: of the course of the disease, of worsening, and the published ones."""
