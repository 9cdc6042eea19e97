"""Regions and incidents: made, changed, moved from normal to emergency to recovery to closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from tongzhou.model.domain.settings import Settings
from tongzhou.model.errors import Fault, ScenarioError, Text
from tongzhou.scenarios.settings_values import read_settings, settings_values
from tongzhou.service.errors import ConflictError, NotFoundError, StaleError
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.store.change import Change
from tongzhou.service.store.tables import incidents, regions

FIRST_YEAR, LAST_YEAR = 1900, 2200
NEXT_STATES: Mapping[str, tuple[str, ...]] = {
    "normal": ("emergency", "closed"),
    "emergency": ("recovery",),
    "recovery": ("emergency", "closed"),
    "closed": (),
}
"""From which state an incident may go to which."""


def region_row(connection: sa.Connection, user: User, region: str) -> sa.Row[Any]:
    """A region the user may see. Raises `NotFoundError`."""
    found = connection.execute(sa.select(regions).where(regions.c.region == region, visible(user).regions())).first()
    if found is None:
        raise NotFoundError
    return found


def incident_row(connection: sa.Connection, user: User, incident: str) -> sa.Row[Any]:
    """An incident the user may see. Raises `NotFoundError`."""
    found = connection.execute(
        sa.select(incidents).where(incidents.c.incident == incident, visible(user).incidents())
    ).first()
    if found is None:
        raise NotFoundError
    return found


def add_region(change: Change, region: str, name: str, name_zh: str | None = None) -> sa.Row[Any]:
    """Make a region. Raises `ConflictError` where there is one of that id."""
    if change.connection.execute(sa.select(regions.c.region).where(regions.c.region == region)).first() is not None:
        raise ConflictError(Text(f"there is a region {region} already", f"区域 {region} 已存在"))
    values = {"region": region, "name": name, "name_zh": name_zh, "version": 1, "created_at": change.at}
    change.connection.execute(regions.insert().values(**values))
    change.keep_version("add-region", f"region:{region}", 1, {"name": name, "name_zh": name_zh})
    return change.connection.execute(sa.select(regions).where(regions.c.region == region)).one()


def add_incident(change: Change, user: User, region: str, incident: str, settings: Mapping[str, Any]) -> sa.Row[Any]:
    """Make an incident in state normal; `settings` as in scenario.toml. Raises `ScenarioError`, `ConflictError`."""
    found = checked_settings(settings)
    region_row(change.connection, user, region)
    require(user, Action.MANAGE_INCIDENT, hazard=found.hazard)
    return insert_incident(change, region, incident, found)


def insert_incident(change: Change, region: str, incident: str, settings: Settings) -> sa.Row[Any]:
    """Store an incident whose settings are checked. Raises `ConflictError`."""
    if (
        change.connection.execute(sa.select(incidents.c.incident).where(incidents.c.incident == incident)).first()
        is not None
    ):
        raise ConflictError(Text(f"there is an incident {incident} already", f"事件 {incident} 已存在"))
    values = {**_values(settings), "incident": incident, "region": region, "state": "normal", "version": 1}
    change.connection.execute(incidents.insert().values(**values, created_at=change.at))
    return _versioned(change, incident, "add-incident")


def change_incident(
    change: Change, user: User, incident: str, version: int, settings: Mapping[str, Any], state: str
) -> sa.Row[Any]:
    """Change settings and state. Raises `StaleError`, `ConflictError` for a state it may not go to."""
    older = incident_row(change.connection, user, incident)
    found = checked_settings(settings)
    require(user, Action.MANAGE_INCIDENT, hazard=older.hazard)
    require(user, Action.MANAGE_INCIDENT, hazard=found.hazard)
    if older.version != version:
        raise StaleError(older.version)
    if state != older.state and state not in NEXT_STATES[older.state]:
        raise ConflictError(
            Text(f"an incident in state {older.state} cannot go to {state}", f"事件不能由 {older.state} 转为 {state}")
        )
    change.connection.execute(
        incidents.update()
        .where(incidents.c.incident == incident)
        .values(**_values(found), state=state, version=version + 1)
    )
    return _versioned(change, incident, "change-incident" if state == older.state else f"incident-to-{state}")


def checked_settings(values: Mapping[str, Any]) -> Settings:
    """Settings as in scenario.toml. Raises `ScenarioError` with every fault."""
    faults: list[Fault] = []
    settings, _ = read_settings(values, faults)
    if not FIRST_YEAR <= settings.start.year <= LAST_YEAR:
        expected = Text(f"a year from {FIRST_YEAR} to {LAST_YEAR}", f"年份 {FIRST_YEAR} 至 {LAST_YEAR}")
        faults.append(Fault("scenario", None, ("start",), str(settings.start.year), expected))
    if faults:
        raise ScenarioError(faults, "settings")
    return settings


def _values(settings: Settings) -> dict[str, Any]:
    told = settings_values(settings)
    start = told["start"]
    assert isinstance(start, datetime)
    return {
        "name": settings.name, "name_zh": settings.name_zh, "hazard": settings.hazard, "situation": settings.situation,
        "mode": settings.governance.mode, "start": start, "settings": {**told, "start": start.isoformat()},
    }  # fmt: skip


def _versioned(change: Change, incident: str, action: str) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(incidents).where(incidents.c.incident == incident)).one()
    body = {"settings": row.settings, "state": row.state, "region": row.region}
    change.keep_version(action, f"incident:{incident}", row.version, body)
    return row
