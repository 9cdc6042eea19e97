"""The whole audit of a database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tongzhou.model.errors import Text
from tongzhou.service.auditing.chain_check import BEGINNING, check_chain, check_claims, check_current, check_versions
from tongzhou.service.auditing.finding import Finding
from tongzhou.service.auditing.ledger_check import Books, check_ledger
from tongzhou.service.auditing.money_check import check_money
from tongzhou.service.auditing.settlement_check import SettlementCheck, check_documents
from tongzhou.service.auditing.source import opened

CURRENT = {
    "records": "record", "incidents": "incident", "lines": "line", "claims": "claim", "settlements": "settlement",
    "evaluations": "evaluation", "objections": "objection", "reversals": "reversal",
}  # fmt: skip


@dataclass(frozen=True)
class AuditReport:
    """What was looked at, the chain's head, and everything that is wrong."""

    head: str
    rows: int
    transactions: int
    settlements: int
    documents: int
    findings: tuple[Finding, ...]


def verify_database(
    url: str, *, head: str | None = None, again: bool = False, report: Callable[[str], None] = lambda _: None
) -> AuditReport:
    """Audit a database, read-only. Raises `UsageError` where it cannot be read."""
    with opened(url) as source:
        report("audit")
        chain = list(source.rows("audit"))
        kept = list(source.rows("versions"))
        findings = [*check_chain(chain, head), *check_versions(chain, kept)]
        for table, prefix in CURRENT.items():
            report(table)
            findings += check_current(table, prefix, list(source.rows(table)), kept)
        findings += check_claims(
            kept, *(list(source.rows(name)) for name in ("cost_lines", "claim_evidence", "offsets"))
        )
        report("ledger")
        books = Books(*(list(source.rows(name)) for name in ("accounts", "txns", "entries")))
        findings += check_ledger(books, chain)
        report("documents")
        documents = list(source.rows("documents"))
        findings += check_documents(documents)
        jobs, settlements = list(source.rows("jobs")), list(source.rows("settlements"))
        findings += _check_jobs(jobs, chain)
        checker = SettlementCheck(jobs, documents, books)
        for row in settlements:
            report(f"settlement {row['id']}")
            findings += checker.check(row, again=again)
        findings += check_money(books, settlements, list(source.rows("reversals")), list(source.rows("records")))
    found = chain[-1]["hash"] if chain else BEGINNING
    return AuditReport(found, len(chain), len(books.txns), len(settlements), len(documents), tuple(findings))


def _check_jobs(jobs: list[Mapping[str, Any]], chain: list[Mapping[str, Any]]) -> Iterator[Finding]:
    """Every job was submitted by somebody, ended at most once, with the result that it now shows."""
    ends: dict[str, list[Mapping[str, Any]]] = {}
    submitted = set()
    for row in chain:
        if row["action"] == "end-job":
            ends.setdefault(row["object"], []).append(json.loads(row["body"]))
        elif row["action"] == "submit-job":
            submitted.add(row["object"])
    for job in jobs:
        name = f"job:{job['id']}"
        if name not in submitted:
            yield Finding("jobs", job["id"], Text("submitted by nobody", "无提交记录"))
        ended = ends.get(name, [])
        if len(ended) > 1:
            yield Finding("jobs", job["id"], Text(f"ended {len(ended)} times", f"结束了 {len(ended)} 次"))
        if ended and (ended[-1]["state"] != job["state"] or ended[-1]["result"] != job["result_hash"]):
            yield Finding("jobs", job["id"], Text("its state or result is not as recorded", "状态或结果与记录不符"))
        if not ended and job["result_hash"] is not None:
            yield Finding("jobs", job["id"], Text("has a result that nobody recorded", "有未记录的结果"))
