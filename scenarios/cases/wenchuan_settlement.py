"""Pairs, funds, programmes and responsibility of the case wenchuan-2008: the 1 %-of-revenue rule as ability caps."""

from __future__ import annotations

from decimal import Decimal

from tongzhou.model.domain.tables import Fund, Pair, Programme, Responsibility
from tongzhou.scenarios.cases import wenchuan_rules as rules
from tongzhou.scenarios.cases.wenchuan_sources import counties, pairs, provinces

SHARE_DECIMALS = 4
JUNE, MAY = "pairs_june2008", "pairs_may2008_relief"
MAY_RESOURCE = "medical-team"
"""The teams that may still serve the county of the May list."""


def paired() -> tuple[Pair, ...]:
    """The list of June 2008 for everything; medical teams may also stay with the county of the list of May."""
    june = pairs(JUNE)
    return (
        *(Pair(origin=origin, destination=county, rule="required") for origin, county in june),
        *(
            Pair(origin=origin, destination=county, resource=MAY_RESOURCE, rule="required")
            for origin, county in pairs(MAY)
            if (origin, county) not in june
        ),
    )


def funds() -> tuple[Fund, ...]:
    """The central reconstruction fund (amount of 2008 real, terms synthetic), free carriage and a reward (synthetic)."""
    return (
        Fund(fund="central-reconstruction-2008", payer="Central government 中央财政", amount=Decimal(70_000_000_000),
             pays_for="commodities equipment personnel other", share=0.3),
        Fund(fund="free-carriage", payer="Railways and road funds (synthetic) 铁路与公路 (虚拟)", amount=Decimal(500_000_000),
             pays_for="travel", share=0.75),
        Fund(fund="reward", payer="Central government (synthetic) 中央奖补 (虚拟)", amount=Decimal(300_000_000),
             pays_for="incentive", cap_per_city=Decimal(30_000_000)),
    )  # fmt: skip


def programmes() -> tuple[Programme, ...]:
    """Compensation in kind, synthetic: places for teachers and doctors, and a shared information platform."""
    hurt = " ".join(sorted(place.county for place in counties() if place.extreme))
    return (
        Programme(programme="teacher-training", provider="beijing", unit_cost=Decimal(400_000),
                  unit_value=Decimal(1_000_000), units=40),
        Programme(programme="health-platform", provider="shanghai", unit_cost=Decimal(3_000_000),
                  unit_value=Decimal(8_000_000), units=10, open_to=hurt),
    )  # fmt: skip


def shares() -> dict[str, Decimal]:
    """Each province's share of the bill, by revenue; largest remainders make the sum exactly 1."""
    total = sum((place.revenue for place in provinces()), Decimal(0))
    scale = 10**SHARE_DECIMALS
    exact = {place.province: place.revenue / total * scale for place in provinces()}
    units = {city: int(value) for city, value in exact.items()}
    by_remainder = sorted(exact, key=lambda city: (units[city] - exact[city], city))
    for city in by_remainder[: scale - sum(units.values())]:
        units[city] += 1
    return {city: Decimal(value) / scale for city, value in units.items()}


def responsibility() -> tuple[Responsibility, ...]:
    """Provinces carry the bill by revenue, up to 1 % of it; counties are not asked to pay. Nobody is guilty."""
    return (
        *(
            Responsibility(
                city=place.province,
                share=float(shares()[place.province]),
                ability_cap=rules.ability(place),
                reason="agreed burden by revenue, not guilt; cap: 1 % of the revenue of 2007 (State Council, 11 June 2008)",
            )
            for place in provinces()
        ),
        *(
            Responsibility(city=place.county, ability_cap=Decimal(0), reason="hit county, not asked to pay (synthetic)")
            for place in counties()
        ),
    )
