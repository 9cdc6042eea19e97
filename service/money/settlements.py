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
from tongzhou.service.money.advances import (
    PREFIX,
    Entries,
    must_be_as_reckoned,
    must_match_the_ledger,
    payments_of,
    stands,
)
from tongzhou.service.money.books import hold
from tongzhou.service.money.claims import mark_paid, mark_unpaid
from tongzhou.service.money.funds import own_funds_only
from tongzhou.service.money.ledger import BANK, SETTLEMENT, Posting, post, reverse
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.reports.settlement_files import settlement_of_document
from tongzhou.service.store import documents
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import row_kept
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import jobs, settlements, txns


def read_settlement_row(connection: sa.Connection, user: User, settlement: str) -> sa.Row[Any]:
    """One settlement the user may see. Raises `NotFoundError`."""
    return _row(connection, settlement, visible(user).settlements())


def read_for_statement(connection: sa.Connection, user: User, settlement: str, city: str) -> sa.Row[Any]:
    """A settlement of which the user may read the statement of that city. Raises `NotFoundError`, `ForbiddenError`."""
    found = _row(connection, settlement, visible(user).statements())
    require(user, Action.READ_STATEMENT, city=city)
    return found


def _held(change: Change, user: User, settlement: str) -> sa.Row[Any]:
    """The settlement as it stands while the region's books are held."""
    hold(change.connection, read_settlement_row(change.connection, user, settlement).region)
    return read_settlement_row(change.connection, user, settlement)


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
    """Approve, never by who proposed it; or reject, also what is approved and not yet posted."""
    found = _held(change, user, settlement)
    require(user, Action.APPROVE_SETTLEMENTS)
    must_be(found, version, *(("proposed",) if approve else ("proposed", "approved")))
    if approve and found.proposed_by == user.id:
        raise ForbiddenError(Text("four eyes: a settlement is approved by somebody else", "四眼原则: 结算须由他人批准"))
    if not approve and not reason:
        raise ConflictError(Text("a rejection needs a reason", "否决须注明理由"))
    values: dict[str, Any] = {"state": "approved" if approve else "rejected", "reason": reason}
    if approve:
        values["approved_by"] = user.id
    return _store(change, found, values, "approve-settlement" if approve else "reject-settlement")


def post_settlement(change: Change, user: User, settlement: str, version: int) -> sa.Row[Any]:
    """Post all transactions but its payments, never by who approved it; one settlement of an incident stands at a time, and only
    what was reckoned from the payments that stand now. Raises `ConflictError`."""
    found = _held(change, user, settlement)
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
    must_be_as_reckoned(change.connection, found)
    what = opened(change.connection, found)
    own_funds_only(change.connection, found.region, found.incident, {row.fund for row in what.grants})
    for number, (memo, entries) in enumerate(_to_post(change.connection, found.incident, what), start=1):
        posting = Posting(f"{settlement}:{number}", "settlement", what.currency, memo, entries, settlement)
        post(change, found.region, posting, approved_by=found.approved_by, posted_by=user.id)
    row = _store(change, found, {"state": "posted", "posted_by": user.id}, "post-settlement")
    _close_claims(change, found, what)
    return row


def _to_post(connection: sa.Connection, incident: str, what: Settlement) -> list[tuple[str, Entries]]:
    """The settlement's transactions without its payments, and without the advances that are in the ledger already."""
    made = {f"{PREFIX}{row['reference']}" for row in payments_of(connection, incident)}
    payments = {f"payment {row.reference}" for row in what.transfers}
    rows = [row for row in _transactions(what) if row[0] not in payments | made]
    known = must_match_the_ledger(
        connection, incident, {memo: entries for memo, entries in rows if memo.startswith(PREFIX)}
    )
    return [row for row in rows if row[0] not in known]


def pay(change: Change, user: User, settlement: str, reference: str) -> str:
    """Post one payment of a posted settlement, once its money has gone; returns the transaction. Raises `ConflictError`."""
    found = _held(change, user, settlement)
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
    memo = f"payment {reference}"
    made = change.connection.execute(
        sa.select(txns.c.id, stands().label("stands")).where(txns.c.settlement == settlement, txns.c.memo == memo)
    ).all()
    if any(row.stands for row in made):
        raise ConflictError(Text(f"{reference} is paid already", f"{reference} 已支付"))
    posting = Posting(
        f"pay:{settlement}:{reference}:{len(made) + 1}", "payment", what.currency, memo, entries, settlement
    )
    txn = post(change, found.region, posting, approved_by=found.approved_by, posted_by=user.id)
    _close_claims(change, found, what)
    return txn


def _close_claims(change: Change, found: sa.Row[Any], what: Settlement) -> None:
    """Once nothing of a settlement is left to be paid, the claims that it was reckoned from are."""
    paid = set(
        change.connection.execute(
            sa.select(txns.c.memo).where(txns.c.settlement == found.id, txns.c.kind == "payment", stands())
        ).scalars()
    )
    if {f"payment {row.reference}" for row in what.transfers} <= paid:
        reckoned = change.connection.execute(sa.select(jobs.c.submitted_at).where(jobs.c.id == found.job)).scalar_one()
        mark_paid(change, found.incident, decided_until=reckoned)


def reverse_settlement(
    change: Change, settlement: str, reason: str, *, approved_by: str, posted_by: str
) -> sa.Row[Any]:
    """Mirror what was posted, but for payments and advances: that money did go, and counts as advances in the next settlement. The
    claims it closed are open again, since they may be why. The books must be held."""
    found = _row(change.connection, settlement, sa.true())
    must_be(found, found.version, "posted")
    rows = change.connection.execute(
        sa.select(txns).where(
            txns.c.settlement == settlement, txns.c.kind == "settlement", stands(), txns.c.memo.not_like(f"{PREFIX}%"),
        ).order_by(txns.c.id)
    ).all()  # fmt: skip
    for row in rows:
        reverse(change, row, f"reverse:{row.id}", f"reversal: {reason}", approved_by=approved_by, posted_by=posted_by)
    mark_unpaid(change, found.incident)
    return _store(change, found, {"state": "reversed", "reason": reason}, "reverse-settlement")


def _transactions(settlement: Settlement) -> list[tuple[str, Entries]]:
    """(memo, entries) of each transaction of the settlement's own ledger lines."""
    entries: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    memos: dict[str, str] = {}
    for line in settlement.ledger:
        entries[line.transaction].append((line.account, line.party or "", to_cents(line.debit) - to_cents(line.credit)))
        memos[line.transaction] = line.memo
    return [(memos[name], tuple(found)) for name, found in entries.items()]


def must_be(found: sa.Row[Any], version: int, *states: str) -> None:
    """Raises `StaleError` for another version, `ConflictError` for another state."""
    if found.version != version:
        raise StaleError(found.version)
    if found.state not in states:
        wanted = " / ".join(states)
        raise ConflictError(
            Text(f"the settlement is {found.state}, not {wanted}", f"结算状态为 {found.state}, 而非 {wanted}")
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
