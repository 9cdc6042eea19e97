"""Reversals by four eyes: one asks, with a reason; another approves, and only then the mirror is posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.service.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from tongzhou.service.money import ledger, settlements
from tongzhou.service.money.advances import PREFIX
from tongzhou.service.money.books import hold
from tongzhou.service.money.claims import mark_unpaid
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import row_kept
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import reversals, txns
from tongzhou.service.store.tables import settlements as settlement_table

ALONE = ("funding", "payment")
"""Kinds of transactions that are reversed one by one, as advances are; the others of a settlement are reversed with it."""


def read_reversal(connection: sa.Connection, user: User, reversal: str) -> sa.Row[Any]:
    """One reversal the user may see. Raises `NotFoundError`."""
    found = connection.execute(
        sa.select(reversals).where(reversals.c.id == reversal, visible(user).reversals())
    ).first()
    if found is None:
        raise NotFoundError
    return found


def ask_for_settlement(change: Change, user: User, settlement: str, version: int, reason: str) -> sa.Row[Any]:
    """Ask that a posted settlement be reversed. Raises `ConflictError`, `StaleError`."""
    hold(change.connection, settlements.read_settlement_row(change.connection, user, settlement).region)
    found = settlements.read_settlement_row(change.connection, user, settlement)
    require(user, Action.POST_LEDGER)
    settlements.must_be(found, version, "posted")
    return _ask(change, user, found.region, reason, settlement=settlement)


def ask_for_transaction(change: Change, user: User, txn: str, reason: str) -> sa.Row[Any]:
    """Ask that one funding or payment be reversed. Raises `ConflictError`."""
    require(user, Action.POST_LEDGER)
    found = ledger.read_txn(change.connection, user, txn)
    hold(change.connection, found.region)
    if found.kind not in ALONE and not _is_advance(found):
        raise ConflictError(
            Text("a settlement is reversed as a whole, a reversal not at all", "结算须整体冲销; 冲销凭证不可再冲销")
        )
    if change.connection.execute(sa.select(txns.c.id).where(txns.c.reverses == txn)).first() is not None:
        raise ConflictError(Text("it is reversed already", "该凭证已冲销"))
    return _ask(change, user, found.region, reason, txn=txn)


def _is_advance(txn: sa.Row[Any]) -> bool:
    return txn.kind == "settlement" and str(txn.memo).startswith(PREFIX)


def _ask(change: Change, user: User, region: str, reason: str, **what: str) -> sa.Row[Any]:
    ((name, target),) = what.items()
    same = sa.and_(reversals.c[name] == target, reversals.c.state == "asked")
    earlier = change.connection.execute(sa.select(reversals.c.id).where(same)).first()
    if earlier is not None:
        raise ConflictError(Text(f"reversal {earlier.id} is asked for already", f"冲销 {earlier.id} 已提出"))
    row = {
        "id": new_id(),
        "region": region,
        "reason": reason,
        "state": "asked",
        "asked_by": user.id,
        "asked_at": change.at,
        **what,
    }
    change.connection.execute(reversals.insert().values(**row, version=1))
    return _versioned(change, str(row["id"]), "ask-reversal")


def approve(change: Change, user: User, reversal: str, version: int) -> sa.Row[Any]:
    """Post the mirror, never by who asked for it. Raises `ForbiddenError`, `ConflictError`, `StaleError`."""
    found = _open(change, user, reversal, version)
    require(user, Action.APPROVE_SETTLEMENTS)
    if found.asked_by == user.id:
        raise ForbiddenError(Text("four eyes: a reversal is approved by somebody else", "四眼原则: 冲销须由他人批准"))
    signed = {"approved_by": user.id, "posted_by": found.asked_by}
    if found.settlement is not None:
        settlements.reverse_settlement(change, found.settlement, found.reason, **signed)
    else:
        _reverse_one(
            change, change.connection.execute(sa.select(txns).where(txns.c.id == found.txn)).one(), found, signed
        )
    return _decided(change, user, found, "done", None)


def refuse(change: Change, user: User, reversal: str, version: int, answer: str) -> sa.Row[Any]:
    """Refuse, or take back what oneself asked for. Raises `ConflictError`, `StaleError`."""
    found = _open(change, user, reversal, version)
    if found.asked_by != user.id:
        require(user, Action.APPROVE_SETTLEMENTS)
    return _decided(change, user, found, "refused", answer)


def _reverse_one(change: Change, txn: sa.Row[Any], found: sa.Row[Any], signed: Mapping[str, str]) -> None:
    """A payment that came back is due again, and so are the claims that it closed."""
    ledger.reverse(change, txn, f"reverse:{txn.id}", f"reversal: {found.reason}", **signed)
    if txn.settlement is not None:
        incident = sa.select(settlement_table.c.incident).where(settlement_table.c.id == txn.settlement)
        mark_unpaid(change, change.connection.execute(incident).scalar_one())


def _open(change: Change, user: User, reversal: str, version: int) -> sa.Row[Any]:
    hold(change.connection, read_reversal(change.connection, user, reversal).region)
    found = read_reversal(change.connection, user, reversal)
    if found.version != version:
        raise StaleError(found.version)
    if found.state != "asked":
        raise ConflictError(Text(f"the reversal is {found.state}", f"冲销状态为 {found.state}"))
    return found


def _decided(change: Change, user: User, found: sa.Row[Any], state: str, answer: str | None) -> sa.Row[Any]:
    values = {
        "state": state,
        "decided_by": user.id,
        "decided_at": change.at,
        "answer": answer,
        "version": found.version + 1,
    }
    change.connection.execute(reversals.update().where(reversals.c.id == found.id).values(**values))
    return _versioned(change, found.id, "approve-reversal" if state == "done" else "refuse-reversal")


def _versioned(change: Change, reversal: str, action: str) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(reversals).where(reversals.c.id == reversal)).one()
    change.keep_version(action, f"reversal:{reversal}", row.version, row_kept(row, "id", "version"))
    return row
