"""Faults of requests in Chinese: said of the value, and of every kind of fault that this API's own models can find."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from tongzhou.service.api import problems
from tongzhou.service.api.chinese import EXPECTED, OTHERWISE, in_chinese


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]+$")] = "abc"
    count: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.5
    state: Literal["normal", "emergency"] = "normal"
    at: AwareDatetime | None = None
    rows: Annotated[list[int], Field(min_length=1, max_length=2)] = Field(default=[1])


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.post("/")(tell)
    return TestClient(app)


def tell(told: Told) -> str:
    return told.name


CASES: list[tuple[dict[str, Any], str]] = [
    ({"name": "a"}, "至少 2 个字符"),
    ({"name": "abcde"}, "至多 4 个字符"),
    ({"name": 3}, "应为文字"),
    ({"name": "ABC"}, "应符合格式 ^[a-z]+$"),
    ({"count": 0}, "应不小于 1"),
    ({"count": 10}, "应不大于 9"),
    ({"count": "many"}, "应为整数"),
    ({"count": 1.5}, "应为整数, 不含小数"),
    ({"share": 0}, "应大于 0.0"),
    ({"share": 1}, "应小于 1.0"),
    ({"state": "odd"}, "应为 'normal' 或 'emergency' 之一"),
    ({"at": "2026-01-01T00:00:00"}, "应为带时区的时刻 (ISO 8601)"),
    ({"rows": []}, "至少 1 项"),
    ({"rows": [1, 2, 3]}, "至多 2 项"),
    ({"more": 1}, "没有此字段"),
]


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_a_fault_is_told_in_chinese(client: TestClient, body: dict[str, Any], expected: str) -> None:
    answer = client.post("/", json=body)
    assert answer.status_code == 422
    assert [fault["expected_zh"] for fault in answer.json()["errors"]] == [expected]


def test_every_type_is_one_of_pydantics() -> None:
    from pydantic_core.core_schema import ErrorType

    assert set(EXPECTED) <= set(get_args(ErrorType))


def test_what_is_not_known_is_told_in_general() -> None:
    assert in_chinese("recursion_loop", {}) == OTHERWISE
    assert in_chinese("greater_than", {}) == OTHERWISE
