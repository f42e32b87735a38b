"""Measured numbers, how they lie, and what is promised of them; pure.

A percentile is a value that was really measured (nearest rank), so that p99 of twenty is the worst of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Spread:
    """How repeated measures of one thing lie."""

    count: int
    least: float
    p50: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and the most that it may be; None where nothing is promised of it."""

    name: str
    value: float
    limit: float | None
    unit: str = ""
    spread: Spread | None = None

    @property
    def verdict(self) -> str:
        """Empty where nothing is promised."""
        if self.limit is None:
            return ""
        return "ok" if self.value <= self.limit else "MISSED"


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together, and lines that say where they come from."""

    title: str
    figures: list[Figure]
    notes: list[str] = field(default_factory=list)


def percentile(values: Sequence[float], percent: float) -> float:
    """The least of `values` that `percent` of them do not exceed; `ValueError` when there are none."""
    if not values:
        raise ValueError("nothing was measured")
    rank = math.ceil(len(values) * percent / 100)
    return sorted(values)[max(0, rank - 1)]


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value."""
    return Spread(len(values), min(values), percentile(values, 50), percentile(values, 99), max(values))


def percentiles(
    name: str, values: Sequence[float], p50_limit: float, p99_limit: float, unit: str
) -> list[Figure]:
    """The two figures that a promise of p50 and p99 is kept by."""
    seen = spread(values)
    return [
        Figure(f"{name}, p50", seen.p50, p50_limit, unit, seen),
        Figure(f"{name}, p99", seen.p99, p99_limit, unit, seen),
    ]


def beside(name: str, values: Sequence[float], unit: str) -> Figure:
    """A median that explains others; nothing is promised of it."""
    seen = spread(values)
    return Figure(name, seen.p50, None, unit, seen)
