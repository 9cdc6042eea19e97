"""The flood of Henan, July 2021, played through the API alone: from the first report to the audited ledger.

`python tests/play_henan.py http://127.0.0.1:8000 ADMIN_KEY` on any empty service; what each side knows comes from the bundled case.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections import Counter
from typing import Any

import httpx
from service_world import Caller
from tongzhou.model.domain import Problem
from tongzhou.model.domain.problem import TABLES
from tongzhou.scenarios.json_document import json_rows
from tongzhou.scenarios.settings_values import settings_values
from tongzhou.service.picture.kinds import KINDS, Kind
from tongzhou.service.runs import open_scenario

REGION, INCIDENT = "henan", "zhengzhou-flood"
SECOND_LOOK_H = 12.0
"""Hour of the second plan, when a part of the first lines has arrived and one of them is half spoilt."""


class Play:
    """One performance; `seen` counts what was done."""

    def __init__(self, client: httpx.Client, admin_key: str, *, time_limit_s: float = 20.0) -> None:
        self.client, self.admin = client, Caller(client, admin_key)
        self.problem: Problem = open_scenario("henan-2021")
        self.time_limit_s = time_limit_s
        self.seen: Counter[str] = Counter()
        self.users: dict[str, Caller] = {}
        self.depots = {row.city for row in self.problem.cities if row.role == "national"}

    def whole(self) -> dict[str, Any]:
        """Everything, in the order of the event."""
        self.people()
        self.picture()
        self.incident()
        job = self.plan({"kind": "plan"})
        self.agree()
        self.move(by_h=SECOND_LOOK_H)
        job = self.plan({"kind": "replan", "base_job": job, "now_h": SECOND_LOOK_H})
        self.agree()
        self.move()
        self.evaluate()
        claims = self.claim()
        return {"seen": dict(self.seen), "claims": claims, **self.settle(job)}

    def people(self) -> None:
        """The region, and its people with their keys."""
        self.admin.post("/v1/regions", {"region": REGION, "name": "Henan", "name_zh": "河南"})
        wanted: list[tuple[str, str, str | None]] = [
            ("coordinator", "coordinator", None), ("finance", "coordinator-finance", None), ("finance 2", "coordinator-finance", None),
            ("superior", "superior", None), ("evaluator", "evaluator", None),
        ]  # fmt: skip
        for row in self.problem.cities:
            if row.role != "hub":
                wanted += [
                    (f"officer {row.city}", "city-officer", row.city),
                    (f"treasurer {row.city}", "city-finance", row.city),
                ]
        for name, role, city in wanted:
            told = {"name": name, "role": role, "region": REGION, **({"city": city} if city else {})}
            user = self.admin.post("/v1/users", told)
            key = self.admin.post(f"/v1/users/{user['id']}/keys", {"label": "play"})["key"]
            self.users[name] = Caller(self.client, key)

    def _writer(self, kind: Kind, body: dict[str, Any]) -> Caller:
        """Who may write a record: a city its own, finance the funds, the joint body the rest."""
        owner = body.get(kind.owner) if kind.owner else None
        return (
            self.users[f"officer {owner}"]
            if owner
            else self.users["finance" if kind.name == "funds" else "coordinator"]
        )

    def _bodies(self, kind: Kind) -> list[dict[str, Any]]:
        assert kind.table is not None
        rows = json_rows(TABLES[kind.table].row_class, getattr(self.problem, kind.table))
        bodies = [{name: row[name] for name in kind.columns if name in row} for row in rows]
        bodies.sort(key=lambda body: "crew" in body)  # a team before the equipment that it works
        return [body for body in bodies if kind.name != "offers" or set(body) - set(kind.key)]

    def _add(self, kind: Kind, body: dict[str, Any], source: str = "situation report") -> None:
        place = f"/v1/incidents/{INCIDENT}" if kind.of_incident else f"/v1/regions/{REGION}"
        self._writer(kind, body).post(f"{place}/{kind.name}", {"body": body, "source": source})
        self.seen[kind.name] += 1

    def picture(self) -> None:
        """Quiet times: cities, resources and lanes by the joint body, what each city holds by itself."""
        for name in ("cities", "resources", "substitutes", "links", "stocks", "fleets"):
            kind = KINDS[name]
            for body in self._bodies(kind):
                self._add(kind, body, "yearly return")

    def incident(self) -> None:
        """The report, roles, the emergency, needs and offers of the cities."""
        told = settings_values(self.problem.settings)
        settings = {**told, "start": told["start"].isoformat()}
        self.users["coordinator"].post(f"/v1/regions/{REGION}/incidents", {"incident": INCIDENT, "settings": settings})
        for name in (
            "roles",
            "parts",
            "needs",
            "offers",
            "arrivals",
            "closures",
            "pairs",
            "funds",
            "programmes",
            "responsibility",
        ):
            kind = KINDS[name]
            for body in self._bodies(kind):
                self._add(kind, body)
        row = self.users["coordinator"].get(f"/v1/incidents/{INCIDENT}")
        told_now = {"settings": settings, "state": "emergency"}
        self.users["coordinator"].put(f"/v1/incidents/{INCIDENT}", told_now, version=row["version"])

    def plan(self, asked: dict[str, Any]) -> str:
        """Submit, wait, put the lines before their cities."""
        coordinator = self.users["coordinator"]
        job = coordinator.post(f"/v1/incidents/{INCIDENT}/jobs", {"time_limit_s": self.time_limit_s, **asked})
        done = self._ended(job["id"])
        assert done["state"] == "done", done["error"]
        made = coordinator.post(f"/v1/jobs/{job['id']}/proposals")
        self.seen["lines proposed"] += made["proposed"]
        return str(job["id"])

    def _ended(self, job: str) -> dict[str, Any]:
        deadline = time.monotonic() + 600
        while True:
            found: dict[str, Any] = self.users["coordinator"].get(f"/v1/jobs/{job}")
            if found["state"] not in ("queued", "running"):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.2)

    def _lines(self, state: str) -> list[dict[str, Any]]:
        return self.users["coordinator"].all(f"/v1/incidents/{INCIDENT}/lines?state={state}")

    def _step(self, who: str, line: dict[str, Any], step: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        self.seen[step] += 1
        found: dict[str, Any] = self.users[who].post(
            f"/v1/lines/{line['id']}/steps/{step}", body or {}, version=line["version"]
        )
        return found

    def _officer(self, city: str) -> str:
        """A depot's lines are signed by the superior, a city's by its officer."""
        return "superior" if city in self.depots else f"officer {city}"

    def agree(self) -> None:
        """Each line requested, offered and accepted: three signatures. One giver thinks better of it."""
        lines = self._lines("proposed")
        for number, line in enumerate(lines):
            line = self._step(self._officer(line["destination"]), line, "request")
            if number == len(lines) - 1 and len(lines) > 3:
                self._step(self._officer(line["origin"]), line, "decline", {"reason": "needed at home"})
                continue
            line = self._step(self._officer(line["origin"]), line, "offer", {"estimate_cents": 500_000})
            self._step(self._officer(line["destination"]), line, "accept")

    def move(self, by_h: float = math.inf) -> None:
        """Every line leaves and arrives by its hour, with a receipt; where nothing is passed on, every tenth comes an hour late, and
        of the first goods half are spoilt."""
        for line in self._lines("accepted"):
            if line["depart_h"] < by_h:
                self._step(self._officer(line["origin"]), line, "depart")
        for number, line in enumerate(self._lines("moving")):
            told: dict[str, Any] = {"hour": line["arrive_h"], "evidence": f"receipt {number}"}
            used_there = not self.problem.city_of[line["destination"]].passes_on
            if used_there and number % 10 == 9:
                told["hour"] += 1.0
            if told["hour"] > by_h:
                continue
            if used_there and line["kind"] == "shipment" and not self.seen["spoilt"]:
                told |= {"accepted": line["quantity"] / 2, "damaged": line["quantity"] / 2}
                self.seen["spoilt"] += 1
            self._step(self._officer(line["destination"]), line, "arrive", told)

    def evaluate(self) -> None:
        """The city's own, the joint body's and the third party's assessment."""
        city = self.problem.needs[0].city
        scores = {"timeliness": 4, "sufficiency": 3, "cost": 4, "information": 2}
        for name in (f"officer {city}", "coordinator", "evaluator"):
            self.users[name].put(
                f"/v1/incidents/{INCIDENT}/evaluations/{city}", {"scores": scores, "findings": "as recorded"}
            )
        self.users["evaluator"].put(
            f"/v1/incidents/{INCIDENT}/evaluations/-", {"scores": scores, "findings": "the whole"}
        )

    def claim(self) -> int:
        """Three givers claim what a line cost them, with proof of work and of payment."""
        lines = [line for line in self._lines("arrived") if line["origin"] not in self.depots][:3]
        for line in lines:
            treasurer, finance = self.users[f"treasurer {line['origin']}"], self.users["finance"]
            claim = treasurer.post(f"/v1/lines/{line['id']}/claims", {"legal_basis": "agreement of the province"})
            path = f"/v1/claims/{claim['id']}"
            cost = {"category": "travel", "description": "drivers and fuel", "quantity": "10", "unit": "h", "rate": "95.50",
                    "rate_source": "provincial tariff", "rate_version": "2021-07"}  # fmt: skip
            claim = treasurer.post(f"{path}/costs", cost, version=claim["version"])
            for kind in ("work", "payment"):
                proof = {
                    "kind": kind,
                    "name": f"{kind}.pdf",
                    "hash": hashlib.sha256(f"{line['line']} {kind}".encode()).hexdigest(),
                }
                claim = treasurer.post(f"{path}/evidence", proof, version=claim["version"])
            claim = treasurer.post(f"{path}/steps/submit", {}, version=claim["version"])
            for item in claim["evidence"]:
                claim = finance.post(f"{path}/evidence/{item['id']}/verification", {}, version=claim["version"])
            claim = finance.post(f"{path}/steps/approve", {}, version=claim["version"])
            assert claim["cost_lines"][0]["approved_cents"] == 95_500
        return len(lines)

    def settle(self, job: str) -> dict[str, Any]:
        """Settled, approved by one, posted by another, paid; the trial balance and the head of the audit chain."""
        finance, second, superior = self.users["finance"], self.users["finance 2"], self.users["superior"]
        for row in finance.all(f"/v1/incidents/{INCIDENT}/funds"):
            second.post(f"/v1/incidents/{INCIDENT}/funds/{row['id']}/payment-in", version=row["version"])
        asked = {"kind": "settle", "base_job": job, "rule": "dual-prices", "time_limit_s": 300}
        done = self._ended(finance.post(f"/v1/incidents/{INCIDENT}/jobs", asked)["id"])
        assert done["state"] == "done", done["error"]
        (row,) = finance.all(f"/v1/incidents/{INCIDENT}/settlements")
        path = f"/v1/settlements/{row['id']}"
        row = superior.post(f"{path}/approval", {}, version=row["version"])
        second.post(f"{path}/posting", {}, version=row["version"])
        document = finance.get(f"{path}/document")
        for transfer in document["transfers"]:
            second.post(f"{path}/payments/{transfer['reference']}")
        city = self.problem.needs[0].city
        statement = self.users[f"treasurer {city}"].call("GET", f"{path}/statements/{city}").text
        balance = finance.get(f"/v1/regions/{REGION}/trial-balance")
        assert sum(item["cents"] for item in balance["balances"]) == 0
        assert finance.get(f"/v1/regions/{REGION}/transfers") == []
        assert balance["audit_head"] == self.users["evaluator"].get("/v1/audit/head")["hash"]
        damage = sum(float(item["amount"]) for item in document["bill"] if item["item"] == "damage")
        return {"transfers": len(document["transfers"]), "damage": damage, "statement": len(statement), "head": balance["audit_head"],
                "tiers": [[tier["name"], tier["value"]] for tier in finance.get(f"/v1/jobs/{job}/result")["plan"]["tiers"]]}  # fmt: skip


if __name__ == "__main__":
    with httpx.Client(base_url=sys.argv[1], timeout=60) as own:
        print(json.dumps(Play(own, sys.argv[2]).whole(), ensure_ascii=False, indent=1))
