"""The queue: DBOS in the same database as our tables, so that a job and its place in the queue are written together or not at all."""

from __future__ import annotations

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from dbos._serialization import DBOSPortableJSONSerializer

APPLICATION, VERSION, QUEUE, WORKFLOW = "tongzhou", "1", "solve", "solve"
"""The version is fixed: DBOS's default, a hash of the code, would strand the jobs under way at every deployment."""
POLL_S = 0.2
MOST_RECOVERIES = 20
"""A backstop; three crashes of a job end it before (`tongzhou.service.jobs.executor`)."""


def migrate_queue(url: str) -> None:
    """Make or update DBOS's own tables, before any client or worker begins."""
    DBOS.migrate(url)


def open_client(engine: sa.Engine) -> DBOSClient:
    """A client that enqueues over connections of this engine."""
    return DBOSClient(
        system_database_engine=engine, serializer=DBOSPortableJSONSerializer(), application_name=APPLICATION,
        retry_connection_errors=False,
    )  # fmt: skip


def enqueue(client: DBOSClient, connection: sa.Connection, job: str, priority: int) -> None:
    """Put a job into the queue within the caller's transaction; the workflow's id is the job's."""
    options: EnqueueOptions = {
        "workflow_name": WORKFLOW, "queue_name": QUEUE, "workflow_id": job, "priority": priority, "app_version": VERSION,
    }  # fmt: skip
    client.enqueue_in_transaction(connection, options, job)


def launch(engine: sa.Engine, executor: str, slots: int) -> None:
    """Begin to take jobs as this executor, `slots` at a time; jobs it held before a crash are taken up again."""
    config: DBOSConfig = {
        "name": APPLICATION, "system_database_engine": engine, "executor_id": executor, "application_version": VERSION,
        "serializer": DBOSPortableJSONSerializer(), "log_level": "WARNING", "run_migrations": False,
        "notification_listener_polling_interval_sec": 1.0,
    }  # fmt: skip
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=slots, polling_interval_sec=POLL_S)


def recover(executors: list[str]) -> None:
    """Take up the jobs of executors that are gone (open-source DBOS does not notice; hence `dbos>=3.4,<4` and a contract test)."""
    DBOS._recover_pending_workflows(executors)


def given_up(workflows: list[str], states: tuple[str, ...]) -> list[str]:
    """Which of these workflows DBOS has ended in one of the states."""
    if not workflows:
        return []
    found = DBOS.list_workflows(workflow_ids=workflows, status=list(states), load_input=False, load_output=False)
    return [item.workflow_id for item in found]
