"""Small random scenarios, three to five cities, drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from tongzhou.model.domain import Problem
from worlds import arrival, carrier, closure, fleet, incident, lane, need, stock, substitute, supply, team, world

GIVERS, TAKERS = ("G1", "G2"), ("A", "B", "C")

small = st.integers(0, 12)
quantity = st.integers(1, 12)
hours = st.sampled_from((0, 3, 6, 12))


@st.composite
def goods_worlds(draw: st.DrawFn, *, lots: bool = True) -> Problem:
    """Two supplies (one may stand in for the other), givers, needy cities that may also give, carriers and fleets."""
    givers = GIVERS[: draw(st.integers(1, 2))]
    takers = TAKERS[: draw(st.integers(2, 3))]
    lot = draw(st.sampled_from((None, None, 2))) if lots else None
    rows: list[Any] = [
        supply("tent", volume_m3=2, lot=lot, unit_value=3), supply("tarp", unit_value=1), substitute("tarp", "tent", 2),
    ]  # fmt: skip
    for name in (*givers, *takers):
        for resource in draw(st.sets(st.sampled_from(("tent", "tarp")), min_size=name in givers)):
            floor = draw(st.sampled_from((None, 0, 2)))
            rows.append(stock(name, draw(quantity), resource, floor=floor, offered=draw(st.none() | small)))
    if draw(st.booleans()):
        rows.append(arrival(givers[0], draw(quantity), draw(hours), "tent"))
    for name in takers:
        for resource in draw(st.sets(st.sampled_from(("tent", "tarp")), min_size=1)):
            start = draw(hours)
            rows.append(need(name, draw(quantity), resource, name=f"{name} {resource}", from_h=start,
                             by_h=start + draw(st.sampled_from((9, 12, 24))), priority=draw(st.sampled_from((1, 1, 2)))))  # fmt: skip
    rows += draw(ways((*givers, *takers), takers))
    return world(
        *rows, periods=draw(st.integers(3, 5)), mode=draw(st.sampled_from(("led", "voluntary"))),
        default_share=draw(st.sampled_from((0, 0.25))), self_first=draw(st.booleans()), no_worse_off=draw(st.booleans()),
        own_use=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def ways(draw: st.DrawFn, origins: Iterable[str], destinations: Iterable[str]) -> list[Any]:
    rows: list[Any] = []
    for origin in origins:
        trucks = False
        for destination in destinations:
            kind = draw(st.sampled_from(("none", "carrier", "truck", "closed")))
            if origin == destination or kind == "none":
                continue
            capacity = draw(st.sampled_from((None, None, 1)))
            link = carrier if kind == "carrier" else lane
            price = {"t_cost": draw(st.integers(0, 5))} if kind == "carrier" else {"trip_cost": draw(st.integers(0, 9))}
            rows.append(link(origin, destination, draw(st.sampled_from((3, 6, 8))), capacity_t_per_h=capacity, **price))
            trucks = trucks or kind != "carrier"
            if kind == "closed":
                rows.append(closure(origin, destination, 0, 5, draw(st.sampled_from((0, 0.5)))))
        if trucks:
            rows.append(fleet(origin, draw(st.integers(1, 2)), draw(st.integers(2, 6)), draw(st.integers(3, 9))))
    return rows


@st.composite
def team_worlds(draw: st.DrawFn) -> Problem:
    takers = TAKERS[: draw(st.integers(2, 3))]
    rows: list[Any] = [
        team(duty_h=draw(st.sampled_from((None, 6, 12))), rest_h=draw(st.sampled_from((None, 6))), day_cost=24)
    ]
    for name in ("G1", *takers):
        rows.append(stock(name, draw(st.integers(0, 3)), "team", offered=draw(st.none() | st.integers(0, 3))))
    for name in takers:
        start = draw(hours)
        rows.append(need(name, draw(st.integers(1, 3)), "team", from_h=start, until_h=start + draw(st.sampled_from((9, 12, 18))),
                         priority=draw(st.integers(1, 2))))  # fmt: skip
    rows += [lane(origin, name, 6) for origin in ("G1", *takers) for name in takers if origin != name]
    return world(*rows, periods=5, mode=draw(st.sampled_from(("led", "voluntary"))), default_share=0.2)


worlds = goods_worlds() | team_worlds()


@st.composite
def mixed_worlds(draw: st.DrawFn) -> Problem:
    """The same with two incidents under different governance; a need without one is under the scenario's own."""
    problem = draw(worlds)
    incidents = (
        incident("flood", "led", self_first=draw(st.booleans()), no_worse_off=draw(st.booleans())),
        incident("fever", "voluntary", self_first=draw(st.booleans())),
    )
    names = st.sampled_from(("flood", "fever", None))
    return problem.replace(
        incidents=incidents, needs=tuple(replace(row, incident=draw(names)) for row in problem.needs)
    )
