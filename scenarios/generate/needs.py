"""What the struck cities need, in proportion to what the others may send."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tongzhou.model.domain.tables import Link, Need, Stock
from tongzhou.scenarios.generate.catalogue import Good
from tongzhou.scenarios.generate.draw import Draw, apportion
from tongzhou.scenarios.generate.geography import Region
from tongzhou.scenarios.generate.holdings import millions, releasable

LEAST_SHARE, MOST_SHARE = 0.4, 0.88
"""Limits of the total need for a resource as a share of what the others may send."""
TAKING_PART = 0.85
"""Share of the struck cities that need a resource."""
CREW_SHARE = 0.5
"""Most of the releasable teams that equipment may take as crews."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The periods of the horizon, to lay windows that hold whole periods."""

    periods: int
    period_h: float

    def hour(self, period: int) -> float:
        """Hour at which a period starts."""
        return round(period * self.period_h, 6)


@dataclass(frozen=True, slots=True)
class Want:
    """A part of the need for a resource: where, from which period up to which, what share, how urgent."""

    city: str
    first: int
    after: int
    weight: float
    priority: int


def lay_needs(
    region: Region, goods: tuple[Good, ...], stocks: tuple[Stock, ...], links: tuple[Link, ...], clock: Clock, seed: int
) -> tuple[Need, ...]:  # fmt: skip
    """Supplies in waves, presence in an acute and a later phase; ids are city, resource and number."""
    draw = Draw(seed, "needs")
    totals = _totals(region, goods, stocks, links, draw)
    found: list[Need] = []
    for good in goods:
        lay = _supply_needs if good.row.is_supply else _presence_needs
        numbers: dict[str, int] = {}
        for need in lay(region, good, totals[good.row.resource], clock, draw):
            numbers[need.city] = numbers.get(need.city, 0) + 1
            found.append(_numbered(need, numbers[need.city]))
    return tuple(found)


def _totals(
    region: Region, goods: tuple[Good, ...], stocks: tuple[Stock, ...], links: tuple[Link, ...], draw: Draw
) -> dict[str, int]:
    """Steps needed of each resource in all; units count only where they can come by a direct lane, crews once."""
    ends = [{link.origin, link.destination} for link in links]
    touching = {city for pair in ends if pair & set(region.struck) for city in pair}
    near = [row for row in stocks if row.city in touching]
    steps: dict[str, int] = {}
    free: dict[str, float] = {}
    for good in goods:
        name = good.row.resource
        pool = releasable(region, stocks, name)
        free[name] = pool if good.row.is_supply else (releasable(region, near, name) or pool)
        steps[name] = max(1, int(draw.uniform(LEAST_SHARE, MOST_SHARE) * free[name] / good.step))
    for good in goods:
        if good.row.crew is not None and good.row.crew_size is not None:
            most = int(CREW_SHARE * free[good.row.crew] / good.row.crew_size)
            steps[good.row.resource] = max(1, min(steps[good.row.resource], most))
            crews = int(steps[good.row.resource] * good.row.crew_size)
            steps[good.row.crew] = max(1, steps[good.row.crew] - crews)
    return steps


def _numbered(need: Need, number: int) -> Need:
    return replace(need, need=f"{need.city}-{need.resource}-{number}")


def _weights(region: Region, draw: Draw) -> dict[str, float]:
    """Weight of each struck city that needs the resource: its people, fewer of them affected further away."""
    last = max(1, len(region.struck) - 1)
    weights = {}
    for rank, city in enumerate(region.struck):
        weight = millions(region.city_of[city]) * (1 - 0.6 * rank / last) * draw.uniform(0.7, 1.3)
        if draw.chance(TAKING_PART) or rank == 0:
            weights[city] = weight
    return weights


def _priority(good: Good, draw: Draw) -> int:
    """The resource's own priority, in a fifth of the cases one higher or lower."""
    change = draw.whole(0, 9)
    return min(3, max(1, good.priority + {0: -1, 1: 1}.get(change, 0)))


def _supply_needs(region: Region, good: Good, total: int, clock: Clock, draw: Draw) -> list[Need]:
    waves = 2 if clock.periods < 8 else 3 if clock.periods < 16 else 4
    wants = []
    for city, weight in _weights(region, draw).items():
        priority = _priority(good, draw)
        for wave in range(waves):
            first = wave * clock.periods // waves
            if first + 3 <= clock.periods and draw.chance(0.3):
                first += 1
            length = draw.whole(max(2, clock.periods // 4), max(2, clock.periods // 2))
            after = min(clock.periods, first + length)
            wants.append(Want(city, first, after, weight * 0.65**wave * draw.uniform(0.8, 1.2), priority))
    parts = apportion(total, [want.weight for want in wants])
    return [_need(good, want, part, clock, supply=True) for want, part in zip(wants, parts, strict=True) if part > 0]


def _presence_needs(region: Region, good: Good, total: int, clock: Clock, draw: Draw) -> list[Need]:
    weights = _weights(region, draw)
    found = []
    for city, part in zip(weights, apportion(total, list(weights.values())), strict=True):
        priority = _priority(good, draw)
        start = draw.whole(1, max(1, clock.periods // 6))  # before the second period only own means can be there
        turn = draw.whole(max(start + 1, clock.periods // 3), max(start + 1, int(0.6 * clock.periods)))
        later = int(part * draw.uniform(0.4, 0.8))
        phases = [
            (Want(city, start, turn, 0.0, priority), part),
            (Want(city, turn, clock.periods, 0.0, min(3, priority + 1)), later),
        ]
        found += [_need(good, want, units, clock, supply=False) for want, units in phases if units > 0]
    return found


def _need(good: Good, want: Want, steps: int, clock: Clock, *, supply: bool) -> Need:
    end = clock.hour(want.after)
    return Need(
        need="",
        city=want.city,
        resource=good.row.resource,
        quantity=round(steps * good.step, 6),
        from_h=clock.hour(want.first),
        by_h=end if supply else None,
        until_h=None if supply else end,
        priority=want.priority,
    )
