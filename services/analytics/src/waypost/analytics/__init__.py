"""Counts scans: consumer, verdicts, rollups, queries."""
