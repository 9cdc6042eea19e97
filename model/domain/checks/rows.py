"""Rules between the cells of one row, or of one row and the row it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongzhou.model.domain.checks.draft import Draft
from tongzhou.model.errors import Text
from tongzhou.model.units import periods_down, periods_up

Lookup = Mapping[str, Any]


def check_rows(draft: Draft) -> None:
    """Check the sound rows of each table that has rules of its own."""
    cities = {row.city: row for _, row in draft.sound("cities")}
    resources = {row.resource: row for _, row in draft.sound("resources")}
    checks: dict[str, Callable[[Draft, int, Any, Lookup, Lookup], None]] = {
        "resources": _resource,
        "substitutes": _substitute,
        "stocks": _stock,
        "arrivals": _holder,
        "needs": _need,
        "links": _link,
        "closures": _closure,
        "served": _served,
        "pairs": _pair,
        "actuals": _actual,
    }
    now_h, horizon_h = draft.settings.now_h, draft.settings.horizon_h
    if now_h >= horizon_h:
        expected = Text(f"an hour before the horizon ends ({horizon_h:g})", f"规划期结束 ({horizon_h:g}) 之前的时刻")
        draft.fault("scenario", None, ("replanning.now_h",), now_h, expected)
    for name, run in checks.items():
        for index, row in draft.sound(name):
            run(draft, index, row, cities, resources)


def _resource(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    period_h = draft.settings.period_h
    if row.is_supply:
        for column in ("duty_h", "rest_h", "crew", "crew_size"):
            if getattr(row, column) is not None:
                _must_be_blank(draft, "resources", index, (column, "kind"), row, "for a supply", "物资")
        return
    if row.lot not in (None, 1):
        expected = Text("1 or blank: equipment and teams move in whole units", "1 或空: 装备和队伍按整单位调动")
        draft.fault("resources", index, ("lot", "kind"), row.lot, expected)
    if row.duty_h is not None and periods_down(row.duty_h, period_h) < 1:
        expected = Text(f"at least one period ({period_h:g} h)", f"至少一个时段 ({period_h:g} 小时)")
        draft.fault("resources", index, ("duty_h",), row.duty_h, expected)
    if row.crew_size is not None and row.crew is None:
        _must_be_blank(draft, "resources", index, ("crew_size", "crew"), row, "without a crew", "无操作队伍时")
    if row.crew is not None:
        if row.kind != "equipment":
            _must_be_blank(draft, "resources", index, ("crew", "kind"), row, "for a team", "队伍")
        crew = resources.get(row.crew)
        if crew is not None and crew.kind != "team":
            draft.fault("resources", index, ("crew",), row.crew, Text("a resource of kind team", "kind 为 team 的资源"))


def _must_be_blank(
    draft: Draft, table: str, index: int, columns: tuple[str, ...], row: object, en: str, zh: str
) -> None:
    draft.fault(table, index, columns, getattr(row, columns[0]), Text(f"blank {en}", f"{zh}应为空"))


def _substitute(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    if row.needed == row.used:
        draft.fault("substitutes", index, ("used", "needed"), row.used, Text("another resource", "另一种资源"))
        return
    needed, used = resources.get(row.needed), resources.get(row.used)
    if needed is not None and used is not None and needed.kind != used.kind:
        expected = Text(f"a resource of the kind {needed.kind}", f"kind 为 {needed.kind} 的资源")
        draft.fault("substitutes", index, ("used", "needed"), row.used, expected)


def _holder(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    table = "stocks" if hasattr(row, "offered") else "arrivals"
    city, resource = cities.get(row.city), resources.get(row.resource)
    if city is not None and city.role == "hub":
        draft.fault(table, index, ("city",), row.city, Text("a city that is not a mere hub", "非纯中转城市"))
    if resource is not None and not resource.is_supply and row.quantity != round(row.quantity):
        draft.fault(table, index, ("quantity", "resource"), row.quantity, Text("whole units", "整数单位"))


def _stock(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    _holder(draft, index, row, cities, resources)
    if row.from_h is not None and row.until_h is not None and row.until_h < row.from_h:
        draft.fault("stocks", index, ("until_h", "from_h"), row.until_h, _not_before("from_h", row.from_h))


def _need(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    city, resource = cities.get(row.city), resources.get(row.resource)
    if city is not None and city.role in ("hub", "national"):
        draft.fault("needs", index, ("city",), row.city, Text("a city with needs of its own", "有自身需求的城市"))
    if (row.repeats is None) != (row.repeat_h is None):
        missing = "repeats" if row.repeats is None else "repeat_h"
        expected = Text("repeat_h and repeats together", "repeat_h 与 repeats 须同时填写")
        draft.fault("needs", index, (missing, "repeats", "repeat_h"), None, expected)
    if row.least_delivery is not None and row.least_delivery > row.quantity:
        expected = Text(f"at most the quantity ({row.quantity:g})", f"不超过需求量 ({row.quantity:g})")
        draft.fault("needs", index, ("least_delivery", "quantity"), row.least_delivery, expected)
    if resource is None:
        return
    if not resource.is_supply and row.quantity != round(row.quantity):
        draft.fault("needs", index, ("quantity", "resource"), row.quantity, Text("whole units", "整数单位"))
    if row.least_delivery is not None and not resource.is_supply:
        _must_be_blank(draft, "needs", index, ("least_delivery", "resource"), row, "for units", "装备和队伍")
    _need_window(draft, index, row, "by_h" if resource.is_supply else "until_h")


def _need_window(draft: Draft, index: int, row: Any, end_column: str) -> None:
    other = "until_h" if end_column == "by_h" else "by_h"
    en, zh = ("a supply", "物资") if end_column == "by_h" else ("equipment and teams", "装备和队伍")
    if getattr(row, other) is not None:
        suggestion = (
            Text(f"write it as {end_column}", f"请填入 {end_column}") if getattr(row, end_column) is None else None
        )
        draft.fault(
            "needs", index, (other, "resource"), getattr(row, other), Text(f"blank for {en}", f"{zh}应为空"), suggestion
        )
    end = getattr(row, end_column)
    if end is None:
        if getattr(row, other) is None:
            draft.fault(
                "needs", index, (end_column, "resource"), "blank", Text(f"an hour: required for {en}", f"{zh}必填")
            )
        return
    period_h = draft.settings.period_h
    shifts = [(row.repeat_h or 0.0) * number for number in range(row.repeats or 1)]
    spans = [(periods_up(row.from_h + shift, period_h), periods_down(end + shift, period_h)) for shift in shifts]
    first = spans[0][0]
    if any(after <= max(0, begin) for begin, after in spans):
        draft.fault(
            "needs", index, (end_column, "from_h", "repeat_h", "repeats"), end,
            Text(
                f"a window with at least one whole period of {period_h:g} h after from_h = {row.from_h:g} and after the start",
                f"from_h = {row.from_h:g} 之后且起点之后至少含一个完整时段 ({period_h:g} 小时)",
            ),
            Text(f"write {max(0, first) * period_h + period_h:g} or later", f"可写 {max(0, first) * period_h + period_h:g} 或更晚"),
        )  # fmt: skip


def _link(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    if row.origin == row.destination:
        draft.fault("links", index, ("destination", "origin"), row.destination, Text("another city", "另一城市"))


def _closure(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    if row.until_h <= row.from_h:
        draft.fault(
            "closures", index, ("until_h", "from_h"), row.until_h, _not_before("from_h", row.from_h, strictly=True)
        )


def _served(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    now_h, period_h = draft.settings.now_h, draft.settings.period_h
    if row.at_h >= now_h:
        draft.fault("served", index, ("at_h",), row.at_h, Text(f"before now_h ({now_h:g})", f"早于 now_h ({now_h:g})"))
    elif abs(row.at_h / period_h - round(row.at_h / period_h)) > 1e-9:
        draft.fault("served", index, ("at_h",), row.at_h, Text(
            f"the start of a period ({period_h:g} h)", f"时段起点 (每 {period_h:g} 小时)"))  # fmt: skip
    resource = resources.get(row.by_resource)
    if resource is not None and not resource.is_supply:
        draft.fault("served", index, ("by_resource",), row.by_resource, Text("a supply", "物资"))


def _pair(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    if row.origin == row.destination:
        draft.fault("pairs", index, ("destination", "origin"), row.destination, Text("another city", "另一城市"))


def _actual(draft: Draft, index: int, row: Any, cities: Lookup, resources: Lookup) -> None:
    for less, more in (("arrived", "shipped"), ("accepted", "arrived"), ("damaged", "arrived")):
        if getattr(row, less) > getattr(row, more):
            expected = Text(f"at most {more} ({getattr(row, more):g})", f"不超过 {more} ({getattr(row, more):g})")
            draft.fault("actuals", index, (less, more), getattr(row, less), expected)
    if row.arrived_h < row.departed_h:
        draft.fault(
            "actuals", index, ("arrived_h", "departed_h"), row.arrived_h, _not_before("departed_h", row.departed_h)
        )


def _not_before(name: str, value: float, *, strictly: bool = False) -> Text:
    en = "later than" if strictly else "not before"
    return Text(f"{en} {name} ({value:g})", f"{'晚于' if strictly else '不早于'} {name} ({value:g})")
