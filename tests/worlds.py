"""Small scenarios in code: a test lists the rows that matter, `world` adds the cities and resources they name.

Defaults that keep tests short: period 6 h, 4 periods (horizon 24 h), led mode, no floors, one supply `water` of one tonne and
one cubic metre a unit, a common carrier at no price on every lane, needs of priority 1 from hour 0 to the end of the horizon.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tongzhou.model.domain import Problem, Settings
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.domain.settings import Escalation, Governance, Objective, Replanning, Reserve
from tongzhou.model.domain.tables import (
    Arrival,
    City,
    Closure,
    Commitment,
    Fleet,
    Incident,
    Link,
    Need,
    Pair,
    Resource,
    Stock,
    Substitute,
)
from tongzhou.model.plan import Outcome, Plan
from tongzhou.model.verify import verify
from tongzhou.solvers.dispatch import plan_dispatch
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock

WATER = "water"
MONEY = {"trip_cost", "t_cost", "km_cost", "unit_value", "day_cost", "loss_per_unit_day"}
START = datetime(2024, 1, 1, tzinfo=UTC)


def _money(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: Decimal(str(value)) if name in MONEY and value is not None else value for name, value in values.items()
    }


def city(name: str, role: str = "affected", **more: Any) -> City:
    return City(city=name, name=name, latitude=0.0, longitude=0.0, population=1.0, role=role, **more)


def supply(name: str = WATER, weight_t: float = 1.0, volume_m3: float = 1.0, **more: Any) -> Resource:
    return Resource(
        resource=name, name=name, kind="supply", unit="unit", weight_t=weight_t, volume_m3=volume_m3, **_money(more)
    )


def team(name: str = "team", **more: Any) -> Resource:
    return Resource(resource=name, name=name, kind="team", unit="team", weight_t=0.0, volume_m3=0.0, **_money(more))


def equipment(name: str = "pump", weight_t: float = 0.0, volume_m3: float = 0.0, **more: Any) -> Resource:
    """Equipment without weight drives itself; with weight it rides on trips."""
    return Resource(
        resource=name, name=name, kind="equipment", unit="unit", weight_t=weight_t, volume_m3=volume_m3, **_money(more)
    )


def substitute(needed: str, used: str, ratio: float = 1.0) -> Substitute:
    return Substitute(needed=needed, used=used, ratio=ratio)


def stock(where: str, quantity: float, resource: str = WATER, **more: Any) -> Stock:
    return Stock(city=where, resource=resource, quantity=quantity, **more)


def arrival(where: str, quantity: float, at_h: float, resource: str = WATER) -> Arrival:
    return Arrival(city=where, resource=resource, at_h=at_h, quantity=quantity)


def need(where: str, quantity: float, resource: str = WATER, name: str | None = None, **more: Any) -> Need:
    """A need named after its city; `world` closes an open window at the end of the horizon."""
    given = {"from_h": 0.0, "priority": 1, **_money(more)}
    return Need(need=name or where, city=where, resource=resource, quantity=quantity, **given)


def incident(name: str, mode: str, **more: Any) -> Incident:
    return Incident(incident=name, name=name, mode=mode, **more)


def lane(origin: str, destination: str, travel_h: float = 6.0, mode: str = "road", **more: Any) -> Link:
    """A lane that only a fleet of its origin (or units that drive) can use."""
    given = {"distance_km": 100.0, **_money(more)}
    return Link(origin=origin, destination=destination, mode=mode, travel_h=travel_h, **given)


def carrier(origin: str, destination: str, travel_h: float = 6.0, t_cost: float | str = 0, **more: Any) -> Link:
    """A lane with a common carrier: goods need no fleet."""
    return lane(origin, destination, travel_h, t_cost=t_cost, **more)


def closure(origin: str, destination: str, from_h: float, until_h: float, share: float = 0.0) -> Closure:
    return Closure(
        origin=origin, destination=destination, mode="road", from_h=from_h, until_h=until_h, capacity_share=share
    )


def fleet(where: str, vehicles: int, payload_t: float, volume_m3: float = 1e6, **more: Any) -> Fleet:
    given = {"mode": "road", "vehicle": "truck", **_money(more)}
    return Fleet(city=where, vehicles=vehicles, payload_t=payload_t, volume_m3=volume_m3, **given)


def promised(origin: str, destination: str, quantity: float, depart_h: float, **more: Any) -> Commitment:
    given = {"line": "L1", "kind": "shipment", "resource": WATER, "mode": "road", "status": "accepted", **more}
    return Commitment(origin=origin, destination=destination, quantity=quantity, depart_h=depart_h, **given)


def pair(origin: str, destination: str, rule: str, resource: str | None = None) -> Pair:
    return Pair(origin=origin, destination=destination, resource=resource, rule=rule)


SECTION_OF = {
    item.name: (section, row_class)
    for section, row_class in (
        ("governance", Governance), ("reserve", Reserve), ("objective", Objective), ("escalation", Escalation), ("replanning", Replanning),
    )
    for item in fields(row_class)
}  # fmt: skip


def world(*rows: Any, period_h: float = 6.0, periods: int = 4, **choices: Any) -> Problem:
    """A problem from rows in any order; `choices` are settings by their name in scenario.toml (mode, self_first, kind, ...)."""
    tables: dict[str, list[Any]] = defaultdict(list)
    name_of = {spec.row_class: name for name, spec in TABLES.items()}
    for row in rows:
        tables[name_of[type(row)]].append(row)
    _add_resources(tables)
    _add_cities(tables)
    horizon = period_h * periods
    kinds = {row.resource: row.kind for row in tables["resources"]}
    tables["needs"] = [_closed(row, kinds[row.resource], horizon) for row in tables["needs"]]
    settings = _settings(period_h, periods, choices)
    return Problem(settings=settings, **{name: tuple(table) for name, table in tables.items()})


def _settings(period_h: float, periods: int, choices: dict[str, Any]) -> Settings:
    given: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, value in {"mode": "led", "default_share": 0.0, **choices}.items():
        given[SECTION_OF[name][0]][name] = value
    sections = {section: row_class(**given[section]) for section, row_class in SECTION_OF.values()}
    return Settings(name="world", start=START, period_h=period_h, periods=periods, **sections)


def _add_resources(tables: dict[str, list[Any]]) -> None:
    known = {row.resource for row in tables["resources"]}
    named = {row.resource for name in ("stocks", "arrivals", "needs", "commitments") for row in tables[name]}
    if WATER in named - known or not known | named:
        tables["resources"].append(supply())


def _add_cities(tables: dict[str, list[Any]]) -> None:
    known = {row.city for row in tables["cities"]}
    needy = {row.city for row in tables["needs"]}
    named = needy | {row.city for name in ("stocks", "arrivals", "fleets") for row in tables[name]}
    named |= {end for row in tables["links"] for end in (row.origin, row.destination)}
    for name in sorted(named - known):
        tables["cities"].append(city(name, "affected" if name in needy else "contributor"))


def _closed(row: Need, kind: str, horizon: float) -> Need:
    if row.by_h is not None or row.until_h is not None:
        return row
    return replace(row, by_h=horizon) if kind == "supply" else replace(row, until_h=horizon)


def planned(problem: Problem, **options: Any) -> Outcome:
    """Plan in process and let the independent verifier look at the plan. `options`: fields of SolveOptions."""
    given = {"time_limit_s": 60.0, "gap": 0.0, **options}
    outcome = plan_dispatch(problem, SolveOptions(**given), Clock(given["time_limit_s"]))
    assert outcome.plan is not None
    found = verify(problem, outcome.plan)
    assert not found, "\n".join(item.line("en") for item in found)
    return outcome


def plan_of(problem: Problem, **options: Any) -> Plan:
    """The plan of `planned`."""
    plan = planned(problem, **options).plan
    assert plan is not None
    return plan


def tier(plan: Plan | None, name: str) -> float:
    """Value of a tier."""
    assert plan is not None
    return next(item.value for item in plan.tiers if item.name == name)


DUST = 5
"""Decimals of the sums below: whether published numbers are clean is the business of one test, not of all."""


def unit_hours(plan: Plan, name: str) -> float:
    """Published unit-hours of a need; a need without a row of shortages lacked nothing."""
    return round(sum(row.unit_hours for row in plan.shortages if row.need == name), DUST)


def short(plan: Plan, name: str) -> float:
    """Published shortage of a need."""
    return round(sum(row.short for row in plan.shortages if row.need == name), DUST)


def served(plan: Plan, name: str, at_h: float | None = None) -> float:
    """Units of a need served, at one hour or in all."""
    return round(sum(row.served for row in plan.service if row.need == name and at_h in (None, row.at_h)), DUST)


def sent(plan: Plan, origin: str, destination: str | None = None, resource: str | None = None) -> float:
    """Quantity shipped by a city."""
    rows = (row for row in plan.shipments if row.origin == origin and destination in (None, row.destination))
    return round(sum(row.quantity for row in rows if resource in (None, row.resource)), DUST)


def rows_of(table: Iterable[Any], **wanted: Any) -> list[Any]:
    """Rows whose columns have the given values."""
    return [row for row in table if all(getattr(row, name) == value for name, value in wanted.items())]
