"""How answers are shown: as tables or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


class Output(StrEnum):
    """How an answer is shown."""

    TABLE = "table"
    JSON = "json"


OutputOption = Annotated[Output, typer.Option("--format", help="table or json. 输出格式")]


def print_table(
    console: Console,
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers_from: int | None = None,
) -> None:
    """A table, or nothing where there are no rows; columns from `numbers_from` on hold numbers."""
    found = list(rows)
    if not found:
        return
    table = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        right = numbers_from is not None and place >= numbers_from
        table.add_column(head, overflow="fold", justify="right" if right else "left")
    for row in found:
        table.add_row(*row)
    console.print(table)
