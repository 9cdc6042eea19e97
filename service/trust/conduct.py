"""Broken promises of an incident as rows of the scenario table `conduct`; what an objection struck does not count."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from tongzhou.service.store.tables import lines, objections

LEAST_LATE_H = 1.0
DECIDED_BY = "trust record"


def conduct_rows(connection: sa.Connection, incident: str) -> list[dict[str, Any]]:
    """Lines withdrawn by their giver after acceptance, and lines that arrived later than promised by more than a tenth."""
    struck = set(connection.execute(sa.select(objections.c.object).where(objections.c.state == "upheld")).scalars())
    rows = connection.execute(
        sa.select(lines)
        .where(lines.c.incident == incident, lines.c.state.in_(("arrived", "returned", "withdrawn")))
        .order_by(lines.c.line)
    )
    found = []
    for row in rows:
        if f"line:{row.id}" in struck:
            continue
        if row.state == "withdrawn":
            if row.withdrawn_by_city == row.origin:
                found.append(
                    {"city": row.origin, "kind": "withdrew", "note": f"line {row.line}", "decided_by": DECIDED_BY}
                )
            continue
        late = row.actual["arrived_h"] - row.arrive_h
        if late > max(LEAST_LATE_H, 0.1 * (row.arrive_h - row.depart_h)):
            cells = {"city": row.origin, "kind": "slow", "hours_late": late, "note": f"line {row.line}"}
            found.append({**cells, "decided_by": DECIDED_BY})
    return found
