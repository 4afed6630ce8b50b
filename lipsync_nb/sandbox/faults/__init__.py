"""Faults on demand: errors between a client and a vendor."""
