"""The API in this process on a real database, with a user for every role, and jobs run where the test wants them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tongzhou.model.domain import Problem
from tongzhou.scenarios.template import example
from tongzhou.service.api.app import create_app
from tongzhou.service.exchange import import_scenario
from tongzhou.service.jobs.executor import Executor
from tongzhou.service.jobs.tasks import Answer, Order, carry_out
from tongzhou.service.people.accounts import add_key, add_user
from tongzhou.service.people.user import Role, User
from tongzhou.service.picture.incidents import add_region
from tongzhou.service.prepare import prepare
from tongzhou.service.settings import ServiceSettings
from tongzhou.service.store.change import Change, changing
from tongzhou.service.store.tables import jobs

REGION, INCIDENT, ELSEWHERE = "demo", "demo-incident", "elsewhere"


class Caller:
    """Calls the API as one user; what the API refuses is an assertion error unless its status is expected."""

    def __init__(self, client: httpx.Client, key: str) -> None:
        self._client, self._key = client, key

    def call(
        self, method: str, path: str, expect: int | None = None, *, version: int | None = None, **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._key}", **more.pop("headers", {})}
        if method == "POST":
            headers.setdefault("Idempotency-Key", uuid.uuid4().hex)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        answer = self._client.request(method, path, headers=headers, **more)
        told = f"{method} {path}: {answer.status_code} {answer.text[:800]}"
        if expect is None:
            assert answer.status_code < 400, told
        else:
            assert answer.status_code == expect, told
        return answer

    def get(self, path: str, expect: int | None = None, **more: Any) -> Any:
        return self.call("GET", path, expect, **more).json()

    def post(self, path: str, body: Any = None, expect: int | None = None, **more: Any) -> Any:
        answer = self.call("POST", path, expect, json={} if body is None else body, **more)
        return answer.json() if answer.content else None

    def put(self, path: str, body: Any, expect: int | None = None, **more: Any) -> Any:
        return self.call("PUT", path, expect, json=body, **more).json()

    def all(self, path: str) -> list[Any]:
        """Every item of a list, page by page."""
        found: list[Any] = []
        cursor = ""
        while True:
            page = self.get(f"{path}{'&' if '?' in path else '?'}limit=200{cursor}")
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"


class World:
    """A service with one region and incident from a scenario, and another region that nobody of the first may see."""

    def __init__(self, app: FastAPI, client: httpx.Client, keys: Mapping[str, str], users: Mapping[str, User]) -> None:
        self.app, self.client, self.keys, self.users = app, client, keys, users
        self.engine: sa.Engine = app.state.service.engine

    def as_(self, name: str) -> Caller:
        """The user of that name: a role, or a role and a city as `city-officer river-city`."""
        return Caller(self.client, self.keys[name])

    def run_jobs(self, task: Any = carry_out) -> list[str]:
        """Run all queued jobs here, oldest first, and return their states. What runs is the worker's own code, without its process."""
        with self.engine.connect() as connection:
            waiting = (
                connection.execute(sa.select(jobs.c.id).where(jobs.c.state == "queued").order_by(jobs.c.id))
                .scalars()
                .all()
            )
        executor = Executor(self.engine, _InThisProcess(), "test", task)
        return [executor.run(job) for job in waiting]

    def plan(self, **options: Any) -> str:
        """A plan of the incident, done; its job."""
        job = self.as_("coordinator").post(
            f"/v1/incidents/{INCIDENT}/jobs", {"kind": "plan", "time_limit_s": 30, **options}
        )
        assert self.run_jobs() == ["done"]
        return str(job["id"])


class _InThisProcess:
    """Stands in for the pool where a test is not about processes."""

    @contextmanager
    def slot(self) -> Iterator[_InThisProcess]:
        yield self

    def schedule(self, task: Any, order: Order, folder: str, *, limit_s: float | None) -> Future[Answer]:
        done: Future[Answer] = Future()
        done.set_result(task(order, folder))
        return done

    def abandon(self) -> None:
        raise AssertionError("done at once")


def _everybody(change: Change, problem: Problem, region: str, prefix: str = "") -> Iterator[tuple[str, User]]:
    for role in Role:
        if role is Role.ADMINISTRATOR:
            continue
        if role.is_of_a_city:
            for city in problem.cities:
                name = f"{prefix}{role.value} {city.city}"
                yield name, add_user(change, name, role, region=region, city=city.city)
        else:
            yield f"{prefix}{role.value}", add_user(change, f"{prefix}{role.value}", role, region=region)
    yield (
        f"{prefix}coordinator-finance 2",
        add_user(change, f"{prefix}coordinator-finance 2", Role.COORDINATOR_FINANCE, region=region),
    )


@contextmanager
def world(url: str, problem: Problem | None = None) -> Iterator[World]:
    """A world on an empty database."""
    problem = example() if problem is None else problem
    prepare(url)
    settings = ServiceSettings(database=url, secure_cookies=False, least_free=0, private_webhooks=True)
    app = create_app(settings)
    engine = app.state.service.engine
    keys, users = {}, {}
    with changing(engine, "test", "set up a world") as change:
        for region, incident, prefix in ((REGION, INCIDENT, ""), (ELSEWHERE, "other-incident", "foreign ")):
            add_region(change, region, region.capitalize())
            import_scenario(change, region, incident, problem, offers=True)
            for name, user in _everybody(change, problem, region, prefix):
                users[name] = user
                _, keys[name], _ = add_key(change, user, "test")
        users["administrator"] = add_user(change, "administrator", Role.ADMINISTRATOR)
        _, keys["administrator"], _ = add_key(change, users["administrator"], "test")
    with TestClient(app, base_url="http://testserver") as client:
        yield World(app, client, keys, users)
