"""The application: routes, problems, guard; one a process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp
from tongzhou.service.api import problems
from tongzhou.service.api.context import Service
from tongzhou.service.api.fields import Problem
from tongzhou.service.api.guard import Guard, Metrics
from tongzhou.service.api.routes import (
    audit,
    claims,
    health,
    jobs,
    lines,
    money,
    notices,
    people,
    picture,
    records,
    reversals,
    trust,
)
from tongzhou.service.jobs.queue import open_client
from tongzhou.service.settings import ServiceSettings
from tongzhou.service.store.engine import open_engine

VERSION = "1"
ROUTERS = (health, people, picture, records, notices, jobs, lines, claims, money, reversals, trust, audit)
POOL_SIZE = 20
_PROBLEM: dict[str, Any] = {"model": Problem, "content": {problems.MEDIA: {}}}


def create_app(settings: ServiceSettings) -> FastAPI:
    """The application on a database whose schema is up to date."""
    engine = open_engine(settings.database, pool_size=POOL_SIZE)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = _bare(life)
    app.state.service = Service(settings, engine, open_client(engine))
    metrics = Metrics()
    app.state.metrics = metrics
    app.add_middleware(_guarded, metrics=metrics, settings=settings)
    return app


def _guarded(app: ASGIApp, metrics: Metrics, settings: ServiceSettings) -> Guard:
    return Guard(app, metrics, settings.most_body, settings.body_s)


def _bare(life: Any = None) -> FastAPI:
    app = FastAPI(
        title="Tongzhou 同舟", version=VERSION, lifespan=life, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        description="Mutual aid between cities: planned, agreed, settled, evaluated. 城市互助的调度与结算服务",
        responses={
            "default": {**_PROBLEM, "description": "Problem details (RFC 9457) in English and Chinese"},
            422: {**_PROBLEM, "description": "What was sent is not as expected; every fault is listed"},
        },
    )  # fmt: skip
    problems.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    return app


def openapi_text() -> str:
    """The OpenAPI document as committed."""
    return json.dumps(_bare().openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
