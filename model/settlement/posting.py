"""The settlement's double-entry lines: the bill, its division, funds, programmes, advances, payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tongzhou.model.domain.tables import Advance, Programme
from tongzhou.model.ledger import Book, LedgerLine
from tongzhou.model.settlement.amounts import Amounts
from tongzhou.model.settlement.bill import BillLine, settled
from tongzhou.model.settlement.cents import to_cents
from tongzhou.model.settlement.settlement import Transfer

SETTLEMENT, BANK, COST, GRANT, SHARE, IN_KIND = "settlement", "bank", "aid-cost", "grant", "mutual-share", "in-kind"


def ledger_lines(
    bill: Iterable[BillLine], amounts: Amounts, programmes: Iterable[Programme], advances: Iterable[Advance],
    transfers: Iterable[Transfer], prefix: str,
) -> tuple[LedgerLine, ...]:  # fmt: skip
    """Balanced transactions. `settlement` of a party: debit what is due to it, credit what it owes; zero once all is paid."""
    book = Book(prefix)
    _record_costs(book, bill)
    book.post("mutual compensation between cities", [
        *((SETTLEMENT, city, net) for city, net in sorted(amounts.net.items())),
        *((SHARE, city, -net) for city, net in sorted(amounts.net.items())),
    ])  # fmt: skip
    for (fund, city, category), cents in sorted(amounts.grants.items()):
        book.post(f"grant of {fund} for {category}", [
            (SETTLEMENT, city, cents), (f"{GRANT}:{category}", city, -cents),
            (f"{GRANT}:{category}", fund, cents), (SETTLEMENT, fund, -cents),
        ])  # fmt: skip
    provided = {row.programme: row for row in programmes}
    for (programme, city), units in sorted(amounts.units.items()):
        row = provided[programme]
        value, cost = to_cents(row.unit_value * units), to_cents(row.unit_cost * units)
        book.post(f"{units} units of {programme}", [
            (IN_KIND, city, value), (f"{IN_KIND}:benefit", city, -value),
            (f"{IN_KIND}:cost", row.provider, cost), (IN_KIND, row.provider, -cost),
        ])  # fmt: skip
    for advance in advances:
        _pay(book, f"advance {advance.reference}", advance.payer, advance.payee, to_cents(advance.amount))
    for transfer in transfers:
        _pay(book, f"payment {transfer.reference}", transfer.payer, transfer.payee, to_cents(transfer.amount))
    return book.lines


def _record_costs(book: Book, bill: Iterable[BillLine]) -> None:
    """What giving cost each city, by category; borne so far by the city itself."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in settled(bill):
        sums[line.city, line.category] += to_cents(line.amount)
    for (city, category), cents in sorted(sums.items()):
        book.post(
            f"verified cost of giving: {category}", [(f"{COST}:{category}", city, cents), ("own-means", city, -cents)]
        )


def _pay(book: Book, memo: str, payer: str, payee: str, cents: int) -> None:
    book.post(memo, [
        (SETTLEMENT, payer, cents), (BANK, payer, -cents), (BANK, payee, cents), (SETTLEMENT, payee, -cents),
    ])  # fmt: skip
