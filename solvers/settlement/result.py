"""From a solved settlement to its rows: every number in cents, every row with its meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from tongzhou.model.game import names_of
from tongzhou.model.settlement.amounts import Amounts, transfers_of
from tongzhou.model.settlement.bill import DISPUTED, bill_total
from tongzhou.model.settlement.cents import to_cents, to_money
from tongzhou.model.settlement.conduct import conduct_notes
from tongzhou.model.settlement.posting import ledger_lines
from tongzhou.model.settlement.settlement import (
    Certificate,
    CityRow,
    GrantRow,
    InKindRow,
    Missing,
    RuleRow,
    RuleSummary,
    Settlement,
)
from tongzhou.model.settlement.terms import SettlementTerms
from tongzhou.solvers.compiled import Floats
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.certify import Proof
from tongzhou.solvers.settlement.explain import explain_gains
from tongzhou.solvers.settlement.money import Needed
from tongzhou.solvers.settlement.setting import Setting, SettleOptions
from tongzhou.solvers.settlement.stages import Paid

CENT = 0.0101
"""A cent of rounding, and the solver's dust."""


NO_BOUND = 1e15
"""Told instead of a bound where the search had no time for any."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The rule's solution in cents, and its proofs on `y = x - d` and on `x`; `lost`: incentive lost by conduct, in cents."""

    terms: SettlementTerms
    paid: Paid
    amounts: Amounts
    proof: Proof
    on_x: Proof
    note: str | None
    lost: Mapping[str, int]

    def burden_cents(self) -> list[int]:
        """Final burden of every city, in cents."""
        return [self.burden_of(place) for place in range(len(self.terms.cities))]

    def burden_of(self, place: int) -> int:
        """`B_i` less what it gets, plus what it pays and provides."""
        city = self.terms.cities[place]
        value, cost = self.in_kind(city.city)
        return to_cents(city.borne) - self.amounts.net[city.city] - self.amounts.granted(city.city) - value + cost

    def in_kind(self, city: str) -> tuple[int, int]:
        """Value it receives in kind, and cost of what it provides, in cents."""
        programmes = {item.programme: item for item in self.terms.programmes}
        value = cost = 0
        for (programme, receiver), units in self.amounts.units.items():
            item = programmes[programme]
            value += to_cents(item.unit_value * units) if receiver == city else 0
            cost += to_cents(item.unit_cost * units) if item.provider == city else 0
        return value, cost

    def burden(self) -> Floats:
        """Final burden of every city, in money."""
        return np.array(self.burden_cents(), dtype=float) / 100

    def rest(self) -> float:
        """What the funds leave of the price of priorities, vehicles and mishaps."""
        outside = sum(self.amounts.grants.values()) / 100
        gap = self.terms.gap
        return gap if gap <= 0 else max(0.0, gap - outside)

    def net_burden(self) -> Floats:
        """`y = x - d` in money: what the groups are tested on."""
        adjusted = np.array([city.adjusted for city in self.terms.cities])
        return np.asarray(self.burden() - adjusted * self.rest(), dtype=float)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One rule beside the others."""

    rule: str
    terms: SettlementTerms
    paid: Paid
    proof: Proof
    note: str | None


def settlement_of(
    setting: Setting, options: SettleOptions, answer: Answer, comparisons: Sequence[Comparison], money: Needed, clock: Clock,
    *, hashes: tuple[str, str], seconds: tuple[float, float],
) -> Settlement:  # fmt: skip
    """The whole result."""
    problem, course, terms = setting.problem, setting.course, answer.terms
    prefix = f"TZ-{hashes[0][:6] or '000000'}"
    transfers = transfers_of(answer.amounts, problem.advances, prefix)
    rows = _city_rows(setting, answer)
    gains = {row.city: to_cents(row.gain) for row in rows}
    grants = answer.amounts.grants
    payer = {row.fund: row.payer for row in problem.funds}
    return Settlement(
        rule=options.rule,
        mode=problem.settings.governance.mode,
        interim=any(line.status == DISPUTED for line in course.lines),
        scenario=problem.settings.name,
        scenario_zh=problem.settings.name_zh,
        currency=problem.settings.currency,
        scenario_hash=hashes[0],
        plan_hash=hashes[1],
        instance_hash=setting.instance,
        total_cost=to_money(to_cents(terms.total)),
        gap=to_money(to_cents(terms.gap)),
        bill_total=to_money(bill_total(course.lines)),
        outside_money=to_money(sum(grants.values())),
        deviation=to_money(sum(abs(cents - to_cents(city.target)) for cents, city in zip(answer.burden_cents(), terms.cities, strict=True))),
        certificate=_certificate(setting, options, answer),
        money=_missing(answer, money),
        stages={name: round(value, 4) for name, value in answer.paid.stages.items()},
        conduct=conduct_notes(problem, answer.lost),
        carried_over=tuple(f"{line.line} ({line.city}, {line.item})" for line in course.lines if line.status == DISPUTED),
        settlement=rows,
        transfers=transfers,
        grants=tuple(
            GrantRow(fund=fund, payer=payer[fund], city=city, category=category, amount=to_money(cents))
            for (fund, city, category), cents in sorted(grants.items())
        ),
        in_kind=_in_kind_rows(answer),
        explain=explain_gains(setting, gains, clock.patient()),
        bill=course.lines,
        rules=tuple(_summary(setting, item) for item in comparisons),
        rule_burdens=tuple(row for item in comparisons for row in _rule_rows(item)),
        ledger=ledger_lines(course.lines, answer.amounts, problem.programmes, problem.advances, transfers, prefix),
        options={"whole_trips": options.whole_trips, "seed": options.seed, "time_limit_s": options.time_limit_s},
        wall_s=round(seconds[0], 2),
        cpu_s=round(seconds[1], 2),
    )  # fmt: skip


def _city_rows(setting: Setting, answer: Answer) -> tuple[CityRow, ...]:
    terms, rows = answer.terms, []
    bill = sum(to_cents(city.cost) for city in terms.cities)
    for place, city in enumerate(terms.cities):
        value, cost = answer.in_kind(city.city)
        burden, net = answer.burden_of(place), answer.amounts.net[city.city]
        alone = to_cents(city.alone)
        borne = burden - to_cents(city.loss)
        target = to_cents(city.target) - to_cents(city.loss)
        rows.append(CityRow(
            city=city.city, name=setting.problem.city_of[city.city].name,
            name_zh=setting.problem.city_of[city.city].name_zh, role=setting.problem.city_of[city.city].role,
            loss_without_aid=to_money(to_cents(setting.alone[city.city])), loss_with_aid=to_money(to_cents(city.loss)),
            cost_given=to_money(to_cents(city.cost)), liability=to_money(to_cents(setting.owed.get(city.city, 0.0))),
            paid=to_money(max(0, -net)), received=to_money(max(0, net)),
            from_funds=to_money(answer.amounts.granted(city.city)), in_kind_value=to_money(value), in_kind_cost=to_money(cost),
            adjustment=to_money(to_cents(city.adjusted * answer.rest())), burden=to_money(burden), alone=to_money(alone),
            gain=to_money(alone - burden), share_of_bill=_share(borne, bill), agreed_share=_share(target, bill),
            conduct=to_money(answer.lost.get(city.city, 0)),
        ))  # fmt: skip
    return tuple(rows)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) + 0.0 if whole else 0.0


def _in_kind_rows(answer: Answer) -> tuple[InKindRow, ...]:
    programmes = {item.programme: item for item in answer.terms.programmes}
    return tuple(
        InKindRow(
            programme=programme, provider=programmes[programme].provider, city=city, units=units,
            value=to_money(to_cents(programmes[programme].unit_value * units)),
            cost=to_money(to_cents(programmes[programme].unit_cost * units)),
        )
        for (programme, city), units in sorted(answer.amounts.units.items())
    )  # fmt: skip


def _certificate(setting: Setting, options: SettleOptions, answer: Answer) -> Certificate:
    game, proof, on_x = setting.game, answer.proof, answer.on_x
    accuracy = game.accuracy
    excess = max(0.0, answer.paid.stages.get("excess", proof.excess))
    return Certificate(
        excess=_up(excess),
        worst_group=names_of(proof.worst.group, game.players) if proof.worst else (),
        worst_excess=_money(proof.excess),
        bound=_up(proof.bound),
        accuracy=_up(accuracy),
        worst_group_on_x=names_of(on_x.worst.group, game.players) if on_x.worst else (),
        worst_excess_on_x=_money(on_x.excess),
        bound_on_x=_up(on_x.bound),
        method="separation over whole trips" if options.whole_trips else "separation by dual prices",
        complete=proof.bound <= proof.excess + accuracy,
        groups_solved=game.solved,
        groups_possible=2 ** len(game.players) - 1,
        separations=proof.separations + on_x.separations,
    )


def _money(amount: float) -> Decimal:
    return to_money(to_cents(amount))


def _up(amount: float) -> Decimal:
    """A bound in cents, rounded up: what it promises holds."""
    if not math.isfinite(amount):
        return to_money(to_cents(NO_BOUND))
    return to_money(math.ceil(amount * 100 - 1e-6))


def _missing(answer: Answer, money: Needed) -> Missing:
    def told(amount: float | None) -> Decimal | None:
        return None if amount is None else _money(amount)

    short = _short(answer)
    return Missing(
        stability_free=told(money.free), stability_funds=told(money.funds), missing=told(money.missing),
        short_reimbursement=_money(short[0]), short_participation=_money(short[1]),
    )  # fmt: skip


def _short(answer: Answer) -> tuple[float, float]:
    """What contributors lack of their reimbursement, and by how much cities are worse off than alone, whatever the rule and mode.

    A cent a city is rounding.
    """
    terms, reimbursement, participation = answer.terms, 0.0, 0.0
    for place, city in enumerate(terms.cities):
        got = (answer.amounts.net[city.city] + answer.amounts.granted(city.city)) / 100
        short = terms.rho * city.cost - got if city.third else 0.0
        worse = answer.burden_of(place) / 100 - city.alone + terms.margin * city.cost
        reimbursement += short if short > CENT else 0.0
        participation += worse if worse > CENT else 0.0
    return reimbursement, participation


def _summary(setting: Setting, item: Comparison) -> RuleSummary:
    worse = [
        city.city
        for city, burden in zip(item.terms.cities, item.paid.burden, strict=True)
        if burden > city.alone + 0.01
    ]
    worst = names_of(item.proof.worst.group, setting.game.players) if item.proof.worst else ()
    return RuleSummary(
        rule=item.rule, worse_off=" ".join(worse) or None, worst_group=" ".join(worst) or None, worst_excess=_money(item.proof.excess),
        excess_bound=_up(item.proof.bound), outside_money=_money(item.paid.outside), note=item.note,
    )  # fmt: skip


def _rule_rows(item: Comparison) -> list[RuleRow]:
    return [
        RuleRow(rule=item.rule, city=city.city, burden=_money(float(burden)), gain=_money(city.alone - float(burden)))
        for city, burden in zip(item.terms.cities, item.paid.burden, strict=True)
    ]
