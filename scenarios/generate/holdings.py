"""What each city holds, keeps back and offers, and the resupply some expect."""

from __future__ import annotations

from collections.abc import Iterable

from tongzhou.model.domain.tables import Arrival, City, Stock
from tongzhou.scenarios.generate.catalogue import Good
from tongzhou.scenarios.generate.draw import Draw, rounded_to
from tongzhou.scenarios.generate.geography import Region

HELD_SHARE = 0.58
"""Share of the cities that hold a resource; hubs and depots hold all."""
LEFT_SHARE = 0.25
"""What the disaster left of a struck city's stock."""
DEPOT_MILLIONS = 6.0
"""Inhabitants (millions) whose stock a national depot holds."""


def millions(city: City) -> float:
    """Inhabitants in millions; a national depot counts as if it had some."""
    return DEPOT_MILLIONS if city.role == "national" else city.population / 1_000_000


def lay_stocks(region: Region, goods: tuple[Good, ...], seed: int) -> tuple[Stock, ...]:
    """Stocks by rules per head. Every resource is held by at least one contributor."""
    draw = Draw(seed, "stocks")
    contributors = [row for row in region.helpers if row.role == "contributor"]
    largest = max(contributors, key=lambda row: (row.population, row.city))
    always = sum(row.hub or row.role == "national" for row in region.cities)
    chance = (HELD_SHARE * len(region.cities) - always) / (len(region.cities) - always)
    found = []
    for good in goods:
        holders = {row.city for row in region.cities if row.hub or row.role == "national" or draw.chance(chance)}
        if holders.isdisjoint(row.city for row in contributors):
            holders.add(largest.city)
        rows = [
            _stock(row, good, draw, struck=row.city in region.struck) for row in region.cities if row.city in holders
        ]
        found += [row for row in rows if row.quantity > 0]
    return tuple(found)


def _stock(city: City, good: Good, draw: Draw, *, struck: bool) -> Stock:
    quantity = good.per_million * millions(city) * draw.uniform(0.4, 1.2)
    keep, offer = draw.uniform(0.2, 0.35), draw.uniform(0.6, 0.95)
    if struck:
        held = rounded_to(quantity * LEFT_SHARE, good.step)
        return Stock(city=city.city, resource=good.row.resource, quantity=held, floor=0.0)
    held = max(2 * good.step, rounded_to(quantity, good.step))
    floor = rounded_to(keep * held, good.step) if held > 2 * good.step else 0.0
    offered = max(good.step, rounded_to(offer * (held - floor) - 0.5 * good.step, good.step))
    return Stock(
        city=city.city,
        resource=good.row.resource,
        quantity=held,
        floor=floor,
        offered=None if city.role == "national" else min(offered, rounded_to(held - floor, good.step)),
    )


def lay_arrivals(
    region: Region, goods: tuple[Good, ...], stocks: tuple[Stock, ...], horizon_h: float, seed: int
) -> tuple[Arrival, ...]:
    """Resupply of some supplies in the first half of the horizon."""
    draw = Draw(seed, "arrivals")
    good_of = {good.row.resource: good for good in goods}
    found = []
    for stock in stocks:
        good, due, at = good_of[stock.resource], draw.chance(0.08), draw.uniform(0.1, 0.5)
        quantity = rounded_to(stock.quantity * draw.uniform(0.2, 0.5), good.step)
        national = region.city_of[stock.city].role == "national"
        if due and good.row.is_supply and quantity > 0 and not national:
            found.append(
                Arrival(city=stock.city, resource=stock.resource, at_h=round(at * horizon_h, 1), quantity=quantity)
            )
    return tuple(found)


def releasable(region: Region, stocks: Iterable[Stock], resource: str) -> float:
    """What the cities and depots that are not struck may send of a resource: offers, and national stock above floors."""
    helpers = {row.city for row in region.helpers}
    rows = [row for row in stocks if row.resource == resource and row.city in helpers]
    return round(sum(row.quantity - (row.floor or 0.0) if row.offered is None else row.offered for row in rows), 6)
