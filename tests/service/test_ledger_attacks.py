"""What nobody may do to the ledger and the audit chain, tried with plain SQL on both databases: the database itself refuses.

Entries below are (account code, cents); debits are positive. Accounts A, B, C take any balance, L none below 0, U is in another currency.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from tongzhou.service.store.engine import open_engine

NOW = "2026-01-01T00:00:00.000000Z"
Attack = Callable[["Book"], object]


class Book:
    """Posts by hand, as an attacker with a connection would."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.pg = engine.dialect.name == "postgresql"
        self.first = ""
        self.connection: sa.Connection
        with engine.begin() as connection:
            self.connection = connection
            self.run("INSERT INTO regions (region, name, version, created_at) VALUES ('r', 'R', 1, :now)", now=NOW)
            yes = "TRUE" if self.pg else "1"
            for name in ("u1", "u2"):
                self.run(
                    "INSERT INTO users (id, name, role, region, active, version, created_at) "
                    f"VALUES (:u, :u, 'coordinator-finance', 'r', {yes}, 1, :now)", u=name, now=NOW,
                )  # fmt: skip
            for code, currency, least in (
                ("A", "CNY", None), ("B", "CNY", None), ("C", "CNY", None), ("L", "CNY", 0), ("U", "USD", None),
            ):  # fmt: skip
                self.run(
                    "INSERT INTO accounts (region, code, party, currency, min_balance) VALUES ('r', :c, '', :cur, :low)",
                    c=code, cur=currency, low=least,
                )  # fmt: skip
            self.account = dict(connection.execute(sa.text("SELECT code, id FROM accounts")).all())

    def run(self, sql: str, **values: object) -> sa.CursorResult[object]:
        return self.connection.execute(sa.text(sql), values)

    def post(
        self, entries: Sequence[tuple[str, object]], *, kind: str = "payment", reverses: str | None = None, key: str | None = None,
        txn: str | None = None, close: bool = True, approved: str = "u1", posted: str = "u2",
    ) -> str:  # fmt: skip
        txn = txn or str(uuid.uuid4())
        self.run(
            "INSERT INTO txns (id, region, idem_key, kind, currency, reverses, memo, approved_by, posted_by, at) "
            "VALUES (:t, 'r', :k, :kind, 'CNY', :rev, 'm', :a, :p, :now)",
            t=txn, k=key or txn, kind=kind, rev=reverses, a=approved, p=posted, now=NOW,
        )  # fmt: skip
        for code, amount in entries:
            self.entry(txn, code, amount)
        if close and not self.pg:
            self.run("UPDATE txns SET state = 'posted' WHERE id = :t", t=txn)
        return txn

    def entry(self, txn: str, code: str, amount: object, currency: str = "CNY") -> None:
        self.run(
            "INSERT INTO entries (txn, account, region, currency, amount) VALUES (:t, :a, 'r', :c, :m)",
            t=txn, a=self.account[code], c=currency, m=amount,
        )  # fmt: skip

    def attempt(self, act: Attack) -> object:
        with self.engine.begin() as connection:
            self.connection = connection
            return act(self)

    def balances(self) -> dict[str, int]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                sa.text(
                    "SELECT a.code, SUM(e.amount) FROM entries e JOIN accounts a ON a.id = e.account GROUP BY a.code"
                )
            )
            return {code: int(total) for code, total in rows}


@pytest.fixture
def book(engine: sa.Engine) -> Book:
    found = Book(engine)
    found.first = str(found.attempt(lambda b: b.post([("A", 100), ("B", -100)])))
    found.attempt(lambda b: b.post([("L", 50), ("A", -50)]))
    return found


def _late(b: Book) -> None:
    b.entry(b.first, "C", 5)
    b.entry(b.first, "L", -5)


def _constraints_trick(b: Book) -> None:
    """Have the checks run early, then add an entry they never see."""
    txn = b.post([("A", 1), ("B", -1)])
    if b.pg:
        b.run("SET CONSTRAINTS ALL IMMEDIATE")
        b.run("SET CONSTRAINTS ALL DEFERRED")
    b.entry(txn, "C", 5)


def _posted_by_hand(b: Book) -> None:
    txn = b.post([("A", 7), ("B", -6)], close=False)
    if not b.pg:
        b.run("INSERT INTO posted VALUES (:t)", t=txn)


def _twice_reversed(b: Book) -> None:
    b.post([("A", -100), ("B", 100)], kind="reversal", reverses=b.first)
    b.post([("A", -100), ("B", 100)], kind="reversal", reverses=b.first)


def _reversed_reversal(b: Book) -> None:
    back = b.post([("A", -100), ("B", 100)], kind="reversal", reverses=b.first)
    b.post([("A", 100), ("B", -100)], kind="reversal", reverses=back)


def _unknown_account(b: Book) -> None:
    b.account["Z"] = 9999
    b.post([("A", 5), ("Z", -5)])


def _replace(table: str, columns: str, values: str) -> Attack:
    """SQLite's INSERT OR REPLACE slips past delete triggers unless guarded; PostgreSQL has ON CONFLICT DO UPDATE."""

    def act(b: Book) -> None:
        if not b.pg:
            b.run(f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {values} FROM {table}")
            return
        same = "OVERRIDING SYSTEM VALUE" if table == "entries" else ""
        insert = f"INSERT INTO {table} ({columns}) {same} SELECT {values} FROM {table}"
        b.run(f"{insert} ON CONFLICT (id) DO UPDATE SET region = excluded.region")

    return act


def _audit(b: Book, seq: int, previous: str, body: str = "{}") -> str:
    found = hashlib.sha256(json.dumps([seq, previous]).encode()).hexdigest()
    b.run(
        "INSERT INTO audit (seq, at, actor, action, object, why, body, prev_hash, hash) VALUES (:s, :now, 'x', 'x', 'x', 'x', :b, :p, :h)",
        s=seq, now=NOW, b=body, p=previous, h=found,
    )  # fmt: skip
    return found


ATTACKS: dict[str, Attack] = {
    "unbalanced": lambda b: b.post([("A", 100), ("B", -99)]),
    "one entry": lambda b: b.post([("A", 100)]),
    "no entries": lambda b: b.post([]),
    "zero amounts": lambda b: b.post([("A", 0), ("B", 0)]),
    "text for an amount": lambda b: b.post([("A", "1x"), ("B", -1)]),
    "beyond the largest": lambda b: b.post([("A", 2**62), ("B", -(2**62))]),
    "currencies mixed": lambda b: b.post([("A", 5), ("U", -5)]),
    "currency lied about": lambda b: b.entry(b.post([("A", 5)], close=False), "U", -5),
    "same key twice": lambda b: b.post([("A", 1), ("B", -1)], key=b.first),
    "same id twice": lambda b: b.post([("A", 1), ("B", -1)], txn=b.first, key="other"),
    "poster is approver": lambda b: b.post([("A", 1), ("B", -1)], approved="u1", posted="u1"),
    "entry changed": lambda b: b.run("UPDATE entries SET amount = 1"),
    "entry deleted": lambda b: b.run("DELETE FROM entries"),
    "transaction changed": lambda b: b.run("UPDATE txns SET memo = 'x'"),
    "transaction deleted": lambda b: b.run("DELETE FROM txns"),
    "account changed": lambda b: b.run("UPDATE accounts SET min_balance = NULL"),
    "account deleted": lambda b: b.run("DELETE FROM accounts WHERE code = 'C'"),
    "late entries": _late,
    "checks run early": _constraints_trick,
    "posted by hand": _posted_by_hand,
    "overdrawn": lambda b: b.post([("L", -51), ("A", 51)]),
    "reversal that is no mirror": lambda b: b.post([("A", -100), ("C", 100)], kind="reversal", reverses=b.first),
    "reversed twice": _twice_reversed,
    "reversal reversed": _reversed_reversal,
    "reversal of nothing": lambda b: b.post([("A", -100), ("B", 100)], kind="reversal"),
    "unknown account": _unknown_account,
    "entry replaced": _replace("entries", "id, txn, account, region, currency, amount", "id, txn, account, region, currency, amount + 1"),
    "transaction replaced": _replace(
        "txns", "id, region, idem_key, kind, currency, memo, approved_by, posted_by, at",
        "id, region, idem_key, kind, currency, 'x', approved_by, posted_by, at",
    ),
    "audit with a gap": lambda b: _audit(b, 4, _audit(b, 1, "0" * 64)),
    "audit with a fork": lambda b: (_audit(b, 1, "0" * 64), _audit(b, 2, "0" * 64)),
    "audit changed": lambda b: (_audit(b, 1, "0" * 64), b.run("UPDATE audit SET actor = 'z'")),
    "audit deleted": lambda b: (_audit(b, 1, "0" * 64), b.run("DELETE FROM audit")),
    "audit that is no JSON": lambda b: _audit(b, 1, "0" * 64, "{"),
}  # fmt: skip


REFUSALS = "ledger:|audit:|append-only|constraint|cannot store TEXT|invalid input syntax"
"""A fault of the attack's own SQL would prove nothing."""


@pytest.mark.parametrize("name", ATTACKS)
def test_the_database_refuses(book: Book, name: str) -> None:
    before = book.balances()
    with pytest.raises(sa.exc.DBAPIError, match=REFUSALS):
        book.attempt(ATTACKS[name])
    assert book.balances() == before


def test_a_fraction_is_refused_or_rounded_to_nothing_that_passes(book: Book) -> None:
    # PostgreSQL rounds 0.5 to 0 or 1 silently, which is not balanced or zero; SQLite's STRICT refuses it.
    with pytest.raises(sa.exc.DBAPIError):
        book.attempt(lambda b: b.post([("A", 0.5), ("B", -0.5)]))


def test_emptying_is_refused(book: Book) -> None:
    if not book.pg:
        return  # SQLite has no TRUNCATE; deleting all rows is refused above
    for table in ("entries", "txns", "accounts", "audit", "versions", "documents"):
        with pytest.raises(sa.exc.DBAPIError):
            book.attempt(lambda b, table=table: b.run(f"TRUNCATE {table} CASCADE"))


def test_what_is_right_passes(book: Book) -> None:
    book.attempt(lambda b: b.post([("L", -50), ("A", 50)]))
    book.attempt(lambda b: b.post([("A", -100), ("B", 100)], kind="reversal", reverses=b.first))
    # A: 100 - 50 + 50 - 100, B: -100 + 100, L: 50 - 50
    assert book.balances() == {"A": 0, "B": 0, "L": 0}


def test_an_open_transaction_cannot_be_committed_on_sqlite(book: Book) -> None:
    if book.pg:
        return
    with pytest.raises(sa.exc.IntegrityError, match="FOREIGN KEY"):
        book.attempt(lambda b: b.post([("A", 1), ("B", -1)], close=False))


def test_two_at_once_cannot_overdraw_an_account_together(book: Book, url: str) -> None:
    # L holds 50: of two withdrawals of 30 only one can be right, whatever their order.
    other = open_engine(url)
    try:
        with book.engine.connect() as first:
            transaction = first.begin()
            book.connection = first
            book.post([("L", -30), ("A", 30)])
            if book.pg:
                first.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            done = []

            def second() -> None:
                try:
                    Book.attempt(_on(book, other), lambda b: b.post([("L", -30), ("A", 30)]))
                    done.append("posted")
                except sa.exc.DBAPIError:
                    done.append("refused")

            import threading

            thread = threading.Thread(target=second)
            thread.start()
            thread.join(0.5)
            assert not done, "the second waits for the first"
            transaction.commit()
            thread.join(40)
        assert done == ["refused"]
        assert book.balances()["L"] == 20
    finally:
        other.dispose()


def _on(book: Book, engine: sa.Engine) -> Book:
    found = object.__new__(Book)
    found.engine, found.pg, found.account, found.first = engine, book.pg, book.account, book.first
    return found
