"""Why something is short, and what would help, in the words of both languages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text
from tongzhou.model.explain.explanation import REASON_NAMES, Reason
from tongzhou.model.plan import Plan, ReliefStep, Shortage
from tongzhou.service.reports.report_page import tier_title


@dataclass(frozen=True, slots=True)
class Why:
    """One shortage explained: reasons in words, binding limits as the plan names them, the relief in words (None: none proven)."""

    row: Shortage
    reasons: Text
    limits: str
    relief: Text | None


def why_rows(problem: Problem, plan: Plan) -> list[Why]:
    """Every explained shortage of a plan, the most urgent first."""
    steps: dict[str, list[ReliefStep]] = {}
    for step in plan.reliefs:
        steps.setdefault(step.need, []).append(step)
    rows = sorted(
        (row for row in plan.shortages if row.reason), key=lambda row: (row.priority, -row.unit_hours, row.need)
    )
    return [
        Why(row, _reasons(row.reason or ""), row.limit or "", _relief(problem, steps.get(row.need, []))) for row in rows
    ]


def _reasons(codes: str) -> Text:
    names = [REASON_NAMES[Reason(code)] for code in codes.split()]
    return Text("; ".join(name.en for name in names), "; ".join(name.zh for name in names))


def _relief(problem: Problem, steps: Sequence[ReliefStep]) -> Text | None:
    if not steps:
        return None
    first = steps[0]
    changes = [change_text(problem, step) for step in steps]
    tier = tier_title(first.tier)
    en, zh = " and ".join(change.en for change in changes), " 并且 ".join(change.zh for change in changes)
    if first.alone == "no":
        en, zh = f"no single change helps; these together do: {en}", f"单项措施均无效, 合并有效: {zh}"
    return Text(
        f"{en}: {tier.en} falls by at least {first.fall:,.6g}; this need gains {first.gain:,.6g} unit-hours"
        f" and {first.short_gain:,.6g} units",
        f"{zh}: {tier.zh} 至少下降 {first.fall:,.6g}; 本需求改善 {first.gain:,.6g} 单位·小时, 短缺减少 {first.short_gain:,.6g}",
    )


def change_text(problem: Problem, step: ReliefStep) -> Text:
    """One change of a scenario as a clause."""
    key = json.loads(step.row)
    known = _KNOWN.get((step.table, step.cell))
    if known is None:
        return Text(
            f"{step.table} {_place(key)}: {step.cell} {step.was or 'blank'} -> {step.becomes}",
            f"{step.table} {_place(key)}: {step.cell} {step.was or '空'} -> {step.becomes}",
        )
    words = _words(problem, step, key)
    return Text(known.en.format(**words), known.zh.format(**words))


def _place(key: Mapping[str, Any]) -> str:
    return " ".join(str(value) for value in key.values())


def _words(problem: Problem, step: ReliefStep, key: Mapping[str, Any]) -> dict[str, str]:
    """What the clauses name: cities and resources by their names, the difference, the old and new value."""
    words = {name: str(value) for name, value in key.items()}
    for name in ("city", "origin", "destination"):
        if name in key:
            words[name] = problem.city_of[str(key[name])].name
    if "resource" in key:
        spec = problem.resource_of[str(key["resource"])]
        words |= {"resource": spec.name, "unit": spec.unit}
    was, becomes = _number(step.was), _number(step.becomes)
    words |= {"was": step.was or "0", "becomes": step.becomes or ""}
    words["more"] = "" if was is None or becomes is None else f"{abs(becomes - was):,.6g}"
    return words


def _number(text: str | None) -> float | None:
    if text is None:
        return 0.0
    try:
        return float(text)
    except ValueError:
        return None


_KNOWN = {
    ("stocks", "offered"): Text(
        "{more} {unit} more of {resource} offered by {city}", "{city} 多承诺 {more} {unit} {resource}"
    ),
    ("stocks", "floor"): Text(
        "the floor of {resource} at {city} lowered by {more} {unit}", "{city} 的 {resource} 底线降低 {more} {unit}"
    ),
    ("stocks", "quantity"): Text("{more} {unit} more of {resource} at {city}", "{city} 增加 {more} {unit} {resource}"),
    ("stocks", "until_h"): Text(
        "{resource} of {city} may leave until hour {becomes}", "{city} 的 {resource} 可在第 {becomes} 小时前出发"
    ),
    ("arrivals", "quantity"): Text(
        "{more} {unit} of {resource} bought, at {city} by hour {at_h}",
        "{city} 在第 {at_h} 小时前采购到 {more} {unit} {resource}",
    ),
    ("fleets", "vehicles"): Text(
        "{more} more {vehicle} ({mode}) at {city}", "{city} 增加 {more} 辆 {vehicle} ({mode})"
    ),
    ("links", "capacity_t_per_h"): Text(
        "the {mode} lane {origin} - {destination} takes {more} t/h more",
        "{origin} - {destination} {mode} 线路每小时多通过 {more} 吨",
    ),
    ("cities", "unload_t_per_h"): Text("{city} unloads {more} t/h more", "{city} 每小时多卸 {more} 吨"),
    ("cities", "load_t_per_h"): Text("{city} loads {more} t/h more", "{city} 每小时多装 {more} 吨"),
    ("closures", "capacity_share"): Text(
        "the {mode} lane {origin} > {destination} open from hour {from_h} to {until_h}",
        "{origin} > {destination} {mode} 线路在第 {from_h} 至 {until_h} 小时开放",
    ),
    ("needs", "by_h"): Text(
        "{need} still useful until hour {becomes} (now {was})", "{need} 的最迟有效时间延至第 {becomes} 小时 (现 {was})"
    ),
    ("resources", "rest_h"): Text("{resource} without rest (now {was} h)", "{resource} 不休整 (现 {was} 小时)"),
    ("commitments", "status"): Text("line {line} withdrawn", "撤回承诺 {line}"),
}
