"""The numbers a settlement is made from: one frozen object, in money (not cents), from bill, losses, game and agreements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongzhou.model.game.coalition import Group


@dataclass(frozen=True, slots=True)
class CityTerms:
    """One party. Money; `alone` and `at_stake` from the game, `loss` and `costs` from the real course of events.

    `loss`: its remaining loss; `costs`: verified cost of giving by category; `alone`: `chat({i})`, its cost without the others,
    liability included; `at_stake`: what its gain is measured against; `ability`: most it can pay (None: no limit);
    `third`: a contributor without need or responsibility; `idle`: nothing was needed, given or owed;
    `adjusted`: its share of the rest of the price of priorities, vehicles and mishaps.
    """

    city: str
    loss: float
    costs: Mapping[str, float]
    alone: float
    at_stake: float
    ability: float | None
    third: bool
    idle: bool
    adjusted: float
    target: float = 0.0
    incentive_cap: float | None = None

    @property
    def cost(self) -> float:
        """Its verified cost of giving, `k_i`."""
        return sum(self.costs.values())

    @property
    def borne(self) -> float:
        """What it has borne in the real course of events, `B_i`."""
        return self.loss + self.cost


@dataclass(frozen=True, slots=True)
class FundTerms:
    """Money from outside: most it pays in all, for a share of which categories, most for one city."""

    fund: str
    amount: float
    pays_for: tuple[str, ...]
    share: float | None
    cap_per_city: float | None


@dataclass(frozen=True, slots=True)
class ProgrammeTerms:
    """Compensation in kind, in whole units; `provider` bears `unit_cost` where it is a party."""

    programme: str
    provider: str
    unit_cost: float
    unit_value: float
    units: int
    open_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettlementTerms:
    """Everything that the settlement's own optimization needs.

    `total`: `c(N)`; `led`: participation and groups are reported, not required; `unlimited`: fund amounts are not limited (what
    money would be enough?).
    """

    cities: tuple[CityTerms, ...]
    funds: tuple[FundTerms, ...]
    programmes: tuple[ProgrammeTerms, ...]
    total: float
    margin: float
    rho: float
    led: bool
    groups: Mapping[Group, float] = field(default_factory=dict)
    unlimited: bool = False

    @property
    def gap(self) -> float:
        """`Delta = sum of B_i - c(N)`: the price of priorities, whole vehicles and mishaps."""
        return sum(item.borne for item in self.cities) - self.total

    @property
    def size(self) -> float:
        """Size of the money at stake."""
        return max(1.0, sum(abs(item.borne) + abs(item.alone) for item in self.cities))
