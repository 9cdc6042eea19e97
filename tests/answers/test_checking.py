"""Check my plan: hand plans that break exactly one limit of each kind; the optimiser's own plan breaks none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from random_worlds import worlds
from tongzhou.model.completion import Draft, complete
from tongzhou.model.domain import Problem
from tongzhou.model.errors import PlanFileError, ScenarioError
from tongzhou.scenarios.files import save
from tongzhou.service.checking import check_plan, limits_broken, scores
from tongzhou.service.cli.main import run
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
    stock,
    substitute,
    supply,
    team,
    world,
)

GOODS = (stock("G", 10), need("A", 10), carrier("G", "A"))
TRUCK = (stock("G", 10), need("A", 10), lane("G", "A"), fleet("G", 2, 5))
TEAM = (team(), stock("G", 2, "team"), need("A", 2, "team"), lane("G", "A"))
PUMP = (
    equipment(weight_t=5),
    stock("G", 1, "pump"),
    need("A", 1, "pump", until_h=18),
    lane("G", "A"),
    fleet("G", 1, 5),
)


def water(
    quantity: float = 10, depart_h: float = 0, origin: str = "G", destination: str = "A", line: str = "L", **more: Any
) -> Draft:
    return Draft(
        line=line,
        origin=origin,
        destination=destination,
        resource="water",
        quantity=quantity,
        depart_h=depart_h,
        **more,
    )


def unit(
    resource: str, quantity: float = 1, depart_h: float = 0, origin: str = "G", line: str = "L", **more: Any
) -> Draft:
    given = {"destination": "A", "need": "A", **more}
    return Draft(line=line, origin=origin, resource=resource, quantity=quantity, depart_h=depart_h, **given)


TWO_INCIDENTS = (
    incident("flood", "led"), incident("fever", "voluntary"), need("A", 10, incident="fever"), need("B", 10, incident="flood"),
    carrier("G", "A"),
)  # fmt: skip

ONE_LIMIT: list[tuple[str, list[Any], dict[str, Any], list[Draft], str, float]] = [
    # limit, scenario, its settings, lines, place, amount
    ("lane", [stock("G", 10), need("A", 10), carrier("G", "B")], {}, [water()], "L", 10),
    ("stock", list(GOODS), {}, [water(12)], "G water", 2),
    ("floor-or-offer", [stock("G", 10, floor=4), *GOODS[1:]], {}, [water()], "G water", 4),
    ("floor-or-offer", [stock("G", 10, offered=7), *GOODS[1:]], {"mode": "voluntary"}, [water()], "G water", 3),
    ("offer", [*TWO_INCIDENTS, stock("G", 10, offered=7)], {}, [water()], "G water", 3),
    ("offer", [*TWO_INCIDENTS, team(), stock("G", 2, "team", offered=1), need("A", 2, "team", name="T", incident="fever")],
     {}, [unit("team", 2, need="T")], "G team", 1),
    ("until", [stock("G", 10, until_h=0), *GOODS[1:]], {}, [water(depart_h=6)], "L", 6),
    ("lot", [supply(lot=4), *GOODS], {}, [water(6)], "L", 2),
    ("closure", [*GOODS, closure("G", "A", 0, 6)], {}, [water()], "L", 10),
    ("pairs", [*GOODS, pair("G", "A", "forbidden")], {}, [water()], "L", 10),
    ("grid", list(GOODS), {}, [water(depart_h=3)], "L", 0),
    ("fleet", [*TRUCK[:3], fleet("G", 1, 5)], {}, [water()], "G road truck", 1),
    ("lane-capacity", [*GOODS[:2], carrier("G", "A", capacity_t_per_h=1)], {}, [water()], "G > A road", 4),
    ("loading", [*GOODS, city("G", "contributor", load_t_per_h=1)], {}, [water()], "G", 4),
    ("unloading", [*GOODS, city("A", unload_t_per_h=1)], {}, [water()], "A", 4),
    ("least-delivery", [stock("G", 10), need("A", 10, least_delivery=5), carrier("G", "A")], {}, [water(3)], "L", 2),
    ("only-hubs-pass-on", [stock("G", 10), need("A", 10), carrier("G", "B"), carrier("B", "A")], {},
     [water(destination="B"), water(origin="B", depart_h=6, line="M")], "B water", 10),
    ("units", list(TEAM), {"default_share": 0.0}, [unit("team", 3, leave_h=12)], "G team", 1),
    ("duty", [team(duty_h=6), *TEAM[1:]], {}, [unit("team", 2, leave_h=18)], "L", 1),
    ("lower-type", [team("medic"), team("nurse"), stock("G", 1, "nurse"), need("A", 1, "medic"), lane("G", "A"),
                    substitute("nurse", "medic")], {}, [unit("nurse", leave_h=12)], "L", 1),
    ("fleet", [*PUMP[:4], fleet("G", 0, 5)], {}, [unit("pump", leave_h=12, mode="road", vehicle="truck")], "G road truck", 2),  # one fetches it
    ("national-call", [city("N", "national"), stock("N", 10), need("A", 10), carrier("N", "A")], {"national_delay_h": 12.0},
     [water(origin="N", depart_h=6)], "L", 6),
    ("no-worse-off", [stock("A", 10), need("A", 10), need("B", 10), carrier("A", "B")], {},
     [water(origin="A", destination="B")], "A priority 1", 12),  # 10 units, 24 h, of 1/20 each
    ("commitment", [*GOODS, promised("G", "A", 4, 6)], {}, [water(6)], "L1", 4),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "rows", "choices", "drafts", "place", "amount"), ONE_LIMIT,
                         ids=[f"{number} {case[0]}" for number, case in enumerate(ONE_LIMIT)])  # fmt: skip
def test_exactly_the_limit_that_is_broken(
    tmp_path: Path, limit: str, rows: list[Any], choices: dict[str, Any], drafts: list[Draft], place: str, amount: float
) -> None:
    problem = world(*rows, **choices)
    found = check_plan(problem, written(tmp_path, problem, drafts), None)
    assert [(item.limit, item.place) for item in found.violations] == [(limit, place)]
    assert found.violations[0].amount == pytest.approx(amount)


def written(folder: Path, problem: Problem, drafts: list[Draft]) -> Path:
    """The lines as the two files a person would write."""
    supplies = [row for row in drafts if problem.resource_of[row.resource].is_supply]
    units = [row for row in drafts if row not in supplies]
    for name, rows in (("shipments", supplies), ("deployments", units)):
        if rows:
            columns = (
                "line",
                "origin",
                "destination",
                "resource",
                "quantity",
                "depart_h",
                "leave_h",
                "need",
                "mode",
                "vehicle",
            )
            columns = tuple(item for item in columns if item != "leave_h" or name == "deployments")
            cells = [[_cell(getattr(row, column)) for column in columns] for row in rows]
            text = "\n".join([",".join(columns), *(",".join(row) for row in cells)])
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float | int) else str(value)


def test_a_plan_within_all_limits_is_scored(tmp_path: Path) -> None:
    # 6 of 10 leave at 0 and serve at 6; nothing else comes: unit-hours 6*(10+4+4+4) = 132, of the tier's 1/10; 2 a tonne.
    problem = world(stock("G", 10), need("A", 10), carrier("G", "A", t_cost=2))
    found = check_plan(problem, written(tmp_path, problem, [water(6)]), None)
    assert found.violations == ()
    assert found.tiers == {"priority-1": pytest.approx(13.2), "cost": pytest.approx(12)}


def test_own_units_go_on_duty_where_the_plan_names_none(tmp_path: Path) -> None:
    # A's own team works six hours and rests six: on duty at 0 and 12; G's is there from 6 to 24: of two, 1+1+0+1 are missing.
    problem = world(
        team(duty_h=18, rest_h=6), stock("A", 1, "team"), stock("G", 1, "team"), need("A", 2, "team"), lane("G", "A")
    )
    found = check_plan(problem, written(tmp_path, problem, [unit("team", leave_h=24)]), None)
    assert found.violations == ()
    # own: 0, 6, 12 then rest; G's: 6, 12, 18: missing 1, 0, 0, 1.
    assert found.tiers["priority-1"] == pytest.approx(6 * 2 / 2)


def test_goods_that_leave_later_are_not_used_before(tmp_path: Path) -> None:
    problem = world(
        stock("A", 10),
        arrival("A", 5, 12),
        need("A", 15),
        need("B", 5, from_h=6),
        carrier("A", "B"),
        no_worse_off=False,
    )
    found = check_plan(problem, written(tmp_path, problem, [water(5, 12, "A", "B")]), None)
    assert found.violations == ()
    assert [(row.need, row.at_h, row.served) for row in found.plan.service] == [("A", 0, 10), ("B", 18, 5)]


@given(problem=worlds)
@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_optimisers_own_plan_breaks_no_limit(problem: Problem) -> None:
    plan = plan_of(problem)
    drafts = [
        Draft(line=row.line, origin=row.origin, destination=row.destination, resource=row.resource, quantity=row.quantity,
              depart_h=row.depart_h, need=row.need, mode=row.mode, vehicle=row.vehicle)
        for row in plan.shipments
    ] + [
        Draft(line=row.line, origin=row.origin, destination=row.destination, resource=row.resource, quantity=float(row.quantity),
              depart_h=row.depart_h, leave_h=row.leave_h, need=row.need, mode=row.mode, vehicle=row.vehicle)
        for row in plan.deployments
    ]  # fmt: skip
    whole = complete(problem, drafts, plan.baseline, plan.national_call_h)
    broken = [item for item in limits_broken(problem, whole) if item.limit not in ("no-worse-off", "self-first")]
    assert broken == []  # (the order in which a city serves its own needs may differ from the plan's)
    first = plan.tiers[0]
    assert scores(problem, whole)[first.name] >= first.value - 1e-6 * max(1.0, first.value)


def test_what_the_scenario_does_not_know_is_told_with_a_guess(tmp_path: Path) -> None:
    problem = world(*GOODS)
    text = "origin,destination,resource,quantity,depart_h\nG,A,water,1,x\nG,A,watr,-1,0\n"
    (tmp_path / "shipments.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        check_plan(problem, tmp_path, None)
    found = {(fault.row, fault.columns[0]) for fault in caught.value.faults}
    assert found == {(2, "depart_h"), (3, "quantity"), (3, "resource")}
    with pytest.raises(PlanFileError):
        check_plan(problem, tmp_path / "nothing", None)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(world(*GOODS), tmp_path / "s")
    (tmp_path / "p").mkdir()
    written(tmp_path / "p", world(*GOODS), [water(12)])
    assert run(["check", str(tmp_path / "s"), str(tmp_path / "p")]) == 4
    told = capsys.readouterr().out
    assert "stock" in told
    assert "G water" in told
    written(tmp_path / "p", world(*GOODS), [water(5)])
    assert run(["check", str(tmp_path / "s"), str(tmp_path / "p"), "--format", "json"]) == 0
    assert '"violations": []' in capsys.readouterr().out
