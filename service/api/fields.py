"""Types of the cells of requests: what a database, a log or a header could not hold is refused at the edge."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StringConstraints

FIRST_YEAR, LAST_YEAR = 1900, 2200
NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
MOST_CENTS = 9_000_000_000_000_000
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=NO_CONTROLS)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=10000, pattern=r"^[^\x00]*$")]
Cents = Annotated[StrictInt, Field(ge=0, le=MOST_CENTS)]
Quantity = Annotated[float, Field(ge=0, le=1e12, strict=True)]
Hours = Annotated[float, Field(ge=-1e6, le=1e6, strict=True)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Money = Annotated[str, StringConstraints(pattern=r"^\d{1,13}(\.\d{1,6})?$")]


def _of_our_time(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        message = f"a year from {FIRST_YEAR} to {LAST_YEAR}"
        raise ValueError(message)
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
T = TypeVar("T")


class Body(BaseModel):
    """A request or an answer: nothing unknown, no NaN, no infinity."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, ser_json_inf_nan="null")


class Page(Body, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it."""

    items: list[T]
    next: str | None = None


class Problem(BaseModel):
    """RFC 9457 problem details, in both languages; `errors` lists every fault, at most fifty."""

    type: str = Field(examples=["urn:tongzhou:problem:not-found"])
    title: str
    title_zh: str
    status: int
    detail: str
    detail_zh: str
    errors: list[dict[str, Any]] = []
    errors_left_out: int = 0


class Why(Body):
    """A reason."""

    reason: ShortText
