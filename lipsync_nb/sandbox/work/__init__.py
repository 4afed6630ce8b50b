"""Running jobs: from an order to its video, in worker processes."""
