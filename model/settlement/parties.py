"""Who takes part in a settlement, in which part, and what each has at stake."""

from __future__ import annotations

from dataclasses import dataclass

from tongzhou.model.domain import Problem


def players(problem: Problem) -> tuple[str, ...]:
    """The cities between whom the settlement is made, in the order of their ids.

    National depots are outside; a hub that holds nothing and has no vehicles is a place of transfer, not a party.
    """
    holding = {row.city for row in problem.stocks} | {row.city for row in problem.fleets}
    holding |= {row.city for row in problem.needs} | {row.city for row in problem.responsibility}
    holding |= {row.provider for row in problem.programmes}
    return tuple(
        row.city for row in problem.cities if row.role != "national" and (row.role != "hub" or row.city in holding)
    )


@dataclass(frozen=True, slots=True)
class Responsible:
    """How amounts fall on those responsible.

    `share`: agreed shares; `origins`: who bears what no agreement covers, each up to `limit` (ability and own contribution);
    `weight`: how the affected bear the rest (the loss that aid avoided).
    """

    share: dict[str, float]
    origins: tuple[str, ...]
    limit: dict[str, float]
    weight: dict[str, float]
    givers: dict[str, float]

    def divide(self, amount: float) -> dict[str, float]:
        """An amount by responsibility: agreed shares, then the origins up to their ability, then the affected, then, when all
        abilities are exhausted, those who gave. A negative amount is divided in the same proportions as its opposite."""
        if amount < 0:
            return {city: -part for city, part in self.divide(-amount).items()}
        taken: dict[str, float] = {}
        for city, share in self.share.items():
            taken[city] = min(share * amount, self.limit.get(city, float("inf")))
        self._fill(taken, amount, dict.fromkeys(self.origins, 1.0))
        self._fill(taken, amount, self.weight)
        self._fill(taken, amount, dict.fromkeys(self.weight, 1.0))
        left = amount - sum(taken.values())
        if left > 0:
            weights = (
                self.givers if sum(self.givers.values()) > 0 else (self.weight or dict.fromkeys(self.origins, 1.0))
            )
            total = sum(weights.values())
            for city, weight in weights.items():
                taken[city] = taken.get(city, 0.0) + left * weight / total
        return taken

    def _fill(self, taken: dict[str, float], amount: float, weights: dict[str, float]) -> None:
        """Spread what is left in proportion to weights, each up to its limit."""
        open_ones = {city: weight for city, weight in weights.items() if weight > 0}
        while open_ones and (left := amount - sum(taken.values())) > 1e-9 * max(1.0, amount):
            total = sum(open_ones.values())
            full = set()
            for city, weight in open_ones.items():
                room = self.limit.get(city, float("inf")) - taken.get(city, 0.0)
                part = left * weight / total
                if part >= room:
                    part = max(0.0, room)
                    full.add(city)
                taken[city] = taken.get(city, 0.0) + part
            if not full:
                return
            open_ones = {city: weight for city, weight in open_ones.items() if city not in full}
