"""The rules for plain games, by name, and everything a person asks about their result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.game import Grievance
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import TableGame
from tongzhou.solvers.games.cost_of_stability import CostOfStability, cost_of_stability
from tongzhou.solvers.games.equal_surplus import equal_surplus
from tongzhou.solvers.games.least_core import LeastCore, least_core
from tongzhou.solvers.games.nearest import nearest_in_least_core
from tongzhou.solvers.games.nucleolus import imputations_empty, nucleolus
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.games.shapley import exact_shapley
from tongzhou.solvers.games.tally import Tally
from tongzhou.solvers.progress import Clock

RULES = ("nucleolus", "least-core", "shapley", "equal-surplus")


@dataclass(frozen=True, slots=True)
class GameAnswer:
    """Burdens (n amounts) of a plain game by one rule, with what the game allows at best.

    `worst`: the most aggrieved group under `burden`; None for a single player. `prenucleolus_returned`: the nucleolus was
    asked for where nobody-above-alone is impossible.
    """

    rule: str
    burden: Floats
    least_core: LeastCore
    stability: CostOfStability
    worst: Grievance | None
    imputation_set_empty: bool

    @property
    def prenucleolus_returned(self) -> bool:
        """Whether the burden is the prenucleolus because there is no nucleolus."""
        return self.rule == "nucleolus" and self.imputation_set_empty


def check_rule(rule: str) -> None:
    """Raise `UsageError` for a rule that plain games do not have."""
    if rule not in RULES:
        known = ", ".join(RULES)
        raise UsageError(
            Text(f"plain games have the rules {known}, not {rule}", f"联盟价值表可用的规则: {known}; 没有 {rule}")
        )


def solve_table(game: TableGame, rule: str, clock: Clock | None = None) -> GameAnswer:
    """A plain game solved by one rule. Raises `UsageError` for an unknown rule, `NoPlanError` when stopped."""
    check_rule(rule)
    search = Search(largest=float(np.abs(game.costs).max()), clock=clock or Clock(None))
    tally = Tally(game)
    least = least_core(tally, search)
    burden = _burden(game, tally, rule, least, search)
    worst = tally.separate(burden, above=-float("inf"), most=1).found
    return GameAnswer(
        rule,
        burden,
        least,
        cost_of_stability(tally, search, least),
        worst[0] if worst else None,
        imputations_empty(tally),
    )


def _burden(game: TableGame, tally: Tally, rule: str, least: LeastCore, search: Search) -> Floats:
    if rule == "shapley":
        return exact_shapley(game.costs)
    if rule == "equal-surplus":
        return equal_surplus(tally)
    if rule == "least-core":
        return nearest_in_least_core(tally, equal_surplus(tally), least, search)
    return nucleolus(tally, search, known=least.groups).burden
