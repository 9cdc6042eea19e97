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
    """`open`: lines of hubs that may take of both, so that the model says how much of each; of all others `own_of`: line to what it
    takes of its origin's own goods; `by_pool`: city, supply, pool and period to what leaves; `on_offer`: city, supply and period to
    own goods that leave for cities helped by offers only; `forced`, `forced_on_offer`: city and supply to own goods that a hub must
    have sent before now, since less had come to it, whatever it might release."""

    open: dict[str, Leaving] = field(default_factory=dict)
    own_of: dict[str, float] = field(default_factory=dict)
    by_pool: dict[tuple[str, str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    on_offer: dict[tuple[str, str, int], float] = field(default_factory=lambda: defaultdict(float))
    forced: dict[Holder, float] = field(default_factory=lambda: defaultdict(float))
    forced_on_offer: dict[Holder, float] = field(default_factory=lambda: defaultdict(float))

    def open_at(self, city: str, supply: str, period: int) -> list[Leaving]:
        """Open lines that leave a city in a period."""
        return [item for item in self.open.values() if (item.city, item.supply, item.period) == (city, supply, period)]


def lay_departures(
    problem: Problem,
    leaving: Sequence[Leaving],
    arriving: Mapping[tuple[str, str, int], float],
    held: Mapping[Holder, Holding],
    *,
    now: int,
    alone: bool,
) -> Departures:
    """Kept lines in the order of their hours.

    A hub without own goods passes on what it received. Alone a hub receives nothing from now on: a line still to leave takes its own
    goods as far as they may go, and it owes nobody what it would only have passed on.
    """
    found = Departures()
    gone: dict[Holder, float] = defaultdict(float)
    passed: dict[Holder, float] = defaultdict(float)
    for item in sorted(leaving, key=lambda item: (item.period, item.line)):
        holder, own = (item.city, item.supply), item.quantity
        if problem.city_of[item.city].passes_on:
            holding = held.get(holder)
            most = holding.release[min(item.period, len(holding.release) - 1)] if holding is not None else 0.0
            own = min(item.quantity, max(0.0, most - gone[holder]))
            past = item.period < now
            if holding is not None and (past or (own > 0 and not alone)):
                found.open[item.line] = item
                if past:
                    came = sum(
                        amount for (*where, at), amount in arriving.items() if (*where,) == holder and at <= item.period
                    )
                    least = min(item.quantity, max(0.0, item.quantity - max(0.0, came - passed[holder])))
                    found.forced[holder] += least
                    if item.on_offer:
                        found.forced_on_offer[holder] += least
                    gone[holder] += least
                    passed[holder] += item.quantity - least
                continue
        gone[holder] += own
        found.own_of[item.line] = own
        found.by_pool[*holder, OWN, item.period] += own
        if item.on_offer:
            found.on_offer[*holder, item.period] += own
        if item.quantity > own and (not alone or item.period < now):
            found.by_pool[*holder, AID, item.period] += item.quantity - own
    return found
