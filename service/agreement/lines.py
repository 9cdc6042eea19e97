"""Lines of an incident: proposed from a plan, signed by both sides, moved, received; each step a version with its author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from tongzhou.model.agreement import TRANSITIONS, next_state, parties
from tongzhou.model.errors import Text
from tongzhou.model.plan import Deployment, Plan, Shipment
from tongzhou.service.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import Role, User
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import incident_row
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import Flag, row_kept
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import lines, records

OPEN = ("proposed", "requested", "offered")
SUPERSEDED = "superseded by a later plan 已被新方案取代"
_SIGNS = {"request": "requested", "offer": "offered", "accept": "accepted"}


@dataclass(frozen=True, slots=True)
class Step:
    """What a side says with its action; what the action does not need stays None."""

    reason: str | None = None
    estimate_cents: int | None = None
    limit_cents: int | None = None
    cost_share: float | None = None
    quantity: float | None = None
    hour: float | None = None
    accepted: float | None = None
    damaged: float = 0.0
    evidence: str | None = None


def read_line(connection: sa.Connection, user: User, line: str) -> sa.Row[Any]:
    """One line the user may see. Raises `NotFoundError`."""
    found = connection.execute(sa.select(lines).where(lines.c.id == line, visible(user).lines())).first()
    if found is None:
        raise NotFoundError
    return found


def propose(change: Change, user: User, incident: str, job: str, plan: Plan) -> dict[str, int]:
    """The lines between cities of a plan as proposals. What is signed already stays; proposals that the plan no longer holds
    are declined as superseded."""
    found = incident_row(change.connection, user, incident)
    require(user, Action.PROPOSE_LINES, hazard=found.hazard)
    known = {row.line: row for row in change.connection.execute(sa.select(lines).where(lines.c.incident == incident))}
    counts = {"proposed": 0, "kept": 0, "superseded": 0}
    planned = {row.line: row for row in plan.lines if row.origin != row.destination}
    for line, row in planned.items():
        older = known.get(line)
        if older is None:
            _insert(change, incident, job, row)
        elif older.state in ("proposed", "declined"):
            again = {**_planned(row), "job": job, "state": "proposed", "reason": None}
            _store(change, older.id, older.version, again, "propose-line")
        else:
            counts["kept"] += 1
            continue
        counts["proposed"] += 1
    for line, older in known.items():
        if older.state == "proposed" and line not in planned:
            _store(change, older.id, older.version, {"state": "declined", "reason": SUPERSEDED}, "decline-line")
            counts["superseded"] += 1
    if not counts["proposed"] + counts["superseded"]:
        change.audit("propose-lines", f"incident:{incident}", **counts)
    return counts


def _planned(row: Shipment | Deployment) -> dict[str, Any]:
    deployed = isinstance(row, Deployment)
    return {
        "line": row.line, "kind": "deployment" if deployed else "shipment", "origin": row.origin,
        "destination": row.destination, "resource": row.resource, "quantity": float(row.quantity), "depart_h": row.depart_h,
        "arrive_h": row.on_site_h if isinstance(row, Deployment) else row.arrive_h,
        "leave_h": row.leave_h if isinstance(row, Deployment) else None, "need": row.need, "mode": row.mode, "vehicle": row.vehicle,
    }  # fmt: skip


def _insert(change: Change, incident: str, job: str, row: Shipment | Deployment) -> None:
    line = new_id()
    values = {"id": line, "incident": incident, "job": job, "state": "proposed", "version": 1, "updated_at": change.at}
    change.connection.execute(lines.insert().values(**values, **_planned(row)))
    _versioned(change, line, "propose-line")


def act(change: Change, user: User, line: str, version: int, action: str, step: Step) -> sa.Row[Any]:
    """Carry out an action on a line. Raises `StaleError`, `ForbiddenError` for the wrong side, `ConflictError` for the wrong state."""
    found = read_line(change.connection, user, line)
    incident = incident_row(change.connection, user, found.incident)
    _must_be_party(change.connection, user, found, incident, action)
    if found.version != version:
        raise StaleError(found.version)
    state = next_state(action, found.state)
    if state is None:
        raise ConflictError(
            Text(f"a line in state {found.state} allows no {action}", f"处于 {found.state} 状态的线不能 {action}")
        )
    if TRANSITIONS[action].reason and not step.reason:
        raise ConflictError(Text(f"{action} needs a reason", f"{action} 需注明理由"))
    values: dict[str, Any] = {"state": state, **_said(found, change, user, action, step)}
    return _store(change, line, version, values, f"{action}-line")


def _must_be_party(
    connection: sa.Connection, user: User, line: sa.Row[Any], incident: sa.Row[Any], action: str
) -> None:
    if action == "order":
        require(user, Action.ORDER_LINES)
        if incident.mode != "led":
            raise ConflictError(Text("aid is offered, not taken: this incident is not led by a common superior",
                                     "援助须自愿: 该事件并非由共同上级统一指挥"))  # fmt: skip
        return
    sides = parties(action, line.origin, line.destination)
    if user.role is Role.CITY_OFFICER and user.city in sides:
        return
    if user.role is Role.SUPERIOR and any(_is_national(connection, line.incident, city) for city in sides):
        return  # a national depot has no office of its own
    raise ForbiddenError(
        Text(f"{action} is for an officer of {' or '.join(sides)}", f"{action} 应由 {' 或 '.join(sides)} 的负责人执行")
    )


def _is_national(connection: sa.Connection, incident: str, city: str) -> bool:
    role = connection.execute(
        sa.select(records.c.body).where(
            records.c.incident == incident, records.c.kind == "roles", records.c.key == city,
            records.c.removed == sa.literal(False, Flag),
        )
    ).scalar()  # fmt: skip
    return role is not None and role["role"] == "national"


def _said(line: sa.Row[Any], change: Change, user: User, action: str, step: Step) -> dict[str, Any]:
    """The columns an action fills."""
    if action in _SIGNS:
        signed = {f"{_SIGNS[action]}_by": user.id, f"{_SIGNS[action]}_at": change.at}
        if action == "offer":
            if step.estimate_cents is None:
                raise ConflictError(Text("an offer states its estimate", "提供援助须附费用估算"))
            signed |= {
                "estimate_cents": step.estimate_cents, "limit_cents": step.limit_cents, "cost_share": step.cost_share,
            }  # fmt: skip
        return signed
    if action == "order":
        return {"ordered_by": user.id, "accepted_at": change.at, "reason": step.reason}
    if action == "depart":
        return {
            "actual": {"shipped": _given(step.quantity, line.quantity), "departed_h": _given(step.hour, line.depart_h)}
        }
    if action == "arrive":
        return {"actual": _received(line, step)}
    if action == "return":
        return {}
    return {"reason": step.reason, "withdrawn_by_city": user.city}


def _received(line: sa.Row[Any], step: Step) -> dict[str, Any]:
    shipped = line.actual["shipped"]
    arrived = _given(step.quantity, shipped)
    accepted = _given(step.accepted, arrived - step.damaged)
    hour = _given(step.hour, line.arrive_h)
    if not 0 <= accepted <= arrived <= shipped + 1e-9 or step.damaged > arrived or hour < line.actual["departed_h"]:
        raise ConflictError(
            Text("accepted <= arrived <= shipped, damaged <= arrived, and nothing arrives before it left",
                 "应满足: 验收 <= 到达 <= 发出, 损坏 <= 到达, 且到达不早于出发"))  # fmt: skip
    told = {"arrived": arrived, "accepted": accepted, "damaged": step.damaged, "arrived_h": hour}
    return {**line.actual, **told, **({"evidence": step.evidence} if step.evidence else {})}


def _given(said: float | None, otherwise: float) -> float:
    return otherwise if said is None else said


def _store(change: Change, line: str, version: int, values: Mapping[str, Any], action: str) -> sa.Row[Any]:
    change.connection.execute(
        lines.update().where(lines.c.id == line).values(**values, version=version + 1, updated_at=change.at)
    )
    return _versioned(change, line, action)


def _versioned(change: Change, line: str, action: str) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(lines).where(lines.c.id == line)).one()
    change.keep_version(action, f"line:{line}", row.version, kept(row))
    return row


def kept(row: sa.Row[Any]) -> dict[str, Any]:
    """What a version of a line keeps: all but its id and version."""
    return row_kept(row, "id", "version")
