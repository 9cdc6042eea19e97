"""What the environment says: the language of messages."""

from __future__ import annotations

import os

LANGUAGES = ("en", "zh", "both")


def language() -> str:
    """`TONGZHOU_LANG` where set to en, zh or both, else Chinese for a Chinese locale, else English."""
    wanted = os.environ.get("TONGZHOU_LANG", "")
    if wanted in LANGUAGES:
        return wanted
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"
