"""Users, API keys and sessions: made, found, ended. Secrets are shown once and stored as hashes."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import sqlalchemy as sa
from pwdlib import PasswordHash
from tongzhou.model.errors import Text
from tongzhou.service.errors import ConflictError, NotFoundError, NotSignedInError
from tongzhou.service.people.user import Role, User
from tongzhou.service.store.change import Change
from tongzhou.service.store.columns import Flag
from tongzhou.service.store.ids import new_id
from tongzhou.service.store.tables import api_keys, sessions, users

PREFIX = "tz_"
SESSION_H = 12.0
LEAST_PASSWORD = 10


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, and how: a key of scope `read` changes nothing; a session must show its CSRF token to change anything."""

    user: User
    may_write: bool
    csrf: str | None = None


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _no_ones_hash() -> str:
    """Verified against where there is no such user, so that the time tells nothing."""
    return _hasher().hash(secrets.token_urlsafe(32))


def add_user(
    change: Change, name: str, role: Role, *, region: str | None = None, city: str | None = None, hazard: str | None = None,
    password: str | None = None,
) -> User:  # fmt: skip
    """Make a user. Raises `ConflictError` where the name is taken or the role does not fit the region and city."""
    if role.is_of_a_city != (city is not None) or (role is Role.ADMINISTRATOR) != (region is None):
        raise ConflictError(
            Text(
                "city roles need a city, all but administrators a region", "城市角色需注明城市; 除管理员外均需注明区域"
            )
        )
    if change.connection.execute(sa.select(users.c.id).where(users.c.name == name)).first() is not None:
        raise ConflictError(Text(f"there is a user {name} already", f"用户 {name} 已存在"))
    found = User(new_id(), name, role, region, city, hazard)
    change.connection.execute(
        users.insert().values(
            id=found.id, name=name, role=role.value, region=region, city=city, hazard=hazard, active=True, version=1,
            created_at=change.at, password_hash=None if password is None else _hasher().hash(password),
        )
    )  # fmt: skip
    change.audit("add-user", found.actor, name=name, role=role.value, region=region, city=city, hazard=hazard)
    return found


def end_user(change: Change, user_id: str) -> None:
    """Let a user in no more; keys and sessions end with it. Raises `NotFoundError`."""
    done = change.connection.execute(
        users.update()
        .where(users.c.id == user_id, users.c.active == sa.literal(True, Flag))
        .values(active=False, version=users.c.version + 1)
    )
    if not done.rowcount:
        raise NotFoundError
    change.connection.execute(sessions.delete().where(sessions.c.user_id == user_id))
    change.audit("end-user", f"user:{user_id}")


def user_named(connection: sa.Connection, user_id: str) -> User:
    """The user of that id. Raises `NotFoundError`."""
    row = connection.execute(sa.select(users).where(users.c.id == user_id)).first()
    if row is None:
        raise NotFoundError
    return user_of(row)


def user_of(row: sa.Row[tuple[object, ...]]) -> User:
    """A row of `users` as a user."""
    values = row._mapping
    return User(values["id"], values["name"], Role(values["role"]), values["region"], values["city"], values["hazard"])


def add_key(
    change: Change, user: User, label: str, *, scope: str = "write", days: float = 90.0
) -> tuple[str, str, datetime]:
    """Make an API key: (id, the key itself, its end). The key is 256 random bits, shown this once."""
    key, key_id = PREFIX + secrets.token_urlsafe(32), new_id()
    ends = change.at + timedelta(days=days)
    change.connection.execute(
        api_keys.insert().values(
            id=key_id,
            user_id=user.id,
            digest=_digest(key),
            label=label,
            scope=scope,
            created_at=change.at,
            expires_at=ends,
        )
    )
    change.audit("add-key", f"key:{key_id}", user=user.id, label=label, scope=scope)
    return key_id, key, ends


def revoke_key(change: Change, user: User, key_id: str) -> None:
    """End a key of one's own. Raises `NotFoundError`."""
    mine = sa.and_(api_keys.c.id == key_id, api_keys.c.user_id == user.id, api_keys.c.revoked_at.is_(None))
    if not change.connection.execute(api_keys.update().where(mine).values(revoked_at=change.at)).rowcount:
        raise NotFoundError
    change.audit("revoke-key", f"key:{key_id}")


def by_key(connection: sa.Connection, key: str) -> SignedIn:
    """Who sends this key. Raises `NotSignedInError`."""
    now = datetime.now(UTC)
    row = connection.execute(
        sa.select(users, api_keys.c.scope).join(api_keys, api_keys.c.user_id == users.c.id).where(
            api_keys.c.digest == _digest(key), api_keys.c.revoked_at.is_(None), api_keys.c.expires_at > now,
        )
    ).first()  # fmt: skip
    if row is None or not row.active:
        raise NotSignedInError
    return SignedIn(user_of(row), row.scope == "write")


def check_password(connection: sa.Connection, name: str, password: str) -> User:
    """The user of that name and password. Raises `NotSignedInError`, after the same time whatever was wrong."""
    row = connection.execute(sa.select(users).where(users.c.name == name)).first()
    stored = row.password_hash if row is not None and row.active and row.password_hash else _no_ones_hash()
    if not _hasher().verify(password, stored) or row is None or stored != row.password_hash:
        raise NotSignedInError
    return user_of(row)


def begin_session(change: Change, user: User) -> tuple[str, str]:
    """A session's token (for the cookie) and its CSRF token."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    ends = change.at + timedelta(hours=SESSION_H)
    change.connection.execute(sessions.delete().where(sessions.c.expires_at < change.at))
    change.connection.execute(
        sessions.insert().values(
            digest=_digest(token), user_id=user.id, csrf=csrf, created_at=change.at, expires_at=ends
        )
    )
    change.audit("sign-in", user.actor)
    return token, csrf


def by_session(connection: sa.Connection, token: str) -> SignedIn:
    """Who holds this session. Raises `NotSignedInError`."""
    now = datetime.now(UTC)
    row = connection.execute(
        sa.select(users, sessions.c.csrf).join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.digest == _digest(token), sessions.c.expires_at > now)
    ).first()  # fmt: skip
    if row is None or not row.active:
        raise NotSignedInError
    return SignedIn(user_of(row), may_write=True, csrf=row.csrf)


def end_session(change: Change, user: User, token: str) -> None:
    """Sign out."""
    change.connection.execute(sessions.delete().where(sessions.c.digest == _digest(token)))
    change.audit("sign-out", user.actor)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
