"""Every error as problem details (RFC 9457), in one place. What was sent is never echoed at length."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from tongzhou.model.errors import MessageError, ScenarioError, Text
from tongzhou.service import errors
from tongzhou.service.api.chinese import in_chinese
from tongzhou.service.jobs.tasks import faults_told

MOST_ERRORS = 50
MEDIA = "application/problem+json"
LOG = structlog.get_logger()
STATUS: Mapping[type[MessageError], tuple[int, str, str]] = {
    errors.NotSignedInError: (401, "not-signed-in", "未登录"),
    errors.ForbiddenError: (403, "forbidden", "无权限"),
    errors.NotFoundError: (404, "not-found", "未找到"),
    errors.ConflictError: (409, "conflict", "状态冲突"),
    errors.StaleError: (412, "stale", "版本过期"),
    errors.NoVersionError: (428, "no-version", "缺少版本"),
    errors.RepeatedKeyError: (422, "repeated-key", "重复的幂等键"),
    errors.TooManyError: (429, "too-many", "作业过多"),
    errors.FullError: (507, "full", "空间不足"),
}
"""Error to status, slug of its type, Chinese title."""
_ZH = {400: "请求无法解析", 404: "未找到", 405: "方法不被允许", 408: "请求超时", 413: "请求过大", 415: "类型不支持"}


def problem(
    status: int,
    slug: str,
    title: Text,
    detail: Text,
    faults: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """One answer."""
    found = faults or []
    body = {
        "type": f"urn:tongzhou:problem:{slug}", "title": title.en, "title_zh": title.zh, "status": status, "detail": _clean(detail.en),
        "detail_zh": _clean(detail.zh), "errors": [_clean_all(fault) for fault in found[:MOST_ERRORS]],
        "errors_left_out": max(0, len(found) - MOST_ERRORS),
    }  # fmt: skip
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA)


def _clean(text: str) -> str:
    """Text that UTF-8 can carry, of a length that one can read."""
    return text.encode("utf-8", "replace").decode()[:2000]


def _clean_all(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _clean(value) if isinstance(value, str) else value for name, value in fault.items()}


def install(app: FastAPI) -> None:
    """Register the handlers; FastAPI's own for validation is replaced: it repeats what was sent and fails on NaN."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ScenarioError, _faults)
    app.add_exception_handler(MessageError, _message)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(sa.exc.IntegrityError, _at_once)
    app.add_exception_handler(sa.exc.OperationalError, _away)
    app.add_exception_handler(sa.exc.TimeoutError, _away)


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [
        {
            "place": ".".join(str(part) for part in item["loc"])[:200], "expected": item["msg"],
            "expected_zh": in_chinese(item["type"], item.get("ctx", {})), "code": item["type"],
        }
        for item in error.errors()
    ]  # fmt: skip
    detail = Text(
        f"{len(found)} values are not as expected; nothing was changed", f"{len(found)} 处取值不符合要求; 未作任何更改"
    )
    return problem(422, "invalid", Text("Invalid request", "请求无效"), detail, found)


def _faults(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ScenarioError)
    found = faults_told(error)
    detail = Text(
        f"{len(found)} faults in {error.source}; nothing was changed",
        f"{error.source} 有 {len(found)} 处错误; 未作任何更改",
    )
    return problem(422, "bad-scenario", Text("Faulty data", "数据有误"), detail, found)


def _message(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MessageError)
    status, slug, zh = next(
        (found for kind, found in STATUS.items() if isinstance(error, kind)), (422, "refused", "无法处理")
    )
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.StaleError):
        headers["ETag"] = f'"{error.version}"'
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = "5"
    return problem(status, slug, Text(slug.replace("-", " ").capitalize(), zh), error.message, headers=headers)


def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    title = Text(phrase, _ZH.get(error.status_code, "请求失败"))
    slug = phrase.lower().replace(" ", "-")
    return problem(error.status_code, slug, title, title, headers=error.headers)


def _at_once(_request: Request, error: Exception) -> JSONResponse:
    """Two changed the same at the same moment: the database let one of them through."""
    LOG.warning("changed at once", error=str(getattr(error, "orig", error)).splitlines()[0][:200])
    detail = Text("somebody changed it at the same moment; nothing was changed, read it again",
                  "他人同时作了更改; 未作任何更改, 请重新读取")  # fmt: skip
    return problem(409, "conflict", Text("Conflict", "状态冲突"), detail)


def _away(_request: Request, error: Exception) -> JSONResponse:
    LOG.error("database away", error=type(error).__name__)
    full = "disk is full" in str(error) or "No space left" in str(error)
    if full:
        return problem(
            507, "full", Text("Full", "空间不足"), Text("the disk is full; nothing was accepted", "磁盘已满; 未受理")
        )
    detail = Text("the database does not answer; nothing was changed, try again", "数据库无响应; 未作任何更改, 请重试")
    return problem(503, "database-away", Text("Database away", "数据库不可用"), detail, headers={"Retry-After": "2"})
