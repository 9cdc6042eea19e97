"""What a plan leaves free: stock, offers, vehicles, lanes, handling, units, by period, with everything else as planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from tongzhou.model.accounts import windows
from tongzhou.model.domain import Problem
from tongzhou.model.domain.incidents import MIXED, VOLUNTARY
from tongzhou.model.domain.settings import Governance
from tongzhou.model.domain.tables import Fleet, Link, Need
from tongzhou.model.plan import Plan, Trip
from tongzhou.model.units import away_periods, periods_down, periods_up
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.use import GoodsUse, Holder, Tonnes, UnitUse, tonnes_moved, units_in_use, vehicles_away

DUST = 1e-6
"""Share of a quantity below which what is free is rounding."""
UNBOUND = float("inf")


def least_from(values: Sequence[float]) -> list[float]:
    """For every period the least value from then on: what can be taken for good without a later lack."""
    found = list(values)
    for period in range(len(found) - 2, -1, -1):
        found[period] = min(found[period], found[period + 1])
    return found


def tidy(value: float, size: float) -> float:
    """No negative numbers, and nothing that is rounding beside `size`."""
    return value if value > DUST * max(1.0, abs(size)) else 0.0


class Slack:
    """Room under every limit of one plan. Quantities in units of the resource, loads in tonnes and cubic metres."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.facts = Facts(problem, plan)
        self.hours, self.count = self.facts.hours, self.facts.count
        self._goods = GoodsUse(self.facts)
        self._spare: dict[tuple[str, str, str], list[float]] = {}
        self._above: dict[tuple[str, str, str], list[float]] = {}

    # Goods

    def held(self, holder: Holder) -> list[float]:
        """A city's own quantity up to every period."""
        return [self.facts.held(*holder, period) for period in range(self.count)]

    def left(self, holder: Holder) -> float:
        """What leaves a city over the horizon."""
        return sum(self._goods.left[holder]) if holder in self._goods.left else 0.0

    def spare(self, holder: Holder, destination: str = "") -> list[float]:
        """Goods that may leave in a period without any planned use lacking them: own ones; at a hub, all that is there.

        What leaves for `destination` later anyway may leave for it earlier.
        """
        key = (*holder, destination)
        if key not in self._spare:
            hub = self.problem.city_of[holder[0]].passes_on
            level = self._on_hand(holder) if hub else self._own_on_hand(holder)
            self._spare[key] = self._with_later(holder, destination, level, max(self.held(holder), default=0.0))
        return self._spare[key]

    def _with_later(self, holder: Holder, destination: str, level: list[float], size: float) -> list[float]:
        """The least of a level from every period on, what leaves for a destination after the period given back."""
        gone, total = [], 0.0
        later = self._left_for.get((*holder, destination), {})
        for period in range(self.count):
            total += later.get(period, 0.0)
            gone.append(total)
        with_all = least_from([value + left for value, left in zip(level, gone, strict=True)])
        return [tidy(value - left, size) for value, left in zip(with_all, gone, strict=True)]

    def leavable(self, holder: Holder, city: str, *, back: bool) -> list[float]:
        """What may leave for a city by every period; `back`: if nothing left for it."""
        gone, total = [], 0.0
        mine = self._left_for.get((*holder, city), {}) if back else {}
        for period in range(self.count):
            total += mine.get(period, 0.0)
            gone.append(total)
        hub = self.problem.city_of[holder[0]].passes_on
        level = self._on_hand(holder) if hub else self._own_on_hand(holder)
        release = self._release(holder, city)
        found = least_from([min(own, free) + left for own, free, left in zip(level, release, gone, strict=True)])
        return [tidy(value, 1.0) for value in found]

    def _release(self, holder: Holder, city: str) -> list[float]:
        """What may still leave for a city under floor and offer; at a hub what it received may leave as well."""
        left = landed = on_offer = 0.0
        found = []
        bound = self.problem.mode == MIXED and self.offers_count(holder, city)
        hub = self.problem.city_of[holder[0]].passes_on
        for period in range(self.count):
            left += self._goods.left[holder][period]
            landed += self._goods.landed[holder][period] if hub else 0.0
            held = self.facts.held(*holder, period)
            room = self.facts.may_leave(*holder, held) - left
            if bound:
                on_offer += self._goods.left_on_offer[holder][period]
                room = min(room, self.facts.may_leave(*holder, held, on_offer=True) - on_offer)
            found.append(room + landed)
        return found

    def leaves_later(self, holder: Holder, destination: str, period: int) -> tuple[float, int]:
        """What leaves for a destination after a period anyway, and the last period in which any of it leaves."""
        later = {at: quantity for at, quantity in self._left_for.get((*holder, destination), {}).items() if at > period}
        return sum(later.values()), max(later, default=period)

    @cached_property
    def _left_for(self) -> dict[tuple[str, str, str], dict[int, float]]:
        """Goods by origin, supply, destination and period of departure; kept lines cannot leave earlier."""
        found: dict[tuple[str, str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
        for row in self.plan.shipments:
            if row.depart_h >= 0 and not self.facts.is_kept(row):
                found[row.origin, row.resource, row.destination][self.facts.period(row.depart_h)] += row.quantity
        return found

    def at_home(self, holder: Holder) -> list[float]:
        """Goods that the city's own needs may use in a period without any planned use lacking them."""
        return [tidy(value, 1.0) for value in least_from(self._on_hand(holder))]

    def _on_hand(self, holder: Holder) -> list[float]:
        change, found = 0.0, []
        goods = self._goods
        for period in range(self.count):
            change += goods.landed[holder][period] - goods.left[holder][period] - goods.used[holder][period]
            found.append(self.facts.held(*holder, period) + change)
        return found

    def _own_on_hand(self, holder: Holder) -> list[float]:
        left = landed = used = own_used = 0.0
        found = []
        for period in range(self.count):
            left += self._goods.left[holder][period]
            landed += self._goods.landed[holder][period]
            used += self._goods.used[holder][period]
            own_used = max(own_used, used - landed)
            found.append(self.facts.held(*holder, period) - left - own_used)
        return found

    def under_offer(self, holder: Holder, city: str, later: str = "", period: int = -1) -> float:
        """What may still be called on for a city under the offer; unbound where offers do not count. What leaves for `later`
        after a period is given back."""
        if not self.offers_count(holder, city):
            return UNBOUND
        stock = self.facts.stocks.get(holder)
        offered = (stock.offered or 0.0) if stock is not None else 0.0
        gone = self._left_for.get((*holder, later), {})
        back = sum(quantity for at, quantity in gone.items() if at > period)
        return tidy(offered - self._own_left(holder) + back, offered)

    def _own_left(self, holder: Holder) -> float:
        """What leaves of a city's own goods and counts against its offer: at a hub, what is not passed on at the earliest."""
        leaving = self._goods.left_on_offer if self.problem.mode == MIXED else self._goods.left
        hub = self.problem.city_of[holder[0]].passes_on
        left = landed = own = 0.0
        for period in range(self.count):
            left += leaving[holder][period]
            landed += self._goods.landed[holder][period] if hub else 0.0
            own = max(own, left - landed)
        return own

    def offers_count(self, holder: Holder, city: str, need: Need | None = None) -> bool:
        """Whether a giver's goods for a city (units: for a need) are bound by its offer."""
        giver, resource = holder
        if self.problem.city_of[giver].role == "national":
            return False
        if self.problem.mode != MIXED:
            return self.problem.mode == VOLUNTARY
        if need is not None:
            return self.problem.governance_of[need.need].mode == VOLUNTARY
        return (city, resource) in self.problem.helped_by_offers

    def lendable(self, holder: Holder, period: int, governance: Governance) -> float:
        """Units that may still be engaged elsewhere in a period, under floor and offer, for a need so governed."""
        held, use = self.units_held(holder, period), self.unit_use(holder)
        free = self.facts.may_leave(*holder, held) - use.elsewhere[period]
        if self.problem.mode == MIXED and governance.mode == VOLUNTARY:
            free = min(free, self.facts.may_leave(*holder, held, on_offer=True) - use.on_offer[period])
        return free

    def above_floor(self, holder: Holder, destination: str = "") -> list[float]:
        """What may still leave by a period without going below the floor, planned departures kept."""
        key = (*holder, destination)
        if key in self._above:
            return self._above[key]
        level, floor = self._above_floor(holder), self.facts.floor(*holder)
        self._above[key] = self._with_later(holder, destination, level, floor)
        return self._above[key]

    def _above_floor(self, holder: Holder) -> list[float]:
        left = landed = 0.0
        found = []
        floor = self.facts.floor(*holder)
        hub = self.problem.city_of[holder[0]].passes_on
        for period in range(self.count):
            left += self._goods.left[holder][period]
            landed += self._goods.landed[holder][period] if hub else 0.0
            found.append(max(0.0, self.facts.held(*holder, period) - floor) + landed - left)
        return found

    def leaving_window(self, holder: Holder) -> tuple[int, int]:
        """First and last period in which anything may leave."""
        settings, last, first = (
            self.problem.settings,
            self.count - 1,
            periods_up(self.problem.settings.now_h, self.hours),
        )
        stock = self.facts.stocks.get(holder)
        if stock is not None and stock.until_h is not None and not self.problem.city_of[holder[0]].passes_on:
            last = min(last, periods_down(stock.until_h, self.hours))
        if self.problem.city_of[holder[0]].role == "national":
            call = self.plan.national_call_h or 0.0
            first = max(first, periods_up(call + settings.escalation.national_delay_h, self.hours))
        return first, last

    def unserved(self, need: Need) -> list[float]:
        """Units missing after the start of every period: of a supply what waits, of units what is not on site."""
        served = [0.0] * self.count
        for row in self.plan.service:
            if row.need == need.need:
                served[round(row.at_h / self.hours)] += row.served
        spans = windows(self.problem, need)
        found, waiting = [], 0.0
        supply = self.problem.resource_of[need.resource].is_supply
        for period in range(self.count):
            asked = need.quantity * sum(1 for first, after in spans if first <= period < after)
            opened = need.quantity * sum(1 for first, _ in spans if first == period)
            waiting = waiting + opened - served[period] if supply else asked - served[period]
            found.append(tidy(waiting, need.quantity))
        return found

    # Transport

    @cached_property
    def lanes_into(self) -> dict[str, list[Link]]:
        """Directed lanes by destination."""
        found: dict[str, list[Link]] = defaultdict(list)
        for link in self.problem.lanes:
            found[link.destination].append(link)
        return found

    @cached_property
    def fleets_of(self) -> dict[tuple[str, str], list[Fleet]]:
        """Fleets by home and mode."""
        found: dict[tuple[str, str], list[Fleet]] = defaultdict(list)
        for fleet in self.problem.fleets:
            found[fleet.city, fleet.mode].append(fleet)
        return found

    @cached_property
    def _away(self) -> dict[tuple[str, str, str], dict[int, int]]:
        return vehicles_away(self.facts)

    @cached_property
    def _trips(self) -> dict[tuple[str, str, str, str, int], Trip]:
        return {
            (row.origin, row.destination, row.mode, row.vehicle, self.facts.period(row.depart_h)): row
            for row in self.plan.trips
        }

    def vehicles_free(self, fleet: Fleet, link: Link, depart: int) -> int:
        """Vehicles at home for the whole of a trip that leaves in a period."""
        busy = self._away.get((fleet.city, fleet.mode, fleet.vehicle), {})
        away = away_periods(fleet.load_h or 0.0, link.travel_h, self.hours)
        most = max((busy.get(period, 0) for period in range(depart, depart + away)), default=0)
        return max(0, fleet.vehicles - most)

    def room_on_trips(self, fleet: Fleet, link: Link, depart: int) -> tuple[float, float]:
        """Tonnes and cubic metres still free on trips that are planned anyway."""
        trip = self._trips.get((link.origin, link.destination, link.mode, fleet.vehicle, depart))
        if trip is None:
            return 0.0, 0.0
        return (
            tidy(trip.trips * fleet.payload_t - trip.load_t, fleet.payload_t),
            tidy(trip.trips * fleet.volume_m3 - trip.load_m3, fleet.volume_m3),
        )

    @cached_property
    def _moved(self) -> Tonnes:
        return tonnes_moved(self.facts)

    def lane_room_t(self, link: Link, depart: int) -> float:
        """Tonnes that may still depart on a lane in a period."""
        if link.capacity_t_per_h is None:
            return UNBOUND
        most = link.capacity_t_per_h * self.hours * self.facts.share(link, depart, self.facts.travel(link))
        return tidy(most - self._moved.lanes.get((link.origin, link.destination, link.mode, depart), 0.0), most)

    def handling_room_t(self, city: str, period: int, *, unloading: bool) -> float:
        """Tonnes that a city may still load or unload in a period."""
        row = self.problem.city_of[city]
        rate = row.unload_t_per_h if unloading else row.load_t_per_h
        if rate is None:
            return UNBOUND
        moved = self._moved.unloaded if unloading else self._moved.loaded
        return tidy(rate * self.hours - moved.get((city, period), 0.0), rate * self.hours)

    # Units

    @cached_property
    def _units(self) -> dict[Holder, UnitUse]:
        return units_in_use(self.facts)

    def unit_use(self, holder: Holder) -> UnitUse:
        """Units of a city in use, by period."""
        nothing = [0.0] * self.count
        return self._units.get(holder) or UnitUse(nothing, nothing, nothing, nothing, nothing)

    def units_held(self, holder: Holder, period: int) -> float:
        """Units of a city, those back from earlier lines included."""
        return self.facts.held(*holder, period) + self.unit_use(holder).back[period]
