"""A city says no: its lines that have not left and all its offers are withdrawn, and what others promised on the strength of
them is named."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Commitment, Pair
from tongzhou.model.plan import Deployment, Plan, Shipment
from tongzhou.model.replanning import Step, advance
from tongzhou.model.units import HOUR_TOLERANCE
from tongzhou.model.verify import verify

BREAKS = ("stock", "only-hubs-pass-on", "floor-or-offer", "units")
"""Limits at a place and resource that a line breaks when what it was to pass on never comes."""

Line = Shipment | Deployment


@dataclass(frozen=True, slots=True)
class ImpossibleLine:
    """An accepted line of another city that cannot be carried out: the limit it would break, and by how much."""

    row: Line
    limit: str
    amount: float


@dataclass(frozen=True)
class Declined:
    """The scenario without the city's aid; its lines that fall away; lines of others that became impossible."""

    problem: Problem
    withdrawn: tuple[Line, ...]
    impossible: tuple[ImpossibleLine, ...]


def decline(problem: Problem, plan: Plan, city: str) -> Declined:
    """Withdraw a city. Accepted and moving lines of the others stay, unless what they pass on came from it.

    Nothing leaves the city any more: its aid is excluded (`pairs`, rule `forbidden`), so own needs keep all it has. Raises
    `ScenarioError` where the plan is not one of the scenario.
    """
    now_h = problem.settings.now_h
    withdrawn = tuple(
        row
        for row in sorted(plan.lines, key=lambda item: (item.depart_h, item.line))
        if row.origin == city and row.destination != city and row.depart_h >= now_h - HOUR_TOLERANCE
    )
    gone = {row.line for row in withdrawn}
    states = {row.line: row for row in problem.commitments}
    kept = [
        row
        for row in plan.lines
        if row.line not in gone
        and ((row.line in states and states[row.line].is_kept) or row.depart_h < now_h - HOUR_TOLERANCE)
    ]
    impossible = _impossible(problem, plan, kept)
    gone |= {item.row.line for item in impossible}
    pairs = [row for row in problem.pairs if row.origin != city]
    pairs += [
        Pair(origin=city, destination=other.city, rule="forbidden") for other in problem.cities if other.city != city
    ]
    bare = problem.replace(pairs=tuple(pairs), commitments=_without(problem, gone))
    advanced = advance(bare, plan, Step(now_h, withdrawn=frozenset(gone)))
    return Declined(advanced, withdrawn, tuple(impossible))


def _without(problem: Problem, gone: set[str]) -> tuple[Commitment, ...]:
    return tuple(
        replace(row, status="withdrawn") if row.line in gone and row.is_kept else row for row in problem.commitments
    )


def _impossible(problem: Problem, plan: Plan, kept: list[Line]) -> list[ImpossibleLine]:
    """Accepted lines to give up, one after the other: the one that leaves last of a place where too much leaves."""
    found: list[ImpossibleLine] = []
    now_h = problem.settings.now_h
    left = list(kept)
    while True:
        broken = _broken(problem, plan, left)
        if broken is None:
            return found
        limit, place, amount = broken
        there = [
            row for row in left if f"{row.origin} {row.resource}" == place and row.depart_h >= now_h - HOUR_TOLERANCE
        ]
        if not there:
            return found  # it left already: nothing can be called back
        last = max(there, key=lambda row: (row.depart_h, row.line))
        found.append(ImpossibleLine(last, limit, min(amount, float(last.quantity))))
        left.remove(last)


def _broken(problem: Problem, plan: Plan, lines: list[Line]) -> tuple[str, str, float] | None:
    """The gravest limit that the lines alone break at a place and resource: limit, place, most by which."""
    part = Plan(
        shipments=tuple(row for row in lines if isinstance(row, Shipment)),
        deployments=tuple(row for row in lines if isinstance(row, Deployment)),
        trips=plan.trips,
        national_call_h=plan.national_call_h,
    )
    worst: tuple[int, str, float] | None = None
    for item in verify(problem, part):
        if item.limit in BREAKS:
            rank = BREAKS.index(item.limit)
            if worst is None or (rank, -item.amount) < (worst[0], -worst[2]):
                worst = (rank, item.place, item.amount)
    return None if worst is None else (BREAKS[worst[0]], worst[1], worst[2])


def idle_lines(problem: Problem, before: Plan, after: Plan) -> tuple[Deployment, ...]:
    """Kept equipment that worked in the plan before and does nothing in the plan after: its crew is gone."""
    kept = {row.line for row in problem.kept}
    return tuple(
        row
        for row in after.deployments
        if row.line in kept
        and row.depart_h >= problem.settings.now_h - HOUR_TOLERANCE
        and problem.resource_of[row.resource].crew is not None
        and _works(before, row)
        and not _works(after, row)
    )


def _works(plan: Plan, row: Deployment) -> bool:
    """Whether units of its resource serve its need while it is on site."""
    return any(
        item.need == row.need
        and item.by_resource == row.resource
        and row.on_site_h <= item.at_h < row.leave_h
        and item.used > 0
        for item in plan.service
    )
