"""The core model in linopy, written as its users write: one array of variables a kind, sums by grouping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import linopy
import numpy as np
import pandas as pd
from core_model import CoreData


def build_linopy(core: CoreData) -> Any:
    """The model, ready to be solved."""
    model = _Model(core)
    model.minimise_cost()
    model.limit_goods()
    model.limit_vehicles()
    model.limit_lanes()
    model.serve_needs()
    return model.model


def label(*parts: object) -> str:
    """One word for a place in an index."""
    return "|".join(map(str, parts))


class _Model:
    """Variables are numbered in the order of the core's keys; `s`, `k`, `u`, `w` are their dimensions."""

    def __init__(self, core: CoreData) -> None:
        self.core, self.rows = core, core.problem.resource_of
        self.count = core.problem.settings.periods
        self.needs = {need.need: need for need in core.problem.needs}
        self.model = linopy.Model()
        self.index = {
            name: pd.RangeIndex(len(keys), name=name)
            for name, keys in (("s", core.ship), ("k", core.trips), ("u", core.serve), ("w", core.unserved))
        }
        most = self.series("k", [float(core.lanes[number].fleet.vehicles) for number, _ in core.trips])
        self.ship = self.model.add_variables(lower=0, coords=[self.index["s"]], name="ship")
        self.trips = self.model.add_variables(lower=0, upper=most, coords=[self.index["k"]], name="trips", integer=True)
        self.own = self.model.add_variables(lower=0, coords=[self.index["u"]], name="own")
        self.aid = self.model.add_variables(lower=0, coords=[self.index["u"]], name="aid")
        self.unserved = self.model.add_variables(lower=0, coords=[self.index["w"]], name="unserved")

    def series(self, name: str, values: Sequence[float]) -> pd.Series:
        return pd.Series(values, index=self.index[name])

    def total(self, variable: Any, keep: Sequence[tuple[int, str]], name: str) -> Any:
        """Sum of a variable by label; `keep` lists (position, label), a position may count for several labels."""
        places = pd.RangeIndex(len(keep), name=name)
        picked = variable.isel({name: [position for position, _ in keep]}).assign_coords({name: np.arange(len(keep))})
        return picked.groupby(pd.Series([item for _, item in keep], index=places, name="label")).sum()

    def limit(self, left: Any, name: str, bound: Callable[..., float], *, equal: bool = False) -> None:
        keys = list(left.coords["label"].values)
        right = pd.Series([bound(*key.split("|")) for key in keys], index=pd.Index(keys, name="label"))
        self.model.add_constraints(left == right if equal else left <= right, name=name)

    def joined(self, *terms: Any, join: str) -> Any:
        return linopy.merge(list(terms), join=join, dim="_term", cls=type(terms[0]))

    def minimise_cost(self) -> None:
        core = self.core
        carried = [
            float(core.lanes[number].link.t_cost or 0) * self.rows[supply].weight_t
            if core.lanes[number].fleet is None
            else 0.0
            for number, supply, _ in core.ship
        ]
        losses = [core.loss(self.needs[name], t) for name, t in core.unserved]
        values = [core.value(self.needs[name].resource) for name, _ in core.serve]
        trip_costs = [core.lanes[number].trip_cost for number, _ in core.trips]
        self.model.add_objective(
            (self.unserved * self.series("w", losses)).sum()
            + (self.trips * self.series("k", trip_costs)).sum()
            + (self.aid * self.series("u", values)).sum()
            + (self.ship * self.series("s", carried)).sum()
        )

    def limit_goods(self) -> None:
        core, count = self.core, self.count
        out = [
            (i, label(core.lanes[n].origin, supply, later))
            for i, (n, supply, t) in enumerate(core.ship)
            for later in range(t, count)
        ]
        come = [
            (i, label(core.lanes[n].destination, supply, later))
            for i, (n, supply, t) in enumerate(core.ship)
            for later in range(t + core.lanes[n].travel, count)
        ]
        use = [
            (i, label(self.needs[name].city, self.needs[name].resource, later))
            for i, (name, t) in enumerate(core.serve)
            for later in range(t, count)
        ]
        gone, used = self.total(self.ship, out, "s"), self.total(self.own, use, "u")
        self.limit(gone, "release", lambda city, supply, t: core.may_leave(city, supply, int(t)))
        self.limit(
            self.joined(gone, used, join="outer"), "stock", lambda city, supply, t: core.held(city, supply, int(t))
        )
        arrived = self.total(self.ship, come, "s")
        self.limit(self.joined(self.total(self.aid, use, "u"), -1 * arrived, join="left"), "aid_stock", lambda *_: 0.0)

    def limit_vehicles(self) -> None:
        lanes, trips = self.core.lanes, self.core.trips
        place = {key: i for i, key in enumerate(trips)}
        loaded = [(i, str(place[n, t])) for i, (n, _, t) in enumerate(self.core.ship) if lanes[n].fleet is not None]
        every = [(k, str(k)) for k in range(len(trips))]
        for size, holds in (("weight_t", "payload_t"), ("volume_m3", "volume_m3")):
            sizes = self.series("s", [float(getattr(self.rows[supply], size)) for _, supply, _ in self.core.ship])
            rooms = self.series("k", [float(getattr(lanes[n].fleet, holds)) for n, _ in trips])
            cargo, room = self.total(self.ship * sizes, loaded, "s"), self.total(self.trips * rooms, every, "k")
            self.limit(self.joined(cargo, -1 * room, join="left"), size, lambda *_: 0.0)
        away = [
            (k, label(lanes[n].fleet.city, lanes[n].fleet.mode, lanes[n].fleet.vehicle, later))
            for k, (n, t) in enumerate(trips)
            for later in range(t, min(self.count, t + lanes[n].away))
        ]
        vehicles = {(row.city, row.mode, row.vehicle): float(row.vehicles) for row in self.core.problem.fleets}
        fleet = self.total(self.trips, away, "k")
        self.limit(fleet, "fleet", lambda city, mode, vehicle, _: vehicles[city, mode, vehicle])

    def limit_lanes(self) -> None:
        found, limits = [], {}
        for i, (number, _, t) in enumerate(self.core.ship):
            lane = self.core.lanes[number]
            if lane.link.capacity_t_per_h is not None:
                key = label(lane.origin, lane.destination, lane.link.mode, t)
                found.append((i, key))
                limits[key] = lane.link.capacity_t_per_h * self.core.p
        if found:
            weights = self.series("s", [self.rows[supply].weight_t for _, supply, _ in self.core.ship])
            on_link = self.total(self.ship * weights, found, "s")
            self.limit(on_link, "capacity", lambda *parts: limits[label(*parts)])

    def serve_needs(self) -> None:
        done = [
            (i, label(name, later)) for i, (name, t) in enumerate(self.core.serve) for later in range(t, self.count)
        ]
        waiting = self.total(self.unserved, [(i, label(*key)) for i, key in enumerate(self.core.unserved)], "w")
        served = (self.total(self.own, done, "u"), self.total(self.aid, done, "u"))
        self.limit(
            self.joined(waiting, *served, join="outer"), "need", lambda name, _: self.needs[name].quantity, equal=True
        )
