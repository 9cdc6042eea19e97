"""Service: inside the window, within the quantity, by listed resources, units only as far as they and their crews are there."""

from __future__ import annotations

from collections import defaultdict

from tongzhou.model.domain.tables import Need
from tongzhou.model.plan import Service
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.units import on_site
from tongzhou.model.verify.violation import TOLERANCE, Findings


def check_service(facts: Facts, findings: Findings) -> None:
    """Check every service row and every need."""
    rows: dict[str, list[Service]] = defaultdict(list)
    for row in facts.plan.service:
        need = facts.problem.need_of.get(row.need)
        if need is None or (need.city, need.resource) != (row.city, row.resource):
            findings.wrong("service", row.need, row.at_h, row.served, "no such need", "无此需求")
            continue
        ratio = facts.ratio(need.resource, row.by_resource)
        if ratio is None:
            findings.wrong(
                "lower-type",
                row.need,
                row.at_h,
                row.served,
                f"{row.by_resource} may not serve it",
                f"{row.by_resource} 不可替代",
            )
        elif abs(row.served - ratio * row.used) > 3 * TOLERANCE * max(1.0, row.served):
            findings.wrong(
                "ratio", row.need, row.at_h, abs(row.served - ratio * row.used), f"ratio {ratio:g}", f"比例 {ratio:g}"
            )
        rows[row.need].append(row)
    _check_history(facts, findings)
    present = on_site(facts)
    for need in facts.problem.needs:
        if facts.problem.resource_of[need.resource].is_supply:
            _check_supply_need(facts, findings, need, rows[need.need])
        else:
            _check_presence(facts, findings, need, rows[need.need], present)


def _check_history(facts: Facts, findings: Findings) -> None:
    """What goods served before now is what the table `served` says."""
    now = facts.period(facts.problem.settings.now_h)
    told: dict[tuple[str, str, int], float] = defaultdict(float)
    for row in facts.problem.served:
        told[row.need, row.by_resource, facts.period(row.at_h)] += row.used
    found: dict[tuple[str, str, int], float] = defaultdict(float)
    for service in facts.plan.service:
        spec = facts.problem.resource_of.get(service.by_resource)
        if spec is not None and spec.is_supply and facts.period(service.at_h) < now:
            found[service.need, service.by_resource, facts.period(service.at_h)] += service.used
    for key in sorted(told.keys() | found.keys()):
        findings.same("history", f"{key[0]} {key[1]}", key[2] * facts.hours, found.get(key, 0.0), told.get(key, 0.0))


def _check_supply_need(facts: Facts, findings: Findings, need: Need, rows: list[Service]) -> None:
    """Service served first to the occurrence that ends first must find room in an open window."""
    spans = sorted(facts.spans(need), key=lambda span: (span[1], span[0]))
    left = [need.quantity] * len(spans)
    slack = TOLERANCE * max(1.0, need.quantity)
    for row in sorted(rows, key=lambda item: item.at_h):
        period, rest = facts.period(row.at_h), row.served
        for number, (first, after) in enumerate(spans):
            if first <= period < after and rest > 0:
                part = min(rest, left[number])
                left[number] -= part
                rest -= part
        if rest > slack:
            findings.wrong(
                "window-or-quantity", need.need, row.at_h, rest, "served beyond the need", "超出需求窗口或数量"
            )


def _check_presence(
    facts: Facts, findings: Findings, need: Need, rows: list[Service], present: dict[tuple[str, str, int], float]
) -> None:
    by_period: dict[int, list[Service]] = defaultdict(list)
    for row in rows:
        by_period[facts.period(row.at_h)].append(row)
    spans = facts.spans(need)
    for period, served in sorted(by_period.items()):
        at_h = period * facts.hours
        required = need.quantity * sum(1 for first, after in spans if first <= period < after)
        findings.at_most("window-or-quantity", need.need, at_h, sum(row.served for row in served), required)
        crews: dict[str, float] = defaultdict(float)
        for row in served:
            findings.at_most(
                "presence",
                f"{need.need} {row.by_resource}",
                at_h,
                row.used,
                present.get((need.need, row.by_resource, period), 0.0),
            )
            resource = facts.problem.resource_of[row.by_resource]
            if resource.crew is not None:
                crews[resource.crew] += (resource.crew_size or 1.0) * row.used
        for crew, units in crews.items():
            findings.at_most("crew", f"{need.need} {crew}", at_h, units, present.get((need.need, crew, period), 0.0))
