"""What the verifier finds, and how it compares numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tongzhou.model.errors import Text

TOLERANCE = 1e-6
"""Share of the size of a quantity by which a limit may be exceeded: rounding of the published numbers."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One limit that a plan violates: its name, where, when (hours), by how much, and what was found."""

    limit: str
    place: str
    at_h: float | None
    amount: float
    detail: Text

    def line(self, language: str) -> str:
        """The violation as one line."""
        when = (
            "" if self.at_h is None else (f", 第 {self.at_h:g} 小时" if language == "zh" else f", hour {self.at_h:g}")
        )
        by = f"超出 {self.amount:.6g}" if language == "zh" else f"by {self.amount:.6g}"
        return f"{self.limit}: {self.place}{when}: {by} ({self.detail.in_language(language)})"


class Findings:
    """Violations found so far."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def wrong(self, limit: str, place: str, at_h: float | None, amount: float, en: str, zh: str) -> None:
        """Record a violation."""
        self.violations.append(Violation(limit, place, at_h, amount, Text(en, zh)))

    def at_most(self, limit: str, place: str, at_h: float | None, value: float, most: float) -> None:
        """Record a violation where `value` exceeds `most` by more than rounding."""
        if value > most and (math.isinf(value) or value > most + TOLERANCE * max(1.0, abs(most), abs(value))):
            self.wrong(limit, place, at_h, value - most, f"{value:.9g} > {most:.9g}", f"{value:.9g} > {most:.9g}")

    def same(self, limit: str, place: str, at_h: float | None, value: float, expected: float) -> None:
        """Record a violation where two numbers differ by more than rounding."""
        if abs(value - expected) > TOLERANCE * max(1.0, abs(value), abs(expected)):
            amount = abs(value - expected)
            self.wrong(
                limit, place, at_h, amount, f"{value:.9g}, expected {expected:.9g}", f"{value:.9g}, 应为 {expected:.9g}"
            )
