"""Settlements on their way to the ledger: proposed by a run, approved by one, posted by another, paid, reversed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.model.settlement.cents import to_cents
from tongzhou.model.settlement.settlement import Settlement
from tongzhou.service.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from tongzhou.service.money.claims import mark_paid
from tongzhou.service.money.ledger import BANK, SETTLEMENT, Posting, post, reverse
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.reports.settlement_files import settlement_of_document
from tongzhou.service.store import documents
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import row_kept
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import settlements, txns


def read_settlement_row(connection: sa.Connection, user: User, settlement: str) -> sa.Row[Any]:
    """One settlement the user may see. Raises `NotFoundError`."""
    return _row(connection, settlement, visible(user).settlements())


def read_for_statement(connection: sa.Connection, user: User, settlement: str, city: str) -> sa.Row[Any]:
    """A settlement of which the user may read the statement of that city. Raises `NotFoundError`, `ForbiddenError`."""
    found = _row(connection, settlement, visible(user).statements())
    require(user, Action.READ_STATEMENT, city=city)
    return found


def _row(connection: sa.Connection, settlement: str, seen: sa.ColumnElement[bool]) -> sa.Row[Any]:
    found = connection.execute(sa.select(settlements).where(settlements.c.id == settlement, seen)).first()
    if found is None:
        raise NotFoundError
    return found


def opened(connection: sa.Connection, row: sa.Row[Any]) -> Settlement:
    """The settlement itself, from its document."""
    return settlement_of_document(json.loads(documents.get(connection, row.document)))


def propose(change: Change, *, region: str, incident: str, job: str, document: str, proposed_by: str) -> str:
    """A finished run as a proposal."""
    settlement = new_id()
    values = {
        "id": settlement,
        "region": region,
        "incident": incident,
        "job": job,
        "document": document,
        "state": "proposed",
    }
    change.connection.execute(
        settlements.insert().values(**values, proposed_by=proposed_by, version=1, updated_at=change.at)
    )
    _versioned(change, settlement, "propose-settlement")
    return settlement


def decide(
    change: Change, user: User, settlement: str, version: int, *, approve: bool, reason: str | None
) -> sa.Row[Any]:
    """Approve or reject, never by who proposed it."""
    found = read_settlement_row(change.connection, user, settlement)
    require(user, Action.APPROVE_SETTLEMENTS)
    must_be(found, version, "proposed")
    if approve and found.proposed_by == user.id:
        raise ForbiddenError(Text("four eyes: a settlement is approved by somebody else", "四眼原则: 结算须由他人批准"))
    if not approve and not reason:
        raise ConflictError(Text("a rejection needs a reason", "否决须注明理由"))
    values: dict[str, Any] = {"state": "approved" if approve else "rejected", "reason": reason}
    if approve:
        values["approved_by"] = user.id
    return _store(change, found, values, "approve-settlement" if approve else "reject-settlement")


def post_settlement(change: Change, user: User, settlement: str, version: int) -> sa.Row[Any]:
    """Post all transactions but its payments, never by who approved it; one settlement of an incident stands at a time."""
    found = read_settlement_row(change.connection, user, settlement)
    require(user, Action.POST_LEDGER)
    must_be(found, version, "approved")
    if found.approved_by == user.id:
        raise ForbiddenError(Text("four eyes: a settlement is posted by somebody else", "四眼原则: 结算须由他人过账"))
    earlier = change.connection.execute(
        sa.select(settlements.c.id).where(settlements.c.incident == found.incident, settlements.c.state == "posted")
    ).first()
    if earlier is not None:
        raise ConflictError(
            Text(f"settlement {earlier.id} is posted; reverse it first", f"结算 {earlier.id} 已过账; 请先冲销")
        )
    what = opened(change.connection, found)
    paid = _paid_references(change.connection, found.incident)
    open_payments = {f"payment {row.reference}" for row in what.transfers}
    for number, (memo, entries) in enumerate(_transactions(what), start=1):
        if memo in open_payments or (memo.partition(" ")[2] in paid and memo.startswith("advance ")):
            continue
        posting = Posting(f"{settlement}:{number}", "settlement", what.currency, memo, entries, settlement)
        post(change, found.region, posting, approved_by=found.approved_by, posted_by=user.id)
    return _store(change, found, {"state": "posted", "posted_by": user.id}, "post-settlement")


def pay(change: Change, user: User, settlement: str, reference: str) -> str:
    """Post one payment of a posted settlement, once its money has gone; returns the transaction. Raises `ConflictError`."""
    found = read_settlement_row(change.connection, user, settlement)
    require(user, Action.POST_LEDGER)
    if found.state != "posted":
        raise ConflictError(Text("only a posted settlement is paid", "只能支付已过账的结算"))
    if found.approved_by == user.id:
        raise ForbiddenError(Text("four eyes: a payment is posted by somebody else", "四眼原则: 付款须由他人过账"))
    what = opened(change.connection, found)
    transfer = next((row for row in what.transfers if row.reference == reference), None)
    if transfer is None:
        raise NotFoundError
    cents = to_cents(transfer.amount)
    entries = (
        (SETTLEMENT, transfer.payer, cents), (BANK, transfer.payer, -cents), (BANK, transfer.payee, cents),
        (SETTLEMENT, transfer.payee, -cents),
    )  # fmt: skip
    before = sa.select(sa.func.count()).where(
        txns.c.settlement == settlement, txns.c.memo == f"payment {reference}", sa.not_(_stands())
    )
    came_back = change.connection.execute(before).scalar_one()
    key = f"pay:{reference}:{came_back + 1}" if came_back else f"pay:{reference}"
    posting = Posting(key, "payment", what.currency, f"payment {reference}", entries, settlement)
    txn = post(change, found.region, posting, approved_by=found.approved_by, posted_by=user.id)
    if {f"payment {row.reference}" for row in what.transfers} <= _memos(change.connection, settlement):
        mark_paid(change, found.incident)
    return txn


def reverse_settlement(
    change: Change, settlement: str, reason: str, *, approved_by: str, posted_by: str
) -> sa.Row[Any]:
    """Mirror what was posted, but for payments: that money did go, and counts as advances in the next settlement."""
    found = _row(change.connection, settlement, sa.true())
    must_be(found, found.version, "posted")
    rows = change.connection.execute(
        sa.select(txns).where(
            txns.c.settlement == settlement, txns.c.kind == "settlement", _stands(),
            txns.c.memo.not_like("advance %"),
        ).order_by(txns.c.id)
    ).all()  # fmt: skip
    for row in rows:
        reverse(change, row, f"reverse:{row.id}", f"reversal: {reason}", approved_by=approved_by, posted_by=posted_by)
    return _store(change, found, {"state": "reversed", "reason": reason}, "reverse-settlement")


def advances_of(connection: sa.Connection, incident: str) -> list[dict[str, Any]]:
    """Payments already made in this incident, as rows of the scenario table `advances`."""
    rows = connection.execute(
        sa.select(settlements, txns.c.memo)
        .join(txns, txns.c.settlement == settlements.c.id)
        .where(settlements.c.incident == incident, txns.c.kind == "payment", _stands())
        .order_by(txns.c.id)
    ).all()
    found = []
    for row in rows:
        reference = row.memo.partition(" ")[2]
        transfer = next(item for item in opened(connection, row).transfers if item.reference == reference)
        found.append({"reference": reference, "payer": transfer.payer, "payee": transfer.payee,
                      "amount": str(transfer.amount), "note": "payment of an earlier settlement"})  # fmt: skip
    return found


def _transactions(settlement: Settlement) -> list[tuple[str, tuple[tuple[str, str, int], ...]]]:
    """(memo, entries) of each transaction of the settlement's own ledger lines."""
    entries: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    memos: dict[str, str] = {}
    for line in settlement.ledger:
        entries[line.transaction].append((line.account, line.party or "", to_cents(line.debit) - to_cents(line.credit)))
        memos[line.transaction] = line.memo
    return [(memos[name], tuple(found)) for name, found in entries.items()]


def _memos(connection: sa.Connection, settlement: str) -> set[str]:
    mine = sa.and_(txns.c.settlement == settlement, _stands())
    return set(connection.execute(sa.select(txns.c.memo).where(mine)).scalars())


def _stands() -> sa.ColumnElement[bool]:
    """Transactions that were not reversed: what came back was not paid."""
    return txns.c.id.not_in(sa.select(txns.c.reverses).where(txns.c.reverses.is_not(None)))


def _paid_references(connection: sa.Connection, incident: str) -> set[str]:
    of_incident = sa.select(settlements.c.id).where(settlements.c.incident == incident)
    memos = connection.execute(
        sa.select(txns.c.memo).where(
            txns.c.settlement.in_(of_incident),
            _stands(),
            sa.or_(txns.c.kind == "payment", txns.c.memo.like("advance %")),
        )
    )
    return {memo.partition(" ")[2] for memo in memos.scalars()}


def must_be(found: sa.Row[Any], version: int, state: str) -> None:
    """Raises `StaleError` for another version, `ConflictError` for another state."""
    if found.version != version:
        raise StaleError(found.version)
    if found.state != state:
        raise ConflictError(
            Text(f"the settlement is {found.state}, not {state}", f"结算状态为 {found.state}, 而非 {state}")
        )


def _store(change: Change, found: sa.Row[Any], values: Mapping[str, Any], action: str) -> sa.Row[Any]:
    change.connection.execute(
        settlements.update()
        .where(settlements.c.id == found.id)
        .values(**values, version=found.version + 1, updated_at=change.at)
    )
    return _versioned(change, found.id, action)


def _versioned(change: Change, settlement: str, action: str) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(settlements).where(settlements.c.id == settlement)).one()
    change.keep_version(action, f"settlement:{settlement}", row.version, row_kept(row, "id", "version", "updated_at"))
    return row
