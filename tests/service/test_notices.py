"""Webhooks: signed, delivered at least once, again after a failure, never to an address inside the network unless allowed."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from service_world import INCIDENT, World, world
from tongzhou.service.notices.delivery import MOST_ATTEMPTS, deliver_due, is_public


class Receiver:
    """Keeps what it is sent and answers with the statuses given, then 200."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, bytes]] = []
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.seen.append((self.headers["Tongzhou-Signature"], body))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def there(url: str) -> Iterator[World]:
    with world(url) as found:
        yield found


def test_a_notice_reaches_the_citys_webhook_signed_and_again_after_a_failure(there: World, receiver: Receiver) -> None:
    officer = there.as_("city-officer river-city")
    secret = officer.post("/v1/webhooks", {"url": receiver.url})["secret"]
    assert "secret" not in str(officer.all("/v1/webhooks")[0].get("secret"))
    there.as_("coordinator").post(
        f"/v1/incidents/{INCIDENT}/notices", {"cities": ["river-city", "hill-city"], "text": "bridge closed"}
    )
    receiver.statuses = [500]
    now = datetime.now(UTC) + timedelta(seconds=1)
    assert deliver_due(there.engine, now, private=True) == 1
    assert deliver_due(there.engine, now, private=True) == 0  # waits 5 s before it tries again
    assert deliver_due(there.engine, now + timedelta(seconds=6), private=True) == 1
    assert deliver_due(there.engine, now + timedelta(days=1), private=True) == 0  # delivered
    assert len(receiver.seen) == 2
    signed, body = receiver.seen[1]
    at = signed.split(",")[0].removeprefix("t=")
    assert signed == f"t={at},v1=" + hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert b"bridge closed" in body
    assert b'"city":"river-city"' in body


def test_an_address_inside_the_network_is_refused(there: World, receiver: Receiver) -> None:
    there.as_("city-officer river-city").post("/v1/webhooks", {"url": receiver.url})
    there.as_("coordinator").post(f"/v1/incidents/{INCIDENT}/notices", {"cities": ["river-city"], "text": "x"})
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert deliver_due(there.engine, later) == 1
    assert deliver_due(there.engine, later + timedelta(days=1)) == 0  # for good
    assert receiver.seen == []
    assert not is_public("https://127.0.0.1/")
    assert not is_public("https://[::1]/")
    assert not is_public("https://169.254.169.254/latest")
    assert not is_public("http://example.org/")


def test_a_receiver_that_never_answers_is_given_up(there: World, receiver: Receiver) -> None:
    there.as_("city-officer river-city").post("/v1/webhooks", {"url": receiver.url})
    there.as_("coordinator").post(f"/v1/incidents/{INCIDENT}/notices", {"cities": ["river-city"], "text": "x"})
    receiver.statuses = [503] * 100
    for day in range(1, MOST_ATTEMPTS + 3):
        deliver_due(there.engine, datetime.now(UTC) + timedelta(days=day), private=True)
    assert len(receiver.seen) == MOST_ATTEMPTS


def test_a_notice_is_read_by_its_own_city_only(there: World) -> None:
    there.as_("coordinator").post(f"/v1/incidents/{INCIDENT}/notices", {"cities": ["river-city"], "text": "x"})
    officer = there.as_("city-officer river-city")
    (notice,) = officer.all("/v1/notices")
    there.as_("city-officer hill-city").call("POST", f"/v1/notices/{notice['id']}/read", 404)
    officer.call("POST", f"/v1/notices/{notice['id']}/read", 204)
    assert officer.all("/v1/notices")[0]["read_at"] is not None
