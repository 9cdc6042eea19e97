"""What the environment says: the language of messages, and how the service runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "zh", "both")


def language() -> str:
    """`TONGZHOU_LANG` where set to en, zh or both, else Chinese for a Chinese locale, else English."""
    wanted = os.environ.get("TONGZHOU_LANG", "")
    if wanted in LANGUAGES:
        return wanted
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """How the service runs; from the environment, so that its processes share it.

    `most_active`: jobs a user may have under way; `most_body`: bytes of a request; `body_s`: seconds it may take to arrive;
    `secure_cookies`: only over https; `private_webhooks`: receivers inside the network are allowed.
    """

    database: str
    most_active: int = 20
    most_body: int = 16 * 1024**2
    body_s: float = 20.0
    least_free: int = 200 * 1024**2
    secure_cookies: bool = True
    private_webhooks: bool = False

    @property
    def folder(self) -> str | None:
        """The folder of an embedded database, whose disk must not fill up."""
        kind, _, path = self.database.partition(":///")
        return str(Path(path).resolve().parent) if kind == "sqlite" and path else None

    def environment(self) -> dict[str, str]:
        """As variables, for a child process."""
        return {
            "TONGZHOU_DATABASE": self.database, "TONGZHOU_MOST_ACTIVE": str(self.most_active),
            "TONGZHOU_MOST_BODY": str(self.most_body), "TONGZHOU_BODY_S": str(self.body_s),
            "TONGZHOU_LEAST_FREE": str(self.least_free), "TONGZHOU_SECURE_COOKIES": str(int(self.secure_cookies)),
            "TONGZHOU_PRIVATE_WEBHOOKS": str(int(self.private_webhooks)),
        }  # fmt: skip


def service_settings(database: str | None = None) -> ServiceSettings:
    """Settings from the variables `TONGZHOU_*`; what is not set has its default."""
    given = os.environ
    default = ServiceSettings(database=database or given.get("TONGZHOU_DATABASE", "sqlite:///tongzhou.db"))
    return ServiceSettings(
        database=default.database,
        most_active=int(given.get("TONGZHOU_MOST_ACTIVE", default.most_active)),
        most_body=int(given.get("TONGZHOU_MOST_BODY", default.most_body)),
        body_s=float(given.get("TONGZHOU_BODY_S", default.body_s)),
        least_free=int(given.get("TONGZHOU_LEAST_FREE", default.least_free)),
        secure_cookies=given.get("TONGZHOU_SECURE_COOKIES", "1") == "1",
        private_webhooks=given.get("TONGZHOU_PRIVATE_WEBHOOKS", "0") == "1",
    )
