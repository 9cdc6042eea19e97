"""The bill by hand: categories, actuals beside estimates, whose cost it is, cents, disputes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from deals import LINE, actual, amounts, deal, dispute, giver, needy, pair_rows, payments, row, settled
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Fleet
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.bill import BillLine, bill, bill_total
from worlds import arrival, carrier, city, equipment, fleet, lane, need, plan_of, stock, supply, team


def lines(problem: Problem, *actuals: Any, plan: Plan | None = None) -> dict[tuple[str, str], BillLine]:
    """City and item of a bill with one line of each."""
    found = bill(problem.replace(actuals=actuals), plan if plan is not None else plan_of(problem))
    assert len({(item.city, item.item) for item in found}) == len(found)
    return {(item.city, item.item): item for item in found}


def test_plan_only():
    # 10 x 20 of goods, 10 t x 5 of transport
    found = lines(deal(*pair_rows()))
    assert {key: (item.category, item.amount, item.estimate, item.status) for key, item in found.items()} == {
        ("G", "goods"): ("commodities", 200, 200, "estimated"),
        ("G", "transport"): ("travel", 50, 50, "estimated"),
    }
    assert {item.line for item in found.values()} == {LINE}


def test_actuals_take_the_place_of_estimates():
    # 10 shipped, 9 arrived, 7 accepted, 1 of the 2 refused was spoilt: goods 7 x 20, lost 1 + 1 at 20, transport 60
    found = lines(deal(*pair_rows()), actual(arrived=9, accepted=7, damaged=1, cost=60, evidence="bill 7"))
    assert {key: (item.category, item.estimate, item.amount) for key, item in found.items()} == {
        ("G", "goods"): ("commodities", 200, 140),
        ("G", "transport"): ("travel", 50, 60),
        ("G", "damage"): ("other", 0, 40),
    }
    assert {(item.status, item.evidence) for item in found.values()} == {("verified", "bill 7")}
    assert bill_total(found.values()) == 24000


def test_more_shipped_than_planned_and_nothing_shipped():
    assert lines(deal(*pair_rows()), actual(shipped=12))["G", "goods"].amount == 240
    nothing = lines(deal(*pair_rows()), actual(shipped=0))
    assert {item.amount for item in nothing.values()} == {0}
    assert nothing["G", "transport"].estimate == 50
    # a run that was paid for although nothing came
    assert lines(deal(*pair_rows()), actual(shipped=0, cost=35))["G", "transport"].amount == 35


def test_own_use_costs_nothing():
    assert not lines(deal(supply(unit_value=20), stock("A", 10), *needy("A"), *giver("G", 1)))


def own_hub(**more: Any) -> Problem:
    """G's goods reach A through H, a mere place of transfer (or a city that may pass goods on)."""
    rows = [supply(unit_value=20), stock("G", 10, offered=10), *needy("A"), carrier("G", "H", t_cost=5)]
    return deal(*rows, carrier("H", "A", t_cost=3), *more.get("rows", [city("H", "hub")]))


SECOND = "S:H>A:road:carrier:water:6"


def test_a_place_of_transfer_bears_nothing():
    # goods 200, 50 to H, 30 onward: all G's
    problem = own_hub()
    found = bill(problem, plan_of(problem))
    assert [(item.city, item.item, item.receiver, item.amount) for item in found] == [
        ("G", "goods", "A", 200), ("G", "transport", "H", 50), ("G", "transport", "A", 30),
    ]  # fmt: skip
    settlement = settled(problem)
    assert payments(settlement) == [("A", "G", 280)]
    assert settlement.gap == 0


def test_what_a_hub_passes_on_belongs_to_who_sent_it():
    # H, a party, pays the carrier of its leg: 30; goods stay G's
    problem = own_hub(rows=[city("H", "contributor", hub=True), stock("H", 1, offered=0)])
    found = bill(problem, plan_of(problem))
    assert [(item.city, item.item, item.receiver, item.amount) for item in found] == [
        ("G", "goods", "A", 200), ("G", "transport", "H", 50), ("H", "transport", "A", 30),
    ]  # fmt: skip


def test_goods_lost_behind_a_hub_are_their_owners_loss():
    # 8 of 10 arrive at A: goods 8 x 20 for A, 2 x 20 lost, none of it left at H
    problem = own_hub()
    plan = plan_of(problem)
    found = bill(problem.replace(actuals=(actual(SECOND, 10, arrived=8, departed_h=6, arrived_h=12),)), plan)
    assert [(item.city, item.item, item.receiver, item.amount) for item in found] == [
        ("G", "goods", "A", 160), ("G", "transport", "H", 50), ("G", "damage", "A", 40), ("G", "transport", "A", 30),
    ]  # fmt: skip


def test_two_owners_behind_a_hub():
    # G 5 and K 5 reach H together, 8 of 10 reach A: first in, first out (G's line before K's), so K lacks 2
    rows = [city("H", "hub"), *giver("K", 5, "H")]
    problem = deal(supply(unit_value=20), stock("G", 5, offered=5), *needy("A"), carrier("G", "H", t_cost=5),
                   carrier("H", "A", t_cost=3), *rows)  # fmt: skip
    plan = plan_of(problem)
    found = bill(problem.replace(actuals=(actual(SECOND, 10, arrived=8, departed_h=6, arrived_h=12),)), plan)
    by_item = {(item.city, item.item, item.receiver): item.amount for item in found}
    assert by_item == {
        ("G", "goods", "A"): 100, ("K", "goods", "A"): 60, ("K", "damage", "A"): 40,
        ("G", "transport", "H"): 25, ("K", "transport", "H"): 25, ("G", "transport", "A"): 15, ("K", "transport", "A"): 15,
    }  # fmt: skip


def by_team() -> Problem:
    """Two teams at 24 a day leave at 0 and are home at 30."""
    rows = [stock("G", 2, "team", offered=2), need("A", 2, "team", loss_per_unit_day=1000), lane("G", "A")]
    return deal(team(day_cost=24, unit_value=500), *rows)


TEAM_LINE = "D:G>A:road:team:A:0-24"


def test_team_days():
    # 2 teams x 30 h / 24 x 24
    [line] = lines(by_team()).values()
    assert (line.category, line.item, line.quantity, line.amount) == ("personnel", "days", 2.5, 60)


def test_team_days_as_they_were():
    # one team came, left at 6: 24 h = 1 day; its vehicle was damaged (500)
    late = actual(TEAM_LINE, 1, departed_h=6, arrived_h=12, damaged=1)
    found = lines(by_team(), late)
    assert (found["G", "days"].amount, found["G", "damage"].amount) == (24, 500)
    assert lines(by_team(), actual(TEAM_LINE, 1, cost=77))["G", "days"].amount == 77


def by_pump() -> Problem:
    """A pump of 5 t rides out and is fetched: two trips of 2 x 100 km x 0.10."""
    rows = [stock("G", 1, "pump", offered=1), need("A", 1, "pump", until_h=18, loss_per_unit_day=1000), lane("G", "A")]
    pump = equipment(weight_t=5, volume_m3=4, day_cost=24, unit_value=1000)
    return deal(pump, *rows, fleet("G", 1, 5, 4, km_cost=0.1))


def test_equipment_days_and_the_trip_that_fetches_it():
    # 0 to 24 h = 1 day
    problem = by_pump()
    found = bill(problem, plan_of(problem))
    assert [(item.line, item.category, item.amount) for item in found] == [
        ("D:G>A:truck:pump:A:0-18", "equipment", 24), ("D:G>A:truck:pump:A:0-18", "travel", 20),
        ("T:G>A:road:truck:12", "travel", 20),
    ]  # fmt: skip


def test_actual_cost_of_a_trip():
    problem = by_pump()
    found = bill(
        problem.replace(actuals=(actual("T:G>A:road:truck:12", 0, cost=33.33, evidence="toll"),)), plan_of(problem)
    )
    [line] = [item for item in found if item.line == "T:G>A:road:truck:12"]
    assert (line.estimate, line.amount, line.status, line.evidence) == (20, Decimal("33.33"), "verified", "toll")


def shared_truck() -> tuple[Problem, Plan]:
    """One truck at 100.01: 2 t of water and 3 t of food."""
    food = supply("food", weight_t=3, unit_value=1)
    rows = [stock("G", 2, offered=2), stock("G", 1, "food", offered=1), lane("G", "A", trip_cost=100.01)]
    truck = Fleet(city="G", mode="road", vehicle="truck", vehicles=1, payload_t=5, volume_m3=5)
    needs = [need("A", 2, loss_per_unit_day=1000), need("A", 1, "food", name="B", loss_per_unit_day=1000)]
    problem = deal(supply(unit_value=20), food, *rows, truck, *needs)
    return problem, plan_of(problem)


def test_a_trip_is_split_by_tonnes_to_the_cent():
    # 100.01 x 2/5 = 40.004, x 3/5 = 60.006: the cent left over goes to the larger remainder
    found = bill(*shared_truck())
    travel = {item.line: item.amount for item in found if item.item == "transport"}
    assert travel == {"S:G>A:road:truck:water:0": 40, "S:G>A:road:truck:food:0": Decimal("60.01")}


def test_who_never_set_out_pays_for_no_trip():
    problem, plan = shared_truck()
    found = bill(problem.replace(actuals=(actual("S:G>A:road:truck:food:0", 0),)), plan)
    travel = {item.line: item.amount for item in found if item.item == "transport"}
    assert travel == {"S:G>A:road:truck:water:0": Decimal("100.01"), "S:G>A:road:truck:food:0": 0}


def test_a_disputed_trip_keeps_its_goods():
    problem, plan = shared_truck()
    found = settled(problem.replace(disputes=(dispute("T:G>A:road:truck:0"),)), plan)
    assert found.bill_total == 41  # 2 x 20 + 1 x 1
    assert amounts(found, "cost_given") == {"G": 41}
    assert found.carried_over == (
        "S:G>A:road:truck:food:0 (G, transport)", "S:G>A:road:truck:water:0 (G, transport)",
    )  # fmt: skip


def test_the_nation_bills_nobody():
    rows = [city("N", "national"), stock("N", 10), carrier("N", "A", t_cost=5), *needy("A"), arrival("A", 0, 6)]
    assert not lines(deal(supply(unit_value=20), *rows, national_delay_h=0))


def test_what_was_given_by_an_affected_city_counts_too():
    # B needs 2 and holds 12: its own 2 cost nothing, 10 for A cost 250
    rows = [supply(unit_value=20), stock("B", 12, offered=12), *needy("B", 2), *needy("A"), carrier("B", "A", t_cost=5)]
    found = settled(deal(*rows))
    assert amounts(found, "cost_given") == {"B": 250}
    assert row(found, "B").loss_with_aid == 0
