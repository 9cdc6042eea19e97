"""Double-entry lines of a settlement, ready to post: every transaction balances, every amount is whole cents.

One book for the pool. Accounts of a party: `payable:<city>` (what it owes the others, credit) or `receivable` as its debit
balance; `aid-cost:<category>` and `funding:<fund>` are the pool's own. Posting the lines twice is prevented by the reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tongzhou.model.domain.column import column

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One line of a transaction: a debit or a credit of one account, the other is zero."""

    transaction: str = column("id", "transaction", "凭证号")
    line: int = column("whole", "line of the transaction", "行号")
    account: str = column("text", "account", "科目")
    party: str | None = column("id", "city or fund it belongs to", "往来方", optional=True)
    debit: Decimal = column("amount", "debit", "借方")
    credit: Decimal = column("amount", "credit", "贷方")
    memo: str = column("text", "what it is", "摘要")


class Book:
    """Collects transactions. `entry` amounts are cents: positive debits, negative credits."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._lines: list[LedgerLine] = []
        self._count = 0

    def post(self, memo: str, entries: Iterable[tuple[str, str | None, int]]) -> None:
        """Add one transaction of (account, party, cents). Raises `ValueError` when it does not balance."""
        found = [(account, party, cents) for account, party, cents in entries if cents]
        if sum(cents for _, _, cents in found) != 0:
            message = f"the transaction does not balance: {memo}"
            raise ValueError(message)
        if not found:
            return
        self._count += 1
        for number, (account, party, cents) in enumerate(found, start=1):
            self._lines.append(LedgerLine(
                transaction=f"{self._prefix}-{self._count:04d}", line=number, account=account, party=party,
                debit=CENT * max(0, cents), credit=CENT * max(0, -cents), memo=memo,
            ))  # fmt: skip

    @property
    def lines(self) -> tuple[LedgerLine, ...]:
        """All lines in the order of posting."""
        return tuple(self._lines)


def balances(lines: Iterable[LedgerLine]) -> Mapping[tuple[str, str | None], Decimal]:
    """Debit less credit of every account and party (the trial balance)."""
    found: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for line in lines:
        found[line.account, line.party] += line.debit - line.credit
    return dict(found)


def unbalanced(lines: Iterable[LedgerLine]) -> list[str]:
    """Transactions whose debits and credits differ, or that have fewer than two lines."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    counts: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.transaction] += line.debit - line.credit
        counts[line.transaction] += 1
    return [name for name, total in sums.items() if total != 0 or counts[name] < 2]
