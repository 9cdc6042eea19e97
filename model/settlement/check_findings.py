"""What the verifier of settlements finds, and the sums it needs; integer cents throughout."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.settlement import CityRow, Settlement

CATEGORIES = ("personnel", "travel", "equipment", "commodities", "other")
"""Categories of a bill (issue: those of finance teams)."""
INCENTIVE = "incentive"


@dataclass(frozen=True, slots=True)
class SettlementViolation:
    """One rule that a settlement breaks: its name, where, by how much money, and what was found."""

    name: str
    place: str
    amount: Decimal
    detail: Text

    def line(self, language: str) -> str:
        """The violation as one line."""
        by = f"相差 {self.amount:.2f}" if language == "zh" else f"by {self.amount:.2f}"
        return f"{self.name}: {self.place}: {by} ({self.detail.in_language(language)})"


class Findings:
    """Violations found so far."""

    def __init__(self) -> None:
        self.violations: list[SettlementViolation] = []

    def wrong(self, name: str, place: str, cents: Fraction | int, en: str, zh: str) -> None:
        """Record a violation."""
        amount = (Decimal(round(cents * 1000)) / 100_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
        self.violations.append(SettlementViolation(name, place, amount, Text(en, zh)))

    def at_most(self, name: str, place: str, value: Fraction | int, most: Fraction | int) -> None:
        """Record a violation where `value` (cents) is above `most`."""
        above = Fraction(value) - Fraction(most)
        if above > 0:
            told = f"{float(value) / 100:.2f} > {float(most) / 100:.2f}"
            self.wrong(name, place, above, told, told)

    def same(self, name: str, place: str, value: int, expected: Fraction | int, room: Fraction | int = 0) -> None:
        """Record a violation where `value` (cents) is more than `room` away from what is expected."""
        apart = abs(Fraction(value) - Fraction(expected))
        if apart > Fraction(room):
            en = f"{value / 100:.2f}, expected {float(expected) / 100:.2f}"
            zh = f"{value / 100:.2f}, 应为 {float(expected) / 100:.2f}"
            self.wrong(name, place, apart, en, zh)


def cents(amount: Decimal) -> int:
    """A published amount in cents."""
    return int((amount * 100).to_integral_value(rounding=ROUND_HALF_UP))


def exact(number: float | Decimal) -> Fraction:
    """A number of the scenario as it was written (0.1 is a tenth)."""
    return Fraction(str(number))


def ceil(value: Fraction) -> int:
    """Whole cents not below a value: what rounding to cents may reach."""
    return -(-value.numerator // value.denominator)


class Case:
    """A settlement beside its scenario and plan, with the sums that several checks use."""

    def __init__(self, problem: Problem, plan: Plan, settlement: Settlement) -> None:
        self.problem, self.plan, self.settlement = problem, plan, settlement
        self.rows: dict[str, CityRow] = {row.city: row for row in settlement.settlement}
        self.trip_of: dict[str, str | None] = {row.trip: row.trip for row in plan.trips}
        self.trip_of.update({row.line: row.trip for row in plan.shipments})
        self.trip_of.update({row.line: row.trip for row in plan.deployments})
        self.disputed = {row.line for row in problem.disputes}
        self.costs: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(CATEGORIES, 0))
        for line in settlement.bill:
            if line.status != "disputed" and line.category in CATEGORIES:
                self.costs[line.city][line.category] += cents(line.amount)
        self.granted: dict[tuple[str, str], int] = defaultdict(int)
        for grant in settlement.grants:
            self.granted[grant.fund, grant.city] += cents(grant.amount)

    def cost(self, city: str) -> int:
        """Verified cost of giving of a city, `k_i`, from the bill."""
        return sum(self.costs[city].values()) if city in self.costs else 0

    def third(self, city: str) -> bool:
        """Whether a city has neither need nor responsibility."""
        responsible = {row.city for row in self.problem.responsibility if (row.share or 0) > 0}
        needing = {row.city for row in self.problem.needs}
        return city not in responsible | needing and self.problem.city_of[city].role != "origin"

    def short_of_reimbursement(self, row: CityRow) -> Fraction:
        """What a contributor lacks of `rho * k_i`, in cents."""
        if not self.third(row.city):
            return Fraction(0)
        wanted = exact(self.problem.settings.settlement.rho) * self.cost(row.city)
        return max(Fraction(0), wanted - cents(row.received) - cents(row.from_funds))

    def short_of_participation(self, row: CityRow) -> Fraction:
        """By how much a city is worse off than alone, its margin included, in cents."""
        margin = exact(self.problem.settings.settlement.margin) * self.cost(row.city)
        return max(Fraction(0), cents(row.burden) - cents(row.alone) + margin)
