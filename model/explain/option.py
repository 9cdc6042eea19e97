"""One way in which a shortage might have been served, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tongzhou.model.domain.tables import Fleet, Link
from tongzhou.model.explain.explanation import Limit, Reason

WINDOW, STOCK, OFFER, FLOOR, FLEET, LANE = "window", "stock", "offer", "floor", "fleet", "lane"
LOADING, UNLOADING, CLOSURE, PAIRS, LEAVING = "loading", "unloading", "closure", "pairs", "leaving"
CREW, REST, SELF_FIRST = "crew", "rest", "self-first"
REASON_OF = {
    STOCK: Reason.GAVE_WAY,
    OFFER: Reason.NOT_OFFERED,
    FLOOR: Reason.UNDER_RESERVE,
    WINDOW: Reason.TOO_LATE,
    LEAVING: Reason.TOO_LATE,
    SELF_FIRST: Reason.TOO_LATE,
    FLEET: Reason.NO_TRANSPORT,
    LANE: Reason.NO_TRANSPORT,
    LOADING: Reason.NO_TRANSPORT,
    UNLOADING: Reason.UNLOADING,
    CLOSURE: Reason.CLOSED,
    PAIRS: Reason.NOT_OFFERED,
    CREW: Reason.NO_CREW,
    REST: Reason.REST,
}
"""The reason a binding limit stands for."""


@dataclass(frozen=True, slots=True)
class Option:
    """`quantity` of `resource` from `origin` for a need, on `link` with `fleet` (None: a carrier, on foot, or at home).

    `blockers`: the limits without which it would be possible; `benefit`: unit-hours of the need it would then save.
    """

    origin: str
    resource: str
    ratio: float
    link: Link | None
    fleet: Fleet | None
    depart: int
    arrive: int
    quantity: float
    benefit: float
    blockers: tuple[Limit, ...]

    @property
    def names(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        """The blockers without their hours and amounts."""
        return frozenset((limit.name, limit.place) for limit in self.blockers)


def best_of(options: Iterable[Option]) -> list[Option]:
    """The best option for every set of blockers, the best first."""
    best: dict[frozenset[tuple[str, tuple[str, ...]]], Option] = {}
    for option in options:
        there = best.get(option.names)
        if there is None or _rank(option) < _rank(there):
            best[option.names] = option
    return sorted(best.values(), key=_rank)


def _rank(option: Option) -> tuple[float, int, str, str, int]:
    return (-option.benefit, option.arrive, option.origin, option.resource, option.depart)
