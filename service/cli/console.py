"""Where things are printed, and how a running solve is shown and cancelled."""

from __future__ import annotations

import signal
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from tongzhou.service.settings import language
from tongzhou.solvers.progress import Progress

LINE_EVERY_S = 5.0
CANCELLED = 130
PIPED_WIDTH = 160
"""Columns of a table that goes to a file or a pipe."""
STEP_NAMES = {
    "reference": "cities alone 自救基准",
    "build": "build 建模",
    "start": "start 初始解",
    "verify": "verify 校验",
    "reasons": "reasons 原因",
    "escalation": "escalation 升级",
    "reliefs": "reliefs 缓解措施",
    "groups": "groups 群体",
    "separation": "separation 搜索群体",
    "stability": "stability 稳定成本",
}


def results() -> Console:
    """Standard output; ids are text, whatever brackets and colons they hold."""
    if sys.stdout.isatty():
        return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    return Console(file=sys.stdout, soft_wrap=True, highlight=False, markup=False, emoji=False, width=PIPED_WIDTH)


def progress_console() -> Console:
    """Standard error."""
    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False)


def say(en: str, zh: str) -> str:
    """One message in the language of the user."""
    chosen = language()
    return f"{en} / {zh}" if chosen == "both" else zh if chosen == "zh" else en


def progress_line(progress: Progress) -> str:
    """Step, incumbent, bound and gap in one line."""
    step = STEP_NAMES.get(progress.step, progress.step)
    parts = [f"{progress.seconds:6.1f} s", f"{step:<16}"]
    for name, value in (("best", progress.incumbent), ("bound", progress.bound)):
        parts.append(f"{name} {'–' if value is None else format(value, ',.6g')}")
    parts.append(f"gap {'–' if progress.gap is None else format(progress.gap, '.2%')}")
    return "  ".join(parts)


class Reporter:
    """Shows progress: a moving line on a terminal, otherwise a line every few seconds."""

    def __init__(self) -> None:
        self._console = progress_console()
        self._status = self._console.status("…") if self._console.is_terminal else None
        self._last = -LINE_EVERY_S

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, progress: Progress) -> None:
        """Show one report."""
        if self._status is not None:
            self._status.update(progress_line(progress))
        elif progress.seconds - self._last >= LINE_EVERY_S:
            self._last = progress.seconds
            self._console.print(progress_line(progress), soft_wrap=True)


class CancelRequest:
    """Set by the first Ctrl-C (or SIGTERM); the second one interrupts at once."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        """Whether somebody asked to stop."""
        return self.asked

    def on_signal(self, _number: int, _frame: types.FrameType | None) -> None:
        """Signal handler."""
        if self.asked:
            raise SystemExit(CANCELLED)
        self.asked = True
        progress_console().print(say("stopping …", "正在停止 …"))


@contextmanager
def cancel_on_signal() -> Iterator[CancelRequest]:
    """Turn Ctrl-C and SIGTERM into a cancel request while a solve runs."""
    request = CancelRequest()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, request.on_signal) for number in numbers]
    try:
        yield request
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
