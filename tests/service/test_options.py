"""What a deployment or an order may choose: limits a user, offers that expire, reliability, an order of a superior, funds, workbooks."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from incident_steps import deliver, sign
from service_world import INCIDENT, REGION, World, world
from tongzhou.scenarios.files import problem_of, scenario_hash
from tongzhou.scenarios.json_document import raw_document
from tongzhou.scenarios.template import example
from tongzhou.service.settings import ServiceSettings
from tongzhou.service.uploads import workbook_of


@pytest.fixture
def there(url: str) -> Iterator[World]:
    with world(url) as found:
        yield found


def offered(there: World, resource: str) -> float | None:
    document = there.as_("coordinator").get(f"/v1/incidents/{INCIDENT}/scenario")
    row = next(row for row in document["stocks"] if (row["city"], row["resource"]) == ("hill-city", resource))
    found: float | None = row.get("offered")
    return found


def test_a_user_has_only_so_many_jobs_under_way(there: World) -> None:
    coordinator = there.as_("coordinator")
    path, most = f"/v1/incidents/{INCIDENT}/jobs", ServiceSettings(database="x").most_active
    for _ in range(most):
        coordinator.post(path, {"kind": "plan"})
    refused = coordinator.call("POST", path, 429, json={"kind": "plan"})
    assert refused.headers["Retry-After"] == "5"
    first = coordinator.all("/v1/jobs")[-1]["id"]
    coordinator.post(f"/v1/jobs/{first}/cancel")
    coordinator.post(path, {"kind": "plan"})


def test_an_offer_that_has_expired_counts_no_more(there: World) -> None:
    officer = there.as_("city-officer hill-city")
    path = f"/v1/incidents/{INCIDENT}/offers"
    offer = next(row for row in officer.all(path) if row["body"]["resource"] == "water")
    assert offered(there, "water") == 200
    told = {"body": offer["body"], "expires_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    changed = officer.put(f"{path}/{offer['id']}", told, version=1)
    assert offered(there, "water") is None
    again = officer.put(f"{path}/{offer['id']}", {"body": offer["body"]}, version=2)  # confirmed anew
    assert again["confirmed_at"] > changed["confirmed_at"]
    assert offered(there, "water") == 200


def test_offers_weighted_by_reliability_are_an_option_of_a_plan(there: World) -> None:
    coordinator = there.as_("coordinator")
    coordinator.post(f"/v1/jobs/{there.plan()}/proposals")
    lines = [row for row in coordinator.all(f"/v1/incidents/{INCIDENT}/lines") if row["origin"] == "hill-city"]
    for line in lines[:2]:
        signed = sign(there, line)
        there.as_("city-officer hill-city").post(
            f"/v1/lines/{line['id']}/steps/withdraw", {"reason": "x"}, version=signed["version"]
        )
    # two promises broken, none kept: Beta(1/2, 5/2), mean 1/6; 200 t offered count as 33.33, 600 tents in lots of 10 as 100
    job = there.plan(weigh_reliability=True)
    document = coordinator.get(f"/v1/jobs/{job}/scenario")
    counted = {row["resource"]: row["offered"] for row in document["stocks"] if row["city"] == "hill-city"}
    assert counted["water"] == pytest.approx(200 / 6, abs=1e-3)
    assert counted["tents"] == 100  # broken a moment ago, so a hair above: whole lots are rounded down
    assert offered(there, "water") == 200


def test_a_superior_orders_where_the_incident_is_led(there: World) -> None:
    coordinator, superior = there.as_("coordinator"), there.as_("superior")
    incident = coordinator.get(f"/v1/incidents/{INCIDENT}")
    led = {**incident["settings"], "governance": {**incident["settings"].get("governance", {}), "mode": "led"}}
    coordinator.put(f"/v1/incidents/{INCIDENT}", {"settings": led, "state": "normal"}, version=1)
    coordinator.post(f"/v1/jobs/{there.plan()}/proposals")
    line = superior.all(f"/v1/incidents/{INCIDENT}/lines")[0]
    path = f"/v1/lines/{line['id']}/steps"
    coordinator.post(f"{path}/order", {"reason": "x"}, expect=403, version=1)
    superior.post(f"{path}/order", {}, expect=409, version=1)  # no reason
    ordered = superior.post(f"{path}/order", {"reason": "emergency response law, article 52"}, version=1)
    assert (ordered["state"], ordered["accepted_by"]) == ("accepted", None)
    deliver(there, ordered)
    accepted = coordinator.get(f"/v1/lines/{line['id']}")
    assert accepted["state"] == "arrived"


def test_a_fund_is_paid_in_by_four_eyes(there: World) -> None:
    finance, second = there.as_("coordinator-finance"), there.as_("coordinator-finance 2")
    fund = {"fund": "relief", "payer": "province", "amount": "1000.50", "pays_for": "all"}
    record = finance.post(f"/v1/incidents/{INCIDENT}/funds", {"body": fund})
    path = f"/v1/incidents/{INCIDENT}/funds/{record['id']}/payment-in"
    finance.post(path, expect=403, version=1)
    second.post(path, expect=428)  # which amount is meant is named
    second.post(path, expect=412, version=2)
    paid = second.post(path, version=1)
    assert sorted(entry["cents"] for entry in paid["entries"]) == [-100_050, 100_050]
    second.post(path, expect=409, version=1)  # once
    (balance,) = finance.get(f"/v1/regions/{REGION}/funds")
    assert (balance["paid_in"], balance["balance"]) == (100_050, 100_050)
    asked = second.post(f"/v1/transactions/{paid['id']}/reversals", {"reason": "wrong fund"})
    second.post(f"/v1/transactions/{paid['id']}/reversals", {"reason": "again"}, expect=409)  # asked for already
    second.post(f"/v1/reversals/{asked['id']}/approval", {}, expect=403, version=1)  # by somebody else
    assert finance.get(f"/v1/regions/{REGION}/funds")[0]["balance"] == 100_050
    finance.post(f"/v1/reversals/{asked['id']}/refusal", {"reason": "it is the right one"}, version=1)
    finance.post(f"/v1/reversals/{asked['id']}/approval", {}, expect=409, version=2)  # refused
    asked = second.post(f"/v1/transactions/{paid['id']}/reversals", {"reason": "wrong fund"})
    finance.post(f"/v1/reversals/{asked['id']}/approval", {}, expect=412, version=7)  # another version
    done = finance.post(f"/v1/reversals/{asked['id']}/approval", {}, version=1)
    assert (done["state"], done["asked_by"] != done["decided_by"]) == ("done", True)
    mirror = finance.all(f"/v1/regions/{REGION}/transactions")[0]
    assert (mirror["reverses"], mirror["approved_by"], mirror["posted_by"]) == (
        paid["id"],
        done["decided_by"],
        done["asked_by"],
    )
    second.post(f"/v1/transactions/{paid['id']}/reversals", {"reason": "once more"}, expect=409)  # reversed already
    assert finance.get(f"/v1/regions/{REGION}/funds")[0]["balance"] == 0


def test_a_workbook_goes_in_and_comes_out(there: World) -> None:
    coordinator, admin = there.as_("coordinator"), there.as_("administrator")
    book = workbook_of(replace(example()))
    path = f"/v1/regions/{REGION}/imports"
    made = coordinator.call("POST", f"{path}/second/workbook", content=book).json()
    assert made["left_out"] == 3  # offers are their city's own
    made = admin.call("POST", f"{path}/third/workbook", content=book).json()
    assert made["left_out"] == 0
    back = coordinator.call("GET", "/v1/incidents/third/workbook").content
    again = admin.call("POST", f"{path}/fourth/workbook", content=back).json()
    assert (again["changed"], again["left_out"]) == (0, 0)
    document = coordinator.get("/v1/incidents/fourth/scenario")
    assert scenario_hash(problem_of(raw_document(document), "x")) == scenario_hash(example())


def test_a_workbook_that_is_none_or_asks_for_too_much_is_a_fault(there: World) -> None:
    path = f"/v1/regions/{REGION}/imports/bad/workbook"
    coordinator = there.as_("coordinator")
    for content in (b"", b"no workbook", _bomb()):
        problem = coordinator.call("POST", path, 422, content=content).json()
        assert problem["type"] == "urn:tongzhou:problem:bad-scenario"


def _bomb() -> bytes:
    """A small file that opens to 400 MB."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 400 * 1024**2)
    return target.getvalue()
