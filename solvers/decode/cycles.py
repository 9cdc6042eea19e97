"""Deployments: departures and leavings of an assignment matched first in, first out, are whole cycles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tongzhou.model.indices import Indices
from tongzhou.model.indices.assignments import Assignment


@dataclass(frozen=True, slots=True)
class Cycle:
    """`quantity` units of an assignment that leave home in `depart` and the site in `leave`."""

    assignment: Assignment
    depart: int
    leave: int
    quantity: int


def cycles(ix: Indices, depart: dict[tuple[str, int], float], leave: dict[tuple[str, int], float]) -> list[Cycle]:
    """All cycles of the solution, in the order of the assignments; stays of no length are dropped."""
    found: list[Cycle] = []
    starts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    ends: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for flows, out in ((depart, starts), (leave, ends)):
        for (key, period), quantity in sorted(flows.items()):
            if round(quantity) > 0:
                out[key].append((period, round(quantity)))
    for key in sorted(starts):
        found += _matched(ix.assignments.by_key[key], starts[key], ends[key])
    return found


def _matched(item: Assignment, starts: list[tuple[int, int]], ends: list[tuple[int, int]]) -> list[Cycle]:
    merged: dict[tuple[int, int], int] = defaultdict(int)
    queue = [list(end) for end in ends]
    place = 0
    for begin, quantity in starts:
        left = quantity
        while left and place < len(queue):
            part = min(left, queue[place][1])
            if queue[place][0] > begin + item.travel:
                merged[begin, queue[place][0]] += part
            queue[place][1] -= part
            left -= part
            place += queue[place][1] == 0
    return [Cycle(item, begin, end, quantity) for (begin, end), quantity in sorted(merged.items())]
