"""Rules over whole tables: cycles of substitutes, rates given for all or none, what must exist, absurd sizes."""

from __future__ import annotations

from tongzhou.model.domain.checks.draft import Draft
from tongzhou.model.domain.losses import loss_rate
from tongzhou.model.errors import Text

LARGEST_MODEL = 20_000_000
"""Lanes times resources times periods beyond which no machine of ours can build the model."""


def check_whole(draft: Draft) -> None:
    """Run the checks that need a whole table."""
    for name, zh in (("cities", "城市"), ("resources", "资源")):
        if not getattr(draft.tables, name):
            draft.fault(name, None, (), None, Text("at least one row", f"至少一行{zh}"))
    _check_cycles(draft)
    _check_losses(draft)
    _check_rates(draft)
    _check_pairs(draft)
    _check_size(draft)


def _check_cycles(draft: Draft) -> None:
    stands_in: dict[str, set[str]] = {}
    for index, row in draft.sound("substitutes"):
        if row.needed in _reachable(stands_in, row.used):
            draft.fault(
                "substitutes", index, ("used", "needed"), row.used,
                Text(f"no cycle: `{row.used}` is already served by `{row.needed}`, directly or over others",
                     f"不得循环: `{row.used}` 已可由 `{row.needed}` 直接或间接替代"),
                Text("a substitute is a one-way street: remove one of the rows", "替代为单向: 请删除其中一行"),
            )  # fmt: skip
        else:
            stands_in.setdefault(row.needed, set()).add(row.used)


def _reachable(edges: dict[str, set[str]], start: str) -> set[str]:
    found, queue = {start}, [start]
    while queue:
        for after in edges.get(queue.pop(), ()):
            if after not in found:
                found.add(after)
                queue.append(after)
    return found


def _check_losses(draft: Draft) -> None:
    """Within a priority, `loss_per_unit_day` is given for all needs or for none (formats.md)."""
    given = {row.priority for _, row in draft.sound("needs") if row.loss_per_unit_day is not None}
    for index, row in draft.sound("needs"):
        if row.loss_per_unit_day is None and row.priority in given:
            draft.fault("needs", index, ("loss_per_unit_day", "priority"), "blank", Text(
                f"a value, as other needs of priority {row.priority} have one (all or none)",
                f"优先级 {row.priority} 的其他需求已填写, 须全部填写或全部留空",
            ))  # fmt: skip


def _check_rates(draft: Draft) -> None:
    """The objective social-cost needs a loss rate for every need: given, or a multiple of the unit's value (formats.md)."""
    if draft.settings.objective.kind != "social-cost":
        return
    resources = {row.resource: row for _, row in draft.sound("resources")}
    for index, row in draft.sound("needs"):
        resource = resources.get(row.resource)
        if resource is not None and loss_rate(row, resource) is None:
            column = "unit_value" if resource.is_supply else "day_cost"
            draft.fault("needs", index, ("loss_per_unit_day", "resource"), "blank", Text(
                f"a rate for the objective social-cost, or {column} of `{row.resource}`",
                f"目标 social-cost 所需的损失率, 或 `{row.resource}` 的 {column}"))  # fmt: skip


def _check_pairs(draft: Draft) -> None:
    rules: dict[tuple[str, str], list[tuple[int, str | None, str]]] = {}
    for index, row in draft.sound("pairs"):
        for _, resource, rule in rules.setdefault((row.origin, row.destination), []):
            overlap = resource is None or row.resource is None or resource == row.resource
            if overlap and rule != row.rule:
                draft.fault("pairs", index, ("rule", "origin", "destination"), row.rule, Text(
                    f"no contradiction: {row.origin} > {row.destination} is also {rule}",
                    f"不得矛盾: {row.origin} > {row.destination} 同时为 {rule}"))  # fmt: skip
        rules[row.origin, row.destination].append((index, row.resource, row.rule))


def _check_size(draft: Draft) -> None:
    links = len(draft.tables.links) + sum(1 for row in draft.tables.links if row.both_ways)
    size = links * len(draft.tables.resources) * draft.settings.periods
    if size > LARGEST_MODEL * 50:
        draft.fault("scenario", None, ("periods",), draft.settings.periods, Text(
            f"a scenario of a size that can be planned: {links} lanes x {len(draft.tables.resources)} resources x periods",
            f"可计算的规模: {links} 条线路 x {len(draft.tables.resources)} 种资源 x 时段数",
        ), Text("longer or fewer periods, fewer lanes", "请加长或减少时段, 或减少线路"))  # fmt: skip
