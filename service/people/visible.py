"""What of each table a user may see: every query of the service passes through here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from tongzhou.service.people.rights import Action, Scope, scope_of
from tongzhou.service.people.user import Role, User
from tongzhou.service.store.tables import (
    claims,
    evaluations,
    incidents,
    jobs,
    lines,
    notices,
    objections,
    records,
    regions,
    reversals,
    settlements,
    txns,
    users,
    webhooks,
)

HOLDINGS = ("stocks", "fleets", "arrivals")
"""Kinds of records that a city shows to the coordinating body only."""


@dataclass(frozen=True)
class Visible:
    """Conditions, one a table, for the WHERE of every query of this user."""

    user: User

    def regions(self) -> ColumnElement[bool]:
        """The user's own region; all for administrators."""
        return self._of_region(regions.c.region, Action.READ_PICTURE)

    def incidents(self) -> ColumnElement[bool]:
        """All incidents of the region."""
        return self._of_region(incidents.c.region, Action.READ_PICTURE)

    def records(self) -> ColumnElement[bool]:
        """The shared picture; of holdings a city's own only, unless the role sees all."""
        shared = sa.and_(self._of_region(records.c.region, Action.READ_PICTURE), records.c.kind.not_in(HOLDINGS))
        held = self._scoped(records.c.region, (records.c.city,), Action.READ_HOLDINGS)
        return sa.or_(shared, sa.and_(held, records.c.kind.in_(HOLDINGS)))

    def jobs(self) -> ColumnElement[bool]:
        """That a job runs is no secret in the region; its result is."""
        return self._of_region(jobs.c.region, Action.READ_JOBS)

    def lines(self) -> ColumnElement[bool]:
        """Lines of the region's incidents; for a city those that leave it or come to it; for a superior those it may order or that
        leave a national depot, which has no officer of its own."""
        own = (lines.c.origin, lines.c.destination)
        found = self._of_incident(lines.c.incident, own, Action.READ_LINES)
        if self.user.role is Role.SUPERIOR:
            led = sa.select(incidents.c.incident).where(incidents.c.mode == "led")
            national = sa.exists().where(
                records.c.incident == lines.c.incident, records.c.kind == "roles", records.c.key == lines.c.origin,
                sa.type_coerce(records.c.body, sa.Text).like('%"role":"national"%'),
            )  # fmt: skip
            return sa.and_(found, sa.or_(lines.c.incident.in_(led), national))
        return found

    def claims(self) -> ColumnElement[bool]:
        """Claims of the region; for a city its own and those on aid that it received."""
        received = sa.exists(
            sa.select(lines.c.id).where(lines.c.id == claims.c.line, lines.c.destination == (self.user.city or ""))
        )
        found = self._scoped(claims.c.region, (claims.c.city,), Action.READ_CLAIMS)
        if scope_of(self.user, Action.READ_CLAIMS) is Scope.CITY:
            return sa.or_(found, sa.and_(claims.c.region == self.user.region, received))
        return found

    def settlements(self) -> ColumnElement[bool]:
        """Settlements of the region."""
        return self._of_region(settlements.c.region, Action.READ_SETTLEMENTS)

    def statements(self) -> ColumnElement[bool]:
        """Settlements of which the user may read a statement: cities see those approved."""
        found = self._of_region(settlements.c.region, Action.READ_STATEMENT)
        if scope_of(self.user, Action.READ_STATEMENT) is Scope.CITY:
            return sa.and_(found, settlements.c.state.in_(("approved", "posted", "reversed")))
        return found

    def txns(self) -> ColumnElement[bool]:
        """The region's ledger."""
        return self._of_region(txns.c.region, Action.READ_LEDGER)

    def reversals(self) -> ColumnElement[bool]:
        """Reversals asked for in the region, for those who see its settlements."""
        return self._of_region(reversals.c.region, Action.READ_SETTLEMENTS)

    def evaluations(self) -> ColumnElement[bool]:
        """Evaluations of the region's incidents; for a city those of itself and of the incident as a whole."""
        found = self._of_incident(evaluations.c.incident, (evaluations.c.subject,), Action.READ_EVALUATIONS)
        if scope_of(self.user, Action.READ_EVALUATIONS) is Scope.CITY:
            whole = sa.and_(
                self._of_incident(evaluations.c.incident, (), Action.READ_EVALUATIONS), evaluations.c.subject == ""
            )
            return sa.or_(found, whole)
        return found

    def objections(self) -> ColumnElement[bool]:
        """Objections; for a city its own."""
        return self._scoped(objections.c.region, (objections.c.city,), Action.READ_TRUST)

    def notices(self) -> ColumnElement[bool]:
        """Notices; for a city its own."""
        return self._scoped(notices.c.region, (notices.c.city,), Action.READ_NOTICES)

    def webhooks(self) -> ColumnElement[bool]:
        """The user's own webhooks."""
        return webhooks.c.user_id == self.user.id

    def users(self) -> ColumnElement[bool]:
        """All users for administrators; oneself for others."""
        return sa.true() if scope_of(self.user, Action.MANAGE_USERS) else users.c.id == self.user.id

    def _of_region(self, column: sa.Column[Any], action: Action) -> ColumnElement[bool]:
        scope = scope_of(self.user, action)
        if scope is None:
            return sa.false()
        return sa.true() if scope is Scope.EVERYTHING else column == self.user.region

    def _scoped(
        self, region: sa.Column[Any], cities: tuple[sa.Column[Any], ...], action: Action
    ) -> ColumnElement[bool]:
        found = self._of_region(region, action)
        if scope_of(self.user, action) is Scope.CITY:
            return sa.and_(found, sa.or_(sa.false(), *(column == self.user.city for column in cities)))
        return found

    def _of_incident(
        self, column: sa.Column[Any], cities: tuple[sa.Column[Any], ...], action: Action
    ) -> ColumnElement[bool]:
        scope = scope_of(self.user, action)
        if scope is None:
            return sa.false()
        inside = column.in_(sa.select(incidents.c.incident).where(incidents.c.region == self.user.region))
        if scope is Scope.CITY and cities:
            return sa.and_(inside, sa.or_(*(item == self.user.city for item in cities)))
        return inside


def visible(user: User) -> Visible:
    """What a user may see."""
    return Visible(user)
