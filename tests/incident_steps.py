"""Steps of an incident that several tests take: a line signed, delivered, claimed."""

from __future__ import annotations

import hashlib

from service_world import World


def sign(there: World, line: dict[str, object]) -> dict[str, object]:
    """Request, offer, accept: three signatures of two cities."""
    receiver, giver = there.as_(f"city-officer {line['destination']}"), there.as_(f"city-officer {line['origin']}")
    path = f"/v1/lines/{line['id']}"
    line = receiver.post(f"{path}/steps/request", {}, version=line["version"])
    line = giver.post(
        f"{path}/steps/offer", {"estimate_cents": 100_000, "limit_cents": 150_000}, version=line["version"]
    )
    return receiver.post(f"{path}/steps/accept", {}, version=line["version"])


def deliver(there: World, line: dict[str, object], *, late_h: float = 0.0) -> dict[str, object]:
    receiver, giver = there.as_(f"city-officer {line['destination']}"), there.as_(f"city-officer {line['origin']}")
    path = f"/v1/lines/{line['id']}"
    line = giver.post(f"{path}/steps/depart", {}, version=line["version"])
    told = {"hour": line["arrive_h"] + late_h, "evidence": "receipt 1"}
    return receiver.post(f"{path}/steps/arrive", told, version=line["version"])


def claim_for(there: World, line: dict[str, object]) -> dict[str, object]:
    """Travel of 12.5 h at 80.00: 1000.00, with proof of work and of payment, verified and approved by the joint body."""
    treasurer, finance = there.as_(f"city-finance {line['origin']}"), there.as_("coordinator-finance")
    claim = treasurer.post(f"/v1/lines/{line['id']}/claims", {"legal_basis": "agreement 7"})
    path = f"/v1/claims/{claim['id']}"
    cost = {"category": "travel", "description": "drivers", "quantity": "12.5", "unit": "h", "rate": "80.00",
            "rate_source": "tariff", "rate_version": "2026"}  # fmt: skip
    claim = treasurer.post(f"{path}/costs", cost, version=claim["version"])
    assert claim["cost_lines"][0]["cents"] == 100_000
    treasurer.post(f"{path}/steps/submit", {}, expect=409, version=claim["version"])  # no evidence yet
    for kind in ("work", "payment"):
        proof = {"kind": kind, "name": f"{kind}.pdf", "hash": hashlib.sha256(kind.encode()).hexdigest()}
        claim = treasurer.post(f"{path}/evidence", proof, version=claim["version"])
    claim = treasurer.post(f"{path}/steps/submit", {}, version=claim["version"])
    finance.post(f"{path}/steps/approve", {}, expect=409, version=claim["version"])  # nothing verified yet
    for item in claim["evidence"]:
        claim = finance.post(f"{path}/evidence/{item['id']}/verification", {}, version=claim["version"])
    treasurer.post(f"{path}/steps/approve", {}, expect=403, version=claim["version"])
    return finance.post(f"{path}/steps/approve", {}, version=claim["version"])
