"""Money in every order: paid, sent back, reversed, settled anew. What went is counted once, what is due stays due, nothing is stuck."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from incident_steps import claim_for
from money_steps import (
    ONE,
    TWO,
    approved,
    came_back,
    claim_states,
    delivered,
    due,
    moved,
    paid,
    paid_in,
    posted,
    proposed,
    record,
    relief,
    reversed_,
    settled,
    transfers,
)
from service_world import INCIDENT, REGION, World, world
from tongzhou.service.auditing.verify import verify_database


@pytest.fixture
def there(url: str) -> Iterator[World]:
    """A world whose database the audit finds in order at the end of every test."""
    with world(url) as found:
        yield found
        assert verify_database(url).findings == ()


def total(there: World, path: str) -> int:
    return sum(round(float(row["amount"]) * 100) for row in transfers(there, path))


def at_once(there: World, paths: list[str], version: int = 1) -> list[int]:
    """Posts by the second of finance at the same moment; their statuses, sorted."""
    key = {"Authorization": f"Bearer {there.keys[TWO]}", "If-Match": f'"{version}"'}

    def post(path: str) -> int:
        return there.client.post(path, json={}, headers={**key, "Idempotency-Key": uuid.uuid4().hex}).status_code

    with ThreadPoolExecutor(len(paths)) as pool:
        return sorted(pool.map(post, paths))


def test_what_was_paid_since_a_settlement_was_reckoned_is_not_asked_for_again(there: World) -> None:
    job, _ = delivered(there)
    first = settled(there, job)
    second = approved(there, proposed(there, job))  # knows of no payment
    paid(there, first)
    reversed_(there, first)
    posted(there, second, 409)
    version = there.as_(ONE).get(second)["version"]
    there.as_(ONE).post(f"{second}/rejection", {"reason": "reckoned before the payment"}, version=version)
    third = settled(there, job)
    paid(there, third)
    assert due(there) == []
    assert -moved(there, "river-city") == total(there, first)


def test_what_came_back_since_a_settlement_was_reckoned_is_not_taken_for_paid(there: World) -> None:
    job, _ = delivered(there)
    first = settled(there, job)
    txns = paid(there, first)
    reversed_(there, first)
    second = approved(there, proposed(there, job))  # counts the payment as an advance
    came_back(there, txns[0])
    posted(there, second, 409)
    third = settled(there, job)
    assert len(due(there)) == len(transfers(there, third)) > 0
    paid(there, third)
    assert due(there) == []
    assert -moved(there, "river-city") == total(there, first)


def test_a_payment_that_came_back_can_be_made_in_the_next_settlement(there: World) -> None:
    job, _ = delivered(there)
    first = settled(there, job)
    came_back(there, paid(there, first)[0])
    reversed_(there, first)
    second = settled(there, job)  # the same data: the same references
    paid(there, second)
    assert due(there) == []


def test_two_settlements_of_an_incident_are_never_posted_at_once(there: World) -> None:
    job, _ = delivered(there)
    paths = [approved(there, proposed(there, job)) for _ in range(2)]
    assert at_once(there, [f"{path}/posting" for path in paths], version=2) == [200, 409]


def test_the_last_two_payments_at_once_close_the_claims(there: World) -> None:
    relief(there)
    job, lines = delivered(there)
    claim_for(there, lines[0])
    paid_in(there, there.as_(ONE).all(f"/v1/incidents/{INCIDENT}/funds")[0])
    record(there, "responsibility", city="river-city", share=1.0, ability_cap="100000.00")
    path = settled(there, job)
    rows = transfers(there, path)
    assert len(rows) > 1
    assert set(at_once(there, [f"{path}/payments/{row['reference']}" for row in rows])) == {201}
    assert due(there) == []
    assert claim_states(there) == {"paid"}


def test_a_fund_pays_no_more_than_was_paid_in(there: World) -> None:
    fund = relief(there)
    record(there, "responsibility", city="river-city", share=1.0, ability_cap="100000.00")
    job, _ = delivered(there)
    path = settled(there, job)
    (mine,) = [row for row in transfers(there, path) if row["payer"] == "relief"]
    there.as_(TWO).post(f"{path}/payments/{mine['reference']}", expect=409)  # nothing was paid in
    txn = paid_in(there, fund)
    came_back(there, txn["id"])
    paid_in(there, fund)  # again, once it is really there
    paid_in(there, fund, 409)
    paid(there, path)
    assert due(there) == []


def test_a_fund_that_bears_the_name_of_a_city_is_not_paid_in(there: World) -> None:
    paid_in(there, relief(there, "river-city"), 409)


def test_money_of_one_incident_is_not_spent_in_another(there: World) -> None:
    fund = relief(there)
    paid_in(there, fund)
    coordinator, finance = there.as_("coordinator"), there.as_(ONE)
    settings = coordinator.get(f"/v1/incidents/{INCIDENT}")["settings"]
    coordinator.post(f"/v1/regions/{REGION}/incidents", {"incident": "another", "settings": settings})
    body = {"fund": "relief", "payer": "another donor", "amount": "5.00", "pays_for": "all"}
    other = finance.post("/v1/incidents/another/funds", {"body": body})
    there.as_(TWO).post(f"/v1/incidents/another/funds/{other['id']}/payment-in", expect=409, version=1)


def test_an_advance_that_was_entered_wrongly_is_reversed_and_entered_again(there: World) -> None:
    job, _ = delivered(there)
    wrong = record(there, "advances", reference="slip #1", payer="river-city", payee="hill-city", amount="100000.00")
    first = settled(there, job)
    reversed_(there, first)
    body = {"reference": "slip #1", "payer": "river-city", "payee": "hill-city", "amount": "10000.00"}
    there.as_(ONE).put(f"/v1/incidents/{INCIDENT}/advances/{wrong['id']}", {"body": body}, version=1)
    second = approved(there, proposed(there, job))
    posted(there, second, 409)  # the ledger still holds 100000
    txns = there.as_(ONE).all(f"/v1/regions/{REGION}/transactions")
    (held,) = [row["id"] for row in txns if row["memo"] == "advance slip #1"]
    came_back(there, held)
    paid(there, posted(there, second))
    assert due(there) == []
    assert -moved(there, "river-city") == total(there, second) + 1_000_000


def test_a_claim_decided_after_the_settlement_is_not_paid_by_it(there: World) -> None:
    job, lines = delivered(there)
    path = settled(there, job)
    claim_for(there, lines[0])
    paid(there, path)
    assert claim_states(there) == {"approved"}


def test_a_claim_that_was_wrong_can_be_disputed_once_its_settlement_is_reversed(there: World) -> None:
    job, lines = delivered(there)
    claim = claim_for(there, lines[0])
    path = settled(there, job)
    paid(there, path)
    assert claim_states(there) == {"paid"}
    reversed_(there, path)
    version = there.as_(ONE).get(f"/v1/claims/{claim['id']}")["version"]
    treasurer = there.as_(f"city-finance {lines[0]['origin']}")
    treasurer.post(f"/v1/claims/{claim['id']}/steps/dispute", {"reason": "counted twice"}, version=version)


def test_nothing_left_to_pay_closes_the_claims(there: World) -> None:
    job, lines = delivered(there)
    claim_for(there, lines[0])
    first = settled(there, job)
    paid(there, first)
    reversed_(there, first)
    second = settled(there, job)
    assert transfers(there, second) == []
    assert claim_states(there) == {"paid"}


def test_a_currency_is_three_capital_letters(there: World) -> None:
    coordinator = there.as_("coordinator")
    row = coordinator.get(f"/v1/incidents/{INCIDENT}")
    for wrong in ("元", "RMB yuan", "cny"):
        told = {"settings": {**row["settings"], "currency": wrong}, "state": row["state"]}
        coordinator.put(f"/v1/incidents/{INCIDENT}", told, 422, version=row["version"])


def test_a_statement_of_a_reversed_settlement_says_so(there: World) -> None:
    job, _ = delivered(there)
    path = settled(there, job)
    reversed_(there, path)
    for form in ("markdown", "html"):
        text = there.as_("city-finance river-city").call("GET", f"{path}/statements/river-city?form={form}").text
        assert "已冲销: 本单作废" in text


def test_who_approves_a_reversal_sees_what_is_mirrored(there: World) -> None:
    job, _ = delivered(there)
    (txn, *_) = paid(there, settled(there, job))
    asked = there.as_(TWO).post(f"/v1/transactions/{txn}/reversals", {"reason": "sent back"})
    shown = there.as_("superior").get(f"/v1/reversals/{asked['id']}")
    assert shown["memo"].startswith("payment ")
    assert sum(entry["cents"] for entry in shown["entries"]) == 0
    there.as_("superior").post(f"/v1/reversals/{asked['id']}/approval", {}, version=1)
    told = there.as_("city-finance river-city").all("/v1/notices")
    assert "payment-returned" in {item["kind"] for item in told}
