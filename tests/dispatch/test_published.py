"""Against published and independently computed optima: transportation, minimum-cost flow, assignment, whole items."""

from __future__ import annotations

import itertools
import random
from typing import ClassVar

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from worlds import (
    carrier,
    city,
    fleet,
    lane,
    need,
    plan_of,
    rows_of,
    sent,
    served,
    stock,
    supply,
    team,
    tier,
    unit_hours,
    world,
)


class TestDantzig:
    """G. B. Dantzig, Linear Programming and Extensions (1963), ch. 3.3: the canning plants (GAMS model library, trnsport).

    Supply: Seattle 350, San Diego 600 cases; demand: New York 325, Chicago 300, Topeka 275; distances in thousand miles;
    freight 90 dollars a case and thousand miles: the optimum is 153.675 thousand dollars.
    """

    MILES: ClassVar = {
        ("Seattle", "New York"): 2.5, ("Seattle", "Chicago"): 1.7, ("Seattle", "Topeka"): 1.8,
        ("San Diego", "New York"): 2.5, ("San Diego", "Chicago"): 1.8, ("San Diego", "Topeka"): 1.4,
    }  # fmt: skip
    OPTIMUM = 153_675  # dollars: plans are priced in whole cents

    def _rows(self, **of_need: float) -> list[object]:
        rows: list[object] = [stock("Seattle", 350), stock("San Diego", 600)]
        rows += [need(name, cases, **of_need) for name, cases in (("New York", 325), ("Chicago", 300), ("Topeka", 275))]
        return rows + [carrier(*ends, t_cost=round(90 * miles, 3)) for ends, miles in self.MILES.items()]

    def test_tiered(self) -> None:
        """All is served (950 for 900) at hour 6; among those plans the cheapest costs 153,675 dollars."""
        plan = plan_of(world(*self._rows()))
        assert tier(plan, "cost") == pytest.approx(self.OPTIMUM, rel=1e-6)
        assert tier(plan, "priority-1") == pytest.approx(6)  # everybody waits one period: 900 * 6 / 900
        assert sent(plan, "San Diego", "Topeka") == pytest.approx(275, abs=1e-3)
        assert sent(plan, "Seattle", "Chicago") == pytest.approx(300, abs=1e-3)

    def test_social_cost(self) -> None:
        """A loss of 900 a case and day beats any freight; period 0 (factor 1) is lost anyway: 900 * 0.25 * 900 = 202,500."""
        plan = plan_of(world(*self._rows(loss_per_unit_day=900), kind="social-cost"))
        assert tier(plan, "social-cost") == pytest.approx(202_500 + self.OPTIMUM, rel=1e-8)

    def test_rows_of_the_plan_cost_what_the_tier_says(self) -> None:
        plan = plan_of(world(*self._rows()))
        assert float(sum(row.cost for row in plan.shipments)) == pytest.approx(tier(plan, "cost"), abs=0.001)


@pytest.mark.parametrize("seed", range(6))
def test_transportation_against_linprog(seed: int) -> None:
    """Random balanced-or-not transportation problems, all lanes of one period: the cost tier is the LP's optimum."""
    draw = random.Random(seed)
    givers, takers = range(draw.randint(2, 4)), range(draw.randint(2, 5))
    wants = [draw.randint(10, 90) for _ in takers]
    haves = [draw.randint(10, 60) for _ in givers]
    haves[0] += max(0, sum(wants) - sum(haves)) + draw.randint(0, 50)  # enough for all
    price = [[draw.randint(1, 99) / 10 for _ in takers] for _ in givers]
    rows = [stock(f"G{i}", haves[i]) for i in givers] + [need(f"T{j}", wants[j]) for j in takers]
    rows += [carrier(f"G{i}", f"T{j}", t_cost=price[i][j]) for i in givers for j in takers]
    plan = plan_of(world(*rows))

    at_most = np.zeros((len(givers), len(givers) * len(takers)))
    exactly = np.zeros((len(takers), len(givers) * len(takers)))
    for i, j in itertools.product(givers, takers):
        at_most[i, i * len(takers) + j] = exactly[j, i * len(takers) + j] = 1
    best = linprog(np.ravel(price), A_ub=at_most, b_ub=haves, A_eq=exactly, b_eq=wants)
    assert tier(plan, "priority-1") == pytest.approx(6)
    assert tier(plan, "cost") == pytest.approx(best.fun, rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_minimum_cost_flow_over_hubs_against_networkx(seed: int) -> None:
    """Two hubs with narrow lanes, all goods by hubs: two periods for everybody, cost that of the minimum-cost flow."""
    draw = random.Random(100 + seed)
    givers, hubs, takers = ["G0", "G1", "G2"], ["H0", "H1"], ["T0", "T1", "T2"]
    graph = nx.DiGraph()
    rows: list[object] = [city(name, "hub") for name in hubs]
    wants = [draw.randint(5, 20) for _ in takers]
    for name in givers:
        have = draw.randint(15, 30)
        rows.append(stock(name, have))
        graph.add_edge("source", name, capacity=have, weight=0)
    for name, want in zip(takers, wants, strict=True):
        rows.append(need(name, want))
        graph.add_edge(name, "sink", capacity=want, weight=0)
    for ends in (*itertools.product(givers, hubs), *itertools.product(hubs, takers)):
        # The capacity of one period: only departures at 0 (givers) and 6 (hubs) serve at 12.
        room, price = draw.randint(2, 5) * 6, draw.randint(1, 30)
        rows.append(carrier(*ends, t_cost=price, capacity_t_per_h=room / 6))
        graph.add_edge(*ends, capacity=room, weight=price)
    flow = nx.max_flow_min_cost(graph, "source", "sink")
    value = sum(flow["source"].values())
    plan = plan_of(world(*rows, periods=3))  # what leaves later than 0 is there at 18, beyond the horizon
    total = sum(wants)
    # Unit-hours: all wait 12 h, what the network cannot carry waits 18 h.
    assert tier(plan, "priority-1") == pytest.approx((12 * value + 18 * (total - value)) / total, rel=1e-6)
    if value == total:
        assert tier(plan, "cost") == pytest.approx(nx.cost_of_flow(graph, flow), rel=1e-5)


def test_some_generated_flow_serves_everybody() -> None:
    """The comparison of costs above is not empty: with ample lanes the flow is the shortest paths."""
    rows = [city("H", "hub"), stock("G", 9), need("T", 9), carrier("G", "H", t_cost=2), carrier("H", "T", t_cost=3)]
    assert tier(plan_of(world(*rows, periods=3)), "cost") == pytest.approx(45)


@pytest.mark.parametrize("seed", range(5))
def test_assignment_of_teams_by_days_away(seed: int) -> None:
    """n teams of n homes, n sites that need one each in periods 3 and 4; travel 1 to 3 periods; 24 a day = 1 an hour.

    Everybody can be there in time, so the plan with the least days away is the assignment with the least travel. Any plan that
    serves all has at least one cycle a site; relieving a team midway costs a second journey.
    """
    draw = random.Random(200 + seed)
    size = 4
    travel = [[draw.randint(1, 3) for _ in range(size)] for _ in range(size)]
    rows: list[object] = [team(day_cost=24)]
    rows += [stock(f"G{i}", 1, "team") for i in range(size)]
    rows += [need(f"T{j}", 1, "team", from_h=18, until_h=30) for j in range(size)]
    rows += [lane(f"G{i}", f"T{j}", 6 * travel[i][j]) for i in range(size) for j in range(size)]
    plan = plan_of(world(*rows, periods=6))
    picked = linear_sum_assignment(travel)
    least = sum(travel[i][j] for i, j in zip(*picked, strict=True))
    assert tier(plan, "priority-1") == pytest.approx(0, abs=1e-9)
    assert tier(plan, "cost") == pytest.approx(6 * (2 * least + 2 * size))  # out and back, and two periods on site
    assert len(plan.deployments) == size


@pytest.mark.parametrize("seed", range(5))
def test_assignment_of_teams_by_waiting(seed: int) -> None:
    """The same with the hurry itself as the cost: sites need one team from 0 on and wait `travel` periods at weight `loss`."""
    draw = random.Random(300 + seed)
    size = 4
    travel = [[draw.randint(1, 4) for _ in range(size)] for _ in range(size)]
    loss = [draw.randint(1, 9) for _ in range(size)]
    rows: list[object] = [team(day_cost=24)]
    rows += [stock(f"G{i}", 1, "team") for i in range(size)]
    rows += [need(f"T{j}", 1, "team", loss_per_unit_day=loss[j]) for j in range(size)]
    rows += [lane(f"G{i}", f"T{j}", 6 * travel[i][j]) for i in range(size) for j in range(size)]
    # A site without team waits 5 periods; every team can be there by period 4, so nobody stays without.
    plan = plan_of(world(*rows, periods=5))
    waiting = [[6 * travel[i][j] * loss[j] for j in range(size)] for i in range(size)]
    picked = linear_sum_assignment(waiting)
    assert tier(plan, "priority-1") == pytest.approx(sum(waiting[i][j] for i, j in zip(*picked, strict=True)))


class TestWholeItems:
    """Tiny cases whose every plan can be written down."""

    @pytest.mark.parametrize("seed", range(4))
    def test_lots_to_two_cities(self, seed: int) -> None:
        """Lots of different fit: a lots to A, b lots to B, a + b <= lots in stock; all at hour 6."""
        draw = random.Random(400 + seed)
        lot, lots = draw.randint(3, 9), draw.randint(2, 6)
        want_a, want_b = draw.randint(5, 30), draw.randint(5, 30)
        loss_a, loss_b = draw.randint(1, 5), draw.randint(1, 5)
        plan = plan_of(world(
            supply(lot=lot), stock("G", lot * lots + 1), need("A", want_a, loss_per_unit_day=loss_a),
            need("B", want_b, loss_per_unit_day=loss_b), carrier("G", "A"), carrier("G", "B"),
        ))  # fmt: skip

        def value(a: int, b: int) -> float:
            lost_a, lost_b = max(0, want_a - a * lot), max(0, want_b - b * lot)
            return 6 * (loss_a * (want_a + 3 * lost_a) + loss_b * (want_b + 3 * lost_b))

        best = min(value(a, b) for a in range(lots + 1) for b in range(lots + 1 - a))
        assert tier(plan, "priority-1") == pytest.approx(best)

    @pytest.mark.parametrize("seed", range(4))
    def test_trips_of_two_vehicle_classes(self, seed: int) -> None:
        """All must be carried at once; x big and y small vehicles: the cheapest cover of the load."""
        draw = random.Random(500 + seed)
        load, big, small = draw.randint(20, 40), draw.randint(7, 11), draw.randint(2, 5)
        dear, cheap = draw.randint(50, 90), draw.randint(10, 40)
        plan = plan_of(world(
            stock("G", load), need("A", load, by_h=12), lane("G", "A", distance_km=0.5), fleet("G", 3, big, km_cost=dear),
            fleet("G", 5, small, km_cost=cheap, vehicle="van"),
        ))  # fmt: skip
        # Only the departure at 0 serves in [0, 12). As much as can be is carried, then at the least cost (0.5 km out and back).
        carried, cost = min(
            (-min(load, x * big + y * small), x * dear + y * cheap) for x in range(4) for y in range(6)
        )  # fmt: skip
        assert served(plan, "A") == pytest.approx(-carried, abs=1e-4)
        assert tier(plan, "cost") == pytest.approx(cost, rel=1e-6)

    @pytest.mark.parametrize("seed", range(4))
    def test_indivisible_units_among_three_sites(self, seed: int) -> None:
        """k units, three sites; each unit serves one site from its travel on: all ways to deal them out."""
        draw = random.Random(600 + seed)
        units = draw.randint(2, 5)
        wants = [draw.randint(1, 3) for _ in range(3)]
        travel = [draw.randint(1, 3) for _ in range(3)]
        loss = [draw.randint(1, 9) for _ in range(3)]
        rows = [team(day_cost=1), stock("G", units, "team")]
        rows += [need(f"T{j}", wants[j], "team", loss_per_unit_day=loss[j], until_h=24) for j in range(3)]
        rows += [lane("G", f"T{j}", 6 * travel[j]) for j in range(3)]
        plan = plan_of(world(*rows, periods=4))
        deals = (deal for deal in itertools.product(range(units + 1), repeat=3) if sum(deal) <= units)
        # Moving a unit on within the horizon never pays: back home and out again it is on site at travel * 3 + 1 >= 4 at the
        # earliest, the end of the horizon.
        best = min(
            sum(6 * loss[j] * (4 * wants[j] - (4 - travel[j]) * min(deal[j], wants[j])) for j in range(3))
            for deal in deals
        )
        assert tier(plan, "priority-1") == pytest.approx(best)

    def test_a_second_cheap_trip_or_one_dear_lane(self) -> None:
        """One unit of 3 t for a van of 2 t does not fit at all: indivisible lots need a vehicle that holds one."""
        rows = (supply(lot=3), stock("G", 9), need("A", 9), lane("G", "A"), fleet("G", 9, 2, vehicle="van"))
        assert not plan_of(world(*rows)).shipments
        plan = plan_of(world(*rows, fleet("G", 1, 4)))
        # One truck of 4 t takes one lot at 0 and one at 12.
        assert [row.quantity for row in rows_of(plan.shipments, vehicle="truck")] == [3, 3]
        assert unit_hours(plan, "A") == 9 * 6 + 6 * 12 + 3 * 6
