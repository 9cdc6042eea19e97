"""How much money would be enough: the cost of stability, free and under the funds' own rules, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.errors import NoPlanError
from tongzhou.model.game import everyone
from tongzhou.model.settlement.terms import FundTerms, SettlementTerms
from tongzhou.solvers.coalitions.dispatch_game import TOLERANCE
from tongzhou.solvers.games.cost_of_stability import cost_of_stability
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.certify import prove
from tongzhou.solvers.settlement.responsibility import LED_REACH, REACH, SLACK, reach
from tongzhou.solvers.settlement.setting import Setting
from tongzhou.solvers.settlement.stages import Paid

CENT = 0.01


@dataclass(frozen=True, slots=True)
class Needed:
    """Money; None: not computed in time, or no amount of money under the funds' rules is enough."""

    free: float | None
    funds: float | None
    missing: float | None


def missing_money(setting: Setting, paid: Paid, clock: Clock) -> Needed:
    """Cost of stability free and under the funds' rules; `missing` is what the funds at hand lack of it."""
    try:
        free = _free(setting, clock)
    except NoPlanError:  # the clock was over: the settlement stands without this figure
        free = None
    if clock.over:
        return Needed(free, None, None)
    funds = _under_rules(setting, paid, clock)
    if funds is not None:
        return Needed(free, funds, max(0.0, funds - sum(fund.amount for fund in setting.terms.funds)))
    return Needed(free, None, None if clock.over else _lacking(setting, paid, clock))


def _free(setting: Setting, clock: Clock) -> float:
    """Without whole trips the dual prices lie in the core, so nothing is needed; that they do is proven here."""
    patient = clock.patient()
    game = setting.game.timed(patient)
    grand = game.value([everyone(len(game.players))])[0]
    prices = game.shared(grand.prices)
    tolerance = 10 * TOLERANCE * game.size
    if abs(float(np.sum(grand.prices)) - grand.cost) <= tolerance and prove(game, prices, patient).bound <= tolerance:
        return 0.0
    return cost_of_stability(setting.game, Search(tolerance=4 * TOLERANCE * game.size, clock=clock)).amount


def _lacking(setting: Setting, paid: Paid, clock: Clock) -> float | None:
    """What a donor without conditions would have to add for every rule to hold; None where money does not help."""
    donor = FundTerms("", 10.0 * setting.terms.size, ("all",), None, None)
    terms = replace(setting.terms, funds=(*setting.terms.funds, donor))
    stages = LED_REACH if terms.led else REACH
    found, _, reached, _ = reach(setting.game, terms, stages, clock)
    if _broken(found, stages, reached):
        return None
    return max(0.0, found.outside - paid.outside)


def _broken(found: Paid, stages: Sequence[str], terms: SettlementTerms) -> bool:
    room = SLACK * terms.size + CENT
    return any(found.stages[stage] > room for stage in stages if stage != "outside")


def _under_rules(setting: Setting, paid: Paid, clock: Clock) -> float | None:
    """The least the funds would have to pay for every rule to hold, had each enough; None where money does not help."""
    stages = LED_REACH if setting.terms.led else REACH
    kept = [stage for stage in stages if stage != "outside" and paid.stages.get(stage, 0.0) > CENT]
    if not kept:
        return paid.outside if "outside" in paid.stages else None
    ample = replace(setting.terms, unlimited=True)
    found, _, terms, _ = reach(setting.game, ample, stages, clock)
    return None if _broken(found, stages, terms) else found.outside
