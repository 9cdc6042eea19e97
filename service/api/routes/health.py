"""Whether the service lives, whether it can work, and what it counted."""

from __future__ import annotations

import shutil
from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from tongzhou.service.api.context import Service, ServiceOf
from tongzhou.service.api.fields import Body
from tongzhou.service.jobs.lease import living
from tongzhou.service.store.tables import leases

router = APIRouter(tags=["health"])


class Health(Body):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(Body):
    """Whether the database can be written, the disk has room and a worker lives."""

    ready: bool
    database: bool
    disk: bool
    workers: int


@router.get("/healthz", operation_id="get-health")
def get_health() -> Health:
    """The process answers. 存活"""
    return Health()


@router.get("/readyz", operation_id="get-readiness", response_model=Readiness, responses={503: {"model": Readiness}})
def get_readiness(service: ServiceOf) -> JSONResponse:
    """Whether work can be taken and done. 就绪"""
    database = _writes(service)
    disk = (
        service.settings.folder is None
        or shutil.disk_usage(service.settings.folder).free >= service.settings.least_free
    )
    workers = living(service.engine) if database else 0
    found = Readiness(ready=database and disk and workers > 0, database=database, disk=disk, workers=workers)
    return JSONResponse(found.model_dump(), 200 if found.ready else 503)


def _writes(service: Service) -> bool:
    """Take the write lock and change nothing."""
    try:
        with service.engine.begin() as connection:
            connection.execute(leases.update().where(leases.c.executor == "").values(pid=0))
    except sa.exc.SQLAlchemyError:
        return False
    return True


@router.get("/metrics", operation_id="get-metrics", response_class=Response)
def get_metrics(request: Request) -> Response:
    """Counters for Prometheus. 指标"""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
