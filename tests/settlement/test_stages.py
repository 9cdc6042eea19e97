"""Stages under tight caps: where HiGHS calls a model infeasible or gives up, the caps get more room."""

from __future__ import annotations

from typing import Any

import pytest
from deals import amounts, deal, pair_rows, payments, settled
from tongzhou.model.errors import CoalitionError
from tongzhou.solvers.highs import Session, Solved
from tongzhou.solvers.settlement.stages import RETRIES, ROOMS
from tongzhou.solvers.status import Stop

INF = float("inf")


def refuse(monkeypatch: pytest.MonkeyPatch, stop: Stop, times: float) -> None:
    """The first solves of the settlement model come to nothing."""
    real, count = Session.solve_relaxation, 0

    def solve(self: Session, clock: Any, step: str, **more: Any) -> Solved:
        nonlocal count
        if step != "settlement" or count >= times:
            return real(self, clock, step, **more)
        count += 1
        return Solved(stop, None, INF, -INF)

    monkeypatch.setattr(Session, "solve_relaxation", solve)


@pytest.mark.parametrize("stop", [Stop.INFEASIBLE, Stop.FAILED])
@pytest.mark.parametrize("rooms", range(1, len(ROOMS)))
def test_more_room_settles_what_the_least_room_does_not(
    monkeypatch: pytest.MonkeyPatch, stop: Stop, rooms: int
) -> None:
    # one attempt and the retries with other tolerances, for each room that fails; the settlement is worked out in deals.py
    refuse(monkeypatch, stop, rooms * (1 + len(RETRIES)))
    found = settled(deal(*pair_rows()))
    assert payments(found) == [("A", "G", 250)]
    assert amounts(found, "gain") == {"A": 875}


@pytest.mark.parametrize("stop", [Stop.INFEASIBLE, Stop.FAILED, Stop.MEMORY])
def test_what_no_room_settles_is_an_error_that_names_the_reason(monkeypatch: pytest.MonkeyPatch, stop: Stop) -> None:
    refuse(monkeypatch, stop, INF)
    with pytest.raises(CoalitionError) as caught:
        settled(deal(*pair_rows()))
    assert stop.value in caught.value.report("en")
