"""After-action evaluation: indicators reckoned from the records, and three assessments of which the third party's decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.service.errors import ConflictError, ForbiddenError, StaleError
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import Role, User
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import incident_row
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import Flag
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import claims, cost_lines, evaluations, lines, records, versions

SELF, COORDINATOR, THIRD_PARTY = "self", "coordinator", "third-party"
ASSESSOR_OF: Mapping[Role, str] = {Role.CITY_OFFICER: SELF, Role.COORDINATOR: COORDINATOR, Role.EVALUATOR: THIRD_PARTY}


def indicators(connection: sa.Connection, incident: sa.Row[Any], city: str) -> dict[str, Any]:
    """Of one city (or "", the incident): promises in time, how late, needs met, cost against estimate, delay of reports."""
    rows = connection.execute(sa.select(lines).where(lines.c.incident == incident.incident)).all()
    given = [row for row in rows if city in ("", row.origin)]
    came = [row for row in given if row.state in ("arrived", "returned")]
    late = [max(0.0, row.actual["arrived_h"] - row.arrive_h) for row in came]
    needed = _needed(connection, incident.incident, city)
    received = sum(
        row.actual["accepted"] for row in rows if row.state in ("arrived", "returned") and city in ("", row.destination)
    )
    estimated, approved = _costs(connection, [row for row in came if row.estimate_cents is not None])
    delays = _report_delays(connection, incident, city)
    return {
        "promises": len([row for row in given if row.state not in ("proposed", "requested", "offered", "declined")]),
        "arrived": len(came), "withdrawn": len([row for row in given if row.state == "withdrawn"]),
        "in_time_share": _share(sum(hours <= 0 for hours in late), len(late)), "mean_hours_late": _share(sum(late), len(late)),
        "aid_to_need_share": _share(received, needed), "cost_to_estimate": _share(approved, estimated),
        "mean_report_delay_h": _share(sum(delays), len(delays)),
    }  # fmt: skip


def _share(part: float, whole: float) -> float | None:
    return None if not whole else round(part / whole, 6)


def _needed(connection: sa.Connection, incident: str, city: str) -> float:
    rows = connection.execute(
        sa.select(records.c.body).where(
            records.c.incident == incident, records.c.kind == "needs", records.c.removed == sa.literal(False, Flag),
            sa.true() if not city else records.c.city == city,
        )
    ).scalars()  # fmt: skip
    return float(sum(body["quantity"] * body.get("repeats", 1) for body in rows))


def _costs(connection: sa.Connection, rows: list[sa.Row[Any]]) -> tuple[int, int]:
    """Estimates and approved costs of the lines that have both."""
    estimated = approved = 0
    for row in rows:
        cents = connection.execute(
            sa.select(sa.func.sum(cost_lines.c.approved_cents))
            .join(claims, claims.c.id == cost_lines.c.claim)
            .where(claims.c.line == row.id, claims.c.state.in_(("approved", "paid")))
        ).scalar()
        if cents is not None:
            estimated, approved = estimated + row.estimate_cents, approved + int(cents)
    return estimated, approved


def _report_delays(connection: sa.Connection, incident: sa.Row[Any], city: str) -> list[float]:
    """Hours from the moment a need began to its first report; what was reported before counts as no delay."""
    rows = connection.execute(
        sa.select(records.c.body, versions.c.at)
        .join(versions, versions.c.object == sa.literal("record:") + records.c.id)
        .where(
            records.c.incident == incident.incident, records.c.kind == "needs", versions.c.version == 1,
            sa.true() if not city else records.c.city == city,
        )
    )  # fmt: skip
    return [_delay_h(incident.start, body["from_h"], at) for body, at in rows]


def _delay_h(start: datetime, from_h: float, at: datetime) -> float:
    return max(0.0, (at - (start + timedelta(hours=from_h))).total_seconds() / 3600)


def evaluate(
    change: Change,
    user: User,
    incident: str,
    subject: str,
    scores: Mapping[str, int],
    findings: str,
    version: int | None,
) -> sa.Row[Any]:
    """Write one's assessment of a city (or of the incident, subject ""); `version` names the one it replaces.

    Raises `ConflictError` where there is one already and no version is named, `StaleError`, `ForbiddenError`.
    """
    found = incident_row(change.connection, user, incident)
    require(user, Action.EVALUATE, hazard=found.hazard)
    assessor = ASSESSOR_OF[user.role]
    if assessor == SELF and subject != user.city:
        raise ForbiddenError(Text("a city assesses itself only", "城市只能自评"))
    mine = sa.and_(
        evaluations.c.incident == incident, evaluations.c.subject == subject, evaluations.c.assessor == assessor
    )
    older = change.connection.execute(sa.select(evaluations).where(mine)).first()
    values: dict[str, Any] = {
        "indicators": indicators(change.connection, found, subject), "scores": dict(scores), "findings": findings,
        "author": user.id, "updated_at": change.at,
    }  # fmt: skip
    if older is None:
        values |= {"id": new_id(), "incident": incident, "subject": subject, "assessor": assessor, "version": 1}
        change.connection.execute(evaluations.insert().values(**values))
    elif version is None:
        raise ConflictError(
            Text("you have assessed this already; name the version you change", "已有评估; 请注明所更改的版本")
        )
    elif older.version != version:
        raise StaleError(older.version)
    else:
        change.connection.execute(evaluations.update().where(mine).values(**values, version=version + 1))
    row = change.connection.execute(sa.select(evaluations).where(mine)).one()
    body = {
        name: row._mapping[name]
        for name in ("incident", "subject", "assessor", "indicators", "scores", "findings", "author")
    }
    change.keep_version("evaluate", f"evaluation:{row.id}", row.version, body)
    return row


def evaluations_of(connection: sa.Connection, user: User, incident: str) -> list[sa.Row[Any]]:
    """All assessments of an incident that the user may see."""
    incident_row(connection, user, incident)
    return list(
        connection.execute(
            sa.select(evaluations)
            .where(evaluations.c.incident == incident, visible(user).evaluations())
            .order_by(evaluations.c.subject, evaluations.c.assessor)
        )
    )
