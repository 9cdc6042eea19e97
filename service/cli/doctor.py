"""`tongzhou doctor`: is this machine ready?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text
from tongzhou.model.errors import TongzhouError
from tongzhou.scenarios.generate import generate
from tongzhou.service.cli.console import results, say
from tongzhou.service.runs import plan
from tongzhou.solvers.options import SolveOptions

LEAST_DISK_GB = 0.2


def doctor_command() -> None:
    """Check Python, packages, disk, and plan a tiny scenario in a child process. 检查运行环境"""
    checks: list[tuple[str, Callable[[], tuple[bool, str]]]] = [
        ("python", _python),
        *(
            (name, lambda name=name: _package(name))
            for name in ("tongzhou", "highspy", "pyomo", "numpy", "scipy", "plotly")
        ),
        ("cores", lambda: (True, str(os.cpu_count()))),
        ("disk", _disk),
        ("solve", _solve),
    ]
    table = Table()
    for name in ("", say("check", "检查"), say("found", "结果")):
        table.add_column(name)
    fine = True
    for name, run in checks:
        passed, found = run()
        fine = fine and passed
        table.add_row(Text("ok", "green") if passed else Text("no", "red"), name, found)
    results().print(table)
    if not fine:
        raise typer.Exit(1)


def _python() -> tuple[bool, str]:
    return sys.version_info >= (3, 11), platform.python_version()


def _package(name: str) -> tuple[bool, str]:
    try:
        return True, version(name)
    except PackageNotFoundError:
        return False, say("not installed", "未安装")


def _disk() -> tuple[bool, str]:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return free >= LEAST_DISK_GB, f"{free:.1f} GB"


def _solve() -> tuple[bool, str]:
    try:
        outcome = plan(generate(3, 2, 4, 1), SolveOptions(time_limit_s=30))
    except TongzhouError as error:
        return False, str(error)
    return outcome.has_plan, f"{outcome.status}, {outcome.wall_s} s"
