"""LPs of tiers to come: what their prices prove under the caps that come about, and what a plan makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import tongzhou.solvers.ahead as ahead_module
import tongzhou.solvers.pace as pace
import tongzhou.solvers.search as search_module
from instances import instance, prepared
from tongzhou.model.verify import verify
from tongzhou.solvers.ahead import Ahead
from tongzhou.solvers.caps import cap_patch
from tongzhou.solvers.compiled import CompiledModel
from tongzhou.solvers.dispatch import plan_dispatch
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.search import Search

PREPARED = prepared("tiered", 4)
MODEL = PREPARED.model
ONE, TWO, COST = (MODEL.column("tier", name) for name in ("priority-1", "priority-2", "cost"))


def least(model: CompiledModel, column: int) -> float:
    """The LP's value, at a vertex."""
    session = Session(model, relaxed=True, seed=0)
    session.minimise(column)
    return session.solve_relaxation(Clock(None), "least").value


def capped(share: float) -> CompiledModel:
    """Priority 1 may be this many times what it is at best."""
    return MODEL.patched(cap_patch(MODEL, ONE, share * least(MODEL, ONE), 0.0, 1e-6))


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    made = Ahead(0)
    yield made
    made.close()


@pytest.mark.parametrize("share", [1.02, 1.05])
def test_prices_found_ahead_prove_no_more_than_holds_and_no_less_than_under_looser_caps(
    ahead: Ahead, share: float
) -> None:
    asked, came = capped(1.05), capped(share)
    ahead.begin(asked, TWO, {COST: 1e-3})
    assert not ahead.wants(ONE)  # one at a time
    ahead.wait(TWO, Clock(None), 60.0)
    guide = ahead.guide(TWO)
    assert guide is not None
    clock = Clock(60.0)
    while ahead.is_busy and not clock.over:
        ahead.wait(ONE, clock, 0.1)  # nobody finds that
    assert not ahead.wants(TWO)  # it is there
    assert ahead.wants(ONE)
    found = ahead.prices(TWO)
    assert found is not None
    assert found.solution is not None and guide.solution is not None
    assert guide.solution[COST] < found.solution[COST]  # no trips that serve nothing
    search = Search(MODEL, PREPARED.indices, SolveOptions(workers=1), Clock(None))
    proven = search._proven(came, TWO, found)
    true, loose = least(came, TWO), least(asked, TWO)
    assert loose * (1 - 1e-4) <= proven <= true * (1 + 1e-7)
    assert share == 1.05 or proven > loose * (1 + 1e-3)  # the price of the cap counts


def test_a_process_that_dies_is_waited_for_no_longer_and_asked_no_more(ahead: Ahead) -> None:
    ahead.begin(capped(1.05), TWO, {})
    assert ahead._companion is not None
    ahead._companion._process.kill()
    clock = Clock(30.0)
    ahead.wait(TWO, clock, 30.0)
    assert not clock.over
    assert ahead.guide(TWO) is None
    assert not ahead.is_busy
    assert not ahead.wants(TWO)


def test_a_plan_whose_lps_take_long_is_bounded_by_those_solved_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in (
        (search_module, "SMALL", 0), (pace, "LONG_LP_S", 0.0), (pace, "ROOT_LPS", 1e9), (pace, "SHORT_OF_LPS", 1e9),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    begun: list[int] = []
    begin = Ahead.begin

    def noted(self: Ahead, model: CompiledModel, column: int, price: Mapping[int, float]) -> None:
        begun.append(column)
        begin(self, model, column, price)

    monkeypatch.setattr(ahead_module.Ahead, "begin", noted)
    problem = instance("tiered", 4)
    outcome = plan_dispatch(problem, SolveOptions(time_limit_s=12, gap=1e-4), Clock(12))
    assert begun[0] == TWO
    assert outcome.plan is not None
    assert not verify(problem, outcome.plan)
    tiers = {tier.name: tier for tier in outcome.plan.tiers}
    for name in ("priority-1", "priority-2"):
        assert 0 < tiers[name].bound <= tiers[name].value
    # nothing but LPs bounded priority 2: no more is claimed than its own, under the cap that priority 1 was given in the end
    one = tiers["priority-1"].value
    assert tiers["priority-2"].bound <= least(MODEL.patched(cap_patch(MODEL, ONE, one, 0.0, 1e-6)), TWO) * (1 + 1e-3)
