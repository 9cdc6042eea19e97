"""Supplies: nothing leaves or is used that is not there, floors and offers hold, only hubs pass goods on."""

from __future__ import annotations

from tongzhou.model.domain.incidents import MIXED
from tongzhou.model.plan import StockLevel
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.use import GoodsUse
from tongzhou.model.verify.violation import TOLERANCE, Findings


def check_supply(facts: Facts, findings: Findings) -> None:
    """Check every city and supply period by period, and the published stock levels."""
    flows = GoodsUse(facts)
    keys = {*flows.left, *flows.landed, *flows.used}
    keys |= {key for key in (*facts.stocks, *facts.arrivals) if facts.problem.resource_of[key[1]].is_supply}
    levels = {(row.city, row.resource, facts.period(row.at_h)): row for row in facts.plan.stocks}
    for city, supply in sorted(keys):
        _check_holder(facts, findings, flows, city, supply)
        _check_levels(facts, findings, flows, levels, city, supply)
    _check_leaving_times(facts, findings)


def _check_holder(facts: Facts, findings: Findings, flows: GoodsUse, city: str, supply: str) -> None:
    key = (city, supply)
    left = landed = used = on_offer = 0.0
    gone = gone_on_offer = 0.0  # own goods that left before now, whatever the limit was
    passes_on = facts.problem.city_of[city].passes_on
    place = f"{city} {supply}"
    floor = facts.floor(city, supply)
    own_used = 0.0  # least use of own goods: what aid could not have covered
    for period in range(facts.count):
        at_h = period * facts.hours
        held = facts.held(city, supply, period)
        left += flows.left[key][period]
        landed += flows.landed[key][period]
        used += flows.used[key][period]
        own_used = max(own_used, used - landed)
        findings.at_most("stock", place, at_h, left + used, held + landed)
        received = landed if passes_on else 0.0
        if period < facts.now:
            gone = max(gone, left - received)
        findings.at_most("floor-or-offer", place, at_h, left, max(gone, facts.may_leave(city, supply, held)) + received)
        if facts.problem.mode == MIXED:
            on_offer += flows.left_on_offer[key][period]
            within = facts.may_leave(city, supply, held, on_offer=True)
            if period < facts.now:
                gone_on_offer = max(gone_on_offer, on_offer - received)
            findings.at_most("offer", place, at_h, on_offer, max(gone_on_offer, within) + received)
        if not passes_on:
            findings.at_most("only-hubs-pass-on", place, at_h, left + own_used, held)
        if not facts.problem.settings.reserve.own_use:
            findings.at_most("own-use-floor", place, at_h, left + used, max(gone, held - floor, 0.0) + landed)


def _check_levels(
    facts: Facts,
    findings: Findings,
    flows: GoodsUse,
    levels: dict[tuple[str, str, int], StockLevel],
    city: str,
    supply: str,
) -> None:
    key = (city, supply)
    change = 0.0
    for period in range(facts.count):
        change += flows.landed[key][period] - flows.left[key][period] - flows.used[key][period]
        level = levels.get((city, supply, period))
        expected = facts.held(city, supply, period) + change
        at_h = period * facts.hours
        if level is None:
            if abs(expected) > TOLERANCE:
                findings.wrong("stock-level", f"{city} {supply}", at_h, abs(expected), "no row of stocks", "缺少库存行")
            continue
        findings.same("stock-level", f"{city} {supply}", at_h, level.on_hand, expected)
        findings.same("in-transit", f"{city} {supply}", at_h, level.in_transit, flows.transit[key][period])
        findings.same("floor", f"{city} {supply}", at_h, level.floor, facts.floor(city, supply))


def _check_leaving_times(facts: Facts, findings: Findings) -> None:
    """After `until_h` nothing leaves; national stocks leave only after the call and its delay."""
    settings = facts.problem.settings
    call = facts.plan.national_call_h
    national = [row for row in facts.lines if facts.problem.city_of[row.origin].role == "national"]
    if call is not None and call < 0 and not any(facts.is_kept(row) for row in national):
        findings.wrong("national-call", "call", call, -call, "the call comes before the start", "请求早于起点")
    for row in facts.lines:
        if facts.is_kept(row) or row.origin == row.destination:
            continue
        stock = facts.stocks.get((row.origin, row.resource))
        until = float("inf") if stock is None or stock.until_h is None else stock.until_h
        if not facts.problem.city_of[row.origin].passes_on:
            findings.at_most("until", row.line, row.depart_h, row.depart_h, until)
        if facts.problem.city_of[row.origin].role == "national":
            earliest = float("inf") if call is None else call + settings.escalation.national_delay_h
            findings.at_most("national-call", row.line, row.depart_h, earliest, row.depart_h)
