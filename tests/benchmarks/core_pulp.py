"""The core model in PuLP, written as its users write: dictionaries of variables, sums in loops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pulp
from core_model import CoreData

Series = dict[tuple[str, str], dict[int, list[Any]]]


def build_pulp(core: CoreData) -> Any:
    """The model, ready to be solved."""
    model = _Model(core)
    model.minimise_cost()
    model.limit_goods()
    model.limit_vehicles()
    model.limit_lanes()
    model.serve_needs()
    return model.model


class _Model:
    def __init__(self, core: CoreData) -> None:
        self.core, self.problem = core, core.problem
        self.model = pulp.LpProblem("dispatch", pulp.LpMinimize)
        self.needs = {need.need: need for need in core.problem.needs}
        self.periods = range(core.problem.settings.periods)
        self.ship = self._variables("ship", core.ship)
        self.own, self.aid = self._variables("own", core.serve), self._variables("aid", core.serve)
        self.unserved = self._variables("unserved", core.unserved)
        self.trips = {
            key: pulp.LpVariable(f"trips_{n}", lowBound=0, upBound=core.lanes[key[0]].fleet.vehicles, cat="Integer")
            for n, key in enumerate(core.trips)
        }

    def _variables(self, name: str, keys: Iterable[Any]) -> dict[Any, Any]:
        return {key: pulp.LpVariable(f"{name}_{n}", lowBound=0) for n, key in enumerate(keys)}

    def minimise_cost(self) -> None:
        core, rows = self.core, self.problem.resource_of
        carried = [
            float(core.lanes[number].link.t_cost or 0) * rows[supply].weight_t * var
            for (number, supply, _), var in self.ship.items() if core.lanes[number].fleet is None
        ]  # fmt: skip
        self.model += (
            pulp.lpSum(core.loss(self.needs[name], t) * var for (name, t), var in self.unserved.items())
            + pulp.lpSum(core.lanes[number].trip_cost * var for (number, _), var in self.trips.items())
            + pulp.lpSum(core.value(self.needs[name].resource) * var for (name, _), var in self.aid.items())
            + pulp.lpSum(carried)
        )

    def limit_goods(self) -> None:
        leaving, arriving = _series(), _series()
        for (number, supply, t), var in self.ship.items():
            lane = self.core.lanes[number]
            leaving[lane.origin, supply][t].append(var)
            arriving[lane.destination, supply][t + lane.travel].append(var)
        own_use, aid_use = _series(), _series()
        for name, t in self.core.serve:
            place = (self.needs[name].city, self.needs[name].resource)
            own_use[place][t].append(self.own[name, t])
            aid_use[place][t].append(self.aid[name, t])
        for place in {*leaving, *own_use}:
            for t in self.periods:
                gone, used = _until(leaving, place, t), _until(own_use, place, t)
                if gone:
                    self.model += pulp.lpSum(gone) <= self.core.may_leave(*place, t)
                if gone or used:
                    self.model += pulp.lpSum(gone + used) <= self.core.held(*place, t)
        for place in list(aid_use):
            for t in self.periods:
                if used := _until(aid_use, place, t):
                    self.model += pulp.lpSum(used) <= pulp.lpSum(_until(arriving, place, t))

    def limit_vehicles(self) -> None:
        lanes, rows = self.core.lanes, self.problem.resource_of
        loads: dict[tuple[int, int], list[tuple[str, Any]]] = defaultdict(list)
        for (number, supply, t), var in self.ship.items():
            loads[number, t].append((supply, var))
        for key, cargo in loads.items():
            fleet = lanes[key[0]].fleet
            if fleet is not None:
                tonnes = pulp.lpSum(rows[supply].weight_t * var for supply, var in cargo)
                cubic = pulp.lpSum(rows[supply].volume_m3 * var for supply, var in cargo)
                self.model += tonnes <= fleet.payload_t * self.trips[key]
                self.model += cubic <= fleet.volume_m3 * self.trips[key]
        away: dict[tuple[str, str, str, int], list[Any]] = defaultdict(list)
        for (number, t), var in self.trips.items():
            fleet = lanes[number].fleet
            for later in range(t, min(len(self.periods), t + lanes[number].away)):
                away[fleet.city, fleet.mode, fleet.vehicle, later].append(var)
        vehicles = {(row.city, row.mode, row.vehicle): row.vehicles for row in self.problem.fleets}
        for (city, mode, vehicle, _), out in away.items():
            self.model += pulp.lpSum(out) <= vehicles[city, mode, vehicle]

    def limit_lanes(self) -> None:
        on_link: dict[tuple[str, str, str, int], list[Any]] = defaultdict(list)
        limits = {}
        for (number, supply, t), var in self.ship.items():
            lane = self.core.lanes[number]
            if lane.link.capacity_t_per_h is not None:
                key = (lane.origin, lane.destination, lane.link.mode, t)
                on_link[key].append(self.problem.resource_of[supply].weight_t * var)
                limits[key] = lane.link.capacity_t_per_h * self.core.p
        for key, tonnes in on_link.items():
            self.model += pulp.lpSum(tonnes) <= limits[key]

    def serve_needs(self) -> None:
        for name, t in self.core.unserved:
            done = [var[name, s] for s in self.core.window(self.needs[name]) if s <= t for var in (self.own, self.aid)]
            self.model += pulp.lpSum(done) + self.unserved[name, t] == self.needs[name].quantity


def _series() -> Series:
    return defaultdict(lambda: defaultdict(list))


def _until(series: Series, place: tuple[str, str], t: int) -> list[Any]:
    return [var for s, variables in series[place].items() if s <= t for var in variables]
