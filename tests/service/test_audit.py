"""The audit finds whatever the database's owner changed behind the service's back: each way of tampering, on both databases."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from incident_steps import claim_for, deliver, sign
from postgres_cluster import Cluster, find_server
from service_world import INCIDENT, World, world
from tongzhou.model.errors import UsageError
from tongzhou.service.auditing.verify import verify_database
from tongzhou.service.cli.main import run
from tongzhou.service.store.engine import open_engine

TAMPERING = {
    "an audit row changed": ("UPDATE audit SET actor = 'somebody else' WHERE seq = 5", "audit"),
    "an audit row gone": ("DELETE FROM audit WHERE seq = 7", "audit"),
    "a version changed": ("UPDATE versions SET body = replace(body, 'tents', 'tenst') WHERE version = 1", "versions"),
    "a version gone": ("DELETE FROM versions WHERE version = 2", "versions"),
    "a stock changed": ("UPDATE records SET body = replace(body, '400', '900') WHERE kind = 'stocks'", "records"),
    "a line's state changed": ("UPDATE lines SET state = 'declined', reason = 'x' WHERE state = 'arrived'", "lines"),
    "a claim's state changed": ("UPDATE claims SET state = 'disputed'", "claims"),
    "a settlement's approver changed": ("UPDATE settlements SET approved_by = (SELECT min(id) FROM users WHERE role = 'evaluator')", "settlements"),
    "an amount changed": ("UPDATE entries SET amount = amount + 100 WHERE id = (SELECT min(id) FROM entries)", "txns"),
    "a balanced change": ("UPDATE entries SET amount = 2 * amount WHERE txn = (SELECT min(id) FROM txns)", "txns"),
    "a transaction gone": (
        "DELETE FROM entries WHERE txn = (SELECT min(id) FROM txns); DELETE FROM txns WHERE id NOT IN (SELECT txn FROM entries)", "txns"
    ),
    "a transaction's approver changed": ("UPDATE txns SET approved_by = (SELECT min(id) FROM users WHERE role = 'evaluator')", "txns"),
    "a transaction's memo changed": ("UPDATE txns SET memo = 'gift' WHERE id = (SELECT min(id) FROM txns)", "txns"),
    "a transaction of no settlement": ("UPDATE txns SET settlement = NULL WHERE id = (SELECT min(id) FROM txns)", "txns"),
    "a settlement gone": ("DELETE FROM settlements", "settlements"),
    "a claim gone": ("DELETE FROM cost_lines; DELETE FROM evidence; DELETE FROM claims", "claims"),
    "an allowed cost changed": ("UPDATE cost_lines SET approved_cents = 1, reason_code = 'other'", "cost_lines"),
    "a cost line gone": ("DELETE FROM cost_lines WHERE id = (SELECT min(id) FROM cost_lines)", "cost_lines"),
    "a proof exchanged": ("UPDATE evidence SET name = 'other.pdf' WHERE id = (SELECT min(id) FROM evidence)", "evidence"),
    "a city that cannot pay": ("UPDATE accounts SET min_balance = 0 WHERE code = 'bank'", "accounts"),
    "a job's result exchanged": ("UPDATE jobs SET result_hash = input_hash WHERE kind = 'plan'", "jobs"),
    "a document changed": ("UPDATE documents SET body = body || body WHERE hash = (SELECT min(hash) FROM documents)", "documents"),
}  # fmt: skip


def _settled(there: World) -> str:
    """One line delivered, claimed, settled and posted; the chain's head."""
    coordinator, finance = there.as_("coordinator"), there.as_("coordinator-finance")
    job = there.plan()
    coordinator.post(f"/v1/jobs/{job}/proposals")
    for line in coordinator.all(f"/v1/incidents/{INCIDENT}/lines"):
        claim_for(there, deliver(there, sign(there, line)))
    finance.post(f"/v1/incidents/{INCIDENT}/jobs", {"kind": "settle", "base_job": job, "time_limit_s": 60})
    assert there.run_jobs() == ["done"]
    (row,) = finance.all(f"/v1/incidents/{INCIDENT}/settlements")
    row = there.as_("superior").post(f"/v1/settlements/{row['id']}/approval", {}, version=row["version"])
    there.as_("coordinator-finance 2").post(f"/v1/settlements/{row['id']}/posting", {}, version=row["version"])
    (transfer,) = finance.get(f"/v1/settlements/{row['id']}/document")["transfers"]
    there.as_("coordinator-finance 2").post(f"/v1/settlements/{row['id']}/payments/{transfer['reference']}")
    return str(finance.get("/v1/audit/head")["hash"])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def settled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A database with a whole incident in it, and its head; each test works on a copy."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('audit') / 'base.db'}"
    else:
        running: Cluster = request.getfixturevalue("cluster")
        running.create("audit_base")
        url = running.url("audit_base")
    with world(url) as there:
        head = _settled(there)
    yield url, head
    if request.param == "postgresql":
        running.drop("audit_base")


@pytest.fixture
def copy(settled: tuple[str, str], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A restored backup: VACUUM INTO on SQLite, pg_dump and psql on PostgreSQL."""
    url, head = settled
    if url.startswith("sqlite"):
        target = tmp_path / "copy.db"
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        connection.close()
        yield f"sqlite:///{target}", head
        return
    running: Cluster = request.getfixturevalue("cluster")
    running.create("audit_copy")
    folder = find_server()
    assert folder is not None
    place = ["-h", "127.0.0.1", "-p", str(running.port), "-U", "tongzhou"]
    dump = subprocess.run([folder / "pg_dump", *place, "audit_base"], capture_output=True, check=True)
    subprocess.run(
        [folder / "psql", *place, "-q", "-v", "ON_ERROR_STOP=1", "audit_copy"],
        input=dump.stdout,
        capture_output=True,
        check=True,
    )
    yield running.url("audit_copy"), head
    running.drop("audit_copy")


def _as_owner(url: str, sql: str) -> None:
    """Change what the triggers guard, as only the owner of the database can."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))  # foreign keys are off unless asked for
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in sql.replace("body || body", "CAST(body || body AS BLOB)").split("; "):
            assert connection.execute(statement).rowcount > 0, statement
        connection.commit()
        connection.close()
        return
    engine = open_engine(url)
    with engine.begin() as owner:
        owner.exec_driver_sql("SET session_replication_role = replica")
        for statement in sql.split("; "):
            assert owner.exec_driver_sql(statement).rowcount > 0, statement
    engine.dispose()


def test_a_restored_backup_is_as_recorded_and_holds_the_head(copy: tuple[str, str]) -> None:
    url, head = copy
    found = verify_database(url, head=head, again=True)
    assert found.findings == ()
    assert (found.head, found.settlements) == (head, 1)
    assert found.transactions > 3


@pytest.mark.parametrize("name", TAMPERING)
def test_the_audit_finds(copy: tuple[str, str], name: str) -> None:
    url, head = copy
    sql, table = TAMPERING[name]
    _as_owner(url, sql)
    assert table in {item.table for item in verify_database(url, head=head).findings}


def test_a_chain_written_anew_does_not_hold_the_head_cited_before(copy: tuple[str, str]) -> None:
    url, head = copy
    found = verify_database(url, head="f" * 64)
    assert [item.table for item in found.findings] == ["audit"]
    assert verify_database(url, head=head).findings == ()


def test_the_command(copy: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    url, head = copy
    assert run(["audit", "verify", "--database", url, "--head", head]) == 0
    assert head in capsys.readouterr().out
    _as_owner(url, TAMPERING["an amount changed"][0])
    assert run(["audit", "verify", "--database", url]) == 4
    assert "txns" in capsys.readouterr().out
    with pytest.raises(UsageError):
        verify_database("sqlite:////nowhere/x.db")


def test_the_auditor_changes_nothing(copy: tuple[str, str]) -> None:
    url, _ = copy
    from tongzhou.service.auditing.source import opened

    with opened(url) as source, pytest.raises((sqlite3.Error, psycopg.Error), match=r"(?i)read.?only"):
        source.execute("DELETE FROM notices")
