"""Rules of the settlement tables: shares up to 100 %, funds that do not pay the same cost twice, parties that exist."""

from __future__ import annotations

from tongzhou.model.domain.checks.draft import Draft, did_you_mean
from tongzhou.model.domain.tables import BILL_CATEGORIES
from tongzhou.model.errors import Text

WHOLE = 1.0 + 1e-9
"""A sum of shares may miss 100 % by rounding."""


def check_money(draft: Draft) -> None:
    """Check responsibility, funds, advances."""
    _check_responsibility(draft)
    _check_overlaps(draft)
    _check_advances(draft)


def _check_responsibility(draft: Draft) -> None:
    shared = [(index, row) for index, row in draft.sound("responsibility") if row.share is not None]
    total = sum(row.share for _, row in shared)
    if total > WHOLE:
        for index, row in shared:
            draft.fault("responsibility", index, ("share",), f"{row.share:g}", Text(
                f"shares that add up to at most 1 (they add up to {total:g})", f"各份额之和不超过 1 (现为 {total:g})"
            ))  # fmt: skip
    national = {row.city for _, row in draft.sound("cities") if row.role == "national"}
    for index, row in draft.sound("responsibility"):
        if row.city in national:
            expected = Text(
                "a city of the pool: national depots take no part in the settlement",
                "参与互助的城市 (国家库不参与结算)",
            )
            draft.fault("responsibility", index, ("city",), row.city, expected)


def _check_overlaps(draft: Draft) -> None:
    """Stated shares of one category add up to at most 100 %; a fund without a share pays what the others leave."""
    for category in BILL_CATEGORIES[:-2]:
        paying = [
            (index, row) for index, row in draft.sound("funds")
            if row.share is not None and {category, "all"} & set(row.pays_for.split())
        ]  # fmt: skip
        total = sum(row.share for _, row in paying)
        if len(paying) > 1 and total > WHOLE:
            for index, row in paying:
                others = ", ".join(other.fund for _, other in paying if other.fund != row.fund)
                draft.fault("funds", index, ("share", "pays_for"), f"{row.share:g}", Text(
                    f"funds that do not overlap: with {others} {total:.0%} of {category} would be paid",
                    f"资金不得重叠: 与 {others} 合计将支付 {category} 的 {total:.0%}",
                ), Text("leave the share of one fund blank: it then pays what the others leave",
                        "将其中一项资金的比例留空, 则其只支付其余部分"))  # fmt: skip


def _check_advances(draft: Draft) -> None:
    cities = {row.city for _, row in draft.rows("cities")}
    funds = {row.fund for _, row in draft.rows("funds")}
    for index, row in draft.sound("advances"):
        expected = Text("an id of cities or funds", "cities 或 funds 中的编号")
        for column in ("payer", "payee"):
            name = getattr(row, column)
            if name not in cities | funds:
                draft.fault("advances", index, (column,), name, expected, did_you_mean(name, cities | funds))
        if row.payer in funds and row.payee in funds:
            expected = Text("a city: one of the two must be", "城市 (双方至少其一)")
            draft.fault("advances", index, ("payee", "payer"), row.payee, expected)
        elif row.payer == row.payee:
            draft.fault("advances", index, ("payee", "payer"), row.payee, Text("another city", "另一城市"))
    for index, row in draft.sound("funds"):
        if row.fund in cities:
            expected = Text("an id that is not a city's", "与城市编号不同的编号")
            draft.fault("funds", index, ("fund",), row.fund, expected)
