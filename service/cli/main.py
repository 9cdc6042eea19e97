"""The command `tongzhou`, and how errors become exit codes."""

from __future__ import annotations

import sys

import typer
from tongzhou.model.errors import (
    CoalitionError,
    MessageError,
    NoPlanError,
    PlanFileError,
    PlanRejectedError,
    ScenarioError,
    SettlementFileError,
    SettlementRejectedError,
    TongzhouError,
    UsageError,
)
from tongzhou.service.cli import scenarios
from tongzhou.service.cli.ask import ask_command
from tongzhou.service.cli.check import check_command
from tongzhou.service.cli.city import city_command
from tongzhou.service.cli.compare import compare_command
from tongzhou.service.cli.demo import demo_command
from tongzhou.service.cli.doctor import doctor_command
from tongzhou.service.cli.escalate import escalate_command
from tongzhou.service.cli.explain import explain_command
from tongzhou.service.cli.game import game_command
from tongzhou.service.cli.joint import joint_command
from tongzhou.service.cli.links import links_command
from tongzhou.service.cli.plan import plan_command, show_command, validate_command
from tongzhou.service.cli.replan import replan_command, replay_command
from tongzhou.service.cli.serve import audit_app, demo_data_command, openapi_command, serve_command, users_app
from tongzhou.service.cli.settle import settle_command, statement_command
from tongzhou.service.cli.worker import worker_command
from tongzhou.service.settings import language

OK, INTERNAL, USAGE, BAD_INPUT, NO_PLAN = 0, 1, 2, 3, 5

app = typer.Typer(
    name="tongzhou",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Tongzhou 同舟: mutual aid between cities, planned, verified, settled. 城市互助的调度优化服务",
)
app.command("plan")(plan_command)
app.command("validate")(validate_command)
app.command("show")(show_command)
app.command("explain")(explain_command)
app.command("check")(check_command)
app.command("ask")(ask_command)
app.command("escalate")(escalate_command)
app.command("replan")(replan_command)
app.command("replay")(replay_command)
app.command("city")(city_command)
app.command("joint")(joint_command)
app.command("compare")(compare_command)
app.command("settle")(settle_command)
app.command("statement")(statement_command)
app.command("doctor")(doctor_command)
app.command("demo")(demo_command)
app.command("game")(game_command)
app.command("links")(links_command)
app.command("serve")(serve_command)
app.command("worker")(worker_command)
app.command("demo-data")(demo_data_command)
app.command("openapi")(openapi_command)
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(users_app, name="users")
app.add_typer(audit_app, name="audit")


def exit_code_of(error: TongzhouError) -> int:
    """Exit code of an error, as formats.md fixes it."""
    if isinstance(error, ScenarioError | PlanFileError | SettlementFileError):
        return BAD_INPUT
    if isinstance(error, UsageError):
        return USAGE
    return NO_PLAN if isinstance(error, NoPlanError | CoalitionError) else INTERNAL


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; messages of errors go to stderr."""
    try:
        app(args=arguments)
    except SystemExit as stop:  # how typer ends every command
        return stop.code if isinstance(stop.code, int) else INTERNAL
    except (ScenarioError, MessageError) as error:
        sys.stderr.write(error.report(language()) + "\n")
        return exit_code_of(error)
    except (PlanRejectedError, SettlementRejectedError) as error:
        sys.stderr.write(f"internal error: {error}\n")
        return INTERNAL
    return OK


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))
