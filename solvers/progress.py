"""What a running solve tells, and how it is asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

LARGEST_NUMBER = 1e30
"""HiGHS writes its infinity as a number of this size or more."""

NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Progress:
    """State of the search: which step, the best value so far, what cannot be beaten."""

    step: str
    seconds: float
    incumbent: float | None = None
    bound: float | None = None

    @property
    def gap(self) -> float | None:
        """Distance of incumbent and bound relative to the incumbent; None while it is nothing."""
        if self.incumbent is None or self.bound is None or abs(self.incumbent) < NOTHING:
            return None
        return abs(self.incumbent - self.bound) / abs(self.incumbent)


class Clock:
    """Time limit, cancel request and progress reports of one run."""

    def __init__(
        self,
        time_limit_s: float | None,
        *,
        report: Callable[[Progress], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._start = time.monotonic()
        self._limit = float("inf") if time_limit_s is None else time_limit_s
        self._report = report
        self._asked = cancelled
        self._was_cancelled = False
        self._bound: float | None = None
        self._held_back = 0.0

    def hold_back(self, seconds: float) -> None:
        """Keep the last seconds before the time limit for what must follow the search (0: give them back)."""
        self._held_back = seconds

    @property
    def limit_s(self) -> float:
        """The time limit; infinite without one."""
        return self._limit

    @property
    def seconds(self) -> float:
        """Wall seconds since the run began."""
        return time.monotonic() - self._start

    @property
    def left(self) -> float:
        """Seconds until the time limit, without those held back; infinite without a limit."""
        return max(0.0, self._limit - self._held_back - self.seconds)

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop (once asked, for good)."""
        self._was_cancelled = self._was_cancelled or self._asked()
        return self._was_cancelled

    @property
    def over(self) -> bool:
        """Whether the search must end now."""
        return self.cancelled or self.left <= 0

    def unhurried(self) -> Clock:
        """A clock without the time limit that hears the same cancel: for steps that are worthless unless finished."""
        return Clock(None, report=self._report, cancelled=lambda: self.cancelled)

    def share(self, part: float) -> Clock:
        """A clock for one of several runs: this part of the time that is left, the same reports, the same cancel."""
        limit = None if self._limit == float("inf") else part * self.left
        return Clock(limit, report=self._report, cancelled=lambda: self.cancelled)

    def of_part(self) -> Clock:
        """The same clock for a search over a part of the model: its bounds say nothing about the whole and are not told."""
        limit = None if self._limit == float("inf") else self.left
        return Clock(
            limit,
            report=lambda told: self.report(told.step, told.incumbent, self._bound),
            cancelled=lambda: self.cancelled,
        )

    def patient(self, seconds: float = 60.0) -> Clock:
        """A clock for the short work after the search, which neither limit nor cancel shall spoil."""
        return Clock(seconds, report=self._report)

    def report(self, step: str, incumbent: float | None = None, bound: float | None = None) -> None:
        """Tell where the search is."""
        values = [None if value is None or abs(value) >= LARGEST_NUMBER else value for value in (incumbent, bound)]
        self._bound = values[1]
        self._report(Progress(step, self.seconds, *values))
