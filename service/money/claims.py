"""Claims: opened on an agreed line, filled with cost lines and evidence, submitted, decided by somebody else, disputed, waived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from tongzhou.model.agreement import BINDING
from tongzhou.model.claim import NEEDED_EVIDENCE, TRANSITIONS, cost_cents
from tongzhou.model.errors import Text
from tongzhou.service.agreement.lines import read_line
from tongzhou.service.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import incident_row
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import row_kept
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import claims, cost_lines, evidence, lines, offsets

KEEP_YEARS = 10

_INSIDE = ("version", "claim")
"""Columns that a version of a claim does not repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostDraft:
    """One cost: quantity times rate, and where the rate comes from."""

    category: str
    description: str
    quantity: Decimal
    unit: str
    rate: Decimal
    rate_source: str
    rate_version: str
    tax_cents: int = 0
    place: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    operated_h: float | None = None
    standby_h: float | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Of a claim: why, and for each cost line that is not allowed in full how much is, and why."""

    reason: str | None = None
    reason_code: str | None = None
    allowed: Mapping[str, tuple[int, str]] = field(default_factory=dict)


def read_claim(connection: sa.Connection, user: User, claim: str) -> sa.Row[Any]:
    """One claim the user may see. Raises `NotFoundError`."""
    found = connection.execute(sa.select(claims).where(claims.c.id == claim, visible(user).claims())).first()
    if found is None:
        raise NotFoundError
    return found


def parts(connection: sa.Connection, claim: str) -> dict[str, list[sa.Row[Any]]]:
    """Cost lines, evidence and offsets of a claim."""
    return {
        table.name: list(connection.execute(sa.select(table).where(table.c.claim == claim).order_by(table.c.id)))
        for table in (cost_lines, evidence, offsets)
    }


def open_claim(
    change: Change, user: User, line: str, *, legal_basis: str | None, deadline: datetime | None
) -> sa.Row[Any]:
    """A draft of a claim for a line that binds; its claimant is the city that gives. Raises `ConflictError`."""
    found = read_line(change.connection, user, line)
    require(user, Action.WRITE_CLAIMS, city=found.origin)
    if found.state not in BINDING:
        raise ConflictError(Text("a claim rests on an accepted line: agreement precedes spending",
                                 "索赔须基于已接受的线: 先协议, 后支出"))  # fmt: skip
    older = change.connection.execute(
        sa.select(claims.c.id).where(claims.c.line == line, claims.c.state != "disallowed")
    ).first()
    if older is not None:
        raise ConflictError(Text("there is a claim for this line already", "该线已有索赔"))
    claim = new_id()
    incident = incident_row(change.connection, user, found.incident)
    change.connection.execute(
        claims.insert().values(
            id=claim, region=incident.region, incident=found.incident, city=found.origin, line=line, state="draft",
            legal_basis=legal_basis, deadline=deadline, retain_until=change.at + timedelta(days=365 * KEEP_YEARS), version=1,
            created_at=change.at,
        )
    )  # fmt: skip
    return _versioned(change, claim, "open-claim")


def add_cost(change: Change, user: User, claim: str, version: int, draft: CostDraft) -> sa.Row[Any]:
    """Add a cost line to a draft."""
    found = _draft(change, user, claim, version)
    cents = cost_cents(draft.quantity, draft.rate)
    values = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
    values |= {"quantity": str(draft.quantity), "rate": str(draft.rate)}
    change.connection.execute(cost_lines.insert().values(id=new_id(), claim=claim, cents=cents, **values))
    return _store(change, claim, found.version, {}, "add-cost")


def add_evidence(
    change: Change, user: User, claim: str, version: int, kind: str, name: str, digest: str
) -> sa.Row[Any]:
    """Name a document by its hash; the city keeps the file."""
    found = _draft(change, user, claim, version)
    change.connection.execute(
        evidence.insert().values(id=new_id(), claim=claim, kind=kind, name=name, hash=digest, added_by=user.id)
    )
    return _store(change, claim, found.version, {}, "add-evidence")


def add_offset(
    change: Change, user: User, claim: str, version: int, kind: str, cents: int, reference: str
) -> sa.Row[Any]:
    """What was or will be paid by others for the same cost."""
    found = _draft(change, user, claim, version)
    change.connection.execute(
        offsets.insert().values(id=new_id(), claim=claim, kind=kind, cents=cents, reference=reference)
    )
    return _store(change, claim, found.version, {}, "add-offset")


def verify_evidence(change: Change, user: User, claim: str, version: int, item: str) -> sa.Row[Any]:
    """Note that the document was seen and is what it says; never by who added it."""
    found = read_claim(change.connection, user, claim)
    require(user, Action.DECIDE_CLAIMS)
    _same_version(found, version)
    mine = sa.and_(evidence.c.id == item, evidence.c.claim == claim)
    row = change.connection.execute(sa.select(evidence).where(mine)).first()
    if row is None:
        raise NotFoundError
    if row.added_by == user.id:
        raise ForbiddenError(Text("evidence is verified by somebody else", "凭证须由他人核实"))
    change.connection.execute(evidence.update().where(mine).values(verified_by=user.id, verified_at=change.at))
    return _store(change, claim, version, {}, "verify-evidence")


def act(change: Change, user: User, claim: str, version: int, action: str, decision: Decision) -> sa.Row[Any]:
    """submit, approve, disallow, dispute or waive. Raises `ConflictError` where something is missing."""
    found = read_claim(change.connection, user, claim)
    _must_be_allowed(change.connection, user, found, action)
    _same_version(found, version)
    before, after = TRANSITIONS[action]
    if found.state not in before:
        raise ConflictError(
            Text(f"a claim in state {found.state} allows no {action}", f"处于 {found.state} 状态的索赔不能 {action}")
        )
    if action in ("approve", "disallow") and found.claimed_by == user.id:
        raise ForbiddenError(Text("a claim is decided by somebody else", "索赔须由他人审定"))
    values: dict[str, Any] = {"state": after, "reason": decision.reason, "reason_code": decision.reason_code}
    if action == "submit":
        _must_be_complete(change.connection, claim)
        values |= {"claimed_by": user.id, "claimed_at": change.at}
    elif action in ("approve", "disallow"):
        values |= {"decided_by": user.id, "decided_at": change.at}
        _decide(change.connection, found, action, decision)
    elif not decision.reason:
        raise ConflictError(Text(f"{action} needs a reason", f"{action} 需注明理由"))
    return _store(change, claim, version, values, f"{action}-claim")


def mark_paid(change: Change, incident: str, *, decided_until: datetime) -> None:
    """What was approved in an incident by the moment its settlement was reckoned is paid: the last transfer went out."""
    mine = sa.and_(claims.c.incident == incident, claims.c.state == "approved", claims.c.decided_at <= decided_until)
    for claim, version in change.connection.execute(sa.select(claims.c.id, claims.c.version).where(mine)).all():
        _store(change, claim, version, {"state": "paid"}, "pay-claim")


def mark_unpaid(change: Change, incident: str) -> None:
    """A payment of an incident came back, or its settlement is reversed: what was paid is approved, and can be disputed again."""
    mine = sa.and_(claims.c.incident == incident, claims.c.state == "paid")
    for claim, version in change.connection.execute(sa.select(claims.c.id, claims.c.version).where(mine)).all():
        _store(change, claim, version, {"state": "approved"}, "unpay-claim")


def _must_be_allowed(connection: sa.Connection, user: User, claim: sa.Row[Any], action: str) -> None:
    if action in ("approve", "disallow"):
        require(user, Action.DECIDE_CLAIMS)
    elif action == "dispute":  # the receiver pays, so it may dispute too
        line = connection.execute(sa.select(lines.c.destination).where(lines.c.id == claim.line)).one()
        require(user, Action.WRITE_CLAIMS, city=line.destination if user.city == line.destination else claim.city)
    else:
        require(user, Action.WRITE_CLAIMS, city=claim.city)


def _must_be_complete(connection: sa.Connection, claim: str) -> None:
    found = parts(connection, claim)
    if not found["cost_lines"]:
        raise ConflictError(Text("a claim has at least one cost line", "索赔至少有一条费用"))
    missing = [kind for kind in NEEDED_EVIDENCE if not any(row.kind == kind for row in found["evidence"])]
    if missing:
        raise ConflictError(
            Text(f"evidence is missing: {', '.join(missing)} (proof of work and proof of payment)",
                 f"缺少凭证: {', '.join(missing)} (须有工作证明和付款证明)"))  # fmt: skip


def _decide(connection: sa.Connection, claim: sa.Row[Any], action: str, decision: Decision) -> None:
    """What is allowed of each cost line; never more than the line's agreed limit in all."""
    found = parts(connection, claim.id)
    if action == "disallow":
        if not decision.reason_code:
            raise ConflictError(Text("a claim is disallowed with a reason code", "驳回索赔须注明原因代码"))
        return
    if any(row.verified_by is None for row in found["evidence"]):
        raise ConflictError(Text("all evidence must be verified first", "须先核实全部凭证"))
    known = {row.id: row for row in found["cost_lines"]}
    if set(decision.allowed) - set(known):
        raise NotFoundError
    total = 0
    for name, row in known.items():
        whole = row.cents + row.tax_cents
        cents, code = decision.allowed.get(name, (whole, ""))
        if cents > whole or (cents < whole and not code):
            raise ConflictError(
                Text("at most what was claimed; less needs a reason code", "不超过索赔额; 核减须注明原因代码")
            )
        connection.execute(
            cost_lines.update().where(cost_lines.c.id == name).values(approved_cents=cents, reason_code=code or None)
        )
        total += cents
    limit = connection.execute(sa.select(lines.c.limit_cents).where(lines.c.id == claim.line)).scalar()
    if limit is not None and total > limit:
        raise ConflictError(Text(f"above what was agreed: {total / 100:.2f} of at most {limit / 100:.2f}",
                                 f"超出约定上限: {total / 100:.2f}, 上限 {limit / 100:.2f}"))  # fmt: skip


def _draft(change: Change, user: User, claim: str, version: int) -> sa.Row[Any]:
    found = read_claim(change.connection, user, claim)
    require(user, Action.WRITE_CLAIMS, city=found.city)
    _same_version(found, version)
    if found.state != "draft":
        raise ConflictError(Text("only a draft is written", "只能修改草稿"))
    return found


def _same_version(found: sa.Row[Any], version: int) -> None:
    if found.version != version:
        raise StaleError(found.version)


def _store(change: Change, claim: str, version: int, values: Mapping[str, Any], action: str) -> sa.Row[Any]:
    change.connection.execute(claims.update().where(claims.c.id == claim).values(**values, version=version + 1))
    return _versioned(change, claim, action)


def _versioned(change: Change, claim: str, action: str) -> sa.Row[Any]:
    row = change.connection.execute(sa.select(claims).where(claims.c.id == claim)).one()
    inside = {
        name: [row_kept(item, *_INSIDE) for item in rows] for name, rows in parts(change.connection, claim).items()
    }
    change.keep_version(action, f"claim:{claim}", row.version, {**row_kept(row, *_INSIDE), **inside})
    return row
