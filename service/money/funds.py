"""Funds: money that was really paid in, for one incident, and no more than that goes out."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from tongzhou.model.errors import Text
from tongzhou.model.settlement.cents import to_cents
from tongzhou.service.errors import ConflictError, ForbiddenError, StaleError
from tongzhou.service.money.advances import stands
from tongzhou.service.money.books import hold, is_city
from tongzhou.service.money.ledger import APPROPRIATION, BANK, Posting, post
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import User
from tongzhou.service.picture import records as records_use
from tongzhou.service.picture.incidents import incident_row
from tongzhou.service.picture.kinds import KINDS
from tongzhou.service.store.change import Change
from tongzhou.service.store.tables import records, txns

PERSON = "user:"


def pay_in(change: Change, user: User, incident: str, record: str, version: int) -> str:
    """Post a fund's amount as paid in, as somebody else than who wrote down the version named; returns the transaction.

    Raises `ForbiddenError`, `StaleError`, `ConflictError` where it was paid in, or where its id is a city's or another fund's.
    """
    require(user, Action.POST_LEDGER)
    hold(change.connection, records_use.read(change.connection, user, KINDS["funds"], incident, record).region)
    row = records_use.read(change.connection, user, KINDS["funds"], incident, record)
    if version != row.version:
        raise StaleError(row.version)
    fund = row.body["fund"]
    if not row.updated_by.startswith(PERSON):
        raise ConflictError(
            Text("nobody is named as its author; let a person change the fund first", "无署名作者; 请先由人员修改该资金"))  # fmt: skip
    author = row.updated_by.removeprefix(PERSON)
    if author == user.id:
        raise ForbiddenError(Text("four eyes: posted by somebody else", "四眼原则: 须由他人过账"))
    if is_city(change.connection, row.region, fund):
        raise ConflictError(
            Text(f"{fund} is a city; a fund has an id of its own", f"{fund} 是城市; 资金须有自己的编号")
        )
    own_funds_only(change.connection, row.region, incident, {fund})
    cents = to_cents(row.body["amount"])
    made = change.connection.execute(
        sa.select(stands().label("stands")).where(txns.c.idem_key.startswith(_key(record), autoescape=True))
    ).all()
    if any(item.stands for item in made):
        raise ConflictError(Text(f"{fund} is paid in already", f"{fund} 已到账"))
    currency = incident_row(change.connection, user, incident).settings["currency"]
    paid_in = ((BANK, fund, cents), (APPROPRIATION, fund, -cents))
    posting = Posting(f"{_key(record)}{len(made) + 1}", "funding", currency, f"paid into {fund}", paid_in)
    return post(change, row.region, posting, approved_by=author, posted_by=user.id)


def own_funds_only(connection: sa.Connection, region: str, incident: str, funds: Collection[str]) -> None:
    """Raises `ConflictError` where money under one of these ids was paid in for another incident: it is not this one's to spend."""
    for fund in sorted(funds):
        mine = connection.execute(
            sa.select(records.c.id).where(
                records.c.incident == incident, records.c.kind == "funds", records.c.key == fund
            )
        ).scalars()
        own = [txns.c.idem_key.startswith(_key(record), autoescape=True) for record in mine]
        other = sa.and_(
            txns.c.region == region,
            txns.c.kind == "funding",
            txns.c.memo == f"paid into {fund}",
            sa.not_(sa.or_(sa.false(), *own)),
        )
        if connection.execute(sa.select(txns.c.id).where(other, stands())).first() is not None:
            raise ConflictError(
                Text(f"{fund} is a fund of another incident of the region; give this one an id of its own",
                     f"{fund} 是本区域另一事件的资金; 请使用不同的编号"))  # fmt: skip


def _key(record: str) -> str:
    return f"fund:{record}:"
