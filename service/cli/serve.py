"""`tongzhou serve`, `tongzhou demo-data`, `tongzhou users`, `tongzhou audit`: the service from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from tongzhou.service.cli.console import results, say
from tongzhou.service.cli.output import Output, OutputOption, print_table
from tongzhou.service.cli.worker import DatabaseOption
from tongzhou.service.people.user import Role
from tongzhou.service.settings import service_settings

if TYPE_CHECKING:
    from tongzhou.service.auditing.verify import AuditReport

BROKEN = 4
audit_app = typer.Typer(help="The audit chain. 审计链", no_args_is_help=True)
users_app = typer.Typer(help="Users of the service. 用户", no_args_is_help=True)


def serve_command(
    database: DatabaseOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on. 监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port. 端口")] = 8000,
    worker: Annotated[bool, typer.Option(help="With a worker child. 附带求解进程")] = True,
) -> None:
    """Serve the API; by default with a SQLite file and one worker. 启动服务"""
    from tongzhou.service.api.server import serve  # the whole service, for these commands only
    from tongzhou.service.logs import set_up_logs
    from tongzhou.service.prepare import prepare

    set_up_logs()
    settings = service_settings(database)
    prepare(settings.database)
    raise typer.Exit(serve(settings, host, port, worker=worker))


def demo_data_command(
    database: DatabaseOption = None,
    cases: Annotated[list[str] | None, typer.Option("--case", help="A bundled case; else all. 内置情景")] = None,
) -> None:
    """Load bundled cases, each as a region with one incident, with one user a role; prints their keys once. 载入示例数据"""
    from tongzhou.service.demo_data import DEMO_CASES, load_demo_data
    from tongzhou.service.prepare import prepare

    settings = service_settings(database)
    prepare(settings.database)
    keys = load_demo_data(settings.database, tuple(cases or DEMO_CASES))
    heads = (
        say("user", "用户"),
        say("role", "角色"),
        say("region", "区域"),
        say("API key, shown once", "API 密钥 (仅显示一次)"),
    )
    print_table(
        results(),
        say("demo users", "示例用户"),
        heads,
        [(row.user, row.role, row.region or "", row.key) for row in keys],
    )


@users_app.command("add")
def add_user_command(
    name: str,
    role: Annotated[Role, typer.Option(help="Role. 角色")],
    region: Annotated[str | None, typer.Option(help="Region. 区域")] = None,
    city: Annotated[str | None, typer.Option(help="City, for city roles. 城市")] = None,
    database: DatabaseOption = None,
) -> None:
    """Add a user and print an API key, once: how the first administrator comes in. 新建用户"""
    from tongzhou.service.people.accounts import add_key, add_user
    from tongzhou.service.prepare import prepare
    from tongzhou.service.store.change import changing
    from tongzhou.service.store.engine import open_engine

    settings = service_settings(database)
    prepare(settings.database)
    engine = open_engine(settings.database)
    with changing(engine, "console", "add a user from the command line") as change:
        user = add_user(change, name, role, region=region, city=city)
        _, key, _ = add_key(change, user, "first key")
    engine.dispose()
    typer.echo(key)


@audit_app.command("verify")
def audit_verify_command(
    database: DatabaseOption = None,
    head: Annotated[
        str | None, typer.Option(help="A head cited earlier that must be in the chain. 曾引用的链头")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Reckon every settlement again. 重新计算全部结算")] = False,
    format_: OutputOption = Output.TABLE,
) -> None:
    """Recompute the chain, the ledger, documents and settlements from the database alone; exit code 4 where anything is wrong. 审计"""
    from tongzhou.service.auditing.verify import verify_database

    found = verify_database(
        service_settings(database).database,
        head=head,
        again=again,
        report=lambda step: typer.echo(f"  {step}", err=True),
    )
    if format_ is Output.JSON:
        told = [
            {"table": item.table, "row": item.row, "en": item.what.en, "zh": item.what.zh} for item in found.findings
        ]
        typer.echo(json.dumps({"head": found.head, "rows": found.rows, "findings": told}, ensure_ascii=False, indent=1))
    else:
        _print(found)
    raise typer.Exit(BROKEN if found.findings else 0)


def _print(found: AuditReport) -> None:
    console = results()
    for item in found.findings:
        console.print(f"{item.table} {item.row}: {say(*item.what)}", markup=False)
    verdict = (
        say(f"{len(found.findings)} findings", f"发现 {len(found.findings)} 处问题")
        if found.findings
        else say("all as recorded", "与记录一致")
    )
    console.print(
        say(
            f"{verdict}: {found.rows} audit rows, {found.transactions} transactions, {found.settlements} settlements, "
            f"{found.documents} documents; head {found.head}",
            f"{verdict}: {found.rows} 行审计, {found.transactions} 张凭证, {found.settlements} 份结算, "
            f"{found.documents} 份文件; 链头 {found.head}",
        )
    )


def openapi_command(
    out: Annotated[Path | None, typer.Option(help="File to write; else stdout. 输出文件")] = None,
) -> None:
    """Print the OpenAPI document. 接口文档"""
    from tongzhou.service.api.app import openapi_text

    if out is None:
        typer.echo(openapi_text(), nl=False)
    else:
        out.write_text(openapi_text(), encoding="utf-8")
