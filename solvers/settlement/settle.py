"""A whole settlement: bill and game, the rule asked for, conduct, cents, proof, the other rules beside it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from tongzhou.model.domain import Problem
from tongzhou.model.errors import NoPlanError
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.conduct import penalty_shares
from tongzhou.model.settlement.prepare import with_targets
from tongzhou.model.settlement.settlement import Settlement
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.solvers.coalitions.dispatch_game import MANY
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.certify import Proof, prove
from tongzhou.solvers.settlement.even_grants import even_grants
from tongzhou.solvers.settlement.money import missing_money
from tongzhou.solvers.settlement.responsibility import net_burden, settle_responsibly
from tongzhou.solvers.settlement.result import Answer, Comparison, settlement_of
from tongzhou.solvers.settlement.rounding import whole_cents
from tongzhou.solvers.settlement.rules import REACH, aimed_at, allocate
from tongzhou.solvers.settlement.setting import Setting, SettleOptions, open_setting
from tongzhou.solvers.settlement.stages import Paid, solve_stages

DEFAULT = "responsibility"
ROUGH_FROM = MANY
"""Cities beyond which the adjustment's own grievance is only bounded: a dispatch of so many takes minutes."""


@dataclass(frozen=True, slots=True)
class _Ruled:
    """A rule's solution before rounding."""

    terms: SettlementTerms
    paid: Paid
    note: str | None = None


def settle(problem: Problem, plan: Plan, options: SettleOptions, clock: Clock, *, scenario_hash: str = "",
           plan_hash: str = "") -> Settlement:  # fmt: skip
    """Settle a plan and its actuals. Raises `ScenarioError` (bad tables), `CoalitionError` (no value, no settlement)."""
    started, cpu = time.monotonic(), time.process_time()
    with open_setting(problem, plan, options, clock) as setting:
        ruled = _rule(setting, options.rule, clock)
        before = ruled
        caps = _incentive_caps(problem, ruled)
        if caps:
            ruled = _rule(_bounded(setting, caps), options.rule, clock)
        answer = _answer(setting, ruled, before, caps, clock)
        rest = [rule for rule in options.compare if rule != options.rule]
        comparisons = [Comparison(options.rule, answer.terms, answer.paid, answer.proof, answer.note)]
        comparisons += _compare(setting, rest, clock)
        money = missing_money(setting, answer.paid, clock)
        seconds = (time.monotonic() - started, time.process_time() - cpu)
        return settlement_of(
            setting, options, answer, comparisons, money, clock, hashes=(scenario_hash, plan_hash), seconds=seconds
        )


def _rule(setting: Setting, rule: str, clock: Clock) -> _Ruled:
    if rule == DEFAULT:
        certified = settle_responsibly(setting.game, setting.terms, partial(with_targets, setting.problem), clock)
        return _Ruled(certified.terms, even_grants(certified.terms, certified.paid))
    allocation = allocate(setting, rule, clock)
    terms = aimed_at(setting.terms, allocation.burden)
    return _Ruled(terms, even_grants(terms, solve_stages(terms, REACH, clock)), allocation.note)


def _incentive_caps(problem: Problem, ruled: _Ruled) -> dict[int, float]:
    """What cities with recorded conduct may get above their cost."""
    shares = penalty_shares(problem)
    caps = {}
    for place, city in enumerate(ruled.terms.cities):
        incentive = _incentive(ruled, place)
        if city.city in shares and incentive > 0:
            caps[place] = (1.0 - shares[city.city]) * incentive
    return caps


def _incentive(ruled: _Ruled, place: int) -> float:
    """What a city gets above its verified cost, in kind too: `max(0, received + funds + in kind - k_i)`."""
    granted = sum(amount for key, amount in ruled.paid.grants.items() if key[1] == place)
    granted += sum(
        ruled.terms.programmes[number].unit_value * units
        for (number, receiver), units in ruled.paid.units.items()
        if receiver == place
    )
    got = float(ruled.paid.received[place] - ruled.paid.paid[place]) + granted
    return max(0.0, got - ruled.terms.cities[place].cost)


def _bounded(setting: Setting, caps: dict[int, float]) -> Setting:
    cities = tuple(
        replace(city, incentive_cap=caps.get(place, city.incentive_cap))
        for place, city in enumerate(setting.terms.cities)
    )
    return replace(setting, terms=replace(setting.terms, cities=cities))


def _answer(setting: Setting, ruled: _Ruled, before: _Ruled, caps: dict[int, float], clock: Clock) -> Answer:
    patient = clock if not clock.over else clock.patient()
    amounts = whole_cents(ruled.terms, ruled.paid)
    answer = Answer(ruled.terms, ruled.paid, amounts, Proof(None, 0.0, 0), Proof(None, 0.0, 0), ruled.note, {})
    game = setting.game.timed(patient)
    proof = prove(game, answer.net_burden(), patient)
    on_x = prove(game, answer.burden(), patient, roughly=len(game.players) > ROUGH_FROM)
    lost = {}
    for place, cap in caps.items():
        lost[before.terms.cities[place].city] = round(100 * (_incentive(before, place) - cap))
    return replace(answer, proof=proof, on_x=on_x, lost=lost)


def _compare(setting: Setting, rules: Sequence[str], clock: Clock) -> list[Comparison]:
    """The other rules; those the clock does not leave time for are left out (the settlement itself stands)."""
    found = []
    for rule in rules:
        if clock.over:
            break
        clock.report(rule)
        try:
            ruled = _rule(setting, rule, clock)
        except NoPlanError:
            break
        net = net_burden(ruled.terms, ruled.paid)
        found.append(Comparison(rule, ruled.terms, ruled.paid, prove(setting.game, net, clock), ruled.note))
    return found
