"""Who may do what, and to which things: one table, deny by default."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from tongzhou.model.errors import Text
from tongzhou.service.errors import ForbiddenError
from tongzhou.service.people.user import Role, User


class Scope(StrEnum):
    """To which things a right extends."""

    EVERYTHING = "everything"
    REGION = "region"
    OFFICE = "office"
    """Of the region, incidents of the user's hazard office (every hazard where the user has none)."""
    CITY = "city"
    """Of the region, what belongs to the user's own city."""


class Action(StrEnum):
    """Everything a route can ask for."""

    READ_PICTURE = "read-picture"
    READ_HOLDINGS = "read-holdings"
    WRITE_HOLDINGS = "write-holdings"
    WRITE_OFFERS = "write-offers"
    WRITE_NEEDS = "write-needs"
    MANAGE_PICTURE = "manage-picture"
    MANAGE_INCIDENT = "manage-incident"
    WRITE_TERMS = "write-terms"
    IMPORT = "import"
    READ_COVERAGE = "read-coverage"
    PLAN = "plan"
    SETTLE = "settle"
    READ_JOBS = "read-jobs"
    READ_RESULTS = "read-results"
    PROPOSE_LINES = "propose-lines"
    READ_LINES = "read-lines"
    SIGN_LINES = "sign-lines"
    ORDER_LINES = "order-lines"
    READ_CLAIMS = "read-claims"
    WRITE_CLAIMS = "write-claims"
    DECIDE_CLAIMS = "decide-claims"
    READ_SETTLEMENTS = "read-settlements"
    READ_STATEMENT = "read-statement"
    APPROVE_SETTLEMENTS = "approve-settlements"
    POST_LEDGER = "post-ledger"
    READ_LEDGER = "read-ledger"
    READ_EVALUATIONS = "read-evaluations"
    EVALUATE = "evaluate"
    READ_TRUST = "read-trust"
    OBJECT = "object"
    DECIDE_OBJECTIONS = "decide-objections"
    READ_NOTICES = "read-notices"
    SEND_NOTICES = "send-notices"
    READ_AUDIT = "read-audit"
    MANAGE_USERS = "manage-users"


_ALL_IN_REGION = (
    Role.COORDINATOR, Role.CITY_OFFICER, Role.CITY_FINANCE, Role.COORDINATOR_FINANCE, Role.EVALUATOR, Role.SUPERIOR,
)  # fmt: skip


def _rights(**scopes: Scope) -> Mapping[Role, Scope]:
    return {Role(name.replace("_", "-")): scope for name, scope in scopes.items()}


_CITY, _REGION, _OFFICE = Scope.CITY, Scope.REGION, Scope.OFFICE
RIGHTS: Mapping[Action, Mapping[Role, Scope]] = {
    Action.READ_PICTURE: {**dict.fromkeys(_ALL_IN_REGION, _REGION), Role.ADMINISTRATOR: Scope.EVERYTHING},
    Action.READ_HOLDINGS: _rights(coordinator=_REGION, evaluator=_REGION, city_officer=_CITY, city_finance=_CITY),
    Action.WRITE_HOLDINGS: _rights(city_officer=_CITY),
    Action.WRITE_OFFERS: _rights(city_officer=_CITY),
    Action.WRITE_NEEDS: _rights(coordinator=_OFFICE, city_officer=_CITY),
    Action.MANAGE_PICTURE: _rights(coordinator=_REGION),
    Action.MANAGE_INCIDENT: _rights(coordinator=_OFFICE),
    Action.WRITE_TERMS: _rights(coordinator=_OFFICE, coordinator_finance=_REGION),
    Action.IMPORT: _rights(coordinator=_REGION, administrator=Scope.EVERYTHING),
    Action.READ_COVERAGE: dict.fromkeys(_ALL_IN_REGION, _REGION),
    Action.PLAN: _rights(coordinator=_OFFICE),
    Action.SETTLE: _rights(coordinator_finance=_REGION),
    Action.READ_JOBS: dict.fromkeys(_ALL_IN_REGION, _REGION),
    Action.READ_RESULTS: _rights(coordinator=_REGION, coordinator_finance=_REGION, evaluator=_REGION),
    Action.PROPOSE_LINES: _rights(coordinator=_OFFICE),
    Action.READ_LINES: _rights(
        coordinator=_REGION,
        coordinator_finance=_REGION,
        evaluator=_REGION,
        superior=_REGION,
        city_officer=_CITY,
        city_finance=_CITY,
    ),
    Action.SIGN_LINES: _rights(city_officer=_CITY),
    Action.ORDER_LINES: _rights(superior=_REGION),
    Action.READ_CLAIMS: _rights(coordinator_finance=_REGION, evaluator=_REGION, city_officer=_CITY, city_finance=_CITY),
    Action.WRITE_CLAIMS: _rights(city_finance=_CITY),
    Action.DECIDE_CLAIMS: _rights(coordinator_finance=_REGION),
    Action.READ_SETTLEMENTS: _rights(
        coordinator=_REGION, coordinator_finance=_REGION, evaluator=_REGION, superior=_REGION
    ),
    Action.READ_STATEMENT: _rights(
        coordinator_finance=_REGION, evaluator=_REGION, superior=_REGION, city_officer=_CITY, city_finance=_CITY
    ),
    Action.APPROVE_SETTLEMENTS: _rights(coordinator_finance=_REGION, superior=_REGION),
    Action.POST_LEDGER: _rights(coordinator_finance=_REGION),
    Action.READ_LEDGER: _rights(coordinator_finance=_REGION, evaluator=_REGION),
    Action.READ_EVALUATIONS: _rights(
        coordinator=_REGION, evaluator=_REGION, superior=_REGION, city_officer=_CITY, city_finance=_CITY
    ),
    Action.EVALUATE: _rights(coordinator=_OFFICE, evaluator=_REGION, city_officer=_CITY),
    Action.READ_TRUST: _rights(
        coordinator=_REGION, evaluator=_REGION, superior=_REGION, city_officer=_CITY, city_finance=_CITY
    ),
    Action.OBJECT: _rights(city_officer=_CITY, city_finance=_CITY),
    Action.DECIDE_OBJECTIONS: _rights(evaluator=_REGION),
    Action.READ_NOTICES: _rights(coordinator=_REGION, city_officer=_CITY, city_finance=_CITY),
    Action.SEND_NOTICES: _rights(coordinator=_REGION),
    Action.READ_AUDIT: _rights(evaluator=Scope.REGION, administrator=Scope.EVERYTHING),
    Action.MANAGE_USERS: _rights(administrator=Scope.EVERYTHING),
}


def scope_of(user: User, action: Action) -> Scope | None:
    """How far the user's right to the action extends; None where there is none."""
    return RIGHTS[action].get(user.role)


def require(user: User, action: Action, *, city: str | None = None, hazard: str | None = None) -> Scope:
    """The scope of a right, which must reach the city and the hazard office named. Raises `ForbiddenError`."""
    scope = scope_of(user, action)
    reaches = scope is not None
    if scope is Scope.CITY and city is not None:
        reaches = city == user.city
    if scope is Scope.OFFICE and hazard is not None:
        reaches = user.hazard in (None, hazard)
    if scope is None or not reaches:
        raise ForbiddenError(
            Text(f"the role {user.role} may not do this here ({action})", f"角色 {user.role} 在此无权执行 ({action})")
        )
    return scope
