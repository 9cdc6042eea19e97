"""Between the tiers: what is known is not solved again, and caps are what the plan will publish."""

from __future__ import annotations

import numpy as np
import pytest
import tongzhou.solvers.search as search_module
from instances import prepared
from tongzhou.solvers.beside import Help, Target
from tongzhou.solvers.caps import cap_patch
from tongzhou.solvers.compiled import Floats, Patch
from tongzhou.solvers.dispatch import home_start
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.polish import settle
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.search import Search, TierResult
from tongzhou.solvers.status import Stop
from tongzhou.solvers.tiers import Tiered, _make_up_for_bounds

PREPARED = prepared("tiered", 4)
ONE, TWO, COST = (PREPARED.model.column("tier", name) for name in ("priority-1", "priority-2", "cost"))
NATIONAL = PREPARED.model.column("tier", "national")


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Search:
    monkeypatch.setattr(search_module, "SMALL", 0)
    return Search(PREPARED.model, PREPARED.indices, SolveOptions(workers=1, gap=1e-3), Clock(60))


def without_aid(search: Search) -> Floats:
    start = search.complete(home_start(PREPARED), ONE)
    assert start is not None
    return start


def with_room(search: Search) -> tuple[TierResult, TierResult]:
    """Priority 1 may be 5 % worse than it was found: priority 2 then takes what priority 1 could have with the same trips."""
    first = search.minimise(Target(ONE, "priority-1", 1.0), start=without_aid(search), most_s=5.0)
    assert first is not None
    search.apply(Patch.of_columns([ONE], [-np.inf], [1.05 * first.value]))
    second = search.minimise(Target(TWO, "priority-2", 1.0, (ONE,)), start=first.solution, most_s=5.0)
    assert second is not None
    return first, second


def no_lp(*_: object) -> None:
    raise AssertionError("an LP was solved")


def test_a_tier_at_zero_needs_no_relaxation(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    start = without_aid(search)
    assert start[NATIONAL] == 0.0  # nobody is helped, by a depot least of all
    monkeypatch.setattr(search_module.Search, "_relaxation", no_lp)
    found = search.minimise(Target(NATIONAL, "national", 0.0, (ONE,)), start=start, most_s=5.0)
    assert found is not None
    assert (found.value, found.bound, found.stop) == (0.0, 0.0, Stop.OPTIMAL)


def test_a_late_tier_with_no_time_for_an_lp_is_searched_all_the_same(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = search.minimise(Target(ONE, "priority-1", 1.0), start=without_aid(search), most_s=5.0)
    assert first is not None
    search.apply(Patch.of_columns([ONE], [-np.inf], [first.value * (1 + 1e-6) + 1e-6]))
    search.pace.lp_s = 100.0  # as if an LP took so long
    monkeypatch.setattr(search_module.Search, "_relaxation", no_lp)
    cost = Target(COST, "cost", 0.0, (ONE,), helps=Help.IMPROVE)
    found = search.minimise(cost, start=first.solution, most_s=3.0)
    assert found is not None
    assert found.value < first.solution[COST]  # trips that served nothing are gone
    assert found.solution[ONE] <= first.value * (1 + 2e-6) + 2e-6
    # what is claimed, nothing or what branch and cut proved in the end, holds: no plan with priority 1 as low is cheaper
    exact = Session(search.present, relaxed=False, seed=0)
    exact.minimise(COST)
    best = exact.solve_whole(Clock(None), "cost", start=found.solution, gap=0.0, absolute_gap=0.0, most_s=30)
    assert found.bound <= best.value * (1 + 1e-6)


def test_a_bound_made_up_for_later_is_that_of_the_tier_alone(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    # priority 2 under the cap of priority 1, while caps of priority 2 itself and of cost are in force already: they do not count
    monkeypatch.setattr(search, "_large", True)
    first = search.minimise(Target(ONE, "priority-1", 1.0), start=without_aid(search), most_s=5.0)
    assert first is not None
    cap = first.value * (1 + 1e-6) + 1e-6
    search.apply(Patch.of_columns([ONE], [-np.inf], [cap]))
    caps = Patch.of_columns([TWO, COST], [-np.inf, -np.inf], [first.solution[TWO], first.solution[COST]])
    search.apply(caps)
    bound = search.bound_later("priority-2", TWO, [TWO, COST])
    lp = Session(PREPARED.model, relaxed=True, seed=0)
    lp.apply(Patch.of_columns([ONE], [-np.inf], [cap]))
    lp.minimise(TWO)
    alone = lp.solve_relaxation(Clock(None), "two").value
    assert bound == pytest.approx(alone, rel=1e-3)
    assert bound <= alone * (1 + 1e-6)
    # the caps are in force again
    search.relaxed.minimise(COST)
    assert search.solve_relaxed("cost").value <= first.solution[COST] + 1e-6
    search.relaxed.minimise_sum({COST: -1.0})
    assert -search.solve_relaxed("cost").value <= first.solution[COST] * (1 + 1e-6)


def test_settled_tiers_are_the_best_of_their_whole_columns(search: Search) -> None:
    _, second = with_room(search)
    settled = settle(search, ["priority-1", "priority-2"], second.solution, 0.0)
    assert settled is not None
    # the same two LPs by hand, on a session of their own
    model = PREPARED.model
    whole = np.flatnonzero(model.whole)
    lp = Session(model, relaxed=True, seed=0)
    lp.apply(Patch.of_columns(whole, np.round(second.solution[whole]), np.round(second.solution[whole])))
    lp.minimise(ONE)
    one = lp.solve_relaxation(Clock(None), "one").value
    lp.apply(Patch.of_columns([ONE], [-np.inf], [one + 1e-6]))
    lp.minimise(TWO)
    two = lp.solve_relaxation(Clock(None), "two").value
    assert settled[ONE] == pytest.approx(one, abs=1e-5)
    assert settled[TWO] == pytest.approx(two, rel=1e-4, abs=1e-4)
    assert (settled[whole] == np.round(second.solution[whole])).all()


def test_with_a_tolerance_an_earlier_tier_takes_nothing_back(search: Search) -> None:
    # What priority 2 reached is capped: of the same trips priority 1 may have back only what priority 2 can spare.
    first, second = with_room(search)
    names, cap = ["priority-1", "priority-2"], second.value * (1 + 1e-6) + 1e-6
    search.apply(Patch.of_columns([TWO], [-np.inf], [cap]))
    taking, sparing = (settle(search, names, second.solution, tolerance) for tolerance in (0.0, 1e-5))
    assert taking is not None
    assert sparing is not None
    assert sparing[TWO] <= cap * (1 + 1e-6) < taking[TWO]
    assert taking[ONE] < sparing[ONE] <= 1.05 * first.value * (1 + 1e-6)


def test_only_a_tier_with_something_left_and_no_bound_gets_one_later(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def bound_later(name: str, *_: object) -> float:
        asked.append(name)
        return 7.0

    monkeypatch.setattr(search, "bound_later", bound_later)
    solution = np.zeros(PREPARED.model.matrix.shape[1])
    solution[TWO], solution[COST] = 10.0, 10.0
    found = Tiered(solution=solution, bounds={"priority-1": 0.0, "priority-2": 0.0, "cost": 0.0})
    _make_up_for_bounds(search, ["priority-1", "priority-2", "cost"], found)
    assert asked == ["priority-2", "cost"]  # priority 1 is at zero: nothing is left to prove
    assert found.bounds == {"priority-1": 0.0, "priority-2": 7.0, "cost": 7.0}


def test_what_has_given_way_is_not_given_the_same_room_again() -> None:
    # 100 within 5 %: 105. At 104 there is 1 left, not 5.2; beyond 105 by rounding the least room alone, a millionth.
    first = cap_patch(PREPARED.model, ONE, 100.0, 0.05, 1e-6)
    assert first.column_upper[0] == pytest.approx(105.0)
    again = cap_patch(PREPARED.model, ONE, 104.0, 0.05, 1e-6, within=105.0)
    assert again.column_upper[0] == pytest.approx(105.0)
    beyond = cap_patch(PREPARED.model, ONE, 105.00001, 0.05, 1e-6, within=105.0)
    assert 105.00001 < beyond.column_upper[0] < 105.001
    better = cap_patch(PREPARED.model, ONE, 80.0, 0.05, 1e-6, within=105.0)
    assert better.column_upper[0] == pytest.approx(84.0)
