"""The argument that most commands begin with."""

from __future__ import annotations

from typing import Annotated

import typer

Scenario = Annotated[
    str, typer.Argument(help="Folder, .xlsx, .json, or the name of a bundled case. 情景路径或内置名称")
]
