"""A whole incident, henan-2021, through the API of a real service, on both databases; and the audit of what it left."""

from __future__ import annotations

from pathlib import Path

import httpx
from play_henan import Play
from service_processes import deployment
from tongzhou.service.auditing.verify import verify_database
from tongzhou.service.people.accounts import add_key, add_user
from tongzhou.service.people.user import Role
from tongzhou.service.prepare import prepare
from tongzhou.service.store.change import changing
from tongzhou.service.store.engine import open_engine


def test_henan_is_played_from_the_report_to_the_audit(url: str, tmp_path: Path) -> None:
    prepare(url)
    engine = open_engine(url)
    with changing(engine, "test", "begin") as change:
        _, key, _ = add_key(change, add_user(change, "root", Role.ADMINISTRATOR), "play")
    engine.dispose()
    with deployment(url, tmp_path) as there, httpx.Client(base_url=there.client.base_url, timeout=60) as client:
        told = Play(client, key).whole()
    assert told["claims"] == 3
    assert told["seen"]["spoilt"] == 1
    assert told["damage"] > 0  # what was lost before the second plan is in the bill of the settlement after it
    assert told["seen"]["accept"] > 10
    assert told["seen"]["arrive"] == told["seen"]["depart"]
    found = verify_database(url, head=told["head"], again=True)
    assert found.findings == ()
    assert found.settlements == 1
