"""The ledger: balanced transactions in whole cents, posted once, corrected by a mirror only. The database enforces what is said here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.model.settlement.amounts import netted
from tongzhou.service.errors import ConflictError, NotFoundError
from tongzhou.service.money.books import is_city
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.store.change import Change
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import accounts, entries, txns

BANK, APPROPRIATION, SETTLEMENT = "bank", "appropriation", "settlement"


@dataclass(frozen=True, slots=True)
class Posting:
    """One transaction to be posted: `entries` of (account, party, cents), debits positive. `key` prevents posting it twice."""

    key: str
    kind: str
    currency: str
    memo: str
    entries: tuple[tuple[str, str, int], ...]
    settlement: str | None = None
    reverses: str | None = None


def post(change: Change, region: str, posting: Posting, *, approved_by: str, posted_by: str) -> str:
    """Post a transaction and return its id. Raises `ConflictError` with the database's reason where it refuses."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for account, party, cents in posting.entries:
        sums[account, party] += cents
    txn = new_id()
    values = {
        "id": txn, "region": region, "idem_key": posting.key, "kind": posting.kind, "currency": posting.currency,
        "settlement": posting.settlement, "reverses": posting.reverses, "memo": posting.memo, "approved_by": approved_by,
        "posted_by": posted_by, "at": change.at,
    }  # fmt: skip
    connection = change.connection
    kept = {key: cents for key, cents in sums.items() if cents}
    number = {key: _account(connection, region, *key, posting.currency) for key in kept}
    try:
        with connection.begin_nested():
            connection.execute(txns.insert().values(**values))
            rows = [
                {"txn": txn, "account": number[key], "region": region, "currency": posting.currency, "amount": cents}
                for key, cents in kept.items()
            ]
            if rows:
                connection.execute(entries.insert(), rows)
            _close(connection, txn)
    except (sa.exc.IntegrityError, sa.exc.InternalError) as error:
        raise ConflictError(_refusal(error)) from error
    told = sorted([account, party, cents] for (account, party), cents in kept.items())
    change.audit("post-transaction", f"txn:{txn}", kind=posting.kind, key=posting.key, currency=posting.currency, entries=told,
                 settlement=posting.settlement, reverses=posting.reverses, memo=posting.memo, approved_by=approved_by,
                 posted_by=posted_by)  # fmt: skip
    return txn


def _close(connection: sa.Connection, txn: str) -> None:
    """On SQLite the update to `posted` runs the checks; on PostgreSQL the deferred ones run now instead of at the commit."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
    else:
        connection.execute(txns.update().where(txns.c.id == txn).values(state="posted"))


def _refusal(error: sa.exc.DBAPIError) -> Text:
    said = str(error.orig).splitlines()[0]
    return Text(f"the ledger refuses: {said}", f"账簿拒绝: {said}")


def _account(connection: sa.Connection, region: str, code: str, party: str, currency: str) -> int:
    same = sa.and_(
        accounts.c.region == region, accounts.c.code == code, accounts.c.party == party, accounts.c.currency == currency
    )
    found = connection.execute(sa.select(accounts.c.id).where(same)).scalar()
    if found is not None:
        return int(found)
    floor = 0 if code == BANK and not is_city(connection, region, party) else None  # a fund holds what was paid in
    values = {"region": region, "code": code, "party": party, "currency": currency, "min_balance": floor}
    return int(connection.execute(accounts.insert().values(**values).returning(accounts.c.id)).scalar_one())


def read_txn(connection: sa.Connection, user: User, txn: str) -> sa.Row[Any]:
    """One transaction the user may see. Raises `NotFoundError`."""
    found = connection.execute(sa.select(txns).where(txns.c.id == txn, visible(user).txns())).first()
    if found is None:
        raise NotFoundError
    return found


def entries_of(connection: sa.Connection, txn: str) -> list[sa.Row[Any]]:
    """Account, party and cents of every entry of a transaction."""
    return list(
        connection.execute(
            sa.select(accounts.c.code, accounts.c.party, entries.c.amount)
            .join(accounts, accounts.c.id == entries.c.account)
            .where(entries.c.txn == txn)
            .order_by(accounts.c.code, accounts.c.party)
        )
    )


def reverse(change: Change, txn: sa.Row[Any], key: str, memo: str, *, approved_by: str, posted_by: str) -> str:
    """The exact mirror of a transaction, at most once. Raises `ConflictError`."""
    mirror = tuple((row.code, row.party, -row.amount) for row in entries_of(change.connection, txn.id))
    posting = Posting(key, "reversal", txn.currency, memo, mirror, txn.settlement, txn.id)
    return post(change, txn.region, posting, approved_by=approved_by, posted_by=posted_by)


def trial_balance(connection: sa.Connection, region: str) -> list[sa.Row[Any]]:
    """Balance of every account of a region in cents, debits positive; each currency sums to zero."""
    total = sa.func.sum(entries.c.amount)
    return list(
        connection.execute(
            sa.select(
                accounts.c.code, accounts.c.party, accounts.c.currency, sa.cast(total, sa.BigInteger).label("cents")
            )
            .join(entries, entries.c.account == accounts.c.id)
            .where(accounts.c.region == region)
            .group_by(accounts.c.code, accounts.c.party, accounts.c.currency)
            .order_by(accounts.c.currency, accounts.c.code, accounts.c.party)
        )
    )


def open_positions(balance: Iterable[sa.Row[Any]]) -> Mapping[str, Mapping[str, int]]:
    """Currency to party to what is still due to it (positive) or owed by it, over all settlements."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in balance:
        if row.code == SETTLEMENT and row.cents:
            found[row.currency][row.party] = int(row.cents)
    return found


def netted_transfers(balance: Iterable[sa.Row[Any]]) -> list[tuple[str, str, str, int]]:
    """(currency, payer, payee, cents): the payments that would close all positions at once."""
    return [
        (currency, payer, payee, cents)
        for currency, position in sorted(open_positions(balance).items())
        for payer, payee, cents in netted(position)
    ]
