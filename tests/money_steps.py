"""Steps of finance that several tests take: settle, approve, post, pay, reverse, pay into a fund."""

from __future__ import annotations

from typing import Any

from incident_steps import deliver, sign
from service_world import INCIDENT, REGION, World

ONE, TWO, SUPERIOR = "coordinator-finance", "coordinator-finance 2", "superior"


def delivered(there: World) -> tuple[str, list[dict[str, Any]]]:
    """A plan whose lines were all signed and delivered; the job, and the lines."""
    job = there.plan()
    there.as_("coordinator").post(f"/v1/jobs/{job}/proposals")
    lines = there.as_("coordinator").all(f"/v1/incidents/{INCIDENT}/lines")
    return job, [deliver(there, sign(there, line)) for line in lines]


def proposed(there: World, job: str) -> str:
    """The path of a settlement just reckoned."""
    there.as_(ONE).post(f"/v1/incidents/{INCIDENT}/jobs", {"kind": "settle", "base_job": job, "time_limit_s": 60})
    assert there.run_jobs() == ["done"]
    return f"/v1/settlements/{there.as_(ONE).all(f'/v1/incidents/{INCIDENT}/settlements')[-1]['id']}"


def approved(there: World, path: str) -> str:
    there.as_(SUPERIOR).post(f"{path}/approval", {}, version=there.as_(ONE).get(path)["version"])
    return path


def posted(there: World, path: str, expect: int | None = None) -> str:
    there.as_(TWO).post(f"{path}/posting", {}, expect, version=there.as_(ONE).get(path)["version"])
    return path


def settled(there: World, job: str) -> str:
    """A settlement of the lines of a plan, approved and posted; its path."""
    return posted(there, approved(there, proposed(there, job)))


def transfers(there: World, path: str) -> list[dict[str, Any]]:
    return list(there.as_(ONE).get(f"{path}/document")["transfers"])


def paid(there: World, path: str) -> list[str]:
    """Every payment of a settlement made; the transactions."""
    rows = transfers(there, path)
    return [there.as_(TWO).post(f"{path}/payments/{row['reference']}")["id"] for row in rows]


def came_back(there: World, txn: str) -> None:
    """One transaction reversed."""
    asked = there.as_(TWO).post(f"/v1/transactions/{txn}/reversals", {"reason": "the bank sent it back"})
    there.as_(ONE).post(f"/v1/reversals/{asked['id']}/approval", {}, version=1)


def reversed_(there: World, path: str) -> None:
    """A settlement reversed."""
    version = there.as_(ONE).get(path)["version"]
    asked = there.as_(TWO).post(f"{path}/reversals", {"reason": "a cost was missing"}, version=version)
    there.as_(SUPERIOR).post(f"/v1/reversals/{asked['id']}/approval", {}, version=1)


def due(there: World) -> list[tuple[str, str, int]]:
    """What is still to be paid in the region."""
    rows = there.as_(ONE).get(f"/v1/regions/{REGION}/transfers")
    return [(row["payer"], row["payee"], row["cents"]) for row in rows]


def moved(there: World, party: str) -> int:
    """What a party's bank account gained, in cents."""
    rows = there.as_(ONE).get(f"/v1/regions/{REGION}/trial-balance")["balances"]
    return sum(row["cents"] for row in rows if (row["account"], row["party"]) == ("bank", party))


def claim_states(there: World) -> set[str]:
    return {row["state"] for row in there.as_(ONE).all(f"/v1/incidents/{INCIDENT}/claims")}


def record(there: World, kind: str, **body: Any) -> dict[str, Any]:
    """Terms of the incident, written by finance."""
    return dict(there.as_(ONE).post(f"/v1/incidents/{INCIDENT}/{kind}", {"body": body}))


def relief(there: World, fund: str = "relief", amount: str = "100000.00") -> dict[str, Any]:
    return record(there, "funds", fund=fund, payer="province", amount=amount, pays_for="all")


def paid_in(there: World, fund: dict[str, Any], expect: int | None = None) -> dict[str, Any]:
    path = f"/v1/incidents/{INCIDENT}/funds/{fund['id']}/payment-in"
    return dict(there.as_(TWO).post(path, None, expect, version=fund["version"]))
