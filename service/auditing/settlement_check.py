"""Settlements from their stored inputs: verified again, reckoned again where asked, and compared with what was posted."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tongzhou.model.domain import Problem
from tongzhou.model.errors import MessageError, ScenarioError, Text
from tongzhou.model.plan import Outcome
from tongzhou.model.settlement.cents import to_cents
from tongzhou.model.settlement.check import verify_settlement
from tongzhou.model.settlement.settlement import Settlement
from tongzhou.scenarios.files import problem_of, scenario_hash
from tongzhou.scenarios.json_document import raw_document
from tongzhou.service.auditing.finding import Finding
from tongzhou.service.auditing.ledger_check import Books
from tongzhou.service.reports.plan_files import outcome_of_document
from tongzhou.service.reports.settlement_files import settlement_document, settlement_of_document

Rows = Sequence[Mapping[str, Any]]


def check_documents(rows: Rows) -> Iterator[Finding]:
    """Every document is the one its hash names."""
    for row in rows:
        whole = zlib.decompressobj()
        try:
            content = whole.decompress(row["body"])
        except zlib.error:
            content = b""
        if (
            not whole.eof
            or whole.unused_data
            or hashlib.sha256(content).hexdigest() != row["hash"]
            or len(content) != row["size"]
        ):
            yield Finding("documents", row["hash"], Text("its content is not what its hash says", "内容与哈希不符"))


class SettlementCheck:
    """Checks settlements one by one; needs the jobs they came from and the documents of both."""

    def __init__(self, jobs: Rows, documents: Rows, books: Books) -> None:
        self._jobs = {row["id"]: row for row in jobs}
        self._documents = {row["hash"]: row["body"] for row in documents}
        self._books = books

    def check(self, row: Mapping[str, Any], *, again: bool) -> Iterator[Finding]:
        """One settlement; `again` runs the whole computation once more and compares every row."""
        name = row["id"]
        try:
            problem, outcome, settlement = self._opened(row)
        except (KeyError, ValueError, TypeError, zlib.error, ScenarioError) as error:
            yield Finding("settlements", name, Text(f"its inputs cannot be read: {error}", f"无法读取其输入: {error}"))
            return
        assert outcome.plan is not None
        for violation in verify_settlement(problem, outcome.plan, settlement):
            yield Finding("settlements", name, Text(violation.line("en"), violation.line("zh")))
        if settlement.scenario_hash != scenario_hash(problem):
            yield Finding("settlements", name, Text("it is of another scenario", "属于其他情景"))
        if again:
            yield from self._again(row, problem, outcome, settlement)
        if row["state"] in ("posted", "reversed"):
            yield from self._posted(row, settlement)

    def _opened(self, row: Mapping[str, Any]) -> tuple[Problem, Outcome, Settlement]:
        job = self._jobs[row["job"]]
        base = self._jobs[job["base_job"]]
        problem = problem_of(raw_document(self._document(job["input_hash"])), row["id"])
        outcome = outcome_of_document(self._document(base["result_hash"]))
        return problem, outcome, settlement_of_document(self._document(row["document"]))

    def _document(self, name: str) -> Any:
        return json.loads(zlib.decompress(self._documents[name]))

    def _again(
        self, row: Mapping[str, Any], problem: Problem, outcome: Outcome, settlement: Settlement
    ) -> Iterator[Finding]:
        from tongzhou.solvers.progress import Clock  # Pyomo and HiGHS only where a settlement is reckoned again
        from tongzhou.solvers.settlement.setting import SettleOptions
        from tongzhou.solvers.settlement.settle import settle

        told = json.loads(self._jobs[row["job"]]["parameters"])
        options = SettleOptions(rule=told["rule"], compare=tuple(told["compare"]), time_limit_s=None, seed=told["seed"])
        assert outcome.plan is not None
        try:
            found = settle(problem, outcome.plan, options, Clock(None), scenario_hash=settlement.scenario_hash,
                           plan_hash=settlement.plan_hash)  # fmt: skip
        except MessageError as error:
            yield Finding(
                "settlements", row["id"], Text(f"cannot be reckoned again: {error}", f"无法重新计算: {error}")
            )
            return
        new, old = settlement_document(found), settlement_document(settlement)  # numbers as a document holds them
        for table in ("settlement", "transfers", "grants", "in_kind", "bill", "ledger"):
            if new[table] != old[table]:
                yield Finding(
                    "settlements", row["id"], Text(f"reckoned again, {table} differs", f"重新计算后 {table} 不同")
                )

    def _posted(self, row: Mapping[str, Any], settlement: Settlement) -> Iterator[Finding]:
        """Every transaction posted for it is one of its own, and none but payments and advances is missing."""
        cents: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
        memo = {line.transaction: line.memo for line in settlement.ledger}
        for line in settlement.ledger:
            cents[line.transaction][line.account, line.party or ""] += to_cents(line.debit) - to_cents(line.credit)
        left = [
            (memo[name], sorted([code, party, amount] for (code, party), amount in entries.items() if amount))
            for name, entries in cents.items()
        ]
        told = self._books.told()
        came_back = {txn["reverses"] for txn in self._books.txns}
        for txn in self._books.txns:
            moved = txn["kind"] == "payment" or str(txn["memo"]).startswith("advance ")
            if txn["settlement"] != row["id"] or txn["kind"] == "reversal" or (moved and txn["id"] in came_back):
                continue
            mine = (txn["memo"], told.get(txn["id"]))
            if mine in left:
                left.remove(mine)
            else:
                yield Finding("txns", txn["id"], Text("is none of its settlement's transactions", "不属于其结算"))
        for name, _ in left:
            if not name.startswith(("payment ", "advance ")):
                yield Finding("settlements", row["id"], Text(f"not posted: {name}", f"未过账: {name}"))
