"""Checks of what every city pays, receives and finally bears (compensation.md: the game, what a settlement must satisfy)."""

from __future__ import annotations

from fractions import Fraction

from tongzhou.model.accounts import need_losses
from tongzhou.model.settlement.check_findings import Case, Findings, ceil, cents, exact

ROOM = 2
"""Cents by which rounding may move a city's burden against what was optimal."""


def check_cities(case: Case, findings: Findings) -> None:
    """Parties, balance, burdens, gains, ability, contributors, what stays short."""
    _check_parties(case, findings)
    rows = case.settlement.settlement
    paid, received = sum(cents(row.paid) for row in rows), sum(cents(row.received) for row in rows)
    findings.same("balance", "cities", paid, received)
    caps = {row.city: row.ability_cap for row in case.problem.responsibility}
    for row in rows:
        if min(row.paid, row.received, row.from_funds, row.in_kind_value, row.in_kind_cost, row.conduct) < 0:
            findings.wrong("negative", row.city, 0, "a negative amount", "金额为负")
        burden = cents(row.loss_with_aid + row.cost_given + row.paid - row.received - row.from_funds)
        burden += cents(row.in_kind_cost - row.in_kind_value)
        findings.same("burden", row.city, cents(row.burden), burden)
        findings.same("gain", row.city, cents(row.gain), cents(row.alone) - cents(row.burden))
        if (cap := caps.get(row.city)) is not None:
            findings.at_most("ability", row.city, cents(row.paid), cents(cap))
        if case.third(row.city):
            findings.at_most("contributor-pays", row.city, cents(row.paid), 0)
    _check_losses(case, findings)
    _check_short(case, findings)
    _check_liability(case, findings)
    _check_rest(case, findings)


def _check_parties(case: Case, findings: Findings) -> None:
    """Every city but national depots; a mere place of transfer may be missing."""
    named = [row.city for row in case.settlement.settlement]
    wanted = {row.city for row in case.problem.cities if row.role not in ("national", "hub")}
    allowed = {row.city for row in case.problem.cities if row.role != "national"}
    for city in sorted((set(named) - allowed) | (wanted - set(named)) | {n for n in named if named.count(n) > 1}):
        findings.wrong("parties", city, 0, "no row, or a row too many", "缺少一行或多出一行")
    if case.settlement.mode != case.problem.settings.governance.mode:
        findings.wrong("mode", "settlement", 0, case.settlement.mode, case.settlement.mode)


def _check_losses(case: Case, findings: Findings) -> None:
    """Without actuals the remaining loss is that of the plan."""
    if case.problem.actuals:
        return
    losses = dict.fromkeys(case.rows, 0.0)
    for need, loss in need_losses(case.problem, case.plan.service).items():
        city = case.problem.need_of[need].city
        losses[city] = losses.get(city, 0.0) + loss
    for city, row in case.rows.items():
        findings.same("loss", city, cents(row.loss_with_aid), round(losses[city] * 100), 1)


def _check_short(case: Case, findings: Findings) -> None:
    """What is short is what is reported; who would be better off alone is named."""
    money, count = case.settlement.money, max(1, len(case.rows))
    lacking = [case.short_of_reimbursement(row) for row in case.rows.values()]
    worse = [case.short_of_participation(row) for row in case.rows.values()]
    findings.same("reimbursement", "cities", cents(money.short_reimbursement), sum(lacking, Fraction(0)), ROOM * count)
    findings.same("participation", "cities", cents(money.short_participation), sum(worse, Fraction(0)), ROOM * count)
    told = next((row.worse_off for row in case.settlement.rules if row.rule == case.settlement.rule), None)
    named = (told or "").split()
    for city, row in case.rows.items():
        above = cents(row.burden) - cents(row.alone)
        if (above > ROOM and city not in named) or (above < 0 and city in named):
            findings.wrong("told", city, abs(above), f"better off alone: {told}", f"独自更好者: {told}")


def _check_liability(case: Case, findings: Findings) -> None:
    """`chat({i}) = c({i}) + l_i`; `l` is zero in sum, and what a finding of responsibility says for the origin."""
    damage = case.problem.settings.settlement.liability == "damage"
    shares = {row.city: row for row in case.problem.responsibility if row.share}
    found = {city for city in shares if city in case.rows and case.problem.city_of[city].role == "origin"}
    others = [row for city, row in case.rows.items() if city not in found]
    base = sum(cents(row.loss_without_aid) for row in others) if damage else cents(case.settlement.bill_total)
    owed = any(row.liability for row in case.rows.values())
    findings.same("liability-sum", "cities", sum(cents(row.liability) for row in case.rows.values()), 0, len(case.rows))
    for city, row in case.rows.items():
        findings.same("alone", city, cents(row.alone), cents(row.loss_without_aid) + cents(row.liability), 1)
        if city in found and owed:
            cap = shares[city].ability_cap
            wanted = exact(shares[city].share or 0.0) * base
            wanted = wanted if cap is None else min(wanted, Fraction(cents(cap)))
            findings.same("liability", city, cents(row.liability), wanted, len(case.rows))
        elif city not in found:
            findings.at_most("liability", city, cents(row.liability), 0)


def _check_rest(case: Case, findings: Findings) -> None:
    """`Delta` is what was borne above `c(N)`; what the funds leave of it is the sum of the adjustments."""
    settlement, rows = case.settlement, case.rows
    borne = sum(cents(row.loss_with_aid) + cents(row.cost_given) for row in rows.values())
    gap = cents(settlement.gap)
    findings.same("gap", "settlement", gap, borne - cents(settlement.total_cost), 1)
    rest = gap if gap <= 0 else max(0, gap - cents(settlement.outside_money))
    findings.same("rest", "cities", sum(cents(row.adjustment) for row in rows.values()), rest, len(rows) + 1)
    limited = {row.city for row in case.problem.responsibility if row.ability_cap is not None}
    if any(not case.third(city) for city in rows) and not limited:
        for city, row in rows.items():
            if case.third(city):
                findings.at_most("adjustment", city, abs(cents(row.adjustment)), 0)


def check_conduct(case: Case, findings: Findings) -> None:
    """What conduct costs is a share of an incentive, at most `conduct_share`, and never of the verified cost.

    The incentive without the breach is not published: it was at most all the money that moves, and what was lost.
    """
    recorded = {row.city for row in case.problem.conduct}
    share = exact(case.problem.settings.settlement.conduct_share)
    moved = sum(cents(row.paid) + cents(row.from_funds) for row in case.rows.values())
    for city, row in case.rows.items():
        lost = cents(row.conduct)
        findings.at_most("conduct", city, lost, ceil(share * (moved + lost)) if city in recorded else 0)
        if lost:
            net = (
                cents(row.received)
                - cents(row.paid)
                + cents(row.from_funds)
                + cents(row.in_kind_value)
                - case.cost(city)
            )
            findings.at_most("conduct-below-cost", city, -net, ROOM)
    if len(case.settlement.conduct) != len(case.problem.conduct):
        findings.wrong("conduct-notes", "settlement", 0, "a record without its line", "有记录未列出")


def check_certificate(case: Case, findings: Findings) -> None:
    """The certificate covers what can be seen without the game: its own numbers, and every city as a group of one."""
    proof, room = case.settlement.certificate, cents(case.settlement.certificate.accuracy) + ROOM
    if len(case.rows) < 2:
        return
    findings.at_most("bound", "certificate", cents(proof.worst_excess), cents(proof.bound) + 1)
    findings.at_most("bound", "certificate", cents(proof.worst_excess_on_x), cents(proof.bound_on_x) + 1)
    if case.settlement.rule == "responsibility" and case.settlement.mode == "voluntary" and proof.complete:
        findings.at_most("excess", "certificate", cents(proof.bound), cents(proof.excess) + room)
    for city, row in case.rows.items():
        own = cents(row.burden) - cents(row.adjustment) - cents(row.alone)
        findings.at_most("bound", city, own, cents(proof.bound) + room)
    unknown = {*proof.worst_group, *proof.worst_group_on_x} - set(case.rows)
    if unknown:
        findings.wrong("worst-group", "certificate", 0, str(sorted(unknown)), str(sorted(unknown)))


def check_told(case: Case, findings: Findings) -> None:
    """What is explained and compared is the settlement itself."""
    for city, row in case.rows.items():
        parts = [cents(item.amount) for item in case.settlement.explain if item.city == city]
        findings.same("explain", city, sum(parts), cents(row.gain))
        for item in case.settlement.rule_burdens:
            if (item.rule, item.city) == (case.settlement.rule, city):
                findings.same("rule-burden", city, cents(item.burden), cents(row.burden), ROOM)
