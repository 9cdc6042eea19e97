"""`tongzhou joint`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.joining import join
from tongzhou.scenarios.files import refuse_existing, save
from tongzhou.service.cli.console import progress_console, results, say
from tongzhou.service.cli.tables import print_scenario
from tongzhou.service.runs import open_scenario


def joint_command(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="[ID=]SCENARIO...", help="Two or more; ID names the incident. 情景")
    ],
    out: Annotated[Path, typer.Option(help="New folder, .xlsx or .json: the joint scenario. 输出")],
    name: Annotated[str | None, typer.Option(help="Name of the joint scenario. 合并情景名称")] = None,
) -> None:
    """Join scenarios of concurrent incidents into one: one pool, no double promise, each with its own governance. 合并事件"""
    refuse_existing(out)
    if len(scenarios) < 2:
        raise UsageError(Text("joint takes two scenarios or more", "joint 需要两个或以上情景"))
    problems: dict[str, Problem] = {}
    for given in scenarios:
        incident, path = _named(given)
        if incident in problems:
            raise UsageError(
                Text(
                    f"two incidents are called `{incident}`; name them: ID=SCENARIO",
                    f"两个事件同名 `{incident}`; 请以 ID=情景 命名",
                )
            )
        problems[incident] = open_scenario(path)
    problem = join(problems, name)
    save(problem, out)
    print_scenario(results(), problem)
    shared = [row.city for row in problem.cities if sum(row.city in item.city_of for item in problems.values()) > 1]
    results().print(say(f"shared cities: {', '.join(shared) or 'none'}", f"共有城市: {', '.join(shared) or '无'}"))
    progress_console().print(say(f"written to {out}", f"已写入 {out}"), soft_wrap=True)


def _named(given: str) -> tuple[str, str]:
    """Id of the incident and path: told, or the file's name."""
    incident, separator, path = given.partition("=")
    if separator and incident and not Path(given).exists():
        return incident, path
    return Path(given).name.removesuffix(".xlsx").removesuffix(".json"), given
