"""Small settlements: a world planned by the real dispatch, settled, and looked at by the independent verifier.

The pair used throughout: G holds 10 water (20 a unit, carrier 5 a tonne), A needs 10 at a loss of 100 a unit and day, period 6 h,
4 periods, travel 6 h. A missing unit costs 0.25 d x 100 x (1, 1.25, 1.5, 1.75) in the four periods, 137.50 in all.
Alone A bears 10 x 137.50 = 1375. Served at 6 h it still bears 10 x 25 = 250. Giving costs G 10 x 20 + 10 x 5 = 250.
c(AG) = 250 + 250 = 500, the joint gain is 875, or 87.50 a unit.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import (
    Actual,
    Advance,
    Conduct,
    Dispute,
    Fund,
    Programme,
    Responsibility,
)
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.check import verify_settlement
from tongzhou.model.settlement.settlement import CityRow, Settlement
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions
from tongzhou.solvers.settlement.settle import settle
from worlds import carrier, need, plan_of, stock, supply, world

LINE = "S:G>A:road:carrier:water:0"


def pair_rows(given: float = 10) -> list[Any]:
    """G helps A."""
    return [supply(unit_value=20), stock("G", given, offered=given), *needy("A"), carrier("G", "A", t_cost=5)]


def needy(name: str, quantity: float = 10) -> list[Any]:
    return [need(name, quantity, loss_per_unit_day=100)]


def giver(name: str, quantity: float, receiver: str = "A", t_cost: float = 5) -> list[Any]:
    return [stock(name, quantity, offered=quantity), carrier(name, receiver, t_cost=t_cost)]


def two_givers(first: float = 5, second: float = 5) -> list[Any]:
    """K1 and K2 help A."""
    return [supply(unit_value=20), *needy("A"), *giver("K1", first), *giver("K2", second)]


def deal(*rows: Any, mode: str = "voluntary", **terms: Any) -> Problem:
    """A world with settlement terms (margin, rho, liability, conduct_share); other choices as in `world`."""
    names = {"margin", "rho", "liability", "conduct_share"}
    problem = world(*rows, mode=mode, **{name: value for name, value in terms.items() if name not in names})
    rules = {name: value for name, value in terms.items() if name in names}
    settlement = replace(problem.settings.settlement, **rules)
    return problem.replace(settings=replace(problem.settings, settlement=settlement))


def settled(problem: Problem, plan: Plan | None = None, **options: Any) -> Settlement:
    """Settle, and let the verifier look at it."""
    plan = plan if plan is not None else plan_of(problem)
    settlement = settle(problem, plan, SettleOptions(**options), Clock(None))
    found = verify_settlement(problem, plan, settlement)
    assert not found, "\n".join(item.line("en") for item in found)
    return settlement


def row(settlement: Settlement, city: str) -> CityRow:
    return next(item for item in settlement.settlement if item.city == city)


def amounts(settlement: Settlement, column: str) -> dict[str, float]:
    """One column of the cities' rows, without zeros."""
    return {item.city: float(getattr(item, column)) for item in settlement.settlement if getattr(item, column)}


def payments(settlement: Settlement) -> list[tuple[str, str, float]]:
    return [(item.payer, item.payee, float(item.amount)) for item in settlement.transfers]


def grants(settlement: Settlement) -> dict[tuple[str, str], float]:
    """Fund and city to money."""
    found: dict[tuple[str, str], Decimal] = {}
    for item in settlement.grants:
        found[item.fund, item.city] = found.get((item.fund, item.city), Decimal(0)) + item.amount
    return {key: float(value) for key, value in found.items()}


def fund(amount: float | str, pays_for: str = "all", name: str = "F", cap: float | None = None, **more: Any) -> Fund:
    most = None if cap is None else Decimal(str(cap))
    return Fund(fund=name, payer="state", amount=Decimal(str(amount)), pays_for=pays_for, cap_per_city=most, **more)


def responsible(city: str, share: float | None = None, cap: float | str | None = None) -> Responsibility:
    return Responsibility(city=city, share=share, ability_cap=None if cap is None else Decimal(str(cap)))


def programme(provider: str, unit_cost: float, unit_value: float, units: int, open_to: str | None = None) -> Programme:
    return Programme(programme="P", provider=provider, unit_cost=Decimal(str(unit_cost)), unit_value=Decimal(str(unit_value)),
                     units=units, open_to=open_to)  # fmt: skip


def actual(line: str = LINE, shipped: float = 10, **more: Any) -> Actual:
    given = {"arrived": shipped, "accepted": more.get("arrived", shipped), "damaged": 0.0, "departed_h": 0.0,
             "arrived_h": 6.0, **more}  # fmt: skip
    if given.get("cost") is not None:
        given["cost"] = Decimal(str(given["cost"]))
    return Actual(line=line, shipped=shipped, **given)


def breach(city: str, kind: str = "withdrew", hours_late: float | None = None) -> Conduct:
    return Conduct(city=city, kind=kind, hours_late=hours_late, note="told late", decided_by="joint office")


def advance(payer: str, payee: str, amount: float, reference: str = "X1") -> Advance:
    return Advance(reference=reference, payer=payer, payee=payee, amount=Decimal(str(amount)))


def dispute(line: str) -> Dispute:
    return Dispute(line=line, reason="weighing note missing")
