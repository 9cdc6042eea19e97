"""Any sequence of postings, reversals and attacks leaves the ledger as a simple model of it says, on both databases."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tongzhou.model.errors import MessageError
from tongzhou.service.money.ledger import APPROPRIATION, BANK, Posting, post, read_txn, reverse, trial_balance
from tongzhou.service.people.accounts import add_user
from tongzhou.service.people.user import Role
from tongzhou.service.picture.incidents import add_region
from tongzhou.service.store.change import Change, changing

ACCOUNTS = (("settlement", "a"), ("settlement", "b"), ("bank", "fund"))
Entries = tuple[tuple[tuple[str, str], int], ...]
ENTRIES = st.lists(
    st.tuples(st.sampled_from(ACCOUNTS), st.integers(-60, 60)), max_size=3, unique_by=lambda item: item[0]
)


class LedgerMachine(RuleBasedStateMachine):
    """The fund's bank account begins with 100 and never goes below 0; the others may."""

    engine: ClassVar[sa.Engine]
    posted = Bundle("posted")

    def __init__(self) -> None:
        super().__init__()
        self.region = uuid.uuid4().hex
        with changing(self.engine, "test", "begin") as change:
            add_region(change, self.region, "R")
            self.users = [
                add_user(change, f"{self.region}-{number}", Role.COORDINATOR_FINANCE, region=self.region)
                for number in (1, 2)
            ]
            self._open(change)
        self.balance = {
            ("settlement", "a"): 0,
            ("settlement", "b"): 0,
            ("bank", "fund"): 100,
            ("appropriation", "fund"): -100,
        }
        self.keys: set[str] = set()
        self.reversed: set[str] = set()

    def _open(self, change: Change) -> None:
        one, two = self._ids
        paid_in = ((BANK, "fund", 100), (APPROPRIATION, "fund", -100))
        posting = Posting(f"{self.region}:open", "funding", "CNY", "paid into fund", paid_in)
        post(change, self.region, posting, approved_by=one, posted_by=two)

    @property
    def _ids(self) -> tuple[str, str]:
        return self.users[0].id, self.users[1].id

    @rule(target=posted, entries=ENTRIES, key=st.integers(0, 40), same=st.booleans())
    def post(self, entries: list[tuple[tuple[str, str], int]], key: int, same: bool) -> tuple[str, Entries] | None:
        one, two = self._ids
        name = f"{self.region}:{key}"
        told = tuple((account, party, cents) for (account, party), cents in entries)
        try:
            with changing(self.engine, "test", "post") as change:
                posting = Posting(name, "payment", "CNY", "m", told)
                txn = post(change, self.region, posting, approved_by=one, posted_by=one if same else two)
        except MessageError:
            txn = ""
        kept = [(account, cents) for account, cents in entries if cents]
        right = len(kept) >= 2 and sum(cents for _, cents in kept) == 0 and name not in self.keys and not same
        right = right and self.balance["bank", "fund"] + dict(kept).get(("bank", "fund"), 0) >= 0
        assert bool(txn) == right
        if not txn:
            return None
        self.keys.add(name)
        for account, cents in kept:
            self.balance[account] += cents
        return txn, tuple(kept)

    @rule(item=posted)
    def reverse(self, item: tuple[str, Entries] | None) -> None:
        if item is None:
            return
        txn, entries = item
        one, two = self._ids
        right = txn not in self.reversed and self.balance["bank", "fund"] - dict(entries).get(("bank", "fund"), 0) >= 0
        try:
            with changing(self.engine, "test", "reverse") as change:
                row = read_txn(change.connection, self.users[0], txn)
                reverse(change, row, f"reverse:{txn}", "r", approved_by=one, posted_by=two)
        except MessageError:
            assert not right
            return
        assert right
        self.reversed.add(txn)
        for account, cents in entries:
            self.balance[account] -= cents

    @rule(sql=st.sampled_from([
        "UPDATE entries SET amount = amount + 1", "DELETE FROM entries", "DELETE FROM txns", "UPDATE txns SET memo = 'x'",
        "UPDATE accounts SET min_balance = -1000",
    ]))  # fmt: skip
    def attack(self, sql: str) -> None:
        with pytest.raises(sa.exc.DBAPIError), self.engine.begin() as connection:
            connection.execute(sa.text(sql))

    @invariant()
    def the_books_are_the_models(self) -> None:
        with self.engine.connect() as connection:
            rows = {(row.code, row.party): row.cents for row in trial_balance(connection, self.region)}
        assert sum(rows.values()) == 0
        assert {key: rows.get(key, 0) for key in self.balance} == self.balance


def test_the_ledger_is_as_its_model(engine: sa.Engine) -> None:
    LedgerMachine.engine = engine
    checked = settings(
        max_examples=25,
        stateful_step_count=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LedgerMachine, settings=checked)
