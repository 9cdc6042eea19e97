"""Cost of stability: the least outside money with which every group can be kept (Bachrach et al. 2009)."""

from __future__ import annotations

from dataclasses import dataclass

from tongzhou.model.game import CostGame, everyone
from tongzhou.model.game.cost_game import Floats
from tongzhou.solvers.games.least_core import LeastCore, least_core
from tongzhou.solvers.games.master import Master
from tongzhou.solvers.games.normal_form import normal_form, starting_groups
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.tally import tallied


@dataclass(frozen=True, slots=True)
class CostOfStability:
    """Least `D >= 0` with some `y`: `y(N) = c(N) - D`, `y(S) <= c(S)` for all proper groups; `y` is `burden`.

    `bound`: no group bears more than this above its cost; within the tolerance, `amount` is exact.
    """

    amount: float
    burden: Floats
    bound: float


def cost_of_stability(game: CostGame, search: Search | None = None, known: LeastCore | None = None) -> CostOfStability:
    """Cost of stability by row generation, starting from the least core. Raises `NoPlanError` when stopped."""
    search, game = search or Search(), tallied(game)
    least = known or least_core(game, search)
    if not least.core_empty:
        return CostOfStability(0.0, least.burden, least.certificate.bound)
    form, players = normal_form(game, search), len(game.players)
    whole = everyone(players)
    master = Master(players, form.normal(whole, game.cost(whole)), to="total")
    rows = set[int]()
    new = sorted(starting_groups(players) | set(least.groups))
    while True:
        search.check_clock()
        master.add(new, [form.normal(group, game.cost(group)) for group in new])
        rows.update(new)
        vertex = master.solve()
        burden, amount = form.burden(vertex.burden), vertex.relief * form.scale
        found = game.separate(burden, above=form.tolerance, most=search.most(players))
        search.clock.report("stability", amount, None)
        new = [item.group for item in found.found if item.group not in rows]
        if found.bound <= form.tolerance or not new:
            return CostOfStability(amount, burden, found.bound)
