"""One small settlement with everything a statement has to tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Actual, Advance, Conduct, Dispute, Fund, Responsibility
from tongzhou.model.settlement.settlement import CityRow, Settlement
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions
from tongzhou.solvers.settlement.settle import settle
from worlds import carrier, city, need, plan_of, stock, supply, world

HOSTILE = "<script>alert(1)</script> | *G* [x](http://evil)"
LINE, DISPUTED = "S:G>A:road:carrier:water:0", "S:H>A:road:carrier:water:0"


@dataclass(frozen=True)
class Settled:
    """A scenario and its settlement."""

    problem: Problem
    settlement: Settlement

    def row(self, name: str) -> CityRow:
        """One city's row."""
        return next(row for row in self.settlement.settlement if row.city == name)

    def changed(self, name: str, **values: object) -> Settlement:
        """The settlement with another row for one city."""
        rows = tuple(replace(row, **values) if row.city == name else row for row in self.settlement.settlement)
        return replace(self.settlement, settlement=rows)


def told() -> Settled:
    """G (10 water, hostile name, verified by an actual) and H (2 water, its goods disputed) help A; K does nothing.

    A fund pays three quarters of transport, A has advanced 100 to G, and A reported late.
    A can pay 240 of the 273 that are due to G (its cost of 260 and a margin of 5 %): the fund pays the rest.
    """
    problem = world(
        supply(unit_value=20), replace(city("G", "contributor"), name=HOSTILE, name_zh="给|城"), city("K", "contributor"),
        replace(city("A"), name="Lower | Town", name_zh="下城", latitude=1.0), stock("G", 10, offered=10), stock("H", 2, offered=2),
        need("A", 12, loss_per_unit_day=100), carrier("G", "A", t_cost=5), carrier("H", "A", t_cost=5), mode="voluntary",
    )  # fmt: skip
    plan = plan_of(problem)
    actual = Actual(line=LINE, shipped=10, arrived=10, accepted=10, damaged=0, departed_h=0, arrived_h=6, cost=Decimal(60),
                    evidence="receipt 17 | *copy* <b>")  # fmt: skip
    problem = problem.replace(
        actuals=(actual,),
        funds=(
            Fund(fund="pool", payer="Pool <i>", amount=Decimal(1000), pays_for="travel", share=0.75, cap_per_city=None),
        ),
        advances=(Advance(reference="ADV-1", payer="A", payee="G", amount=Decimal(100)),),
        responsibility=(Responsibility(city="A", share=1.0, ability_cap=Decimal(240)),),
        disputes=(Dispute(line=DISPUTED, reason="not received", raised_by="A"),),
        conduct=(
            Conduct(city="A", kind="late report", hours_late=12, note="<u>slow</u> | *", decided_by="joint body"),
        ),
    )
    rules = replace(problem.settings.settlement, margin=0.05)
    problem = problem.replace(settings=replace(problem.settings, settlement=rules))
    options = SettleOptions(compare=("dual-prices", "equal-surplus"))
    return Settled(problem, settle(problem, plan, options, Clock(None), scenario_hash="a1" * 32, plan_hash="b2" * 32))
