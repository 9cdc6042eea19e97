"""What a new plan changes of the one before, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tongzhou.model.domain.column import column
from tongzhou.model.plan import Deployment, Plan, Shipment

SAME = 1e-6
"""Share of a quantity by which two plans may differ and yet say the same."""
NEW, DROPPED, MORE, LESS = "new", "dropped", "more", "less"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """One line that is new, dropped, or has another quantity, and why.

    `reason`: `withdrawn`, `need-gone`, `impossible` (a limit forbids it now), `costs` (keeping it would make a tier worse by at least
    `amount`), `serves` (it serves a need better), `instead` (it takes the place of another line), `together` (it moves with others;
    by itself it could stay), `not-examined`.
    """

    line: str = column("id", "line", "线号")
    change: str = column(
        "text", "new, dropped, more or less", "新增, 取消, 增加或减少", choices=(NEW, DROPPED, MORE, LESS)
    )
    was: float = column("number", "quantity before", "原数量")
    now: float = column("number", "quantity now", "现数量")
    need: str | None = column("id", "need it serves", "所服务需求", optional=True)
    reason: str = column("text", "why", "原因")
    detail: str | None = column(
        "text", "limit, tier or line that the reason is about", "相关限制, 层级或线", optional=True
    )
    amount: float | None = column("number", "how much, where the reason has a size", "幅度", optional=True)


def line_differences(
    before: Plan, after: Plan, now_h: float
) -> Iterator[tuple[str, str, Shipment | Deployment, float, float]]:
    """Line, kind of change, row (the later one where there is one), quantities; lines that left before now cannot change."""
    was = {row.line: row for row in before.lines}
    now = {row.line: row for row in after.lines}
    for name in sorted(was.keys() | now.keys()):
        old, new = was.get(name), now.get(name)
        row = new or old
        assert row is not None
        if row.depart_h < now_h:
            continue
        quantities = (float(old.quantity) if old else 0.0, float(new.quantity) if new else 0.0)
        if new is None:
            yield name, DROPPED, row, *quantities
        elif old is None:
            yield name, NEW, row, *quantities
        elif abs(quantities[1] - quantities[0]) > SAME * max(1.0, quantities[0]):
            yield name, MORE if quantities[1] > quantities[0] else LESS, row, *quantities
