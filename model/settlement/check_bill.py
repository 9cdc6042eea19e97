"""Checks of the bill: every line from the plan, sums to the cent, disputed lines left out."""

from __future__ import annotations

from tongzhou.model.settlement.check_findings import CATEGORIES, Case, Findings, cents


def check_bill(case: Case, findings: Findings) -> None:
    """Lines, total, disputes, what giving cost each city."""
    settlement = case.settlement
    for line in settlement.bill:
        place = f"{line.city}, {line.line}, {line.item}"
        if line.line not in case.trip_of:
            findings.wrong("bill-line", place, cents(line.amount), "no line of the plan", "方案中没有此线号")
        if line.category not in CATEGORIES:
            findings.wrong("bill-category", place, cents(line.amount), line.category, line.category)
        if line.amount < 0 or line.estimate < 0:
            findings.wrong("bill-negative", place, abs(cents(line.amount)), "a negative cost", "费用为负")
        known = case.problem.city_of.get(line.city)
        if known is None or known.role == "national":
            findings.wrong("bill-city", place, cents(line.amount), "not a city of the pool", "不是参与互助的城市")
        if line.item in ("goods", "days", "damage") and line.city == line.receiver:
            findings.wrong("bill-own-use", place, cents(line.amount), "own use costs nothing", "自用不计费用")
    total = sum(sum(costs.values()) for costs in case.costs.values())
    findings.same("bill-total", "bill", cents(settlement.bill_total), total)
    for row in settlement.settlement:
        findings.same("cost-given", row.city, cents(row.cost_given), case.cost(row.city))
    for city in set(case.costs) - set(case.rows):
        findings.at_most("cost-given", city, case.cost(city), 0)
    _check_disputes(case, findings)


def _check_disputes(case: Case, findings: Findings) -> None:
    settlement = case.settlement
    left_out = 0
    for line in settlement.bill:
        cited = {line.line, case.trip_of.get(line.line) if line.item == "transport" else None}
        in_dispute = bool(cited & case.disputed)
        left_out += in_dispute
        if in_dispute != (line.status == "disputed"):
            findings.wrong("bill-disputed", f"{line.city}, {line.line}, {line.item}", cents(line.amount),
                           f"is {line.status}", f"状态为 {line.status}")  # fmt: skip
    if len(settlement.carried_over) != left_out:
        findings.wrong("carried-over", "bill", 0, f"{len(settlement.carried_over)} lines, expected {left_out}",
                       f"{len(settlement.carried_over)} 行, 应为 {left_out}")  # fmt: skip
    if settlement.interim != bool(left_out):
        findings.wrong(
            "interim", "settlement", 0, f"interim is {settlement.interim}", f"interim 为 {settlement.interim}"
        )
