"""Targets of the reference rules: each allocates `c(N)` by itself and may break what `responsibility` keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.game import everyone
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.solvers.coalitions.dispatch_game import TOLERANCE
from tongzhou.solvers.coalitions.subgame import SubGame
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.games.equal_surplus import equal_surplus
from tongzhou.solvers.games.least_core import least_core
from tongzhou.solvers.games.nearest import nearest_in_least_core
from tongzhou.solvers.games.nucleolus import nucleolus
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.shapley import exact_shapley, sampled_shapley
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import Setting

REACH = ("above-target", "outside", "deviation", "in-kind")
"""Stages of a pure rule: nobody above what it says as far as money suffices, least money from outside, nearest to it."""
EXACT_PLAYERS = 12
"""Players up to which every group is valued for the Shapley value; beyond, orders are sampled."""
SAMPLED_VALUES = 800


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a rule allocates (n amounts summing to `c(N)`), and what a reader must know about it."""

    burden: Floats
    note: str | None = None


def allocate(setting: Setting, rule: str, clock: Clock) -> Allocation:
    """The allocation of a reference rule. Raises `CoalitionError`, `NoPlanError`."""
    return _RULES[rule](setting, clock)


def aimed_at(terms: SettlementTerms, burden: Floats) -> SettlementTerms:
    """Terms whose targets are a rule's allocation and every city's part of the price of priorities and mishaps.

    A city in no need that contributed nothing is neither paid nor asked; what the rule gave it goes to the others in proportion
    to what the rule moves there.
    """
    idle = np.array([city.idle for city in terms.cities])
    moved = np.where(idle, 0.0, np.abs(burden))
    if moved.any():
        burden = np.where(idle, 0.0, burden + float(burden[idle].sum()) * moved / moved.sum())
    cities = tuple(
        replace(city, target=float(amount) + city.adjusted * terms.gap)
        for city, amount in zip(terms.cities, burden, strict=True)
    )
    return replace(terms, cities=cities, groups={})


def _search(setting: Setting, clock: Clock) -> Search:
    return Search(tolerance=4 * TOLERANCE * setting.game.size, clock=clock)


def _active(setting: Setting) -> SubGame:
    """The game without its dummies: a city whose switch changes nothing neither needs nor brings anything."""
    model = setting.switched.model
    start = setting.switched.switches.start
    counts = np.diff(model.matrix.indptr)[start:]
    kept = [place for place, count in enumerate(counts) if count > 0]
    return SubGame(setting.game, kept or [0])


def _nucleolus(setting: Setting, clock: Clock) -> Allocation:
    game = _active(setting)
    found = nucleolus(game, _search(setting, clock))
    note = "prenucleolus: no allocation leaves every city at most its own cost" if found.imputation_set_empty else None
    return Allocation(game.spread(found.burden), note)


def _least_core(setting: Setting, clock: Clock) -> Allocation:
    game, search = _active(setting), _search(setting, clock)
    found = least_core(game, search)
    burden = nearest_in_least_core(game, equal_surplus(game), found, search)
    return Allocation(game.spread(burden), f"least excess {found.epsilon:.2f}")


def _shapley(setting: Setting, clock: Clock) -> Allocation:
    game = _active(setting)
    count = len(game.players)
    if count <= EXACT_PLAYERS:
        groups = [game.outer(group) for group in range(1, 1 << count)]
        setting.game.value(groups)
        setting.game.sharpen(groups)
        costs = np.array([game.cost(group) for group in range(1 << count)])
        return Allocation(game.spread(exact_shapley(costs)))
    found = sampled_shapley(game, seed=0, most_values=SAMPLED_VALUES, search=_search(setting, clock))
    share = float(found.half_width.max()) / max(1.0, abs(game.cost(everyone(count))))
    return Allocation(
        game.spread(found.burden),
        f"sampled: 95 % intervals at most +-{share:.2%} of the total, {found.pairs} pairs of orders",
    )


def _dual_prices(setting: Setting, _: Clock) -> Allocation:
    """Every city pays and earns at the dual prices of the best joint dispatch; with whole trips scaled up to `c(N)`."""
    grand = setting.game.value([everyone(len(setting.game.players))])[0]
    prices = np.array(grand.prices)
    rest = grand.cost - float(prices.sum())
    size = float(np.abs(prices).sum())
    scaled = prices + rest * np.abs(prices) / size if size else prices
    return Allocation(setting.game.shared(scaled.tolist()))


def _proportional(setting: Setting, weights: Mapping[str, float]) -> Allocation:
    """The joint gain divided in proportion to weights, equally where there are none."""
    alone = np.array([city.alone for city in setting.terms.cities])
    gain = float(alone.sum()) - setting.terms.total
    parts = np.array([max(0.0, weights.get(city.city, 0.0)) for city in setting.terms.cities])
    if parts.sum() <= 0:
        parts = np.array([0.0 if city.idle else 1.0 for city in setting.terms.cities])
    if parts.sum() <= 0:
        parts = np.ones(len(parts))
    return Allocation(alone - gain * parts / parts.sum())


def _by_benefit(setting: Setting, _: Clock) -> Allocation:
    return _proportional(setting, {city.city: setting.alone[city.city] - city.loss for city in setting.terms.cities})


def _by_cost(setting: Setting, _: Clock) -> Allocation:
    return _proportional(setting, {city.city: city.cost for city in setting.terms.cities})


def _equally(setting: Setting, _: Clock) -> Allocation:
    return _proportional(setting, {})


_RULES: Mapping[str, Callable[[Setting, Clock], Allocation]] = {
    "nucleolus": _nucleolus, "least-core": _least_core, "shapley": _shapley, "dual-prices": _dual_prices,
    "benefit-proportional": _by_benefit, "cost-proportional": _by_cost, "equal-surplus": _equally,
}  # fmt: skip
