"""What is owed for causing harm, before aid is even considered: it moves every group's cost of standing alone."""

from __future__ import annotations

from collections.abc import Mapping

from tongzhou.model.domain import Problem
from tongzhou.model.settlement.bill import bill_total, received_aid
from tongzhou.model.settlement.course import Course


def found_liable(problem: Problem) -> dict[str, float]:
    """Origins with a finding of responsibility, and their share."""
    return {
        row.city: row.share
        for row in problem.responsibility
        if row.share is not None and row.share > 0 and problem.city_of[row.city].role == "origin"
    }


def liabilities(problem: Problem, course: Course, alone: Mapping[str, float]) -> dict[str, float]:
    """`l_i` by city, sum zero: `l_origin = min(ability_cap, share * D)`, the counter-amounts to the affected.

    `D` is the bill of the aid, divided among those who received it; with settlement.liability = "damage" the others' loss
    without aid (`alone`), divided in proportion to it. Source: compensation.md "Liability".
    """
    shares = found_liable(problem)
    if problem.settings.settlement.liability == "damage":
        weights = {city: max(0.0, loss) for city, loss in alone.items() if city not in shares}
        amount = sum(weights.values())
    else:
        received = received_aid(course.lines)
        weights = {city: received.get(city, 0) / 100 for city in alone if city not in shares}
        amount = bill_total(course.lines) / 100
    total = sum(weights.values())
    if total <= 0:
        return {}
    caps = {row.city: row.ability_cap for row in problem.responsibility}
    owed = {}
    for city, share in shares.items():
        cap = caps.get(city)
        owed[city] = min(share * amount, float("inf") if cap is None else float(cap))
    paid = sum(owed.values())
    return {**owed, **{city: -paid * weight / total for city, weight in weights.items() if weight > 0}}
