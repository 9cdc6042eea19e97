"""Checks of payments and of the ledger: after them nobody owes anything, every transaction balances."""

from __future__ import annotations

from collections import Counter, defaultdict

from tongzhou.model.settlement.check_findings import Case, Findings, cents

SETTLEMENT = "settlement"


def check_payments(case: Case, findings: Findings) -> None:
    """Advances and transfers together are what is due: between cities, and from each fund to each city."""
    position, due = _due(case)
    parties = sum(1 for amount in position.values() if amount)
    mutual = 0
    for row in case.settlement.transfers:
        amount, place = cents(row.amount), row.reference
        if amount <= 0:
            findings.wrong("transfer-amount", place, abs(amount), "not positive", "金额非正")
        if row.kind == "mutual" and {row.payer, row.payee} <= set(position):
            mutual += 1
            position[row.payer] += amount
            position[row.payee] -= amount
        elif row.kind == "fund":
            due[row.payer, row.payee] -= amount
        elif row.kind == "refund":
            due[row.payee, row.payer] += amount
        else:
            findings.wrong("transfer-kind", place, amount, f"{row.kind}: {row.payer}", f"{row.kind}: {row.payer}")
    for city, left in position.items():
        findings.same("transfers", city, left, 0)
    for (fund, city), left in due.items():
        findings.same("transfers", f"{fund}, {city}", left, 0)
    if mutual > max(0, parties - 1):
        findings.wrong("netting", "transfers", 0, f"{mutual} payments between {parties} cities",
                       f"{parties} 个城市之间有 {mutual} 笔付款")  # fmt: skip
    for reference, count in Counter(row.reference for row in case.settlement.transfers).items():
        if count > 1:
            findings.wrong("transfer-reference", reference, 0, f"used {count} times", f"出现 {count} 次")


def _due(case: Case) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """What every city has to receive from the others, and from each fund, advances set off."""
    position = {city: cents(row.received) - cents(row.paid) for city, row in case.rows.items()}
    due = defaultdict(int, case.granted)
    for advance in case.problem.advances:
        amount = cents(advance.amount)
        if advance.payer in position and advance.payee not in position:
            due[advance.payee, advance.payer] += amount  # a refund
        elif advance.payer in position:
            position[advance.payer] += amount
            position[advance.payee] -= amount
        else:
            due[advance.payer, advance.payee] -= amount
    return position, due


def check_ledger(case: Case, findings: Findings) -> None:
    """Every transaction balances, accounts of settlement end at zero, costs are those of the bill."""
    by_transaction: dict[str, list[int]] = defaultdict(list)
    left: dict[str, int] = defaultdict(int)
    costs: dict[str, int] = defaultdict(int)
    for line in case.settlement.ledger:
        debit, credit = cents(line.debit), cents(line.credit)
        if min(debit, credit) != 0 or max(debit, credit) <= 0:
            place = f"{line.transaction}.{line.line}"
            findings.wrong("ledger-line", place, abs(debit), "neither a debit nor a credit", "既非借方也非贷方")
        by_transaction[line.transaction].append(debit - credit)
        if line.account == SETTLEMENT:
            left[line.party or ""] += debit - credit
        if line.account.startswith("aid-cost:"):
            costs[line.party or ""] += debit - credit
    for transaction, amounts in by_transaction.items():
        findings.same("ledger-balance", transaction, sum(amounts), 0)
        if len(amounts) < 2:
            findings.wrong("ledger-balance", transaction, abs(sum(amounts)), "a single line", "仅一行")
    for party, amount in left.items():
        findings.same("ledger-open", party, amount, 0)
    for city in set(costs) | set(case.rows):
        findings.same("ledger-cost", city, costs[city], case.cost(city))
    _check_bank(case, findings)


def _check_bank(case: Case, findings: Findings) -> None:
    """What went through the bank is the advances and the payments, nothing else."""
    bank: dict[str, int] = defaultdict(int)
    for line in case.settlement.ledger:
        if line.account == "bank":
            bank[line.party or ""] += cents(line.debit) - cents(line.credit)
    paid = [(row.payer, row.payee, row.amount) for row in case.problem.advances]
    paid += [(row.payer, row.payee, row.amount) for row in case.settlement.transfers]
    for payer, payee, amount in paid:
        bank[payer] += cents(amount)
        bank[payee] -= cents(amount)
    for party, left in bank.items():
        findings.same("ledger-bank", party, left, 0)
