"""Each reason of the closed list on the smallest scenario that has it, with its limit, and its relief carried out and planned."""

from __future__ import annotations

from typing import Any

import pytest
from tongzhou.model.change import apply_changes
from tongzhou.model.domain import Problem
from tongzhou.model.explain.explanation import Explanation, Reason
from tongzhou.solvers.answers.explaining import explain
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from worlds import (
    arrival,
    carrier,
    city,
    closure,
    equipment,
    fleet,
    lane,
    need,
    plan_of,
    promised,
    short,
    stock,
    substitute,
    supply,
    team,
    tier,
    unit_hours,
    world,
)

OPTIONS = SolveOptions(gap=0.0, workers=1)


def explained(problem: Problem) -> dict[str, Explanation]:
    return {item.need: item for item in explain(problem, plan_of(problem), OPTIONS, Clock(60))}


def relieved(problem: Problem, item: Explanation) -> tuple[float, float, float]:
    """What the relief, carried out in the scenario and planned anew, really brings: fall of the tier, unit-hours, units short."""
    relief = item.relief
    assert relief is not None
    before, after = plan_of(problem), plan_of(apply_changes(problem, relief.changes))
    return (
        tier(before, relief.tier) - tier(after, relief.tier),
        unit_hours(before, item.need) - unit_hours(after, item.need),
        short(before, item.need) - short(after, item.need),
    )


VOLUNTARY = {"mode": "voluntary"}
ROWS = (stock("G", 100), need("A", 50), carrier("G", "A"))
A_LINE = ("A line", [
    stock("G", 75), need("A", 100), need("B", 50, priority=2), carrier("G", "A"), carrier("G", "B"), promised("G", "B", 20, 6),
], {})  # fmt: skip
CASES: list[tuple[str, list[Any], dict[str, Any], str, str, str, float]] = [
    # 20 of 50 offered: 30 wait from hour 6 on; 30 more at hour 6 save 30 * 18 h of the tier's 1/50 each.
    ("not-offered", [stock("G", 100, offered=20), *ROWS[1:]], VOLUNTARY, "offer G water = 20",
     "stocks[city=G resource=water].offered: 20 -> 50", "A", 30 * 18 / 50),
    # Nothing offered at all: no row of the plan, and yet the offer is what binds.
    ("not-offered", [stock("G", 100), *ROWS[1:]], VOLUNTARY, "offer G water = 0",
     "stocks[city=G resource=water].offered: blank -> 50", "A", 50 * 18 / 50),
    ("under-reserve", [stock("G", 100, floor=80), *ROWS[1:]], {}, "floor G water = 80 @ 0 h",
     "stocks[city=G resource=water].floor: 80 -> 50", "A", 30 * 18 / 50),
    # Nobody has any: 10 bought at hour 0 save 10 * 24 h.
    ("no-stock", [need("A", 10)], {}, "stock water = 0", "arrivals[city=A resource=water at_h=0].quantity: 0 -> 10", "A", 24),
    # Two periods on the way, useful until hour 6: at hour 12 it would still save 12 h.
    ("too-late", [stock("G", 100), need("A", 50, by_h=6), carrier("G", "A", travel_h=12)], {}, "window A @ 6 h",
     "needs[need=A].by_h: 6 -> 18", "A", 12),
    # One truck of 5 t brings 5 at hours 6 and 18: three more make it 20 at hour 6. Before 6*(20+15+15+10), after 6*20.
    ("no-transport", [stock("G", 100), need("A", 20), lane("G", "A"), fleet("G", 1, 5)], {}, "fleet G road truck = 1 @ 0 h",
     "fleets[city=G mode=road vehicle=truck].vehicles: 1 -> 4", "A", 6 * 40 / 20),
    # 1 t/h is 6 a period: 6, 12, 18 served at hours 6, 12, 18. All 20 at hour 6 save 14, 8, 2 for a period each.
    ("no-transport", [stock("G", 100), need("A", 20), carrier("G", "A", capacity_t_per_h=1)], {}, "lane G A road @ 0 h",
     "links[origin=G destination=A mode=road].capacity_t_per_h: 1 -> 3.333334", "A", 6 * 24 / 20),
    ("unloading", [stock("G", 100), need("A", 20), carrier("G", "A"), city("A", unload_t_per_h=1)], {}, "unloading A @ 6 h",
     "cities[city=A].unload_t_per_h: 1 -> 3.333334", "A", 6 * 24 / 20),
    ("closed", [stock("G", 100), need("A", 50), carrier("G", "A"), closure("G", "A", 0, 24)], {}, "closure G A road @ 0 h",
     "closures[origin=G destination=A mode=road from_h=0 until_h=24].capacity_share: 0 -> 1", "A", 18),
    # The pump stands idle at home: its team is all that lacks.
    ("no-crew", [equipment(crew="team"), team(), stock("A", 1, "pump"), need("A", 1, "pump")], {}, "crew team A @ 0 h",
     "stocks[city=A resource=team].quantity: 0 -> 1", "A", 24),
    # Six hours of duty, twelve of rest: on duty at hours 0 and 18. Without rest always.
    ("rest", [team(duty_h=6, rest_h=12), stock("A", 1, "team"), need("A", 1, "team")], {}, "rest A team @ 6 h",
     "resources[resource=team].rest_h: 12 -> 0", "A", 12),
    # A higher type may stand in for a lower, not the other way round; at last the higher is bought.
    ("lower-type", [supply("als"), supply("bls"), substitute("bls", "als"), stock("G", 9, "bls"), need("A", 5, "als"),
                    carrier("G", "A")], {}, "lesser G bls = 9",
     "arrivals[city=A resource=als at_h=0].quantity: 0 -> 5", "A", 24),
    # The accepted line to B holds 20 of the 45 that A waits for; withdrawn at hour 6 they leave for A at hour 0.
    ("commitment", A_LINE[1], A_LINE[2], "commitment L1 = 20 @ 6 h", "commitments[line=L1].status: accepted -> withdrawn", "A",
     20 * 18 / 100),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "rows", "choices", "limit", "change", "name", "fall"), CASES,
                         ids=[f"{case[0]} {case[3].split()[0]}" for case in CASES])  # fmt: skip
def test_the_reason_the_limit_and_a_relief_that_keeps_its_word(
    reason: str, rows: list[Any], choices: dict[str, Any], limit: str, change: str, name: str, fall: float
) -> None:
    problem = world(*rows, **choices)
    item = explained(problem)[name]
    assert Reason(reason) in item.reasons
    assert limit in [row.line for row in item.limits]
    relief = item.relief
    assert relief is not None
    assert " and ".join(row.line for row in relief.changes) == change
    assert relief.fall == pytest.approx(fall, rel=1e-5)
    really, hours, units = relieved(problem, item)
    assert really >= relief.fall * (1 - 1e-6)
    assert hours == pytest.approx(relief.gain, abs=1e-4)
    assert units == pytest.approx(relief.short_gain, abs=1e-4)


def test_two_equal_needs_gave_way_to_each_other() -> None:
    # 75 in stock for needs of 100 and 50: both get half; neither is told that nobody ever had any.
    found = explained(world(stock("G", 75), need("A", 100), need("B", 50), carrier("G", "A"), carrier("G", "B")))
    assert [item.reasons[0] for item in found.values()] == [Reason.GAVE_WAY, Reason.GAVE_WAY]
    assert found["A"].limits[0].line == "need B P1 = 25"


def test_a_less_urgent_need_gave_way_to_a_more_urgent_one() -> None:
    found = explained(world(
        stock("G", 75), need("A", 100, priority=2), need("B", 50), carrier("G", "A"), carrier("G", "B"),
    ))  # fmt: skip
    assert found["A"].reasons[0] is Reason.GAVE_WAY
    assert found["A"].limits[0].line == "need B P1 = 50"


def test_no_single_change_helps_but_two_together_do() -> None:
    # Nothing is offered, and G has no vehicle: offering alone moves nothing, a truck alone finds nothing to carry.
    problem = world(stock("G", 10, offered=0), need("A", 10), lane("G", "A"), fleet("G", 0, 10), **VOLUNTARY)
    item = explained(problem)["A"]
    assert set(item.reasons) == {Reason.NOT_OFFERED, Reason.NO_TRANSPORT}
    relief = item.relief
    assert relief is not None
    assert relief.singles_fail
    assert {change.line for change in relief.changes} == {
        "stocks[city=G resource=water].offered: 0 -> 10", "fleets[city=G mode=road vehicle=truck].vehicles: 0 -> 1",
    }  # fmt: skip
    for change in relief.changes:
        assert unit_hours(plan_of(apply_changes(problem, [change])), "A") == 240
    # Both: 10 at hour 6 instead of never, of the tier's 1/10 each.
    assert relieved(problem, item) == (pytest.approx(18), pytest.approx(180), pytest.approx(10))


def test_what_only_waits_for_the_road_is_told_so() -> None:
    item = explained(world(*ROWS))["A"]
    assert item.reasons == (Reason.TOO_LATE,)
    assert item.limits[0].line == "first-arrival G A @ 6 h"


def test_a_supply_that_comes_to_its_holder_late_is_too_late_not_gone() -> None:
    # 50 reach G at hour 12, and A at hour 18, its last hour being 12.
    item = explained(world(arrival("G", 50, 12), need("A", 50, by_h=12), carrier("G", "A")))["A"]
    assert Reason.TOO_LATE in item.reasons
    assert Reason.NO_STOCK not in item.reasons


def test_equipment_idle_only_while_nothing_is_missing_lacks_no_crew() -> None:
    """H's pump is on site from 6 to 12, before the need of 12 to 24 begins, and cannot come back in time; no other is there.

    Found by a large random scenario, which ended in an error.
    """
    problem = world(
        equipment("pump", crew="team", rest_h=24), team(), stock("H", 1, "pump"), stock("A", 1, "team"),
        need("A", 1, "pump", name="P", from_h=12), lane("H", "A"),
        promised("H", "A", 1, 0, kind="deployment", resource="pump", need="P", leave_h=12, mode=None),
    )  # fmt: skip
    assert Reason.NO_CREW not in explained(problem)["P"].reasons
