"""What the service refuses, and why; the models' own errors stand in `tongzhou.model.errors`. None of these crosses processes.

MessageError
├── NotSignedInError     who asks is unknown (401)
├── ForbiddenError       who asks may not do that (403)
├── NotFoundError        there is no such thing, or it is not for who asks (404)
├── ConflictError        the thing's state does not allow it (409)
├── StaleError           the thing was changed meanwhile (412)
├── NoVersionError       a change must name the version it rests on (428)
├── RepeatedKeyError     an idempotency key came again with another request (422)
├── TooManyError         too many jobs at once (429)
└── FullError            no room to keep what would be acknowledged (507)
"""

from __future__ import annotations

from tongzhou.model.errors import MessageError, Text


class NotSignedInError(MessageError):
    """No key and no session, or ones that are unknown, ended or revoked."""

    def __init__(self) -> None:
        super().__init__(Text("sign in, or send a valid API key", "请登录, 或使用有效的 API 密钥"))


class ForbiddenError(MessageError):
    """The role does not allow it."""


class NotFoundError(MessageError):
    """Nothing there that who asks may know of."""

    def __init__(self, what: Text | None = None) -> None:
        super().__init__(what or Text("there is no such thing, or it is not yours to see", "不存在, 或无权查看"))


class ConflictError(MessageError):
    """The state of the thing does not allow it."""


class StaleError(MessageError):
    """Somebody changed it first."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(
            Text(
                f"changed meanwhile: it is at version {version}; read it again",
                f"已被更改: 当前版本 {version}; 请重新读取",
            )
        )


class NoVersionError(MessageError):
    """A change without If-Match."""

    def __init__(self) -> None:
        super().__init__(
            Text("say in If-Match which version you change (its ETag)", "请在 If-Match 中注明所更改的版本 (ETag)")
        )


class RepeatedKeyError(MessageError):
    """Same key, other request."""

    def __init__(self) -> None:
        super().__init__(Text("this Idempotency-Key was used for another request", "该 Idempotency-Key 已用于另一请求"))


class TooManyError(MessageError):
    """The user's jobs that have not ended are as many as allowed."""


class FullError(MessageError):
    """Too little space on the disk."""
