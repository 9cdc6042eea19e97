"""Break one limit of a valid plan at a time: the verifier names it, its place, its hour and the amount.

Two ways: edit rows of the plan, or hold the untouched plan against a scenario in which just one limit is tighter.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import tongzhou.model.verify.verifier as verifier
from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Replanning
from tongzhou.model.domain.tables import Served
from tongzhou.model.plan import Plan
from tongzhou.model.verify import verify
from tongzhou.model.verify.violation import Violation
from worlds import (
    arrival,
    carrier,
    city,
    closure,
    equipment,
    fleet,
    incident,
    lane,
    need,
    pair,
    plan_of,
    promised,
    rows_of,
    stock,
    substitute,
    supply,
    team,
    world,
)

WATER_LINE = "S:G>A:road:carrier:water:0"
TRUCK_LINE = "S:G>A:road:truck:water:0"
TRUCK_TRIP = "T:G>A:road:truck:0"


def by_carrier(**link: Any) -> Problem:
    """G sends its 10 to A at 0."""
    return world(stock("G", 10), need("A", 10), carrier("G", "A", **link))


def by_truck(**vehicles: Any) -> Problem:
    """G sends 10 t at 0 by two trucks of 5 t, back at 12."""
    given = {"vehicles": 2, "payload_t": 5, "volume_m3": 5, "km_cost": 1, **vehicles}
    return world(stock("G", 10), need("A", 10), lane("G", "A"), fleet("G", **given))


def by_team(unit: Any = None, wanted: str = "team", **more: Any) -> Problem:
    """G's two teams are on site from 6 to 24 and home at 30."""
    unit = unit if unit is not None else team(day_cost=24)
    return world(unit, stock("G", 2, unit.resource), need("A", 2, wanted), lane("G", "A"), **more)


def by_pump(**vehicles: Any) -> Problem:
    """A pump of 5 t and 4 m3 rides out at 0 and is fetched at 18 by a trip that leaves home at 12."""
    given = {"vehicles": 1, "payload_t": 5, "volume_m3": 4, **vehicles}
    return world(
        equipment(weight_t=5, volume_m3=4), stock("G", 1, "pump"), need("A", 1, "pump", until_h=18), lane("G", "A"),
        fleet("G", **given),
    )  # fmt: skip


PUMP_LINE = "D:G>A:truck:pump:A:0-18"
TEAM_LINE = "D:G>A:road:team:A:0-24"


def by_crew() -> Problem:
    """G's pump works with two of K's team, from 6 on."""
    return world(
        equipment(crew="team", crew_size=2), team(), stock("G", 1, "pump"), stock("K", 2, "team"), need("A", 1, "pump"),
        lane("G", "A"), lane("K", "A"),
    )  # fmt: skip


def national() -> Problem:
    """The depot is called at 0 and sends at 12."""
    return world(city("N", "national"), stock("N", 10), need("A", 10), carrier("N", "A"))


def over_a_hub(role: str = "hub") -> Problem:
    return world(stock("G", 10), need("A", 10), city("M", role), carrier("G", "M"), carrier("M", "A"))


def edit(table: str, where: dict[str, Any], **changes: Any) -> Callable[[Plan], Plan]:
    """Change columns of the first row that matches."""

    def run(plan: Plan) -> Plan:
        rows = list(getattr(plan, table))
        row = rows_of(rows, **where)[0]
        rows[rows.index(row)] = replace(row, **changes)
        return replace(plan, **{table: tuple(rows)})

    return run


def drop(table: str, **where: Any) -> Callable[[Plan], Plan]:
    """Leave out the rows that match."""

    def run(plan: Plan) -> Plan:
        rows = getattr(plan, table)
        gone = rows_of(rows, **where)
        assert gone
        return replace(plan, **{table: tuple(row for row in rows if row not in gone)})

    return run


def twice(table: str) -> Callable[[Plan], Plan]:
    """The first row stands twice."""
    return lambda plan: replace(plan, **{table: (getattr(plan, table)[0], *getattr(plan, table))})


def tighter(table: str, **changes: Any) -> Callable[[Problem], Problem]:
    """The scenario with the first row of a table changed."""

    def run(problem: Problem) -> Problem:
        first, *others = getattr(problem, table)
        return problem.replace(**{table: (replace(first, **changes), *others)})

    return run


def found(problem: Problem, plan: Plan, limit: str) -> list[Violation]:
    return [item for item in verify(problem, plan) if item.limit == limit]


def reports(violations: list[Violation], place: str, amount: float, at_h: float | None) -> bool:
    return any(
        item.place == place and item.amount == pytest.approx(amount, rel=1e-6, abs=1e-9) and item.at_h == at_h
        for item in violations
    )


# limit, valid plan of, edit of the plan, place, amount, hour
EDITS: list[tuple[str, Callable[[], Problem], Callable[[Plan], Plan], str, float, float | None]] = [
    ("unique-id", by_carrier, twice("shipments"), WATER_LINE, 1, None),
    ("unique-id", by_team, twice("deployments"), TEAM_LINE, 1, None),
    ("unique-id", by_truck, twice("trips"), "trips", 1, None),
    ("scope", by_carrier, edit("service", {}, at_h=24.0), "A", 10, 24),
    ("self-first", by_carrier, edit("baseline", {}, short=4.0), "A water", 6, 6),  # alone A lacks all 10, not 4
    ("lane", by_carrier, edit("shipments", {}, destination="G"), WATER_LINE, 10, 0),
    ("lane", by_carrier, edit("shipments", {}, resource="wine"), WATER_LINE, 10, 0),
    ("lane", by_carrier, edit("shipments", {}, origin="Nowhere"), WATER_LINE, 10, 0),
    ("lane", by_team, edit("deployments", {}, need="no such need"), TEAM_LINE, 2, 0),
    ("lane", by_team, edit("deployments", {}, origin="A", destination="G"), TEAM_LINE, 2, 0),
    ("fleet", by_truck, edit("trips", {}, vehicle="van"), TRUCK_TRIP, 2, 0),
    ("travel", by_carrier, edit("shipments", {}, arrive_h=12.0), WATER_LINE, 6, 0),
    ("travel", by_truck, edit("trips", {}, arrive_h=12.0), TRUCK_TRIP, 6, 0),
    ("travel", by_team, edit("deployments", {}, on_site_h=0.0), TEAM_LINE, 6, 0),
    ("travel", by_team, edit("deployments", {}, home_h=24.0), TEAM_LINE, 6, 24),
    ("quantity", by_carrier, edit("shipments", {}, quantity=-3.0), WATER_LINE, 3, 0),
    ("grid", by_carrier, edit("shipments", {}, depart_h=3.0), WATER_LINE, 0, 3),
    ("grid", by_carrier, edit("shipments", {}, depart_h=-6.0, arrive_h=0.0), WATER_LINE, 0, -6),
    ("grid", by_team, edit("deployments", {}, depart_h=3.0, on_site_h=9.0), TEAM_LINE, 0, 3),
    ("trip", by_truck, edit("shipments", {}, trip=None), TRUCK_LINE, 10, 0),
    ("trip", by_truck, edit("shipments", {}, trip="T:none"), TRUCK_LINE, 10, 0),
    ("trip", by_truck, edit("trips", {}, depart_h=6.0, arrive_h=12.0, back_h=18.0), TRUCK_LINE, 10, 0),
    ("trip", by_pump, edit("deployments", {}, trip=None), PUMP_LINE, 1, 0),
    ("trips", by_truck, edit("trips", {}, trips=0), TRUCK_TRIP, 1, 0),
    ("away", by_truck, edit("trips", {}, back_h=6.0), TRUCK_TRIP, 6, 0),
    ("cost", by_truck, edit("trips", {}, cost=Decimal(395)), TRUCK_TRIP, 5, 0),  # 2 trips * 200 km * 1
    ("cost", by_team, edit("deployments", {}, cost=Decimal(65)), TEAM_LINE, 5, 0),  # 2 teams * 30 h * 1
    ("duty", by_team, edit("deployments", {}, leave_h=6.0, home_h=12.0), TEAM_LINE, 1, 6),
    ("load", by_truck, edit("trips", {}, load_t=9.0), TRUCK_TRIP, 1, 0),
    ("load", by_truck, edit("trips", {}, load_m3=13.0), TRUCK_TRIP, 3, 0),
    ("way-home", by_pump, drop("trips", depart_h=12), "G > A road truck", 5, 12),
    ("payload-out", by_truck, edit("trips", {}, trips=1), TRUCK_TRIP, 5, 0),
    ("volume-out", by_truck, edit("trips", {}, trips=1), TRUCK_TRIP, 5, 0),
    ("stock-level", by_carrier, edit("stocks", {"city": "G", "at_h": 0}, on_hand=2.0), "G water", 2, 0),
    ("stock-level", lambda: world(stock("G", 7)), drop("stocks", at_h=6), "G water", 7, 6),
    ("in-transit", by_carrier, edit("stocks", {"city": "A", "at_h": 0}, in_transit=7.0), "A water", 3, 0),
    ("floor", by_carrier, edit("stocks", {"city": "G", "at_h": 12}, floor=4.0), "G water", 4, 12),
    ("national-call", national, lambda plan: replace(plan, national_call_h=6.0), "S:N>A:road:carrier:water:12", 6, 12),
    ("national-call", national, lambda plan: replace(plan, national_call_h=None), "S:N>A:road:carrier:water:12", float("inf"), 12),
    ("service", by_carrier, edit("service", {}, need="B"), "B", 10, 6),
    ("service", by_carrier, edit("service", {}, city="G"), "A", 10, 6),
    ("ratio", by_carrier, edit("service", {}, served=9.0), "A", 1, 6),
    ("window-or-quantity", by_carrier, edit("service", {}, served=12.0, used=12.0), "A", 2, 6),
    ("window-or-quantity", by_team, edit("service", {"at_h": 6}, served=3.0, used=3.0), "A", 1, 6),
    ("presence", by_team, drop("deployments"), "A team", 2, 6),
    ("presence", by_team, edit("deployments", {}, quantity=1), "A team", 1, 18),
    ("crew", by_crew, drop("deployments", resource="team"), "A team", 2, 12),
    ("crew", by_crew, edit("deployments", {"resource": "team"}, quantity=1), "A team", 1, 12),
    ("shortage", by_carrier, edit("shortages", {}, unit_hours=50.0), "A", 10, None),
    ("shortage", by_carrier, drop("shortages"), "A", 60, None),
    ("shortage", lambda: world(need("A", 5)), edit("shortages", {}, short=3.0), "A", 0, None),  # amount: of the unit-hours
    ("tier-value", by_carrier, edit("tiers", {"name": "priority-1"}, value=7.0), "priority-1", 1, None),
    ("tier-value", by_truck, edit("tiers", {"name": "cost"}, value=390.0, bound=0.0), "cost", 10, None),
    ("tier-value", by_truck, edit("tiers", {"name": "cost"}, value=410.0), "cost", 10, None),
    ("tier-bound", by_carrier, edit("tiers", {"name": "priority-1"}, bound=6.5), "priority-1", 0.5, None),
    ("city-account", by_carrier, edit("cities", {"city": "A"}, unit_hours=57.0), "A", 3, None),
    ("money", by_truck, edit("cities", {"city": "G"}, spent=Decimal(390)), "cities", -10, None),
    ("money", by_truck, edit("cities", {"city": "A"}, spent=Decimal(25)), "cities", 25, None),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "valid", "change", "place", "amount", "at_h"), EDITS)
def test_an_edited_row_is_found(
    limit: str,
    valid: Callable[[], Problem],
    change: Callable[[Plan], Plan],
    place: str,
    amount: float,
    at_h: float | None,
) -> None:
    problem = valid()
    plan = change(plan_of(problem))
    violations = found(problem, plan, limit)
    assert reports(violations, place, amount, at_h), verify(problem, plan)


def at_hour(now_h: float, *served: Served) -> Callable[[Problem], Problem]:
    """The scenario some hours on, with what has been served so far."""
    return lambda problem: problem.replace(
        settings=replace(problem.settings, replanning=Replanning(now_h=now_h)), served=served
    )


def with_rows(**tables: Any) -> Callable[[Problem], Problem]:
    """The scenario with rows added to tables."""
    return lambda problem: problem.replace(**{name: (*getattr(problem, name), *rows) for name, rows in tables.items()})


def with_rule(section: str, **changes: Any) -> Callable[[Problem], Problem]:
    """The scenario with a setting changed."""

    def run(problem: Problem) -> Problem:
        settings = problem.settings
        return problem.replace(settings=replace(settings, **{section: replace(getattr(settings, section), **changes)}))

    return run


def with_city(name: str, **changes: Any) -> Callable[[Problem], Problem]:
    """The scenario with one city changed."""

    def run(problem: Problem) -> Problem:
        return problem.replace(
            cities=tuple(replace(row, **changes) if row.city == name else row for row in problem.cities)
        )

    return run


def lots() -> Problem:
    return world(supply(lot=5), stock("G", 10), need("A", 10), carrier("G", "A"))


def medics() -> Problem:
    return world(
        team("nurse"), team("medic"), substitute("nurse", "medic"), stock("G", 2, "medic"), need("A", 2, "nurse"), lane("G", "A")
    )  # fmt: skip


def tents() -> Problem:
    return world(
        supply("tarp"), supply("tent"), substitute("tarp", "tent"), stock("G", 10, "tent"), need("A", 10, "tarp"), carrier("G", "A")
    )  # fmt: skip


def resting_team() -> Problem:
    """One team serves 6-12 and, home at 18 and without rest, again from 24 to 30."""
    return world(team(duty_h=6), stock("G", 1, "team"), need("A", 1, "team"), lane("G", "A"), periods=5)


def stripped() -> Problem:
    """S sends D the 50 it will need itself."""
    return world(stock("S", 50), need("S", 50, from_h=12), need("D", 100), carrier("S", "D"), no_worse_off=False)


def at_home() -> Problem:
    return world(stock("A", 30, floor=10), need("A", 30))


def teams_at_home() -> Problem:
    return world(team(), stock("A", 2, "team", floor=1), need("A", 2, "team"))


def voluntary() -> Problem:
    return world(stock("G", 10, offered=10), need("A", 10), carrier("G", "A"), mode="voluntary")


def two_incidents() -> Problem:
    """10 for the fever of A, which only offers may serve; B's flood needs nothing that G has."""
    return world(
        incident("flood", "led"), incident("fever", "voluntary"), stock("G", 10, offered=10), need("A", 10, incident="fever"),
        carrier("G", "A"), need("B", 1, incident="flood"),
    )  # fmt: skip


# limit, valid plan of, the scenario made tighter, place, amount, hour
TIGHTER: list[tuple[str, Callable[[], Problem], Callable[[Problem], Problem], str, float, float | None]] = [
    ("lane", by_carrier, lambda p: p.replace(links=(lane("G", "A", mode="rail"),)), WATER_LINE, 10, 0),
    ("fleet", by_truck, lambda p: p.replace(fleets=()), TRUCK_TRIP, 2, 0),
    ("fleet", by_truck, tighter("fleets", vehicles=1), "G road truck", 1, 0),
    ("fleet", by_truck, tighter("fleets", vehicles=1), "G road truck", 1, 6),  # both are still away
    ("carrier", by_carrier, tighter("links", t_cost=None), WATER_LINE, 10, 0),
    ("lot", lots, tighter("resources", lot=4), WATER_LINE, 2, 0),
    ("closure", by_carrier, with_rows(closures=[closure("G", "A", 0, 1)]), WATER_LINE, 10, 0),
    ("closure", by_truck, with_rows(closures=[closure("G", "A", 5, 6)]), TRUCK_TRIP, 2, 0),
    ("closure", by_team, with_rows(closures=[closure("G", "A", 0, 6)]), TEAM_LINE, 2, 0),
    ("duty", by_team, tighter("resources", duty_h=6), TEAM_LINE, 2, 6),
    ("lower-type", medics, lambda p: p.replace(substitutes=()), "D:G>A:road:medic:A:0-24", 2, 0),
    ("lower-type", tents, lambda p: p.replace(substitutes=()), "A", 10, 6),
    ("ratio", tents, tighter("substitutes", ratio=2), "A", 10, 6),
    ("pairs", by_carrier, with_rows(pairs=[pair("G", "A", "forbidden")]), WATER_LINE, 10, 0),
    ("pairs", by_team, with_rows(pairs=[pair("G", "A", "forbidden", "team")]), TEAM_LINE, 2, 0),
    ("pairs", over_a_hub, with_rows(pairs=[pair("M", "G", "required")]), "S:M>A:road:carrier:water:6", 10, 6),
    ("commitment", by_carrier, with_rows(commitments=[promised("G", "A", 4, 6)]), "L1", 4, 6),
    ("payload-out", by_truck, tighter("fleets", payload_t=3), TRUCK_TRIP, 4, 0),
    ("volume-out", by_truck, tighter("fleets", volume_m3=4), TRUCK_TRIP, 2, 0),
    ("payload-home", by_pump, tighter("fleets", payload_t=3), "T:G>A:road:truck:12", 2, 12),
    ("volume-home", by_pump, tighter("fleets", volume_m3=3), "T:G>A:road:truck:12", 1, 12),
    ("lane-capacity", by_carrier, tighter("links", capacity_t_per_h=1), "G > A road", 4, 0),
    ("lane-capacity", lambda: by_carrier(capacity_t_per_h=2), with_rows(closures=[closure("G", "A", 0, 2, 0.5)]), "G > A road", 4, 0),
    ("loading", by_carrier, with_city("G", load_t_per_h=1.5), "G", 1, 0),
    ("loading", by_pump, with_city("A", load_t_per_h=0.5), "A", 2, 18),  # for the way home
    ("unloading", by_carrier, with_city("A", unload_t_per_h=1.5), "A", 1, 6),
    ("unloading", by_pump, with_city("G", unload_t_per_h=0.5), "G", 2, 24),  # home again
    ("least-delivery", lambda: world(stock("G", 10), need("A", 20), carrier("G", "A")), tighter("needs", least_delivery=15),
     WATER_LINE, 5, 0),
    ("now", by_carrier, at_hour(6), WATER_LINE, 6, 0),
    ("history", at_home, at_hour(6), "A water", 30, 0),
    ("history", at_home, at_hour(6, Served(need="A", by_resource="water", at_h=0.0, used=27.0)), "A water", 3, 0),
    ("stock", at_home, tighter("stocks", quantity=24.0), "A water", 6, 0),
    ("floor-or-offer", by_carrier, tighter("stocks", floor=4), "G water", 4, 0),
    ("floor-or-offer", voluntary, tighter("stocks", offered=7), "G water", 3, 0),
    ("floor-or-offer", by_team, tighter("stocks", floor=1), "G team", 1, 0),
    ("offer", two_incidents, tighter("stocks", offered=7), "G water", 3, 0),
    ("only-hubs-pass-on", over_a_hub, with_city("M", role="contributor"), "M water", 10, 6),
    ("own-use-floor", at_home, with_rule("reserve", own_use=False), "A water", 10, 0),
    ("until", lambda: world(stock("G", 0), arrival("G", 10, 6), need("A", 10), carrier("G", "A")), tighter("stocks", until_h=5),
     "S:G>A:road:carrier:water:6", 1, 6),  # one hour late
    ("national-call", national, with_rule("escalation", national_delay_h=18), "S:N>A:road:carrier:water:12", 6, 12),
    ("units", by_team, tighter("stocks", quantity=1), "G team", 1, 0),
    ("units", teams_at_home, with_rule("reserve", own_use=False), "A team", 1, 0),
    ("units", resting_team, tighter("resources", rest_h=12), "G team", 1, 18),  # resting 18-30, yet it leaves at 18
    ("window-or-quantity", by_carrier, tighter("needs", by_h=6), "A", 10, 6),
    ("window-or-quantity", by_carrier, tighter("needs", quantity=8), "A", 2, 6),
    ("window-or-quantity", by_team, tighter("needs", until_h=18), "A", 2, 18),
    ("crew", by_crew, tighter("resources", crew_size=3), "A team", 1, 6),
    # 50 missing for 12 hours at weight 1 / 150; alone S lacks nothing
    ("no-worse-off", stripped, with_rule("governance", no_worse_off=True), "S priority 1", 4, None),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "valid", "change", "place", "amount", "at_h"), TIGHTER)
def test_a_tighter_limit_is_found(
    limit: str,
    valid: Callable[[], Problem],
    change: Callable[[Problem], Problem],
    place: str,
    amount: float,
    at_h: float | None,
) -> None:
    problem = valid()
    plan = plan_of(problem)
    violations = found(change(problem), plan, limit)
    assert reports(violations, place, amount, at_h), verify(change(problem), plan)


class TestCommitments:
    """A kept line is in the plan as it was promised."""

    GOODS = (stock("G", 10), need("A", 10), lane("G", "A"), fleet("G", 9, 5), fleet("G", 9, 5, vehicle="van"))
    TEAMS = (
        team(), stock("G", 1, "team"), need("A", 1, "team"), need("A", 1, "team", name="A2", priority=2), lane("G", "A"),
    )  # fmt: skip

    @pytest.mark.parametrize(("change", "amount", "at_h"), [
        ({"quantity": 8.0}, 2, 0),
        ({"depart_h": 6.0}, 6, 6),
        ({"destination": "B"}, 10, 0),
        ({"vehicle": "van"}, 10, 0),
    ])  # fmt: skip
    def test_shipment(self, change: dict[str, Any], amount: float, at_h: float) -> None:
        rows = (*self.GOODS, city("B"), lane("G", "B"))
        problem = world(*rows, promised("G", "A", 10, 0, vehicle="truck"))
        violations = found(tighter("commitments", **change)(problem), plan_of(problem), "commitment")
        assert reports(violations, "L1", amount, at_h), violations

    @pytest.mark.parametrize(("change", "amount"), [({"leave_h": 18.0}, 6), ({"need": "A2"}, 1)])
    def test_deployment(self, change: dict[str, Any], amount: float) -> None:
        line = {"kind": "deployment", "resource": "team", "need": "A", "leave_h": 12.0}
        problem = world(*self.TEAMS, promised("G", "A", 1, 0, **line))
        violations = found(tighter("commitments", **change)(problem), plan_of(problem), "commitment")
        assert reports(violations, "L1", amount, 0), violations


class TestPlansWrittenByHand:
    """`check my plan` takes any rows: what is off the scenario is reported, never a crash, never passed over."""

    @pytest.mark.parametrize(("valid", "change"), [
        (by_carrier, edit("shipments", {}, depart_h=24.0, arrive_h=30.0)),
        (by_carrier, edit("service", {}, at_h=24.0)),
        (by_carrier, edit("service", {}, at_h=-6.0)),
        (by_carrier, edit("service", {}, by_resource="wine")),
        (by_team, edit("service", {}, at_h=24.0)),
        (by_team, edit("service", {}, by_resource="wine")),
        (by_team, edit("deployments", {}, origin="Nowhere")),
        (by_team, edit("deployments", {}, depart_h=24.0, on_site_h=30.0, leave_h=36.0, home_h=42.0)),
        (by_truck, edit("trips", {}, depart_h=24.0, arrive_h=30.0, back_h=36.0)),
        (by_carrier, edit("stocks", {}, at_h=24.0)),
        (by_carrier, edit("shortages", {}, need="B")),
        (by_carrier, edit("baseline", {}, need="B")),
    ])  # fmt: skip
    def test_rows_off_the_scenario_are_reported(
        self, valid: Callable[[], Problem], change: Callable[[Plan], Plan]
    ) -> None:
        problem = valid()
        assert verify(problem, change(plan_of(problem)))

    def test_a_deployment_of_no_units_or_fewer(self) -> None:
        problem = by_team()
        plan = edit("deployments", {}, quantity=-1, cost=Decimal(-30))(plan_of(problem))
        assert reports(found(problem, plan, "quantity"), TEAM_LINE, 1, 0)

    def test_a_carrier_s_price_is_recomputed(self) -> None:
        """10 t at 3 a tonne are 30; line, city and tier all say 20."""
        problem = by_carrier(t_cost=3)
        plan = plan_of(problem)
        for change in (
            edit("shipments", {}, cost=Decimal(20)), edit("cities", {"city": "G"}, spent=Decimal(20)),
            edit("tiers", {"name": "cost"}, value=20.0, bound=20.0),
        ):  # fmt: skip
            plan = change(plan)
        assert reports(found(problem, plan, "cost"), WATER_LINE, 10, 0)

    def test_nobody_calls_before_the_start(self) -> None:
        """With a delay of 18 h nothing national leaves before 18; the plan leaves at 12 and claims a call six hours before 0."""
        problem = national()
        plan = replace(plan_of(problem), national_call_h=-6.0)
        assert found(with_rule("escalation", national_delay_h=18)(problem), plan, "national-call")

    def test_aid_beyond_what_the_city_cannot_serve_itself(self) -> None:
        """A gets 30 itself at 12, so aid may be 20; all 50 used at 6 can only be aid."""
        problem = world(arrival("A", 30, 12), stock("G", 100), need("A", 50), carrier("G", "A"), self_first=False)
        plan = plan_of(problem)
        assert rows_of(plan.service, at_h=6)[0].served == 50
        assert verify(with_rule("governance", self_first=True)(problem), plan)

    def test_the_social_cost_is_recomputed(self) -> None:
        problem = world(need("A", 8, loss_per_unit_day=4), kind="social-cost")
        plan = edit("tiers", {"name": "social-cost"}, value=40.0, bound=40.0)(plan_of(problem))
        assert reports(found(problem, plan, "tier-value"), "social-cost", 4, None)

    @pytest.mark.parametrize(("column", "wrong"), [
        ("sent_value", Decimal(5)), ("received_value", Decimal(5)), ("kept_t", 5.0), ("unit_hours_alone", 5.0),
    ])  # fmt: skip
    def test_accounts_of_cities_are_recomputed(self, column: str, wrong: Any) -> None:
        """books.py: cities agree with the rows they sum up. Of G: 40 sent, 0 received, 2 t kept, 0 unit-hours alone."""
        problem = world(supply(unit_value=4), stock("G", 12), need("A", 10), carrier("G", "A"))
        plan = edit("cities", {"city": "G"}, **{column: wrong})(plan_of(problem))
        assert found(problem, plan, "city-account")


def test_limits_that_explain_the_others_come_first() -> None:
    """A line on no lane ends the check: sums over it would mislead."""
    problem = by_carrier()
    plan = edit("shipments", {}, destination="G")(plan_of(problem))
    assert {item.limit for item in verify(problem, plan)} == {"lane"}


def test_the_report_of_a_violation_names_limit_place_hour_and_amount() -> None:
    problem = by_carrier()
    (violation,) = found(tighter("stocks", floor=4)(problem), plan_of(problem), "floor-or-offer")[:1]
    assert violation.line("en") == "floor-or-offer: G water, hour 0: by 4 (10 > 6)"
    assert violation.line("zh") == "floor-or-offer: G water, 第 0 小时: 超出 4 (10 > 6)"


def named_limits() -> set[str]:
    """Every limit name in model/verify: the first argument of a finding, or the name handed to a helper that makes it."""
    names: set[str] = set()
    for path in sorted(Path(verifier.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                texts = [
                    item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)
                ]
                if called in ("wrong", "same", "at_most"):
                    names.update(texts[:1] if node.args and isinstance(node.args[0], ast.Constant) else [])
                elif called == "_check_load":
                    names.update(texts)
                    names.update(text.replace("payload", "volume") for text in texts)
            if isinstance(node, ast.Tuple) and len(node.elts) == 3 and isinstance(node.elts[1], ast.Constant):
                column = node.elts[1].value
                if (
                    isinstance(column, str)
                    and column.endswith("load_t_per_h")
                    and isinstance(node.elts[0], ast.Constant)
                ):
                    names.add(node.elts[0].value)
    return names


def test_every_limit_of_the_verifier_is_broken_above() -> None:
    broken = {case[0] for case in (*EDITS, *TIGHTER)}
    assert named_limits() == broken
