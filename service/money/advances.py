"""What was paid before a settlement: payments of earlier settlements, and advances that were entered by hand.

A settlement is reckoned from them, so it is posted only while they are as they were then: a payment made since would be asked for
twice, one that came back since would never be asked for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.model.settlement.cents import to_cents
from tongzhou.service.errors import ConflictError
from tongzhou.service.money.ledger import entries_of
from tongzhou.service.reports.settlement_files import settlement_of_document
from tongzhou.service.store import documents
from tongzhou.service.store.columns import Flag
from tongzhou.service.store.tables import jobs, records, settlements, txns

Entries = tuple[tuple[str, str, int], ...]
Advance = tuple[str, str, str, int]
"""Reference, payer, payee, cents."""
PREFIX = "advance "


def stands() -> sa.ColumnElement[bool]:
    """Transactions that were not reversed: what came back was not paid."""
    return txns.c.id.not_in(sa.select(txns.c.reverses).where(txns.c.reverses.is_not(None)))


def payments_of(connection: sa.Connection, incident: str) -> list[dict[str, Any]]:
    """Payments that were made in this incident and stand, as rows of the scenario table `advances`; no reference twice."""
    rows = connection.execute(
        sa.select(settlements.c.id, settlements.c.document, txns.c.memo)
        .join(txns, txns.c.settlement == settlements.c.id)
        .where(settlements.c.incident == incident, txns.c.kind == "payment", stands())
        .order_by(txns.c.id)
    ).all()
    found, seen = [], Counter[str]()
    for row in rows:
        reference = row.memo.partition(" ")[2]
        what = settlement_of_document(json.loads(documents.get(connection, row.document)))
        transfer = next(item for item in what.transfers if item.reference == reference)
        seen[reference] += 1
        told = reference if seen[reference] == 1 else f"{reference}-{seen[reference]}"
        found.append({"reference": told, "payer": transfer.payer, "payee": transfer.payee, "amount": str(transfer.amount),
                      "note": "payment of an earlier settlement"})  # fmt: skip
    return found


def by_hand(connection: sa.Connection, incident: str) -> list[Mapping[str, Any]]:
    """Advances that were entered for the incident."""
    mine = sa.and_(
        records.c.incident == incident, records.c.kind == "advances", records.c.removed == sa.literal(False, Flag)
    )
    return list(connection.execute(sa.select(records.c.body).where(mine).order_by(records.c.id)).scalars())


def must_be_as_reckoned(connection: sa.Connection, settlement: sa.Row[Any]) -> None:
    """Raises `ConflictError` where what was paid before is not what the settlement was reckoned from."""
    source = connection.execute(sa.select(jobs.c.input_hash).where(jobs.c.id == settlement.job)).scalar_one()
    then = _plain(json.loads(documents.get(connection, source)).get("advances", []))
    now = _plain([*by_hand(connection, settlement.incident), *payments_of(connection, settlement.incident)])
    if then != now:
        names = ", ".join(sorted({row[0] for row in then ^ now})[:5])
        raise ConflictError(
            Text(f"payments or advances are not as they were when it was reckoned ({names}): reject it and settle anew",
                 f"付款或预付与结算计算时不同 ({names}): 请否决本结算并重新结算"))  # fmt: skip


def _plain(rows: Iterable[Mapping[str, Any]]) -> set[Advance]:
    return {(row["reference"], row["payer"], row["payee"], to_cents(Decimal(str(row["amount"])))) for row in rows}


def standing_by_hand(connection: sa.Connection, incident: str) -> dict[str, Entries]:
    """Advances in the ledger that were not reversed: memo to entries of (account, party, cents)."""
    rows = connection.execute(
        sa.select(txns.c.id, txns.c.memo)
        .join(settlements, settlements.c.id == txns.c.settlement)
        .where(
            settlements.c.incident == incident, txns.c.kind == "settlement", txns.c.memo.startswith(PREFIX), stands()
        )
    ).all()
    return {row.memo: tuple((e.code, e.party, e.amount) for e in entries_of(connection, row.id)) for row in rows}


def must_match_the_ledger(connection: sa.Connection, incident: str, wanted: Mapping[str, Entries]) -> set[str]:
    """Of the advances by hand of a settlement (memo to entries), those that are in the ledger already.

    Raises `ConflictError` where the ledger holds one otherwise, or one that was taken back since: it is reversed first.
    """
    there = standing_by_hand(connection, incident)
    wrong = [memo for memo, entries in there.items() if sorted(wanted.get(memo, ())) != sorted(entries)]
    if wrong:
        names = ", ".join(sorted(wrong)[:5])
        raise ConflictError(
            Text(f"the ledger holds another {names}: reverse that first", f"账簿中的 {names} 与现行不同: 请先冲销"))  # fmt: skip
    return set(there)
