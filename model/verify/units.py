"""Teams and equipment: never engaged twice, never beyond floor and offer, rested, with crews."""

from __future__ import annotations

from collections import defaultdict

from tongzhou.model.domain.incidents import MIXED
from tongzhou.model.units import periods_up
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.use import units_in_use
from tongzhou.model.verify.violation import Findings


def check_units(facts: Facts, findings: Findings) -> None:
    """Check units engaged against units held, period by period."""
    for (city, resource), use in sorted(units_in_use(facts).items()):
        place = f"{city} {resource}"
        floor = facts.floor(city, resource)
        for period in range(facts.count):
            at_h = period * facts.hours
            held = facts.held(city, resource, period) + use.back[period]
            usable = held if facts.problem.settings.reserve.own_use else max(0.0, held - floor)
            findings.at_most("units", place, at_h, use.engaged[period], usable)
            findings.at_most(
                "floor-or-offer", place, at_h, use.elsewhere[period], facts.may_leave(city, resource, held)
            )
            if facts.problem.mode == MIXED:
                within = facts.may_leave(city, resource, held, on_offer=True)
                findings.at_most("offer", place, at_h, use.on_offer[period], within)


def on_site(facts: Facts) -> dict[tuple[str, str, int], float]:
    """Units on site by need, resource and period."""
    found: dict[tuple[str, str, int], float] = defaultdict(float)
    for row in facts.plan.deployments:
        for period in range(
            max(0, facts.period(row.on_site_h)), min(facts.count, periods_up(row.leave_h, facts.hours))
        ):
            found[row.need, row.resource, period] += facts.received(row)
    return found
