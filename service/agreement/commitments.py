"""What cities have agreed, as rows of the scenario table `commitments`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.service.errors import ConflictError
from tongzhou.service.store.tables import lines


def agreed_rows(connection: sa.Connection, incident: str) -> list[dict[str, Any]]:
    """Accepted lines: a new plan keeps them. Lines under way are part of re-planning, which knows the hour."""
    found = connection.execute(
        sa.select(lines).where(lines.c.incident == incident, lines.c.state == "accepted").order_by(lines.c.line)
    )
    return [_commitment(row) for row in found]


def must_not_have_begun(connection: sa.Connection, incident: str) -> None:
    """Raises `ConflictError` where something moves already: then only re-planning knows what is still open."""
    begun = connection.execute(
        sa.select(lines.c.line).where(
            lines.c.incident == incident, lines.c.state.in_(("moving", "arrived", "returned"))
        ).limit(1)
    ).first()  # fmt: skip
    if begun is not None:
        raise ConflictError(
            Text("lines are under way: re-plan from the last plan instead", "已有在途的线: 请由上一方案重排")
        )


def _commitment(row: sa.Row[Any]) -> dict[str, Any]:
    cells = {
        "line": row.line, "kind": row.kind, "origin": row.origin, "destination": row.destination, "resource": row.resource,
        "quantity": _plain(row.quantity), "depart_h": _plain(row.depart_h), "leave_h": _plain(row.leave_h), "need": row.need,
        "mode": row.mode, "vehicle": row.vehicle, "status": "accepted",
    }  # fmt: skip
    return {name: value for name, value in cells.items() if value is not None}


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value
