"""From a scenario to records and back: what is imported and exported again is the same scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from tongzhou.model.domain import Problem
from tongzhou.model.domain.column import columns_of
from tongzhou.model.domain.problem import TABLES
from tongzhou.scenarios.files import problem_of
from tongzhou.scenarios.json_document import json_rows, raw_document
from tongzhou.service.agreement.commitments import agreed_rows
from tongzhou.service.money.verified_costs import actual_rows
from tongzhou.service.picture.incidents import insert_incident
from tongzhou.service.picture.kinds import KINDS, Kind, key_text
from tongzhou.service.picture.records import kept
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import Flag
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import incidents, records


@dataclass(frozen=True, slots=True)
class Imported:
    """How many records were made, changed, left as they were, and left out (offers that only their city may make)."""

    incident: str
    made: int
    changed: int
    same: int
    left_out: int


def import_scenario(change: Change, region: str, incident: str, problem: Problem, *, offers: bool) -> Imported:
    """A scenario as an incident of a region that exists; what the region has already is changed to what the scenario says.

    `offers`: whether offers are taken over too; aid is offered by its city, not imported by another body.
    """
    insert_incident(change, region, incident, problem.settings)
    known = {
        (row.kind, row.key): row
        for row in change.connection.execute(
            sa.select(records).where(records.c.region == region, records.c.incident.is_(None))
        )
    }
    fresh: list[dict[str, Any]] = []
    counts = {"changed": 0, "same": 0, "left_out": 0}
    for kind, body in _bodies(problem):
        if kind.name == "offers" and not offers:
            counts["left_out"] += 1
            continue
        older = None if kind.of_incident else known.get((kind.name, key_text(kind, body)))
        if older is None:
            fresh.append(_fresh(change, kind, region, incident if kind.of_incident else None, body, len(fresh)))
        elif older.body == body and not older.removed:
            counts["same"] += 1
        else:
            _overwrite(change, older, body)
            counts["changed"] += 1
    _insert(change, fresh)
    return Imported(incident, len(fresh), **counts)


def _bodies(problem: Problem) -> list[tuple[Kind, dict[str, Any]]]:
    found = []
    for kind in KINDS.values():
        if kind.table is None:
            continue
        for row in json_rows(TABLES[kind.table].row_class, getattr(problem, kind.table)):
            body = {name: row[name] for name in kind.columns if name in row}
            if kind.name != "offers" or set(body) - set(kind.key):
                found.append((kind, body))
    return found


def _fresh(
    change: Change, kind: Kind, region: str, incident: str | None, body: dict[str, Any], number: int
) -> dict[str, Any]:
    key = key_text(kind, body)
    return {
        "id": new_id(), "region": region, "incident": incident, "kind": kind.name,
        "key": key if kind.key else f"{key}\n#i{number}", "city": body.get(kind.owner) if kind.owner else None, "body": body,
        "source": "import", "confirmed_at": change.at, "expires_at": None, "removed": False, "version": 1,
        "updated_at": change.at, "updated_by": change.actor,
    }  # fmt: skip


def _insert(change: Change, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    change.connection.execute(records.insert(), rows)
    for row in rows:
        body = {name: row[name] for name in ("kind", "region", "incident", "body", "source", "removed", "expires_at")}
        change.keep_version("import-record", f"record:{row['id']}", 1, body)


def _overwrite(change: Change, older: sa.Row[Any], body: dict[str, Any]) -> None:
    values = {
        "body": body,
        "removed": False,
        "version": older.version + 1,
        "source": "import",
        "confirmed_at": change.at,
    }
    change.connection.execute(
        records.update().where(records.c.id == older.id).values(**values, updated_at=change.at, updated_by=change.actor)
    )
    row = change.connection.execute(sa.select(records).where(records.c.id == older.id)).one()
    change.keep_version("import-record", f"record:{older.id}", row.version, kept(row))


def export_document(connection: sa.Connection, incident: str, now: datetime) -> dict[str, Any]:
    """An incident with its region's picture as a scenario document; offers that have expired are left out."""
    found = connection.execute(sa.select(incidents).where(incidents.c.incident == incident)).one()
    rows = connection.execute(
        sa.select(records.c.kind, records.c.body, records.c.expires_at)
        .where(
            records.c.region == found.region, records.c.removed == sa.literal(False, Flag),
            sa.or_(records.c.incident.is_(None), records.c.incident == incident),
        ).order_by(records.c.kind, records.c.key)
    )  # fmt: skip
    by_kind: dict[str, list[Mapping[str, Any]]] = {name: [] for name in KINDS}
    for row in rows:
        if row.expires_at is None or row.expires_at > now:
            by_kind[row.kind].append(row.body)
    document: dict[str, Any] = {"scenario": found.settings}
    for kind in KINDS.values():
        if kind.table is not None and kind.name not in ("roles", "offers"):
            document[kind.table] = list(by_kind[kind.name])
    _join_roles(document, by_kind["roles"])
    _join_offers(document, by_kind["offers"])
    document["commitments"] += agreed_rows(connection, incident)
    document["actuals"] += actual_rows(connection, incident)
    return {name: rows for name, rows in document.items() if rows or not _is_optional(name)}


def export_problem(connection: sa.Connection, incident: str, now: datetime) -> Problem:
    """The incident as a checked scenario. Raises `ScenarioError` with every fault of the picture as a whole."""
    return problem_of(raw_document(export_document(connection, incident, now)), incident)


def _is_optional(name: str) -> bool:
    return name in TABLES and TABLES[name].optional


def _join_roles(document: dict[str, Any], roles: list[Mapping[str, Any]]) -> None:
    """Cities without a role in the incident take no part in it; neither does anything that is theirs."""
    role_of = {row["city"]: row["role"] for row in roles}
    document["cities"] = [{**row, "role": role_of[row["city"]]} for row in document["cities"] if row["city"] in role_of]
    for table in ("stocks", "fleets", "links"):
        places = [name for name, column in columns_of(TABLES[table].row_class).items() if column.refers == "cities"]
        document[table] = [row for row in document[table] if all(row[name] in role_of for name in places)]


def _join_offers(document: dict[str, Any], offers: list[Mapping[str, Any]]) -> None:
    offer_of = {(row["city"], row["resource"]): row for row in offers}
    document["stocks"] = [{**row, **offer_of.get((row["city"], row["resource"]), {})} for row in document["stocks"]]
