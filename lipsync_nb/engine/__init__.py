"""What drives jobs: one loop, one poll scheduler, one place that pays."""
