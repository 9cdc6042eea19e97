"""The scenario a job solves: the picture as it is now, and for later jobs what the job before them knew of the past."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.scenarios.files import document_text, problem_of
from tongzhou.scenarios.json_document import raw_document
from tongzhou.service.agreement.commitments import must_not_have_begun
from tongzhou.service.errors import ConflictError
from tongzhou.service.exchange import export_document
from tongzhou.service.jobs.kinds import ExplainOrder, JobOrder, PlanOrder, ReplanOrder, SettleOrder
from tongzhou.service.money.advances import payments_of
from tongzhou.service.money.verified_costs import actual_rows, never_moved
from tongzhou.service.store import documents
from tongzhou.service.store.tables import claims, lines
from tongzhou.service.trust.conduct import conduct_rows
from tongzhou.service.trust.promises import reliability_by_city
from tongzhou.service.trust.weighing import weighted

LATER_TABLES = ("funds", "programmes", "responsibility", "actuals", "conduct", "disputes")
"""What finance adds after the event: taken as it is now, whatever the plan was made from."""


def scenario_for(
    connection: sa.Connection, region: str, incident: str, order: JobOrder, base: sa.Row[Any] | None, now: datetime
) -> str:
    """The scenario document of a job, checked. Raises `ScenarioError` with every fault, `ConflictError`."""
    if isinstance(order, PlanOrder):
        must_not_have_begun(connection, incident)
        document = export_document(connection, incident, now)
        if order.weigh_reliability:
            document = weighted(document, reliability_by_city(connection, region, now))
        return document_text(problem_of(raw_document(document), incident))
    assert base is not None
    known = json.loads(documents.get(connection, base.scenario_hash))
    if isinstance(order, ExplainOrder):
        return json.dumps(known, ensure_ascii=False)
    current = export_document(connection, incident, now)
    if isinstance(order, ReplanOrder):
        document = _advancing(connection, incident, order, known, current)
    else:
        document = _closing(connection, incident, order, base, known, current)
    return document_text(problem_of(raw_document(document), incident))


def _advancing(
    connection: sa.Connection, incident: str, order: ReplanOrder, known: Mapping[str, Any], current: Mapping[str, Any]
) -> dict[str, Any]:
    """Needs, lanes, stocks, offers as they are now; commitments and what was served as the job before knew them."""
    document = dict(current)
    document["scenario"] = {**current["scenario"], "replanning": known["scenario"].get("replanning", {})}
    for table in ("commitments", "served"):
        document[table] = known.get(table, [])
    own = [row for row in current.get("actuals", []) if row["line"] not in _agreed(connection, incident)]
    document["actuals"] = [*own, *actual_rows(connection, incident, by_h=order.now_h)]
    return {name: rows for name, rows in document.items() if rows or name in ("scenario", "stocks", "needs", "links")}


def _agreed(connection: sa.Connection, incident: str) -> set[str]:
    return set(connection.execute(sa.select(lines.c.line).where(lines.c.incident == incident)).scalars())


def _closing(
    connection: sa.Connection, incident: str, order: SettleOrder, base: sa.Row[Any], known: Mapping[str, Any],
    current: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The scenario of the plan with what really happened, what is disputed, and who pays for what as it is now."""
    document = {**known, **{table: current.get(table, []) for table in LATER_TABLES}}
    document["scenario"] = {**known["scenario"], "settlement": current["scenario"].get("settlement", {})}
    plan = json.loads(documents.get(connection, base.result_hash))
    planned = {row["line"]: (row["depart_h"], row["arrive_h"]) for row in plan["shipments"]}
    planned |= {row["line"]: (row["depart_h"], row["on_site_h"]) for row in plan["deployments"]}
    told = {row["line"] for row in document["actuals"]}
    unsent = [row for row in never_moved(connection, incident, planned) if row["line"] not in told]
    document["actuals"] = [
        row for row in (*document["actuals"], *unsent) if row["line"] in planned or row["shipped"] or row.get("cost")
    ]
    named = {row["line"] for row in document["disputes"]}
    document["disputes"] = [
        *document["disputes"],
        *(row for row in _disputes(connection, incident) if row["line"] not in named),
    ]
    document["advances"] = [*current.get("advances", []), *payments_of(connection, incident)]
    if order.weigh_conduct:
        document["conduct"] = [*document["conduct"], *conduct_rows(connection, incident)]
    return document


def _disputes(connection: sa.Connection, incident: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.select(lines.c.line, claims.c.reason, claims.c.city)
        .join(lines, lines.c.id == claims.c.line)
        .where(claims.c.incident == incident, claims.c.state == "disputed")
        .order_by(lines.c.line)
    )
    return [{"line": row.line, "reason": row.reason, "raised_by": row.city} for row in rows]


def steps_known(
    connection: sa.Connection, incident: str, order: ReplanOrder, plan: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Lines of the plan that are signed, and those taken back, beside what the order says."""
    planned = {row["line"] for row in (*plan["shipments"], *plan["deployments"])}
    states = connection.execute(
        sa.select(lines.c.line, lines.c.state, lines.c.reason).where(lines.c.incident == incident)
    ).all()
    accepted = {row.line for row in states if row.state in ("accepted", "moving", "arrived", "returned")}
    back = {row.line for row in states if row.state in ("withdrawn", "declined")}
    unknown = (set(order.accepted) | set(order.withdrawn)) - planned
    if unknown:
        names = ", ".join(sorted(unknown)[:10])
        raise ConflictError(Text(f"the base plan has no lines {names}", f"基础方案中没有线 {names}"))
    return {
        "accepted": sorted((accepted | set(order.accepted)) & planned),
        "withdrawn": sorted((back | set(order.withdrawn)) & planned),
    }
