"""What each city holds and may send, period by period (formats.md, "Stock and floor")."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tongzhou.model.domain import Problem
from tongzhou.model.domain.incidents import LED, VOLUNTARY
from tongzhou.model.domain.tables import Stock
from tongzhou.model.indices.grid import Grid
from tongzhou.model.units import HOUR_TOLERANCE, periods_up

Holder = tuple[str, str]
"""City and resource."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A city's own quantity of a resource.

    `held[t]`: quantity and own arrivals up to `t`; `release[t]`: most that may have left for others by `t` (supplies), or may
    be engaged elsewhere in `t` (units); `offer[t]`: the same for what goes to needs under voluntary governance;
    `first_leave..last_leave`: periods in which anything may leave.
    """

    held: tuple[float, ...]
    release: tuple[float, ...]
    offer: tuple[float, ...]
    floor: float
    first_leave: int
    last_leave: int


def holdings(problem: Problem, grid: Grid, returned: Mapping[tuple[str, str, int], float]) -> dict[Holder, Holding]:
    """Every holding with anything in it over the horizon; units `returned` from earlier lines are held again."""
    arriving: dict[Holder, list[tuple[int, float]]] = defaultdict(list)
    for arrival in problem.arrivals:
        arriving[arrival.city, arrival.resource].append(
            (max(0, periods_up(arrival.at_h, grid.hours)), arrival.quantity)
        )
    for (city, resource, period), quantity in sorted(returned.items()):
        arriving[city, resource].append((period, quantity))
    stocks = {(stock.city, stock.resource): stock for stock in problem.stocks}
    found = {}
    for key in sorted(stocks.keys() | arriving.keys()):
        holding = _holding(problem, grid, key, stocks.get(key), arriving[key])
        if holding.held[-1] > 0:
            found[key] = holding
    return found


def _holding(
    problem: Problem, grid: Grid, key: Holder, stock: Stock | None, arriving: list[tuple[int, float]]
) -> Holding:
    held = [0.0] * grid.count
    if stock is not None:
        since = max(0, periods_up(stock.from_h or 0.0, grid.hours))
        arriving = [(since, stock.quantity), *arriving]
    for at, quantity in arriving:
        for period in range(at, grid.count):
            held[period] += quantity
    floor = floor_of(problem, key, stock)
    above = [max(0.0, quantity - floor) for quantity in held]
    national = problem.city_of[key[0]].role == "national"
    offered = (stock.offered or 0.0) if stock is not None else 0.0
    within = above if national else [min(quantity, offered) for quantity in above]
    if not problem.resource_of[key[1]].is_supply:
        above, within = _whole(above), _whole(within)
    last = grid.count - 1
    if stock is not None and stock.until_h is not None:
        last = min(last, math.floor(stock.until_h / grid.hours + HOUR_TOLERANCE))
    first = periods_up(problem.settings.escalation.national_delay_h, grid.hours) if national else 0
    if problem.mode == VOLUNTARY:
        above = within
    elif problem.mode == LED:
        within = above
    return Holding(tuple(held), tuple(above), tuple(within), floor, first, last)


def _whole(quantities: list[float]) -> list[float]:
    return [float(math.floor(quantity + HOUR_TOLERANCE)) for quantity in quantities]


def floor_of(problem: Problem, key: Holder, stock: Stock | None) -> float:
    """The reserve that does not leave: given, or the default share of the quantity; whole units round up."""
    if stock is not None and stock.floor is not None:
        floor = stock.floor
    else:
        floor = problem.settings.reserve.default_share * (stock.quantity if stock is not None else 0.0)
    if problem.resource_of[key[1]].is_supply:
        return floor
    return float(math.ceil(floor - HOUR_TOLERANCE))
