"""Running jobs in worker processes: from a render order to its video."""
