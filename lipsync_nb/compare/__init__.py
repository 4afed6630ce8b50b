"""Comparing results: measured figures, and people's preferences."""
