"""An incident from its report to the audit, through the API, on both databases: what each step does and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from incident_steps import claim_for, deliver, sign
from money_steps import delivered, settled
from service_world import INCIDENT, REGION, World, world
from tongzhou.service.auditing.verify import verify_database
from tongzhou.service.store.columns import canonical_json
from tongzhou.service.store.tables import versions


@pytest.fixture
def there(url: str) -> Iterator[World]:
    with world(url) as found:
        yield found


def test_a_whole_incident(there: World, url: str) -> None:
    coordinator = there.as_("coordinator")
    job = there.plan()
    made = coordinator.post(f"/v1/jobs/{job}/proposals")
    assert made["proposed"] > 0
    lines = coordinator.all(f"/v1/incidents/{INCIDENT}/lines")
    assert {line["state"] for line in lines} == {"proposed"}
    arrived = [deliver(there, sign(there, line)) for line in lines]
    assert {line["state"] for line in arrived} == {"arrived"}
    claims = [claim_for(there, line) for line in arrived]
    assert {claim["state"] for claim in claims} == {"approved"}

    finance, second, superior = (
        there.as_("coordinator-finance"),
        there.as_("coordinator-finance 2"),
        there.as_("superior"),
    )
    asked = {"kind": "settle", "base_job": job, "time_limit_s": 60}
    finance.post(f"/v1/incidents/{INCIDENT}/jobs", asked)
    assert there.run_jobs() == ["done"]
    (settlement,) = finance.all(f"/v1/incidents/{INCIDENT}/settlements")
    path = f"/v1/settlements/{settlement['id']}"
    document = finance.get(f"{path}/document")
    assert all(row["status"] == "verified" for row in document["bill"] if row["item"] != "transport")
    # what the claims allowed, 1000.00 a line, is what time away is settled on
    teams = {line["line"] for line in arrived if line["kind"] == "deployment"}
    assert teams
    allowed = {row["line"]: row["amount"] for row in document["bill"] if row["line"] in teams}
    assert allowed == dict.fromkeys(teams, "1000.00")
    finance.post(f"{path}/approval", {}, expect=403, version=settlement["version"])  # proposed it
    settlement = superior.post(f"{path}/approval", {}, version=settlement["version"])
    superior.post(f"{path}/posting", {}, expect=403, version=settlement["version"])  # approves, never posts
    settlement = second.post(f"{path}/posting", {}, version=settlement["version"])
    assert settlement["state"] == "posted"
    for transfer in document["transfers"]:
        second.post(f"{path}/payments/{transfer['reference']}")
    assert finance.get(f"/v1/regions/{REGION}/transfers") == []  # nothing is due any more
    _paid_claims_are_kept_whole(there)
    balance = finance.get(f"/v1/regions/{REGION}/trial-balance")
    assert sum(row["cents"] for row in balance["balances"]) == 0
    city = arrived[0]["origin"]
    page = there.as_(f"city-finance {city}").call("GET", f"{path}/statements/{city}").text
    assert balance["audit_head"][:8] in page
    saved = there.as_(f"city-finance {city}").call("GET", f"{path}/statements/{city}?form=html")
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''statement-hill-city.html"
    assert "<style" in saved.text
    assert saved.headers["tongzhou-audit-head"] in saved.text
    other = next(line["destination"] for line in arrived)
    there.as_(f"city-finance {city}").call("GET", f"{path}/statements/{other}", 403)

    found = verify_database(url, head=balance["audit_head"], again=True)
    assert found.findings == ()
    assert found.settlements == 1


def test_a_settlement_reversed_and_settled_anew_counts_what_was_paid(there: World, url: str) -> None:
    finance, second, superior = (
        there.as_("coordinator-finance"),
        there.as_("coordinator-finance 2"),
        there.as_("superior"),
    )
    job, _ = delivered(there)
    first = settled(there, job)
    transfer = finance.get(f"{first}/document")["transfers"][0]
    second.post(f"{first}/payments/{transfer['reference']}")
    row = finance.get(first)
    asked = second.post(f"{first}/reversals", {"reason": "a cost was missing"}, version=row["version"])
    second.post(f"/v1/reversals/{asked['id']}/approval", {}, expect=403, version=1)
    superior.post(f"/v1/reversals/{asked['id']}/approval", {}, version=1)
    assert finance.get(first)["state"] == "reversed"
    told = there.as_(f"city-finance {transfer['payee']}").all("/v1/notices")
    assert "settlement-reversed" in {item["kind"] for item in told}
    again = settled(there, job)
    document = finance.get(f"{again}/document")
    assert (
        transfer["reference"] not in {item["reference"] for item in document["transfers"]}
        or document["transfers"] == []
    )
    for item in document["transfers"]:
        second.post(f"{again}/payments/{item['reference']}")
    assert finance.get(f"/v1/regions/{REGION}/transfers") == []
    assert verify_database(url).findings == ()


def test_a_payment_that_came_back_is_due_again(there: World, url: str) -> None:
    finance, second = there.as_("coordinator-finance"), there.as_("coordinator-finance 2")
    job, lines = delivered(there)
    claim_for(there, lines[0])
    path = settled(there, job)
    transfers = finance.get(f"{path}/document")["transfers"]
    paid = [second.post(f"{path}/payments/{item['reference']}") for item in transfers]
    assert {claim["state"] for claim in finance.all(f"/v1/incidents/{INCIDENT}/claims")} == {"paid"}

    asked = second.post(f"/v1/transactions/{paid[0]['id']}/reversals", {"reason": "the bank sent it back"})
    finance.post(f"/v1/reversals/{asked['id']}/approval", {}, version=1)
    due = finance.get(f"/v1/regions/{REGION}/transfers")
    cents = round(float(transfers[0]["amount"]) * 100)
    assert [(item["payer"], item["payee"], item["cents"]) for item in due] == [
        (transfers[0]["payer"], transfers[0]["payee"], cents)
    ]
    assert {claim["state"] for claim in finance.all(f"/v1/incidents/{INCIDENT}/claims")} == {"approved"}
    assert verify_database(url).findings == ()

    # What came back is no advance in a settlement that would be made now; what stands is.
    new = finance.post(f"/v1/incidents/{INCIDENT}/jobs", {"kind": "settle", "base_job": job, "time_limit_s": 60})["id"]
    assert there.run_jobs() == ["done"]
    known = {row["reference"] for row in finance.get(f"/v1/jobs/{new}/scenario").get("advances", [])}
    assert known == {item["reference"] for item in transfers[1:]}

    second.post(f"{path}/payments/{transfers[0]['reference']}")
    second.post(f"{path}/payments/{transfers[0]['reference']}", expect=409)  # once
    assert finance.get(f"/v1/regions/{REGION}/transfers") == []
    assert {claim["state"] for claim in finance.all(f"/v1/incidents/{INCIDENT}/claims")} == {"paid"}
    assert verify_database(url).findings == ()


def test_a_line_that_is_not_led_is_never_ordered(there: World) -> None:
    coordinator = there.as_("coordinator")
    coordinator.post(f"/v1/jobs/{there.plan()}/proposals")
    line = coordinator.all(f"/v1/incidents/{INCIDENT}/lines")[0]
    superior = there.as_("superior")
    superior.call("GET", f"/v1/lines/{line['id']}", 404)  # sees aggregates only
    superior.post(f"/v1/lines/{line['id']}/steps/order", {"reason": "urgent"}, expect=404, version=line["version"])


def test_promises_kept_and_broken_make_the_trust_record(there: World) -> None:
    coordinator = there.as_("coordinator")
    coordinator.post(f"/v1/jobs/{there.plan()}/proposals")
    lines = coordinator.all(f"/v1/incidents/{INCIDENT}/lines")
    city = lines[0]["origin"]
    mine = [line for line in lines if line["origin"] == city]
    officer = there.as_(f"city-officer {city}")
    deliver(there, sign(there, mine[0]))
    before = officer.get(f"/v1/regions/{REGION}/trust/{city}")
    # one promise kept in full just now: Beta(1/2 + 1, 1/2), mean 3/4
    assert before["mean"] == pytest.approx(0.75, abs=1e-3)
    assert before["low"] < before["mean"] < before["high"]
    broken = sign(there, mine[1])
    officer.post(f"/v1/lines/{broken['id']}/steps/withdraw", {}, expect=409, version=broken["version"])  # no reason
    officer.post(f"/v1/lines/{broken['id']}/steps/withdraw", {"reason": "needed at home"}, version=broken["version"])
    after = officer.get(f"/v1/regions/{REGION}/trust/{city}")
    # one kept, one broken: Beta(3/2, 3/2), mean 1/2
    assert after["mean"] == pytest.approx(0.5, abs=1e-3)
    objection = officer.post(
        "/v1/objections", {"object": f"line:{broken['id']}", "text": "the road was closed by order"}
    )
    officer.post(f"/v1/objections/{objection['id']}/ruling", {"uphold": True, "answer": "x"}, expect=403, version=1)
    there.as_("evaluator").post(
        f"/v1/objections/{objection['id']}/ruling", {"uphold": True, "answer": "shown"}, version=1
    )
    assert officer.get(f"/v1/regions/{REGION}/trust/{city}")["mean"] == pytest.approx(0.75, abs=1e-3)


def test_evaluations_and_who_decides(there: World) -> None:
    city = "river-city"
    scores = {"timeliness": 4, "sufficiency": 3, "cost": 5, "information": 2}
    assessed = {"scores": scores, "findings": "second truck came late"}
    path = f"/v1/incidents/{INCIDENT}/evaluations/{city}"
    there.as_("city-officer hill-city").put(path, assessed, expect=403)  # a city assesses itself only
    for name in (f"city-officer {city}", "coordinator", "evaluator"):
        there.as_(name).put(path, assessed)
    there.as_("evaluator").put(path, assessed, expect=409)  # must name the version it replaces
    there.as_("evaluator").put(path, assessed, version=1)
    rows = there.as_("evaluator").get(f"/v1/incidents/{INCIDENT}/evaluations")
    assert [(row["assessor"], row["decides"]) for row in rows] == [
        ("coordinator", False),
        ("self", False),
        ("third-party", True),
    ]
    assert there.as_("city-officer hill-city").get(f"/v1/incidents/{INCIDENT}/evaluations") == []


def test_the_same_request_twice_is_one(there: World) -> None:
    coordinator = there.as_("coordinator")
    body = {"kind": "plan", "time_limit_s": 30}
    path, headers = f"/v1/incidents/{INCIDENT}/jobs", {"Idempotency-Key": "k1"}
    first = coordinator.call("POST", path, json=body, headers=headers)
    again = coordinator.call("POST", path, json=body, headers=headers)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true"
    coordinator.call("POST", path, 422, json={**body, "seed": 1}, headers=headers)
    assert len(coordinator.all("/v1/jobs")) == 1


def test_a_change_names_the_version_it_rests_on(there: World) -> None:
    officer = there.as_("city-officer river-city")
    path = f"/v1/regions/{REGION}/stocks"
    stock = officer.all(path)[0]
    more = {"body": {**stock["body"], "quantity": stock["body"]["quantity"] + 5}, "source": "count of this morning"}
    officer.put(f"{path}/{stock['id']}", more, expect=428)
    changed = officer.put(f"{path}/{stock['id']}?why=counted", more, version=1)
    assert changed["version"] == 2
    officer.put(f"{path}/{stock['id']}", more, expect=412, version=1)
    versions = officer.all(f"/v1/records/{stock['id']}/versions")
    assert [row["version"] for row in versions] == [1, 2]
    assert versions[1]["why"] == "counted"
    assert versions[1]["body"]["source"] == "count of this morning"
    there.as_("city-officer hill-city").call("GET", f"{path}/{stock['id']}", 404)
    there.as_("city-officer hill-city").call("GET", f"/v1/records/{stock['id']}/versions", 404)


def test_every_fault_of_a_record_is_told_at_once(there: World) -> None:
    officer = there.as_("city-officer river-city")
    need = {
        "need": "n9",
        "city": "river-city",
        "resource": "watr",
        "quantity": 5,
        "from_h": 0,
        "by_h": 24,
        "priority": 1,
    }
    problem = officer.post(f"/v1/incidents/{INCIDENT}/needs", {"body": need}, expect=422)
    (fault,) = problem["errors"]
    assert (fault["column"], fault["found"]) == ("resource", "`watr`")
    assert "water" in fault["suggestion"]
    foreign = {**need, "resource": "water", "city": "hill-city"}
    officer.post(f"/v1/incidents/{INCIDENT}/needs", {"body": foreign}, expect=403)
    made = officer.post(f"/v1/incidents/{INCIDENT}/needs", {"body": {**need, "resource": "water"}, "source": "mayor"})
    assert made["version"] == 1


def test_an_emergency_is_told_to_those_it_may_reach(there: World) -> None:
    coordinator = there.as_("coordinator")
    incident = coordinator.get(f"/v1/incidents/{INCIDENT}")
    told = {"settings": incident["settings"], "state": "emergency"}
    coordinator.put(f"/v1/incidents/{INCIDENT}", told, version=1)
    notices = there.as_("city-officer river-city").all("/v1/notices")
    assert [notice["kind"] for notice in notices] == ["emergency"]
    coordinator.put(f"/v1/incidents/{INCIDENT}", {**told, "state": "normal"}, expect=409, version=2)


def test_what_is_imported_is_exported_again(there: World) -> None:
    from tongzhou.scenarios.files import problem_of, scenario_hash
    from tongzhou.scenarios.json_document import raw_document
    from tongzhou.scenarios.template import example

    document = there.as_("coordinator").get(f"/v1/incidents/{INCIDENT}/scenario")
    assert scenario_hash(problem_of(raw_document(document), "x")) == scenario_hash(example())
    assert canonical_json(document)


def test_some_hours_on_it_is_planned_anew_and_what_is_agreed_stays(there: World) -> None:
    coordinator = there.as_("coordinator")
    job = there.plan()
    coordinator.post(f"/v1/jobs/{job}/proposals")
    lines = coordinator.all(f"/v1/incidents/{INCIDENT}/lines")
    early = [line for line in lines if line["arrive_h"] <= 6]
    assert early
    for line in early:
        deliver(there, sign(there, line))
    signed = [sign(there, line) for line in lines if line["arrive_h"] > 6][:1]
    coordinator.post(f"/v1/incidents/{INCIDENT}/jobs", {"kind": "plan"}, expect=409)  # lines are under way
    more = {
        "need": "N9",
        "city": "river-city",
        "resource": "tents",
        "quantity": 40,
        "from_h": 12,
        "by_h": 48,
        "priority": 1,
    }
    coordinator.post(f"/v1/incidents/{INCIDENT}/needs", {"body": more, "source": "second report"})
    asked = {"kind": "replan", "base_job": job, "now_h": 6, "time_limit_s": 30}
    again = coordinator.post(f"/v1/incidents/{INCIDENT}/jobs", asked)["id"]
    assert there.run_jobs() == ["done"]
    plan = coordinator.get(f"/v1/jobs/{again}/result")
    kept = {row["line"]: row["quantity"] for row in (*plan["shipments"], *plan["deployments"])}
    for line in (*early, *signed):
        assert kept[line["line"]] == pytest.approx(line["quantity"])
    assert sum(row["served"] for row in plan["service"] if row["need"] == "N9") == pytest.approx(40)
    assert coordinator.get(f"/v1/jobs/{again}/scenario")["scenario"]["replanning"]["now_h"] == 6
    explained = coordinator.post(
        f"/v1/incidents/{INCIDENT}/jobs", {"kind": "explain", "base_job": again, "explain_s": 20}
    )["id"]
    assert there.run_jobs() == ["done"]
    assert coordinator.get(f"/v1/jobs/{explained}")["has_result"]
    sheet = there.as_("city-officer river-city").get(f"/v1/jobs/{again}/cities/river-city")
    assert {row["need"] for row in sheet["needs"]} == {"N1", "N2", "N3", "N9"}


def _paid_claims_are_kept_whole(there: World) -> None:
    with there.engine.connect() as connection:
        query = sa.select(versions).where(versions.c.object.startswith("claim:")).order_by(versions.c.version)
        kept = [(row.object, row.body) for row in connection.execute(query)]
    assert kept
    for claim in {name for name, _ in kept}:
        *_, before, last = (body for name, body in kept if name == claim)
        assert last == {**before, "state": "paid"}
