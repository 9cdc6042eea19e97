"""Teams and equipment: never engaged twice, never beyond floor and offer, rested, with crews."""

from __future__ import annotations

from collections import defaultdict

from tongzhou.model.plan import Deployment
from tongzhou.model.units import periods_up
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.violation import Findings


def check_units(facts: Facts, findings: Findings) -> None:
    """Check units engaged against units held, period by period."""
    engaged: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * facts.count)
    elsewhere: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * facts.count)
    back: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * facts.count)
    for row in facts.plan.deployments:
        key = (row.origin, row.resource)
        free = _free(facts, row)
        if facts.is_kept(row) and row.depart_h < 0:
            # What had left before the start is not in the stock; it is held again once back and rested.
            for period in range(max(0, free), facts.count):
                back[key][period] += row.quantity
            continue
        for period in range(facts.period(row.depart_h), min(free, facts.count)):
            engaged[key][period] += row.quantity
            if row.origin != row.destination:
                elsewhere[key][period] += row.quantity
    for city, resource in sorted({*engaged, *back}):
        place = f"{city} {resource}"
        floor = facts.floor(city, resource)
        for period in range(facts.count):
            at_h = period * facts.hours
            held = facts.held(city, resource, period) + back[city, resource][period]
            usable = held if facts.problem.settings.reserve.own_use else max(0.0, held - floor)
            findings.at_most("units", place, at_h, engaged[city, resource][period], usable)
            most = facts.may_leave(city, resource, held)
            findings.at_most("floor-or-offer", place, at_h, elsewhere[city, resource][period], most)


def _free(facts: Facts, row: Deployment) -> int:
    """First period in which the units can go again: home and rested."""
    rest = periods_up(facts.problem.resource_of[row.resource].rest_h or 0.0, facts.hours)
    return facts.period(row.home_h) + rest


def on_site(facts: Facts) -> dict[tuple[str, str, int], float]:
    """Units on site by need, resource and period."""
    found: dict[tuple[str, str, int], float] = defaultdict(float)
    for row in facts.plan.deployments:
        for period in range(
            max(0, facts.period(row.on_site_h)), min(facts.count, periods_up(row.leave_h, facts.hours))
        ):
            found[row.need, row.resource, period] += row.quantity
    return found
