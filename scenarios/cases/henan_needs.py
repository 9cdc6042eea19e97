"""Needs and stocks of the case henan-2021: rules by head, and the teams, boats and pumps that were really sent."""

from __future__ import annotations

import math

from tongzhou.model.domain.tables import Need, Stock
from tongzhou.scenarios.cases import henan_rules as rules
from tongzhou.scenarios.cases.henan_sources import DEPOT, Place, Sent, capitals, deployments, henan, sent, within


def needs() -> tuple[Need, ...]:
    """What the struck cities need, by the people in need of each."""
    found: list[Need] = []
    for place in henan():
        struck = rules.STRUCK.get(place.city)
        if struck is not None:
            found += _supply_needs(place, struck)
            found += _unit_needs(place, struck)
    return tuple(found)


def _supply_needs(place: Place, struck: rules.Struck) -> list[Need]:
    return [
        Need(
            need=f"{place.city}-{resource}",
            city=place.city,
            resource=resource,
            quantity=rules.in_steps(place.population * struck.share * rule.per_person, rule.step),
            from_h=struck.onset_h + rule.after_h,
            by_h=struck.onset_h + rule.after_h + rule.window_h,
            priority=rule.priority,
            repeat_h=24 if rule.waves > 1 else None,
            repeats=rule.waves if rule.waves > 1 else None,
        )
        for resource, rule in rules.SUPPLIES.items()
        if struck.deep or not rule.deep_only
    ]


def _unit_needs(place: Place, struck: rules.Struck) -> list[Need]:
    return [
        Need(
            need=f"{place.city}-{resource}",
            city=place.city,
            resource=resource,
            quantity=rules.in_steps(place.population * struck.share / 1000 * rule.per_thousand, 1),
            from_h=struck.onset_h + rule.after_h,
            until_h=struck.onset_h + rule.after_h + rule.stays_h,
            priority=rule.priority,
        )
        for resource, rule in rules.UNITS.items()
        if struck.deep
    ]


def stocks() -> tuple[Stock, ...]:
    """What the cities of Henan, the provinces and the depot hold and offer."""
    found: list[Stock] = []
    for place in henan():
        found += _henan_supplies(place)
        found += _henan_units(place)
    for place in capitals():
        if place.city in rules.RAIL_CAPITALS:
            found += _capital_supplies(place)
    for row in sent():
        found += _province_units(row)
    found += [
        Stock(city=DEPOT, resource=name, quantity=rule.depot) for name, rule in rules.SUPPLIES.items() if rule.depot
    ]
    return tuple(found)


def _henan_supplies(place: Place) -> list[Stock]:
    """Supplies by head: a struck city keeps all, large cities outside the flood lend."""
    struck = place.city in rules.STRUCK
    found = []
    for resource, rule in rules.SUPPLIES.items():
        if not struck and (not rule.lent or place.population < rules.LARGE):
            continue
        quantity = rules.in_steps(place.population * rule.per_inhabitant, rule.step)
        floor = quantity if struck else None
        offered = None if struck else rules.in_steps(quantity * rules.OFFERED_SHARE, rule.step)
        found.append(Stock(city=place.city, resource=resource, quantity=quantity, floor=floor, offered=offered))
    return found


def _henan_units(place: Place) -> list[Stock]:
    """Units by head; the six cities that went to Zhengzhou on 20 July offer what they really sent."""
    struck, real = rules.STRUCK.get(place.city), really_offered().get(place.city, {})
    found = []
    for resource, rule in rules.UNITS.items():
        holds = struck.deep if struck is not None else rule.lent and place.population >= rules.LARGE
        if not holds and resource not in real:
            continue
        quantity = rules.in_steps(place.population / 1e6 * rule.per_million, 1)
        by_rule = 0 if struck is not None else math.floor(quantity * rule.offered_share)
        offered = float(real.get(resource, by_rule))
        quantity = max(quantity, offered)
        floor = quantity - offered if struck is not None else None
        names = (resource, "pump-crew") if resource == "drainage-pump" else (resource,)
        found += [
            Stock(city=place.city, resource=name, quantity=quantity, floor=floor, offered=offered) for name in names
        ]
    return found


def really_offered() -> dict[str, dict[str, int]]:
    """Squads and boats that each of six cities sent to Zhengzhou: the total in even parts, the rest to the first by name."""
    row = within()
    squads, boats = row.people // rules.SQUAD_PEOPLE, row.boats
    parts = len(row.cities)
    return {
        city: {
            "rescue-squad": squads // parts + (number < squads % parts),
            "boat": boats // parts + (number < boats % parts),
        }
        for number, city in enumerate(row.cities)
    }


def _capital_supplies(place: Place) -> list[Stock]:
    found = []
    for resource, rule in rules.SUPPLIES.items():
        if rule.per_capital_inhabitant:
            quantity = rules.in_steps(place.population * rule.per_capital_inhabitant, rule.step)
            offered = rules.in_steps(quantity * rules.OFFERED_SHARE, rule.step)
            found.append(Stock(city=place.city, resource=resource, quantity=quantity, offered=offered))
    return found


def _province_units(row: Sent) -> list[Stock]:
    """All that a province sent, offered in full from the hour it left."""
    pumps, trucks = row.remote_pumps or 0, suction_trucks()[row.city]
    crews = pumps + trucks
    units = {
        "boat": boats()[row.city],
        "remote-pump": pumps,
        "suction-truck": trucks,
        "pump-crew": crews,
        "rescue-squad": (row.people - crews * rules.CREW_PEOPLE) // rules.SQUAD_PEOPLE,
    }
    from_h = row.from_h if row.from_h is not None else max(item.from_h or 0 for item in sent())
    return [
        Stock(city=row.city, resource=name, quantity=count, floor=0, offered=count, from_h=from_h)
        for name, count in units.items()
        if count
    ]


def boats() -> dict[str, int]:
    """Boats by capital: reported; what is left of the announced total goes by people to provinces without a number."""
    unknown = [row for row in sent() if row.boats is None]
    left = deployments()["total"]["boats"] - sum(row.boats or 0 for row in sent())
    people = sum(row.people for row in unknown)
    return {row.city: row.boats if row.boats is not None else round(left * row.people / people) for row in sent()}


def suction_trucks() -> dict[str, int]:
    """Dragon suction trucks: reported; what is left of the announced total, one each, to the largest teams without pumps."""
    found = {row.city: row.suction_trucks or 0 for row in sent()}
    left = deployments()["total"]["dragon_suction_trucks"] - sum(found.values())
    without = [row for row in sent() if row.suction_trucks is None and row.remote_pumps is None]
    for row in sorted(without, key=lambda row: (-row.people, row.city))[:left]:
        found[row.city] = 1
    return found
