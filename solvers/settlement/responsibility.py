"""The rule `responsibility`: every rule of the design in its order, groups generated until none is left aggrieved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.game import Separation, members
from tongzhou.model.game.coalition import Group
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.solvers.coalitions.dispatch_game import DispatchGame
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.stages import Paid, solve_stages

REACH = ("reimbursement-worst", "reimbursement-sum", "participation-worst", "participation-sum", "excess", "outside")
LED_REACH = ("reimbursement-worst", "reimbursement-sum", "outside")
FINISH = ("deviation", "gain")
GROUPS_A_ROUND = 16
SLACK = 2e-10
"""Excess, as a share of the size of the game, that counts as none."""


BINDING = 1e-8
"""Share of the money at stake within which a group counts as holding the excess up."""


Reached = tuple[Paid, Separation, SettlementTerms, int]
"""Solution, the last search for an aggrieved group, terms with the groups found, rounds."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A settlement and its proof: `separation` is the last search for an aggrieved group on `net` (burden less adjustment)."""

    paid: Paid
    net: Floats
    separation: Separation
    terms: SettlementTerms
    rounds: int


def net_burden(terms: SettlementTerms, paid: Paid) -> Floats:
    """`y = x - d`: what the groups are tested on."""
    adjusted = np.array([city.adjusted for city in terms.cities])
    return np.asarray(paid.burden - adjusted * paid.rest, dtype=float)


def settle_responsibly(
    game: DispatchGame,
    terms: SettlementTerms,
    targets: Callable[[SettlementTerms, float], SettlementTerms],
    clock: Clock,
) -> Certified:
    """Solve all stages, separate, add the groups found, until the separation's bound proves that there is no other.

    `targets` sets the targets of responsibility once the outside money is known.
    """

    def finish(terms: SettlementTerms, first: Paid) -> tuple[Paid, SettlementTerms]:
        aimed = targets(terms, first.outside)
        return solve_stages(aimed, (*stages, *FINISH), clock), aimed

    stages = LED_REACH if terms.led else REACH
    paid, separation, aimed, rounds = reach(game, terms, stages, clock, finish)
    return Certified(paid, net_burden(aimed, paid), separation, aimed, rounds)


def reach(
    game: DispatchGame,
    terms: SettlementTerms,
    stages: Sequence[str],
    clock: Clock,
    finish: Callable[[SettlementTerms, Paid], tuple[Paid, SettlementTerms]] | None = None,
) -> Reached:
    """Row generation over groups. When the clock is over, the best solution that was proven, if any was."""
    rounds = 0
    proven: Reached | None = None
    while True:
        rounds += 1
        paid, aimed = solve_stages(terms, stages, clock), terms
        if finish is not None:
            paid, aimed = finish(terms, paid)
        if "excess" not in stages:
            return paid, Separation((), float("inf")), aimed, rounds
        excess, slack = paid.stages["excess"], SLACK * terms.size
        found = _most_aggrieved(game, net_burden(aimed, paid), excess + slack)
        clock.report("groups", excess, found.found[0].excess if found.found else None)
        if clock.over:
            return proven or (paid, found, aimed, rounds)
        fresh = _fresh(found, terms, excess)
        if not fresh and found.bound == float("inf"):  # known groups, by the solver's tolerance: look beyond them
            found = game.separate(net_burden(aimed, paid), above=found.found[0].excess, most=GROUPS_A_ROUND)
            fresh = _fresh(found, terms, excess)
        if not fresh or found.bound <= excess + slack:
            if proven is None or found.bound < proven[1].bound:
                proven = paid, found, aimed, rounds
            fresh = _sharpened(game, aimed, paid, excess) if excess > slack else []
            if not fresh:
                return proven
        terms = with_groups(game, terms, fresh)


def _fresh(found: Separation, terms: SettlementTerms, excess: float) -> list[Group]:
    return [item.group for item in found.found if item.group not in terms.groups and item.excess > excess]


def _most_aggrieved(game: DispatchGame, net: Floats, above: float) -> Separation:
    """In-out separation (Ben-Ameur, Neto 2007): groups aggrieved on the way to the dual prices cut deepest; else exact."""
    between = 0.8 * net + (1 - 0.8) * game.center
    deep = game.glance(between, above=above, most=GROUPS_A_ROUND)
    if deep:
        places = [members(item.group) for item in deep]
        told = (
            replace(item, excess=float(net[place].sum()) - item.cost) for item, place in zip(deep, places, strict=True)
        )
        return Separation(tuple(told), float("inf"))
    return game.separate(net, above=above, most=GROUPS_A_ROUND)


def _sharpened(game: DispatchGame, terms: SettlementTerms, paid: Paid, excess: float) -> list[Group]:
    """Groups that hold the excess up and are known by their relaxation only, now solved with whole trips."""
    if not game.whole or excess <= 2 * game.gap:  # below twice the gap nothing is left that a dispatch could tell
        return []
    net = net_burden(terms, paid)
    room = excess - BINDING * terms.size
    binding = [
        group
        for group, cost in terms.groups.items()
        if not game.is_sharp(group) and float(net[members(group)].sum()) - cost >= room
    ]
    game.sharpen(binding[:GROUPS_A_ROUND])
    return binding[:GROUPS_A_ROUND]


def with_groups(game: DispatchGame, terms: SettlementTerms, groups: Sequence[Group]) -> SettlementTerms:
    """Terms with more groups."""
    return replace(terms, groups={**terms.groups, **{group: game.cost(group) for group in groups}})
