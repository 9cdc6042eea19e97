"""Which goods kept shipments take along: a city's own, or what a hub received and passes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tongzhou.model.domain import Problem
from tongzhou.model.indices.flows import AID, OWN
from tongzhou.model.indices.holdings import Holder, Holding
from tongzhou.model.indices.promises import Leaving


@dataclass(frozen=True, slots=True)
class Departures:
    """`own_of`: kept line to what it takes of its origin's own goods; `by_pool`: city, supply, pool and period to what leaves;
    `on_offer`: city, supply and period to own goods that leave for cities helped by offers only."""

    own_of: dict[str, float] = field(default_factory=dict)
    by_pool: dict[tuple[str, str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    on_offer: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))


def lay_departures(
    problem: Problem, leaving: Sequence[Leaving], held: Mapping[Holder, Holding], *, alone: bool
) -> Departures:
    """Kept lines in the order of their hours: a hub's own goods go first, as far as it may release them, then what it received.

    Alone a hub receives nothing, so it owes nobody what it would only have passed on.
    """
    found = Departures()
    gone: dict[Holder, float] = defaultdict(float)
    for item in sorted(leaving, key=lambda item: (item.period, item.line)):
        holder, own = (item.city, item.supply), item.quantity
        if problem.city_of[item.city].passes_on:
            holding = held.get(holder)
            most = holding.release[min(item.period, len(holding.release) - 1)] if holding is not None else 0.0
            own = min(item.quantity, max(0.0, most - gone[holder]))
        gone[holder] += own
        found.own_of[item.line] = own
        found.by_pool[*holder, OWN, item.period] += own
        if item.on_offer:
            found.on_offer[*holder, item.period] += own
        if item.quantity > own and not alone:
            found.by_pool[*holder, AID, item.period] += item.quantity - own
    return found
