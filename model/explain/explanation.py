"""What is said about a shortage: reasons of the closed list, the limit that binds, a relief, prices of limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tongzhou.model.change import Change
from tongzhou.model.errors import Text


class Reason(StrEnum):
    """Why something is short (formats.md, closed list)."""

    NO_STOCK = "no-stock"
    UNDER_RESERVE = "under-reserve"
    NOT_OFFERED = "not-offered"
    TOO_LATE = "too-late"
    NO_TRANSPORT = "no-transport"
    UNLOADING = "unloading"
    CLOSED = "closed"
    NO_CREW = "no-crew"
    REST = "rest"
    LOWER_TYPE = "lower-type"
    GAVE_WAY = "gave-way"
    COMMITMENT = "commitment"


REASON_NAMES = {
    Reason.NO_STOCK: Text("nobody in the pool has more of it", "互助体内无更多存量"),
    Reason.UNDER_RESERVE: Text("what is left lies under the floors", "余量在不外援底线以下"),
    Reason.NOT_OFFERED: Text("it was not offered", "未承诺援出"),
    Reason.TOO_LATE: Text("nothing can arrive in time", "无法按时到达"),
    Reason.NO_TRANSPORT: Text("vehicles or lanes are full", "运力或线路已满"),
    Reason.UNLOADING: Text("the city cannot unload more", "卸载能力已满"),
    Reason.CLOSED: Text("the lane is closed", "线路关闭"),
    Reason.NO_CREW: Text("the equipment lacks its crew", "装备缺操作队伍"),
    Reason.REST: Text("the units are at rest", "队伍处于休整"),
    Reason.LOWER_TYPE: Text("only a lesser type exists", "仅有低一级类型"),
    Reason.GAVE_WAY: Text("a more or as urgent need took it", "已让位于更紧急或同等的需求"),
    Reason.COMMITMENT: Text("an accepted line holds it", "被已接受的承诺占用"),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a plan: its name, the ids that say where, the hour at which it was looked at, what it allows."""

    name: str
    place: tuple[str, ...]
    at_h: float | None = None
    amount: float | None = None

    @property
    def line(self) -> str:
        """As one text: `offer hefei tent = 100 @ 12 h`."""
        text = " ".join((self.name, *self.place))
        if self.amount is not None:
            text += f" = {self.amount:.9g}"
        return text if self.at_h is None else f"{text} @ {self.at_h:g} h"


@dataclass(frozen=True, slots=True)
class Relief:
    """What would help, proven by a second solve.

    The changes make the value of `tier` fall by at least `fall`; in the re-solved plan this need lacks `gain` unit-hours less
    and is short by `short_gain` units less. `exact`: the second solve searched the whole model to the end, otherwise the
    neighbourhood of the need. `singles_fail`: none of the changes that were tried helps by itself.
    """

    changes: tuple[Change, ...]
    tier: str
    fall: float
    gain: float
    short_gain: float
    exact: bool
    singles_fail: bool = False

    @property
    def line(self) -> str:
        """As one text."""
        changes = " and ".join(change.line for change in self.changes)
        return (
            f"{changes}: {self.tier} -{self.fall:.9g}, need -{self.gain:.9g} unit-hours, -{self.short_gain:.9g} short"
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a need is short; `relief` is None where none was proven (or asked for)."""

    need: str
    reasons: tuple[Reason, ...]
    limits: tuple[Limit, ...]
    relief: Relief | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What one more unit of a limit is worth to a tier, at the margin of its relaxation: `value` a `unit`."""

    tier: str
    limit: Limit
    unit: str
    value: float
