"""Shortfall of a region in quiet times: what it holds against its targets, without telling one city what another holds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from tongzhou.service.store.columns import Flag
from tongzhou.service.store.tables import records

LEAST_HOLDERS = 3
"""Of fewer holders a total would tell one what the other has."""
DIGITS = 2


@dataclass(frozen=True, slots=True)
class Coverage:
    """One resource against its target, in its unit. `holders` and the totals are None where too few cities hold it.

    `gap`: what the region lacks in all; `overlap`: what cities hold beyond their own targets; `cities_below`: of those whose own
    holdings are below their own target; `cities_unreached`: of those that could not be brought up to it within `reach_h` by what the
    others hold above their floors.
    """

    resource: str
    unit: str
    target: float
    held: float | None
    gap: float | None
    overlap: float | None
    cities: int
    cities_below: int | None
    cities_unreached: int | None
    own_target: float | None
    own_held: float | None


def coverage(connection: sa.Connection, region: str, own_city: str | None, *, exact: bool) -> list[Coverage]:
    """Each target of the region; `exact` for who may see holdings: others get totals of at least three holders, rounded."""
    rows = _by_kind(connection, region)
    people = {row["city"]: float(row["population"]) for row in rows["cities"]}
    units = {row["resource"]: str(row["unit"]) for row in rows["resources"]}
    reach = _reach(rows["links"])
    found = []
    for target in rows["targets"]:
        resource = target["resource"]
        held, spare = _holdings(rows["stocks"], resource)
        wanted = {city: target["per_10000"] * number / 10000 for city, number in people.items()}
        total, short = sum(held.values()), [city for city, amount in wanted.items() if held.get(city, 0.0) < amount]
        unreached = [
            city for city in short if not _is_reached(city, wanted[city], held, spare, reach, target["reach_h"])
        ]
        told = exact or len(set(held) - {own_city}) >= LEAST_HOLDERS
        target_sum = sum(wanted.values())
        over = sum(max(0.0, amount - wanted.get(city, 0.0)) for city, amount in held.items())
        own_held = None if own_city is None else held.get(own_city, 0.0)
        found.append(Coverage(
            resource, units.get(resource, ""), round(target_sum, 6), _told(total, told, exact), _told(max(0.0, target_sum - total), told, exact),
            _told(over, told, exact), len(people), len(short) if told else None, len(unreached) if told else None,
            None if own_city is None else wanted.get(own_city), own_held,
        ))  # fmt: skip
    return found


def _told(amount: float, told: bool, exact: bool) -> float | None:
    if not told:
        return None
    return amount if exact or not amount else round(amount, DIGITS - 1 - math.floor(math.log10(abs(amount))))


def _by_kind(connection: sa.Connection, region: str) -> Mapping[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for kind, body in connection.execute(
        sa.select(records.c.kind, records.c.body)
        .where(records.c.region == region, records.c.incident.is_(None), records.c.removed == sa.literal(False, Flag))
        .order_by(records.c.kind, records.c.key)
    ):
        found[kind].append(body)
    return found


def _holdings(stocks: list[Mapping[str, Any]], resource: str) -> tuple[dict[str, float], dict[str, float]]:
    """What each city holds, and what of it may leave (above its floor; a fifth stays where none is given)."""
    held, spare = {}, {}
    for row in stocks:
        if row["resource"] == resource and row["quantity"] > 0:
            held[row["city"]] = float(row["quantity"])
            spare[row["city"]] = max(0.0, row["quantity"] - row.get("floor", 0.2 * row["quantity"]))
    return held, spare


def _reach(links: list[Mapping[str, Any]]) -> Mapping[tuple[str, str], float]:
    hours: dict[tuple[str, str], float] = {}
    for row in links:
        ways = [(row["origin"], row["destination"])]
        ways += [(row["destination"], row["origin"])] if row.get("both_ways") else []
        for way in ways:
            hours[way] = min(row["travel_h"], hours.get(way, math.inf))
    return hours


def _is_reached(
    city: str, wanted: float, held: Mapping[str, float], spare: Mapping[str, float],
    reach: Mapping[tuple[str, str], float], within_h: float,
) -> bool:  # fmt: skip
    near = sum(amount for other, amount in spare.items() if reach.get((other, city), math.inf) <= within_h)
    return held.get(city, 0.0) + near >= wanted
