"""What every route needs: the engine, who asks, the version named, the key of a repeated request."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import sqlalchemy as sa
from dbos import DBOSClient
from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from tongzhou.model.errors import Text
from tongzhou.service.api.fields import NO_CONTROLS
from tongzhou.service.errors import ForbiddenError, NotSignedInError, NoVersionError, RepeatedKeyError
from tongzhou.service.jobs.submission import must_have_room
from tongzhou.service.people.accounts import SignedIn, by_key, by_session
from tongzhou.service.people.user import User
from tongzhou.service.settings import ServiceSettings
from tongzhou.service.store.change import Change, changing
from tongzhou.service.store.engine import reading
from tongzhou.service.store.tables import idempotency

COOKIE, CSRF = "tongzhou_session", "X-CSRF-Token"


@dataclass(frozen=True)
class Service:
    """One a process: kept in the application's state."""

    settings: ServiceSettings
    engine: sa.Engine
    client: DBOSClient


def service_of(request: Request) -> Service:
    """The service of the application that answers."""
    found = request.app.state.service
    assert isinstance(found, Service)
    return found


ServiceOf = Annotated[Service, Depends(service_of)]


def connection_of(service: ServiceOf) -> Iterator[sa.Connection]:
    """A reading connection for one request."""
    with reading(service.engine) as connection:
        yield connection


Reading = Annotated[sa.Connection, Depends(connection_of, scope="function")]


def signed_in(request: Request, service: ServiceOf) -> SignedIn:
    """Who asks: by API key, or by session with its CSRF token for whatever changes something. Raises `NotSignedInError`."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    token = request.cookies.get(COOKIE)
    with reading(service.engine) as connection:
        if scheme.lower() == "bearer" and key:
            found = by_key(connection, key.strip())
        elif token:
            found = by_session(connection, token)
        else:
            raise NotSignedInError
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return found
    if not found.may_write:
        raise ForbiddenError(Text("this key only reads", "该密钥为只读"))
    if found.csrf is not None and not secrets.compare_digest(
        found.csrf.encode(), request.headers.get(CSRF, "").encode()
    ):
        raise ForbiddenError(Text(f"a session sends its token in {CSRF}", f"会话请求须在 {CSRF} 中附带令牌"))
    return found


def user_of(signed: Annotated[SignedIn, Depends(signed_in)]) -> User:
    """The user who asks."""
    return signed.user


Asking = Annotated[User, Depends(user_of)]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=40, description='The version you change, as its ETag: `"3"`. 所更改的版本'),
]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$",
        description="Yours, new for each request; the same again gives the same answer and changes nothing twice. 幂等键",
    ),
]  # fmt: skip
Why = Annotated[
    str | None, Query(max_length=500, pattern=NO_CONTROLS, description="Why, for the audit log. 理由 (记入审计)")
]


def version_named(if_match: str | None) -> int:
    """The version of an If-Match header. Raises `NoVersionError`."""
    if if_match is None:
        raise NoVersionError
    text = if_match.strip().removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise NoVersionError
    return int(text)


@dataclass(frozen=True)
class Reply:
    """What a change answers."""

    body: BaseModel | Mapping[str, Any] | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As kept for a repetition of the request."""
        body = self.body.model_dump(mode="json") if isinstance(self.body, BaseModel) else self.body
        return {"body": body, "headers": dict(self.headers)}


@dataclass(frozen=True)
class Writing:
    """One request that changes something."""

    service: Service
    user: User
    why: str
    request_hash: str

    def once(self, key: str, do: Callable[[Change], Reply]) -> JSONResponse:
        """Do it once for this key: a repetition gets the first answer, another request with the same key is refused."""
        must_have_room(self.service.settings.folder, self.service.settings.least_free)
        for attempt in (1, 2):
            try:
                with changing(self.service.engine, self.user.actor, self.why) as change:
                    return self._answer(change, key, do)
            except sa.exc.IntegrityError:
                if attempt == 2 or not self._is_known(key):
                    raise
        raise AssertionError("unreachable")

    def _is_known(self, key: str) -> bool:
        """Whether the same request was answered at the same moment by another process."""
        with reading(self.service.engine) as connection:
            mine = sa.and_(idempotency.c.user_id == self.user.id, idempotency.c.key == key)
            return connection.execute(sa.select(idempotency.c.key).where(mine)).first() is not None

    def _answer(self, change: Change, key: str, do: Callable[[Change], Reply]) -> JSONResponse:
        mine = sa.and_(idempotency.c.user_id == self.user.id, idempotency.c.key == key)
        known = change.connection.execute(sa.select(idempotency).where(mine)).first()
        if known is not None:
            change.changes_nothing = True
            if known.request_hash != self.request_hash:
                raise RepeatedKeyError
            return JSONResponse(
                known.response["body"], known.status, headers={**known.response["headers"], "Idempotent-Replay": "true"}
            )
        reply = do(change)
        told = reply.told()
        change.connection.execute(
            idempotency.insert().values(
                user_id=self.user.id,
                key=key,
                request_hash=self.request_hash,
                status=reply.status,
                response=told,
                created_at=change.at,
            )
        )
        return JSONResponse(told["body"], reply.status, headers=told["headers"])

    def change(self, do: Callable[[Change], Reply]) -> JSONResponse:
        """Do it; for requests that name a version, which makes them safe to repeat by itself."""
        must_have_room(self.service.settings.folder, self.service.settings.least_free)
        with changing(self.service.engine, self.user.actor, self.why) as change:
            reply = do(change)
        told = reply.told()
        return JSONResponse(told["body"], reply.status, headers=told["headers"])

    def silently(self, do: Callable[[Change], object]) -> Response:
        """Do it and answer 204, without a body."""

        def reply(change: Change) -> Reply:
            do(change)
            return Reply(None)

        self.change(reply)
        return Response(status_code=204)


async def _request_hash(request: Request) -> str:
    said = [request.method, request.url.path, request.url.query, request.headers.get("if-match", "")]
    return hashlib.sha256("\n".join(said).encode() + b"\n" + await request.body()).hexdigest()


def writing(
    request: Request, service: ServiceOf, user: Asking, said: Annotated[str, Depends(_request_hash)], why: Why = None
) -> Writing:
    """A request that changes something, by whom and why."""
    route = request.scope.get("route")
    return Writing(service, user, why or getattr(route, "operation_id", None) or "api", said)


Writes = Annotated[Writing, Depends(writing)]


def etag(version: int) -> dict[str, str]:
    """The header that names a version."""
    return {"ETag": f'"{version}"'}
