"""Signing in and out, API keys, users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, SecretStr
from tongzhou.service.api.context import COOKIE, Asking, Key, Reading, Reply, ServiceOf, Writes, Writing, signed_in
from tongzhou.service.api.fields import Body, Identifier, Moment, Page, ShortText
from tongzhou.service.api.paging import Cursor, Limit, page
from tongzhou.service.people import accounts
from tongzhou.service.people.accounts import LEAST_PASSWORD, SESSION_H, SignedIn
from tongzhou.service.people.rights import Action, require
from tongzhou.service.people.user import Role, User
from tongzhou.service.people.visible import visible
from tongzhou.service.store.change import Change, changing
from tongzhou.service.store.engine import reading
from tongzhou.service.store.tables import users

router = APIRouter(prefix="/v1", tags=["people"])


class SignIn(Body):
    """Name and password."""

    name: ShortText
    password: Annotated[SecretStr, Field(max_length=500)]


class Session(Body):
    """What a session sends with whatever changes something, in `X-CSRF-Token`."""

    csrf: str


class UserOut(Body):
    """A user."""

    id: str
    name: str
    role: Role
    region: str | None
    city: str | None
    hazard: str | None


class UserIn(Body):
    """A user to be made; without a password it signs in by API key only."""

    name: ShortText
    role: Role
    region: Identifier | None = None
    city: Identifier | None = None
    hazard: Literal["natural", "public-health", "accident", "public-security"] | None = None
    password: Annotated[SecretStr, Field(min_length=LEAST_PASSWORD, max_length=500)] | None = None


class KeyIn(Body):
    """An API key to be made."""

    label: ShortText
    scope: Literal["read", "write"] = "write"
    days: Annotated[float, Field(gt=0, le=400)] = 90


class KeyOut(Body):
    """An API key; it is shown this once."""

    id: str
    key: str
    expires_at: Moment


def told(user: User) -> UserOut:
    """A user as the API shows it."""
    return UserOut(id=user.id, name=user.name, role=user.role, region=user.region, city=user.city, hazard=user.hazard)


@router.post("/session", operation_id="sign-in", response_model=Session)
def sign_in(body: SignIn, service: ServiceOf, response: Response) -> Session:
    """Sign in; sets the session's cookie. 登录"""
    with reading(service.engine) as connection:
        user = accounts.check_password(connection, body.name, body.password.get_secret_value())
    with changing(service.engine, user.actor, "sign in") as change:
        token, csrf = accounts.begin_session(change, user)
    response.set_cookie(
        COOKIE, token, max_age=int(SESSION_H * 3600), httponly=True, samesite="strict", secure=service.settings.secure_cookies,
        path="/",
    )  # fmt: skip
    return Session(csrf=csrf)


@router.delete("/session", operation_id="sign-out", status_code=204)
def sign_out(request: Request, service: ServiceOf, signed: Annotated[SignedIn, Depends(signed_in)]) -> Response:
    """Sign out. 退出"""
    with changing(service.engine, signed.user.actor, "sign out") as change:
        accounts.end_session(change, signed.user, request.cookies.get(COOKIE, ""))
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/me", operation_id="who-am-i")
def who_am_i(user: Asking) -> UserOut:
    """Who asks. 当前用户"""
    return told(user)


@router.post("/keys", operation_id="add-key", status_code=201, response_model=KeyOut)
def add_key(body: KeyIn, write: Writes, key: Key) -> JSONResponse:
    """Make an API key of one's own; a repetition of the request shows it no more. 新建密钥"""
    return _with_key(write, key, body, lambda _: write.user)


def _with_key(write: Writing, key: str, body: KeyIn, owner: Callable[[Change], User]) -> JSONResponse:
    """The answer with the secret, which is kept nowhere."""
    made: list[str] = []

    def do(change: Change) -> Reply:
        key_id, secret, ends = accounts.add_key(change, owner(change), body.label, scope=body.scope, days=body.days)
        made.append(secret)
        return Reply(KeyOut(id=key_id, key="(shown once)", expires_at=ends), 201)

    answer = write.once(key, do)
    if not made:
        return answer
    found = KeyOut.model_validate_json(bytes(answer.body)).model_copy(update={"key": made[-1]})
    return JSONResponse(found.model_dump(mode="json"), 201)


@router.delete("/keys/{key_id}", operation_id="revoke-key", status_code=204, response_class=Response)
def revoke_key(key_id: Identifier, write: Writes) -> Response:
    """End a key of one's own. 撤销密钥"""
    return write.silently(lambda change: accounts.revoke_key(change, write.user, key_id))


@router.get("/users", operation_id="list-users")
def list_users(user: Asking, connection: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[UserOut]:
    """Users (administrators: all, others: themselves). 用户列表"""
    query = sa.select(users).where(visible(user).users())
    return page(connection, query, users.c.id, limit, cursor, lambda row: told(accounts.user_of(row)))


@router.post("/users", operation_id="add-user", status_code=201, response_model=UserOut)
def add_user(body: UserIn, write: Writes, key: Key) -> JSONResponse:
    """Make a user. 新建用户"""
    require(write.user, Action.MANAGE_USERS)
    secret = None if body.password is None else body.password.get_secret_value()
    return write.once(key, lambda change: Reply(told(accounts.add_user(
        change, body.name, body.role, region=body.region, city=body.city, hazard=body.hazard, password=secret,
    )), 201))  # fmt: skip


@router.post("/users/{user_id}/keys", operation_id="add-user-key", status_code=201, response_model=KeyOut)
def add_user_key(user_id: Identifier, body: KeyIn, write: Writes, key: Key) -> JSONResponse:
    """Make a user's first API key, to be handed over. 为用户新建密钥"""
    require(write.user, Action.MANAGE_USERS)
    return _with_key(write, key, body, lambda change: accounts.user_named(change.connection, user_id))


@router.delete("/users/{user_id}", operation_id="end-user", status_code=204, response_class=Response)
def end_user(user_id: Identifier, write: Writes) -> Response:
    """Let a user in no more. 停用用户"""
    require(write.user, Action.MANAGE_USERS)
    return write.silently(lambda change: accounts.end_user(change, user_id))
