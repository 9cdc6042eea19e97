"""Single cents: rounding, netting, grants under their limits, ledgers; drawn by hypothesis."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
from deals import advance
from hypothesis import given, settings
from hypothesis import strategies as st
from tongzhou.model.ledger import Book, balances, unbalanced
from tongzhou.model.settlement.amounts import Amounts, netted, transfers_of
from tongzhou.model.settlement.cents import largest_remainder, to_cents, to_money
from tongzhou.model.settlement.posting import ledger_lines
from tongzhou.model.settlement.terms import CityTerms, FundTerms, SettlementTerms
from tongzhou.solvers.settlement.rounding import round_grants, whole_cents
from tongzhou.solvers.settlement.stages import Paid

FEW = settings(max_examples=150, deadline=None, derandomize=True, database=None)
thousandths = st.integers(-(10**7), 10**7)
CATEGORIES = ("travel", "commodities", "incentive")


@FEW
@given(st.lists(thousandths, min_size=1, max_size=12))
def test_largest_remainder_adds_up_and_stays_within_a_cent(parts: list[int]):
    total = round(sum(parts) / 1000)
    found = largest_remainder([part / 1000 for part in parts], total)
    assert sum(found) == total
    for part, cents in zip(parts, found, strict=True):
        assert abs(Fraction(part, 1000) - cents) <= 1


@FEW
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=9), st.integers(1, 100_000))
def test_equal_parts_differ_by_a_cent_at_most(weights: list[int], total: int):
    parts = [total / len(weights)] * len(weights)
    found = largest_remainder(parts, total)
    assert max(found) - min(found) <= 1


def test_largest_remainder_by_hand():
    # 33.4 + 33.3 + 33.3: the cent goes to 33.4; 0.5 + 0.5: to the first
    assert largest_remainder([33.4, 33.3, 33.3], 100) == [34, 33, 33]
    assert largest_remainder([0.5, 0.5], 1) == [1, 0]
    assert largest_remainder([-33.4, 33.4], 0) == [-33, 33]
    assert (to_cents(Decimal("0.005")), to_cents(1.005), to_cents(-0.5), to_money(-7)) == (
        1,
        101,
        -50,
        Decimal("-0.07"),
    )


@FEW
@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=15))
def test_netting_settles_everybody_in_less_than_n_payments(parts: list[int]):
    position = {f"C{number}": cents for number, cents in enumerate([*parts, -sum(parts)])}
    found = netted(position)
    assert len(found) <= max(0, sum(1 for cents in position.values() if cents) - 1)
    for payer, payee, cents in found:
        assert cents > 0
        position[payer] += cents
        position[payee] -= cents
    assert not any(position.values())


grant_cells = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from(CATEGORIES)),
    st.integers(1000, 5_000_000).map(lambda value: value / 100_000), max_size=20,
)  # fmt: skip


@FEW
@given(grant_cells)
def test_controlled_rounding_moves_no_sum_by_a_cent(grants: dict[tuple[int, int, str], float]):
    found = round_grants(grants)
    assert found.keys() == grants.keys()
    keys = [
        lambda key: key,
        lambda key: key[0],
        lambda key: key[:2],
        lambda key: key[1],
        lambda key: key[1:],
        lambda _: 0,
    ]
    for family in keys:
        for name in {family(key) for key in grants}:
            exact = sum(Fraction(str(amount)) * 100 for key, amount in grants.items() if family(key) == name)
            whole = sum(cents for key, cents in found.items() if family(key) == name)
            assert abs(whole - exact) < 1 + Fraction(1, 1000)
            assert exact.denominator > 1 or whole == exact


@st.composite
def solutions(draw: st.DrawFn) -> tuple[SettlementTerms, Paid]:
    """A solution of the settlement model with fractions of cents; every payer is at its ability, some get grants too."""
    count = draw(st.integers(2, 6))
    received = [draw(st.integers(0, 10**6)) / 1000 for _ in range(count)]
    payers = draw(st.integers(1, count - 1))
    paid = [0.0] * count
    total = sum(received)
    for place in range(payers):
        paid[place], total = (total, 0.0) if place == payers - 1 else (float(int(total) // 2), total - int(total) // 2)
    grants = {(0, place, "travel"): draw(st.integers(1, 10**6)) / 1000 for place in range(count) if draw(st.booleans())}
    fund = FundTerms("F", round(sum(grants.values()) + 1, 2), ("all",), None, None)
    cities = tuple(
        CityTerms(f"C{place}", 0.0, {}, 0.0, 0.0, Fraction(str(paid[place])).__ceil__() if paid[place] else None, third=False,
                  idle=False, adjusted=0.0)
        for place in range(count)
    )  # fmt: skip
    terms = SettlementTerms(cities, (fund,), (), 0.0, 0.0, 1.0, led=False)
    return terms, Paid(np.zeros(count), np.array(paid), np.array(received), grants, {}, 0.0)


@FEW
@given(solutions())
def test_whole_cents_balance_and_stay_near(given_solution: tuple[SettlementTerms, Paid]):
    terms, paid = given_solution
    found = whole_cents(terms, paid)
    assert sum(found.net.values()) == 0
    for place, city in enumerate(terms.cities):
        exact = 100 * (paid.received[place] - paid.paid[place])
        exact += 100 * sum(amount for key, amount in paid.grants.items() if key[1] == place)
        assert abs(found.net[city.city] + found.granted(city.city) - exact) < 1.01
        if city.ability is not None:
            assert -found.net[city.city] <= round(city.ability * 100)


@st.composite
def accounts(draw: st.DrawFn) -> tuple[Amounts, list]:
    """Positions, grants and advances down to single cents."""
    names = [f"C{number}" for number in range(draw(st.integers(2, 6)))]
    parts = [draw(st.integers(-5000, 5000)) for _ in names[1:]]
    net = dict(zip(names, [*parts, -sum(parts)], strict=True))
    grants = {("F", name, "travel"): draw(st.integers(1, 999)) for name in names if draw(st.booleans())}
    payers = st.sampled_from([*names, "F"])
    advances = []
    for number in range(draw(st.integers(0, 5))):
        payer, payee = draw(payers), draw(st.sampled_from(names))
        if payer != payee:
            advances.append(advance(payer, payee, draw(st.integers(1, 5000)) / 100, f"X{number}"))
    return Amounts(net, grants, {}), advances


@FEW
@given(accounts())
def test_after_advances_and_payments_nobody_owes_anything(drawn: tuple[Amounts, list]):
    found, advances = drawn
    transfers = transfers_of(found, advances, "T")
    lines = ledger_lines((), found, (), advances, transfers, "T")
    assert not unbalanced(lines)
    left = {key: amount for key, amount in balances(lines).items() if key[0] == "settlement" and amount}
    assert not left
    assert all(row.amount > 0 for row in transfers)
    assert len({row.reference for row in transfers}) == len(transfers)
    assert sum(1 for row in transfers if row.kind == "mutual") <= len(found.net) - 1


def test_a_book_refuses_what_does_not_balance():
    book = Book("T")
    book.post("nothing", [("bank", "A", 0)])
    assert book.lines == ()
    try:
        book.post("one side", [("bank", "A", 5)])
    except ValueError as caught:
        assert "one side" in str(caught)
    else:
        raise AssertionError
