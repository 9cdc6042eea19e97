"""The ledger: every transaction balances in one currency, mirrors what it reverses, leaves no account below its floor, and is in the chain."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongzhou.model.errors import Text
from tongzhou.service.auditing.finding import Finding

NOTED = (
    ("key", "idem_key"), ("currency", "currency"), ("kind", "kind"), ("settlement", "settlement"), ("reverses", "reverses"),
    ("memo", "memo"), ("approved_by", "approved_by"), ("posted_by", "posted_by"),
)  # fmt: skip
"""What the chain notes of a transaction, and its column; older rows of the chain note less."""
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Books:
    """The three tables of the ledger, read once."""

    accounts: Rows
    txns: Rows
    entries: Rows

    def entries_of(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Transaction to its entries."""
        found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in self.entries:
            found[row["txn"]].append(row)
        return found

    def told(self) -> Mapping[str, list[list[Any]]]:
        """Transaction to its sorted (account code, party, cents), as the chain notes them."""
        account = {row["id"]: row for row in self.accounts}
        return {
            txn: sorted(
                [account[row["account"]]["code"], account[row["account"]]["party"], row["amount"]] for row in rows
            )
            for txn, rows in self.entries_of().items()
        }


def check_ledger(books: Books, chain: Rows) -> Iterator[Finding]:
    """Everything the database is said to enforce, reckoned anew, and each transaction against the chain."""
    account = {row["id"]: row for row in books.accounts}
    by_txn = books.entries_of()
    for txn in books.txns:
        rows = by_txn.get(txn["id"], [])
        yield from _each(txn, rows, account)
        if txn["reverses"] is not None:
            yield from _mirror(txn, rows, by_txn.get(txn["reverses"], []))
    known = {txn["id"] for txn in books.txns}
    for name in sorted(set(by_txn) - known):
        yield Finding("entries", name, Text("entries without a transaction", "分录没有对应凭证"))
    yield from _floors(books, account)
    yield from _noted(books, chain)


def _each(txn: Mapping[str, Any], rows: Rows, account: Mapping[int, Mapping[str, Any]]) -> Iterator[Finding]:
    if len(rows) < 2:
        yield Finding("txns", txn["id"], Text("fewer than two entries", "分录少于两条"))
    total = sum(row["amount"] for row in rows)
    if total:
        yield Finding("txns", txn["id"], Text(f"does not balance: {total} cents", f"不平衡: {total} 分"))
    if any(account[row["account"]]["currency"] != txn["currency"] for row in rows):
        yield Finding("txns", txn["id"], Text("entries in another currency", "分录币种不一致"))
    if any(account[row["account"]]["region"] != txn["region"] for row in rows):
        yield Finding("txns", txn["id"], Text("accounts of another region", "科目属于其他区域"))
    if txn["approved_by"] == txn["posted_by"]:
        yield Finding("txns", txn["id"], Text("approved and posted by the same person", "批准人与过账人相同"))


def _mirror(txn: Mapping[str, Any], rows: Rows, original: Rows) -> Iterator[Finding]:
    if sorted((row["account"], -row["amount"]) for row in rows) != sorted(
        (row["account"], row["amount"]) for row in original
    ):
        yield Finding("txns", txn["id"], Text("is no mirror of what it reverses", "与所冲销凭证不成镜像"))


def _floors(books: Books, account: Mapping[int, Mapping[str, Any]]) -> Iterator[Finding]:
    balance: dict[int, int] = defaultdict(int)
    for row in books.entries:
        balance[row["account"]] += row["amount"]
    for number, cents in balance.items():
        low = account[number]["min_balance"]
        if low is not None and cents < low:
            name = f"{account[number]['code']} {account[number]['party']}"
            yield Finding("accounts", name, Text(f"overdrawn: {cents} below {low}", f"透支: {cents} 低于 {low}"))


def _noted(books: Books, chain: Rows) -> Iterator[Finding]:
    noted = {}
    for row in chain:
        if row["action"] == "post-transaction":
            noted[row["object"].removeprefix("txn:")] = json.loads(row["body"])
    told = books.told()
    for txn in books.txns:
        body = noted.pop(txn["id"], None)
        if body is None:
            yield Finding("txns", txn["id"], Text("not in the audit chain", "不在审计链中"))
        elif body["entries"] != told.get(txn["id"], []) or any(
            body.get(name, txn[column]) != txn[column] for name, column in NOTED
        ):
            yield Finding("txns", txn["id"], Text("not what the audit chain says", "与审计链不符"))
    for name in noted:
        yield Finding("txns", name, Text("in the audit chain but gone", "审计链中有, 但凭证缺失"))
