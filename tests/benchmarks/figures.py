"""How a benchmark tells its figures."""

from typing import Any


def report(benchmark: Any, name: str, value: float, unit: str) -> None:
    """Print a figure, and keep it with the timings."""
    benchmark.extra_info[name] = f"{value:.4g} {unit}"
    print(f"\n{benchmark.name}: {name} {value:.4g} {unit}")  # noqa: T201 - a benchmark's result
