"""Realised travel times: a lane on which lines took longer, or shorter, than planned is as slow, or as fast, for every group.

Source: compensation.md "The game": `c(S)` with realised travel times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Link
from tongzhou.model.settlement.record import LineRecord
from tongzhou.model.units import HOUR_TOLERANCE, travel_periods

Route = tuple[str, str, str]
"""Origin, destination, mode."""


def realised_links(problem: Problem, records: Sequence[LineRecord]) -> tuple[Link, ...]:
    """The lanes as they turned out, one direction a row."""
    hours = _realised_hours(problem, records)
    return tuple(replace(link, travel_h=hours.get(_route(link), link.travel_h)) for link in problem.lanes)


def _realised_hours(problem: Problem, records: Sequence[LineRecord]) -> Mapping[Route, float]:
    """Median over the trips of a lane that have actuals; a trip on it within the hours planned took the stated time."""
    stated = {_route(link): link.travel_h for link in problem.lanes}
    trips: dict[Route, dict[str, float]] = defaultdict(dict)
    for record in records:
        route = (record.origin, record.destination, record.row.mode or "road")
        if record.is_actual and record.shipped > 0 and route in stated:
            planned = travel_periods(stated[route], problem.settings.period_h) * problem.settings.period_h
            trips[route][record.trip or record.line] = _hours(record, stated[route], planned)
    return {route: median(taken.values()) for route, taken in trips.items()}


def _route(link: Link) -> Route:
    return link.origin, link.destination, link.mode


def _hours(record: LineRecord, stated: float, planned: float) -> float:
    """Hours on the way. The plan counts whole periods, so arriving by then, and no faster than stated, says nothing new."""
    taken = record.arrive_h - record.depart_h
    if stated - HOUR_TOLERANCE <= taken <= planned + HOUR_TOLERANCE:
        return stated
    return taken if taken > 0 else stated
