"""What really happened to agreed lines and what it verifiably cost, as rows of the scenario table `actuals`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from tongzhou.service.store.tables import claims, cost_lines, evidence, lines, offsets

CENT = Decimal("0.01")
BILLED_BY_VALUE = ("commodities", "damage", "in-kind")
"""Categories that the bill reckons from quantities and the scenario's replacement values, not from a line's cost."""


def actual_rows(connection: sa.Connection, incident: str, *, by_h: float | None = None) -> list[dict[str, Any]]:
    """One row a line that arrived (by the hour); its cost where its claim is approved, nothing where it is waived."""
    found = connection.execute(
        sa.select(lines)
        .where(lines.c.incident == incident, lines.c.state.in_(("arrived", "returned")))
        .order_by(lines.c.line)
    ).all()
    costs, proofs = _costs(connection, incident), _evidence(connection, incident)
    rows = []
    for row in found:
        told = row.actual
        if by_h is not None and told["arrived_h"] > by_h:
            continue
        cells = {name: told[name] for name in ("shipped", "arrived", "accepted", "damaged", "departed_h", "arrived_h")}
        cost = costs.get(row.id)
        cells |= {"line": row.line, "cost": None if cost is None else str(cost * CENT)}
        cells["evidence"] = " ".join(filter(None, [told.get("evidence"), *proofs.get(row.id, [])]))[:500] or None
        rows.append({name: value for name, value in cells.items() if value is not None})
    return rows


def never_moved(
    connection: sa.Connection, incident: str, planned: Mapping[str, tuple[float, float]]
) -> list[dict[str, Any]]:
    """Lines of a plan (line: departure, arrival) that were never sent: at the closing of the books they cost nothing."""
    sent = set(
        connection.execute(
            sa.select(lines.c.line).where(
                lines.c.incident == incident, lines.c.state.in_(("moving", "arrived", "returned"))
            )
        ).scalars()
    )
    known = set(connection.execute(sa.select(lines.c.line).where(lines.c.incident == incident)).scalars())
    nothing = {"shipped": 0, "arrived": 0, "accepted": 0, "damaged": 0}
    return [
        {"line": line, **nothing, "departed_h": depart_h, "arrived_h": arrive_h}
        for line, (depart_h, arrive_h) in sorted(planned.items())
        if line in known and line not in sent
    ]


def _costs(connection: sa.Connection, incident: str) -> dict[str, int]:
    """Line id to cents: approved cost lines of its claim that the bill takes as a cost, less the claim's offsets."""
    approved = connection.execute(
        sa.select(claims.c.id, claims.c.line, claims.c.state).where(
            claims.c.incident == incident, claims.c.state.in_(("approved", "paid", "waived"))
        )
    ).all()
    found = {}
    for claim in approved:
        if claim.state == "waived":
            found[claim.line] = 0
            continue
        allowed = connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(cost_lines.c.approved_cents), 0)).where(
                cost_lines.c.claim == claim.id, cost_lines.c.category.not_in(BILLED_BY_VALUE)
            )
        ).scalar_one()
        less = connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(offsets.c.cents), 0)).where(offsets.c.claim == claim.id)
        ).scalar_one()
        found[claim.line] = max(0, int(allowed) - int(less))
    return found


def _evidence(connection: sa.Connection, incident: str) -> dict[str, list[str]]:
    rows = connection.execute(
        sa.select(claims.c.line, evidence.c.hash)
        .join(evidence, evidence.c.claim == claims.c.id)
        .where(claims.c.incident == incident, evidence.c.verified_by.is_not(None))
        .order_by(evidence.c.hash)
    )
    found: dict[str, list[str]] = {}
    for line, digest in rows:
        found.setdefault(line, []).append(f"sha256:{digest[:16]}")
    return found
