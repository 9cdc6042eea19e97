"""The scenario and the plan looked up by what the checks ask for."""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cached_property

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Fleet, Link, Need, Stock
from tongzhou.model.plan import Deployment, Plan, Shipment, Trip
from tongzhou.model.units import HOUR_TOLERANCE, periods_down, periods_up, travel_periods

GRID = 1e-6
"""Hours by which a time may miss the start of a period."""


class Facts:
    """Scenario and plan, with times as periods."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        self.hours = problem.settings.period_h
        self.count = problem.settings.periods
        self.lines = plan.lines
        self.kept = {row.line: row for row in problem.kept}
        self.now = periods_up(problem.settings.now_h, self.hours)

    @cached_property
    def links(self) -> dict[tuple[str, str, str], Link]:
        """Directed lanes by origin, destination, mode."""
        return {(row.origin, row.destination, row.mode): row for row in self.problem.lanes}

    @cached_property
    def fleets(self) -> dict[tuple[str, str, str], Fleet]:
        """Fleets by home, mode, vehicle class."""
        return {(row.city, row.mode, row.vehicle): row for row in self.problem.fleets}

    @cached_property
    def stocks(self) -> dict[tuple[str, str], Stock]:
        """Stocks by city and resource."""
        return {(row.city, row.resource): row for row in self.problem.stocks}

    @cached_property
    def arrivals(self) -> dict[tuple[str, str], list[tuple[int, float]]]:
        """Own arrivals (period, quantity) by city and resource."""
        found: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        for row in self.problem.arrivals:
            found[row.city, row.resource].append((max(0, periods_up(row.at_h, self.hours)), row.quantity))
        return found

    def period(self, hour: float) -> int:
        """The period that starts at an hour; between starts, the next."""
        return periods_up(hour, self.hours)

    def on_grid(self, hour: float) -> bool:
        """Whether an hour is the start of a period."""
        return abs(hour / self.hours - round(hour / self.hours)) * self.hours <= GRID

    def held(self, city: str, resource: str, period: int) -> float:
        """A city's own quantity up to a period: its stock from `from_h` on, and its own arrivals."""
        stock = self.stocks.get((city, resource))
        total = sum(quantity for at, quantity in self.arrivals.get((city, resource), ()) if at <= period)
        if stock is not None and periods_up(stock.from_h or 0.0, self.hours) <= period:
            total += stock.quantity
        return total

    def floor(self, city: str, resource: str) -> float:
        """The reserve that does not leave; whole units round up."""
        stock = self.stocks.get((city, resource))
        if stock is None:
            return 0.0
        given = stock.floor if stock.floor is not None else self.problem.settings.reserve.default_share * stock.quantity
        return given if self.problem.resource_of[resource].is_supply else math.ceil(given - HOUR_TOLERANCE)

    def may_leave(self, city: str, resource: str, held: float, *, on_offer: bool = False) -> float:
        """What may leave for others of `held`: above the floor; in voluntary mode, or `on_offer`, at most the offer."""
        above = max(0.0, held - self.floor(city, resource))
        national = self.problem.city_of[city].role == "national"
        if (on_offer or self.problem.mode == "voluntary") and not national:
            stock = self.stocks.get((city, resource))
            above = min(above, (stock.offered or 0.0) if stock is not None else 0.0)
        return above

    def share(self, link: Link, period: int, periods: int) -> float:
        """Least share of the lane open in `periods` periods from `period` on."""
        start, end = period * self.hours, (period + periods) * self.hours
        shares = [
            row.capacity_share
            for row in self.problem.closures
            if (row.origin, row.destination, row.mode) == (link.origin, link.destination, link.mode)
            and row.from_h < end - GRID
            and row.until_h > start + GRID
        ]
        return min(shares, default=1.0)

    def travel(self, link: Link) -> int:
        """Periods under way."""
        return travel_periods(link.travel_h, self.hours)

    def spans(self, need: Need) -> list[tuple[int, int]]:
        """Window (first period, period after the last, cut to the horizon) of every occurrence of a need."""
        end = need.by_h if self.problem.resource_of[need.resource].is_supply else need.until_h
        assert end is not None
        found = []
        for number in range(need.repeats or 1):
            shift = number * (need.repeat_h or 0.0)
            first = max(0, periods_up(need.from_h + shift, self.hours))
            if first < self.count:
                found.append((first, min(self.count, periods_down(end + shift, self.hours))))
        return found

    def ratio(self, needed: str, used: str) -> float | None:
        """Units of `needed` that one unit of `used` serves; None where it may not."""
        if needed == used:
            return 1.0
        return next((row.ratio for row in self.problem.substitutes if (row.needed, row.used) == (needed, used)), None)

    def is_kept(self, row: Shipment | Deployment) -> bool:
        """Whether a line of the plan is a kept commitment."""
        return row.line in self.kept

    def received(self, row: Shipment | Deployment) -> float:
        """What is accepted of a line where it goes: all of it, unless the kept commitment says less."""
        promised = self.kept.get(row.line)
        return float(row.quantity) if promised is None or promised.received is None else promised.received

    def arrived_h(self, row: Shipment | Deployment, planned_h: float) -> float:
        """Hour at which a line is there: as the kept commitment says where it knows, else as planned."""
        promised = self.kept.get(row.line)
        return planned_h if promised is None or promised.arrived_h is None else promised.arrived_h

    def has_arrived(self, row: Shipment | Deployment) -> bool:
        """Whether the hour of its arrival is known."""
        return row.line in self.kept and self.kept[row.line].arrived_h is not None

    def has_left(self, row: Shipment | Deployment | Trip) -> bool:
        """Whether it left before now: what happened is not held to limits."""
        return row.depart_h < self.problem.settings.now_h - HOUR_TOLERANCE

    def lane_link(self, row: Deployment) -> Link | None:
        """The lane a deployment takes; None for duty at home or where there is none."""
        if row.origin == row.destination:
            return None
        rides = self.problem.resource_of[row.resource].rides
        return self.links.get((row.origin, row.destination, (row.mode or "") if rides else "road"))
