"""Money that two people answer for: settlements, reversals and funds as the ledger has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tongzhou.model.errors import Text
from tongzhou.service.auditing.finding import Finding
from tongzhou.service.auditing.ledger_check import Books

Rows = Sequence[Mapping[str, Any]]
BANK, ADVANCE = "bank", "advance "


def check_money(books: Books, settlements: Rows, reversals: Rows, records: Rows) -> Iterator[Finding]:
    """Every transaction belongs to something that is there, was signed by the two who signed that, and is mirrored only by a reversal
    that two agreed on; one settlement of an incident stands; no fund may be overdrawn."""
    yield from _settlements(books, {row["id"]: row for row in settlements})
    yield from _reversals(books, reversals)
    yield from _floors(books, records)


def _settlements(books: Books, known: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    posted: dict[str, list[str]] = defaultdict(list)
    for name, row in known.items():
        if row["state"] == "posted":
            posted[row["incident"]].append(name)
    for incident, names in posted.items():
        if len(names) > 1:
            yield Finding(
                "settlements", incident, Text(f"{len(names)} are posted at once", f"同时过账 {len(names)} 个")
            )
    for txn in books.txns:
        if txn["kind"] not in ("settlement", "payment"):
            continue
        its = known.get(txn["settlement"] or "")
        if its is None:
            yield Finding("txns", txn["id"], Text("of no settlement that is there", "没有对应的结算"))
        elif txn["approved_by"] != its["approved_by"]:
            yield Finding("txns", txn["id"], Text("approved by another than its settlement", "批准人与结算不同"))
    mirrored = {txn["reverses"] for txn in books.txns}
    for txn in books.txns:
        its = known.get(txn["settlement"] or "")
        if its is None or txn["kind"] != "settlement" or str(txn["memo"]).startswith(ADVANCE):
            continue
        if (its["state"] == "reversed") != (txn["id"] in mirrored):
            yield Finding("txns", txn["id"], Text("reversed otherwise than its settlement", "冲销状态与结算不符"))


def _reversals(books: Books, reversals: Rows) -> Iterator[Finding]:
    """Each mirror was asked for by who posted it and approved by who approved it."""
    agreed: set[tuple[str, str, str]] = set()
    for row in reversals:
        if row["state"] == "done":
            agreed.add((row["txn"] or row["settlement"], row["decided_by"], row["asked_by"]))
            if row["decided_by"] == row["asked_by"]:
                yield Finding("reversals", row["id"], Text("asked for and approved by the same", "申请人与批准人相同"))
    done = {name for name, _, _ in agreed}
    by_id = {txn["id"]: txn for txn in books.txns}
    mirrors = {txn["reverses"]: txn for txn in books.txns if txn["reverses"] is not None}
    for original, txn in mirrors.items():
        signed = txn["approved_by"], txn["posted_by"]
        settlement = by_id[original]["settlement"] if original in by_id else None
        if (original, *signed) not in agreed and (settlement, *signed) not in agreed:
            yield Finding("txns", txn["id"], Text("a reversal that two did not agree on", "冲销未经两人同意"))
    for name in sorted(done & set(by_id)):
        if name not in mirrors:
            yield Finding("reversals", name, Text("approved, but nothing mirrors it", "已批准, 但无冲销凭证"))


def _floors(books: Books, records: Rows) -> Iterator[Finding]:
    cities = {(row["region"], row["key"]) for row in records if row["kind"] == "cities" and row["incident"] is None}
    for row in books.accounts:
        if row["code"] == BANK and (row["min_balance"] == 0) == ((row["region"], row["party"]) in cities):
            yield Finding("accounts", f"bank {row['party']}", Text(
                "a fund that could be overdrawn, or a city that could not", "资金账户可透支, 或城市账户设有下限"))  # fmt: skip
