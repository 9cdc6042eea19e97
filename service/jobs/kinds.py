"""What each kind of job may be asked: parameters with their limits, and who may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from tongzhou.service.people.rights import Action

LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOrder:
    """A plan from the picture as it is; with `explain_s` it says why what is short is short.

    `weigh_reliability`: each offer counts with the expected share of its promises that its city keeps.
    """

    kind: ClassVar[str] = "plan"
    right: ClassVar[Action] = Action.PLAN
    time_limit_s: float = 120.0
    gap: float = 1e-4
    seed: int = 0
    explain_s: float = 0.0
    reliefs: int = 5
    weigh_reliability: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanOrder:
    """A plan anew at a later hour; what is agreed or moving stays. `accepted`, `withdrawn`: lines beside those that are signed."""

    kind: ClassVar[str] = "replan"
    right: ClassVar[Action] = Action.PLAN
    base_job: str
    now_h: float
    accepted: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    time_limit_s: float = 120.0
    gap: float = 1e-4
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOrder:
    """Why a plan's shortages are short."""

    kind: ClassVar[str] = "explain"
    right: ClassVar[Action] = Action.PLAN
    base_job: str
    explain_s: float = 60.0
    reliefs: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleOrder:
    """Who pays whom for a plan and what became of it; `weigh_conduct`: promises broken count as recorded conduct."""

    kind: ClassVar[str] = "settle"
    right: ClassVar[Action] = Action.SETTLE
    base_job: str
    rule: str = "responsibility"
    compare: tuple[str, ...] = ()
    time_limit_s: float = 600.0
    seed: int = 0
    weigh_conduct: bool = False


JobOrder = PlanOrder | ReplanOrder | ExplainOrder | SettleOrder


@dataclass(frozen=True, slots=True)
class Submission:
    """A job as asked for; a smaller `priority` goes first."""

    incident: str
    order: JobOrder
    priority: int = 50

    def told(self) -> dict[str, Any]:
        """The parameters as stored."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self.order).items()}


def seconds_of(parameters: Mapping[str, Any]) -> float:
    """How long the solves of a job may take by their own limits."""
    return float(parameters.get("time_limit_s") or 0.0) + float(parameters.get("explain_s") or 0.0)
