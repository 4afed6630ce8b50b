"""Faults on demand: what can go wrong between a client and a vendor."""
