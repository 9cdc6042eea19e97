"""The body of a record, read cell by cell as a scenario's tables are, with every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from tongzhou.model.domain.checks.cells import cell_problem
from tongzhou.model.domain.checks.draft import did_you_mean, shown
from tongzhou.model.errors import Fault, ScenarioError, Text
from tongzhou.scenarios.cells import CellError, read_cell, write_json
from tongzhou.service.picture.kinds import Kind
from tongzhou.service.store.columns import Flag
from tongzhou.service.store.tables import records

_KIND_OF_TABLE = {"incidents": "parts"}


def read_body(kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
    """The cells as JSON-ready values, blanks left out. Raises `ScenarioError` with every fault."""
    faults = [
        Fault(kind.name, None, (name,), shown(name), _columns(kind), did_you_mean(name, kind.columns))
        for name in body
        if name not in kind.columns
    ]
    found: dict[str, Any] = {}
    for name, column in kind.columns.items():
        try:
            value = read_cell(column, body.get(name))
            problem = cell_problem(column, value)
        except CellError as error:
            value, problem = None, (error.expected, error.suggestion)
        if problem is not None:
            told = "blank" if body.get(name) in (None, "") else shown(body.get(name))
            faults.append(Fault(kind.name, None, (name,), told, *problem))
        elif value is not None and value is not False:
            found[name] = write_json(column, value)
    if faults:
        raise ScenarioError(faults, kind.name)
    return found


def _columns(kind: Kind) -> Text:
    known = ", ".join(kind.columns)
    return Text(f"one of the columns {known}", f"以下列之一: {known}")


def check_references(
    connection: sa.Connection, region: str, incident: str | None, kind: Kind, body: Mapping[str, Any]
) -> None:
    """Every id must name a record that is there. Raises `ScenarioError` with a suggestion for each that does not."""
    faults = []
    for name, column in kind.columns.items():
        if column.refers is None or not body.get(name):
            continue
        known = _known(connection, region, incident, column.refers)
        words = str(body[name]).split() if column.kind == "words" else [str(body[name])]
        for word in words:
            if word not in known:
                expected = Text(f"a record of {column.refers}", f"{column.refers} 中的记录")
                faults.append(Fault(kind.name, None, (name,), shown(word), expected, did_you_mean(word, known)))
    if faults:
        raise ScenarioError(faults, kind.name)


def _known(connection: sa.Connection, region: str, incident: str | None, table: str) -> list[str]:
    there = sa.and_(
        records.c.region == region, records.c.kind == _KIND_OF_TABLE.get(table, table),
        records.c.removed == sa.literal(False, Flag),
        sa.or_(records.c.incident.is_(None), records.c.incident == incident),
    )  # fmt: skip
    return list(connection.execute(sa.select(records.c.key).where(there)).scalars())
