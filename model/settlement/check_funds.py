"""Checks of outside money and of compensation in kind (compensation.md: funds, in kind)."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from tongzhou.model.settlement.check_findings import CATEGORIES, INCENTIVE, Case, Findings, ceil, cents, exact

ROOM = 2
"""Cents by which rounding may move a city's payments against what was optimal."""


def check_funds(case: Case, findings: Findings) -> None:
    """Every fund within amount, categories, share, cap; no cost paid twice; sums by city and in all."""
    funds = {row.fund: row for row in case.problem.funds}
    by_fund: dict[str, int] = defaultdict(int)
    once: dict[tuple[str, str], int] = defaultdict(int)
    share: dict[tuple[str, str, str], int] = defaultdict(int)
    for grant in case.settlement.grants:
        place = f"{grant.fund}, {grant.city}, {grant.category}"
        known = grant.fund in funds and grant.city in case.rows and grant.category in (*CATEGORIES, INCENTIVE)
        if not known or grant.amount <= 0:
            findings.wrong("fund-unknown", place, abs(cents(grant.amount)), "no such grant is possible", "不可能的拨付")
            continue
        by_fund[grant.fund] += cents(grant.amount)
        once[grant.city, grant.category] += cents(grant.amount)
        share[grant.fund, grant.city, grant.category] += cents(grant.amount)
        if not {grant.category, "all"} & set(funds[grant.fund].pays_for.split()):
            findings.wrong("fund-category", place, cents(grant.amount), f"pays for {funds[grant.fund].pays_for}",
                           f"仅支付 {funds[grant.fund].pays_for}")  # fmt: skip
    for fund, amount in by_fund.items():
        findings.at_most("fund-amount", fund, amount, cents(funds[fund].amount))
    for (fund, city), amount in case.granted.items():
        cap = funds[fund].cap_per_city if fund in funds else None
        if cap is not None:
            findings.at_most("fund-cap", f"{fund}, {city}", amount, cents(cap))
    for (fund, city, category), amount in share.items():
        most = _base(case, city, category)
        stated = funds[fund].share
        if stated is not None:
            findings.at_most("fund-share", f"{fund}, {city}, {category}", amount, ceil(exact(stated) * most))
    for (city, category), amount in once.items():
        if category != INCENTIVE:
            findings.at_most("paid-twice", f"{city}, {category}", amount, _base(case, city, category))
        else:
            findings.at_most("incentive", city, amount, _above_cost(case, city) + ROOM)
    _check_sums(case, findings)


def _base(case: Case, city: str, category: str) -> int:
    if city not in case.costs:
        return 0
    return case.cost(city) if category == INCENTIVE else case.costs[city][category]


def _above_cost(case: Case, city: str) -> int:
    """What a city got above its verified cost, in kind too: all that may be called an incentive."""
    row = case.rows.get(city)
    if row is None or not case.cost(city):
        return 0
    got = cents(row.received) + cents(row.from_funds) + cents(row.in_kind_value) - cents(row.paid)
    return max(0, got - case.cost(city))


def _check_sums(case: Case, findings: Findings) -> None:
    for city, row in case.rows.items():
        expected = sum(amount for (_, place), amount in case.granted.items() if place == city)
        findings.same("from-funds", city, cents(row.from_funds), expected)
    findings.same("outside-money", "funds", cents(case.settlement.outside_money), sum(case.granted.values()))


def check_in_kind(case: Case, findings: Findings) -> None:
    """Whole units within what there is, for cities it is open to, at the stated value and cost."""
    programmes = {row.programme: row for row in case.problem.programmes}
    taken: dict[str, int] = defaultdict(int)
    value: dict[str, int] = defaultdict(int)
    cost: dict[str, int] = defaultdict(int)
    for row in case.settlement.in_kind:
        place = f"{row.programme}, {row.city}"
        programme = programmes.get(row.programme)
        if programme is None or row.units < 1 or row.units != int(row.units) or row.city not in case.rows:
            findings.wrong("programme-unknown", place, cents(row.value), "no such units", "没有这样的项目单位")
            continue
        taken[row.programme] += row.units
        if (programme.open_to and row.city not in programme.open_to.split()) or row.city == programme.provider:
            findings.wrong("programme-open", place, cents(row.value), "not open to this city", "不对该城市开放")
        if row.provider != programme.provider:
            findings.wrong("programme-provider", place, cents(row.cost), row.provider, row.provider)
        half = Fraction(1, 2)
        findings.same("programme-value", place, cents(row.value), exact(programme.unit_value) * row.units * 100, half)
        findings.same("programme-cost", place, cents(row.cost), exact(programme.unit_cost) * row.units * 100, half)
        value[row.city] += cents(row.value)
        cost[row.provider] += cents(row.cost)
    for name, units in taken.items():
        if units > programmes[name].units:
            there = programmes[name].units
            findings.wrong("programme-units", name, 0, f"{units} units of {there}", f"{units} 单位, 仅有 {there}")
    for city, party in case.rows.items():
        findings.same("in-kind-value", city, cents(party.in_kind_value), value[city])
        findings.same("in-kind-cost", city, cents(party.in_kind_cost), cost[city])
