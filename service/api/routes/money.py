"""Settlements and the ledger."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from tongzhou.service.api.context import Asking, IfMatch, Key, Reading, Reply, Writes, etag, version_named
from tongzhou.service.api.fields import Body, Identifier, Moment, Page, Why
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.errors import NotFoundError
from tongzhou.service.money import funds, ledger, settlements
from tongzhou.service.notices.notify import notify
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.visible import visible
from tongzhou.service.picture.incidents import incident_row, region_row
from tongzhou.service.reports.statement import statement_html, statement_markdown
from tongzhou.service.store import chain, documents
from tongzhou.service.store.change import Change
from tongzhou.service.store.tables import settlements as table
from tongzhou.service.store.tables import txns

router = APIRouter(prefix="/v1", tags=["money"])
WARNING_OF = {
    "proposed": "Proposed only, not yet approved: nothing is to be paid. 仅为提议, 尚未批准: 无须付款。",
    "rejected": "Rejected: nothing is to be paid. 已否决: 无须付款。",
    "reversed": "Reversed: this statement no longer counts; payments made count in the next one. 已冲销: 本单作废; 已付款项计入下一结算。",
}
"""What stands over the statement of a settlement that is not in force."""


class SettlementOut(Body):
    """A settlement on its way: proposed by a run, approved by one, posted by another."""

    id: str
    incident: str
    job: str
    document: str
    state: Literal["proposed", "approved", "rejected", "posted", "reversed"]
    proposed_by: str
    approved_by: str | None
    posted_by: str | None
    reason: str | None
    version: int
    updated_at: Moment


class Entry(Body):
    """One entry: cents, debits positive."""

    account: str
    party: str
    cents: int


class TransactionOut(Body):
    """A posted transaction."""

    id: str
    kind: Literal["funding", "settlement", "payment", "reversal"]
    currency: str
    memo: str
    settlement: str | None
    reverses: str | None
    approved_by: str
    posted_by: str
    at: Moment
    entries: list[Entry]


class Balance(Body):
    """Balance of an account in cents, debits positive."""

    account: str
    party: str
    currency: str
    cents: int


class TrialBalance(Body):
    """All balances, and the head of the audit chain that they rest on; each currency sums to zero."""

    balances: list[Balance]
    audit_head: str
    audit_rows: int


class Netted(Body):
    """A payment that would close positions over all settlements."""

    currency: str
    payer: str
    payee: str
    cents: int


class FundBalance(Body):
    """A fund: paid in, granted by category, still there, in cents."""

    fund: str
    currency: str
    paid_in: int
    granted: dict[str, int]
    balance: int


def _told(row: sa.Row[Any]) -> SettlementOut:
    return SettlementOut(**{name: row._mapping[name] for name in SettlementOut.model_fields})


def _reply(row: sa.Row[Any]) -> Reply:
    return Reply(_told(row), headers=etag(row.version))


@router.get("/incidents/{incident}/settlements", operation_id="list-settlements")
def list_settlements(
    incident: Identifier, user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[SettlementOut]:
    """Settlements of an incident. 结算列表"""
    incident_row(connection, user, incident)
    query = sa.select(table).where(
        table.c.incident == incident, sa.or_(visible(user).settlements(), visible(user).statements())
    )
    return page(connection, query, table.c.id, limit, cursor, _told)


@router.get("/settlements/{settlement}", operation_id="get-settlement")
def get_settlement(settlement: Identifier, user: Asking, connection: Reading, response: Response) -> SettlementOut:
    """A settlement. 结算"""
    row = settlements.read_settlement_row(connection, user, settlement)
    response.headers.update(etag(row.version))
    return _told(row)


@router.get("/settlements/{settlement}/document", operation_id="get-settlement-document")
def get_document(settlement: Identifier, user: Asking, connection: Reading) -> Response:
    """The whole settlement with its proof. 结算文件"""
    row = settlements.read_settlement_row(connection, user, settlement)
    return Response(documents.get(connection, row.document), media_type="application/json")


@router.get("/settlements/{settlement}/statements/{city}", operation_id="get-statement")
def get_statement(
    settlement: Identifier,
    city: Identifier,
    user: Asking,
    connection: Reading,
    form: Literal["markdown", "html"] = "markdown",
) -> Response:
    """One page a city can read alone; it cites the head of the audit chain. 城市结算单"""
    row = settlements.read_for_statement(connection, user, settlement, city)
    what = settlements.opened(connection, row)
    if city not in {item.city for item in what.settlement}:
        raise NotFoundError
    rows, head = chain.head(connection)
    headers = {"Tongzhou-Audit-Head": head, "Tongzhou-Audit-Rows": str(rows)}
    cited = f"audit 审计: {head} ({rows})"
    warning = WARNING_OF.get(row.state, "")
    if form == "html":
        # To be opened from the disk: as a page of this service its own styles would be refused by the content policy.
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''statement-{quote(city, safe='')}.html"
        page_ = statement_html(what, city, cited, warning=warning)
        return Response(page_, media_type="text/html", headers=headers)
    return Response(
        f"{statement_markdown(what, city, warning=warning)}\n\n---\n{cited}\n",
        media_type="text/markdown",
        headers=headers,
    )


@router.post("/settlements/{settlement}/approval", operation_id="approve-settlement", response_model=SettlementOut)
def approve(settlement: Identifier, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Approve, as somebody else than who proposed it; cities are told. 批准结算"""
    version = version_named(if_match)

    def do(change: Change) -> Reply:
        row = settlements.decide(change, write.user, settlement, version, approve=True, reason=None)
        cities = [item.city for item in settlements.opened(change.connection, row).settlement]
        notify(change, row.region, cities, "settlement-approved", {"settlement": settlement}, row.incident)
        return _reply(row)

    return write.once(key, do)


@router.post("/settlements/{settlement}/rejection", operation_id="reject-settlement", response_model=SettlementOut)
def reject(settlement: Identifier, body: Why, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Reject, with a reason. 否决结算"""
    version = version_named(if_match)
    return write.once(key, lambda change: _reply(
        settlements.decide(change, write.user, settlement, version, approve=False, reason=body.reason)
    ))  # fmt: skip


@router.post("/settlements/{settlement}/posting", operation_id="post-settlement", response_model=SettlementOut)
def post(settlement: Identifier, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Post to the ledger, as somebody else than who approved it. 结算过账"""
    version = version_named(if_match)
    return write.once(key, lambda change: _reply(settlements.post_settlement(change, write.user, settlement, version)))


@router.post(
    "/settlements/{settlement}/payments/{reference}",
    operation_id="pay-transfer",
    status_code=201,
    response_model=TransactionOut,
)
def pay(settlement: Identifier, reference: Identifier, write: Writes, key: Key) -> JSONResponse:
    """Post one payment of a settlement, once its money has gone. 付款"""

    def do(change: Change) -> Reply:
        txn = settlements.pay(change, write.user, settlement, reference)
        return Reply(_transaction(change.connection, ledger.read_txn(change.connection, write.user, txn)), 201)

    return write.once(key, do)


@router.get("/regions/{region}/transactions", operation_id="list-transactions")
def list_transactions(
    region: Identifier, user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None
) -> Page[TransactionOut]:
    """Posted transactions, newest first. 凭证列表"""
    require(user, Action.READ_LEDGER)
    region_row(connection, user, region)
    query = sa.select(txns).where(txns.c.region == region, visible(user).txns())
    return page(
        connection, query, txns.c.id, limit, cursor, lambda row: _transaction(connection, row), newest_first=True
    )


@router.get("/transactions/{txn}", operation_id="get-transaction")
def get_transaction(txn: Identifier, user: Asking, connection: Reading) -> TransactionOut:
    """A posted transaction. 凭证"""
    return _transaction(connection, ledger.read_txn(connection, user, txn))


def _transaction(connection: sa.Connection, row: sa.Row[Any]) -> TransactionOut:
    names = [name for name in TransactionOut.model_fields if name != "entries"]
    entries = [
        Entry(account=item.code, party=item.party, cents=item.amount) for item in ledger.entries_of(connection, row.id)
    ]
    return TransactionOut(**{name: row._mapping[name] for name in names}, entries=entries)


@router.get("/regions/{region}/trial-balance", operation_id="get-trial-balance")
def get_trial_balance(region: Identifier, user: Asking, connection: Reading) -> TrialBalance:
    """Balances of all accounts. 试算平衡表"""
    require(user, Action.READ_LEDGER)
    region_row(connection, user, region)
    rows, head = chain.head(connection)
    found = [
        Balance(account=row.code, party=row.party, currency=row.currency, cents=row.cents)
        for row in ledger.trial_balance(connection, region)
    ]
    return TrialBalance(balances=found, audit_head=head, audit_rows=rows)


@router.get("/regions/{region}/transfers", operation_id="list-netted-transfers")
def list_transfers(region: Identifier, user: Asking, connection: Reading) -> list[Netted]:
    """The fewest payments that would close what is due over all settlements. 轧差付款"""
    require(user, Action.READ_LEDGER)
    region_row(connection, user, region)
    return [
        Netted(currency=currency, payer=payer, payee=payee, cents=cents)
        for currency, payer, payee, cents in ledger.netted_transfers(ledger.trial_balance(connection, region))
    ]


@router.get("/regions/{region}/funds", operation_id="list-fund-balances")
def list_funds(region: Identifier, user: Asking, connection: Reading) -> list[FundBalance]:
    """Balances of funds and of what they earmark. 资金余额"""
    require(user, Action.READ_LEDGER)
    region_row(connection, user, region)
    rows = ledger.trial_balance(connection, region)
    found = []
    for row in rows:
        if row.code == ledger.APPROPRIATION:
            mine = [item for item in rows if item.party == row.party and item.currency == row.currency]
            granted = {item.code.removeprefix("grant:"): item.cents for item in mine if item.code.startswith("grant:")}
            balance = sum(item.cents for item in mine if item.code == ledger.BANK)
            found.append(
                FundBalance(fund=row.party, currency=row.currency, paid_in=-row.cents, granted=granted, balance=balance)
            )
    return found


@router.post(
    "/incidents/{place}/funds/{record}/payment-in",
    operation_id="pay-in-fund",
    status_code=201,
    response_model=TransactionOut,
)
def pay_in(place: Identifier, record: Identifier, write: Writes, key: Key, if_match: IfMatch = None) -> JSONResponse:
    """Post a fund's amount as paid in, as somebody else than who wrote down the version named. 资金到账"""
    version = version_named(if_match)

    def do(change: Change) -> Reply:
        txn = funds.pay_in(change, write.user, place, record, version)
        return Reply(_transaction(change.connection, ledger.read_txn(change.connection, write.user, txn)), 201)

    return write.once(key, do)
