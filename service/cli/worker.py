"""`tongzhou worker`: takes jobs from the queue; as many on as many hosts as wanted."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from tongzhou.service.settings import service_settings

DatabaseOption = Annotated[
    str | None,
    typer.Option(help="sqlite:///PATH or postgresql+psycopg://...; else TONGZHOU_DATABASE. 数据库地址"),
]


def worker_command(
    database: DatabaseOption = None,
    solves: Annotated[
        int | None, typer.Option(min=1, max=64, help="Jobs at a time; else one a core. 并行求解数")
    ] = None,
    memory_gib: Annotated[float, typer.Option(min=0.5, help="Memory of each solve. 每个求解的内存上限")] = 4.0,
) -> None:
    """Take jobs and solve them, each in a process of its own. 求解工作进程"""
    from tongzhou.service.jobs.worker import WorkerOptions, work  # the whole service, for this command only
    from tongzhou.service.logs import set_up_logs
    from tongzhou.service.prepare import prepare

    set_up_logs()
    settings = service_settings(database)
    prepare(settings.database)
    work(WorkerOptions(
        database=settings.database, solves=solves or len(os.sched_getaffinity(0)), memory_gib=memory_gib,
        private_webhooks=settings.private_webhooks,
    ))  # fmt: skip


def main() -> None:
    """The supervised child of `tongzhou serve`: all it needs is in the environment."""
    from tongzhou.solvers.parent_death import die_with_parent

    die_with_parent()
    worker_command()


if __name__ == "__main__":
    main()
