"""The service that really took place: the plan's, less what arrived late, spoilt or not at all.

Supplies: goods are used when and where the plan says, as far as they are there; what comes late serves what still waits inside
its window. Units: a need has at work what the plan put there, as far as they, and their crew, were on site.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from tongzhou.model.domain import Problem
from tongzhou.model.plan import Deployment, Plan, Service, Shipment
from tongzhou.model.settlement.record import LineRecord
from tongzhou.model.units import HOUR_TOLERANCE, periods_up
from tongzhou.model.verify.facts import Facts

DUST = 1e-9


def realised_service(problem: Problem, plan: Plan, records: Sequence[LineRecord]) -> tuple[Service, ...]:
    """Service rows of the real course of events; without actuals those of the plan."""
    if not any(record.is_actual for record in records):
        return plan.service
    facts = Facts(problem, plan)
    return (*_supplies(facts, records), *_units(facts, records))


def _supplies(facts: Facts, records: Sequence[LineRecord]) -> list[Service]:
    problem, found = facts.problem, []
    plans: dict[tuple[str, str], list[Service]] = defaultdict(list)
    for row in facts.plan.service:
        if problem.resource_of[row.by_resource].is_supply:
            plans[row.city, row.by_resource].append(row)
    for (city, resource), rows in sorted(plans.items()):
        flow = _net_flow(facts, records, city, resource)
        spared = 0.0 if problem.settings.reserve.own_use else facts.floor(city, resource)
        found += _use(facts, rows, flow, spared)
    return found


def _net_flow(facts: Facts, records: Sequence[LineRecord], city: str, resource: str) -> list[float]:
    """What comes to be there in every period: own goods, accepted deliveries, less what left."""
    flow = [
        facts.held(city, resource, period) - (facts.held(city, resource, period - 1) if period else 0.0)
        for period in range(facts.count)
    ]
    for record in records:
        if record.resource != resource or not isinstance(record.row, Shipment):
            continue
        arrived_before = record.row.arrive_h < -HOUR_TOLERANCE  # it is in the stock of its destination
        if (
            record.destination == city
            and not arrived_before
            and (at := max(0, facts.period(record.arrive_h))) < facts.count
        ):
            flow[at] += record.accepted
        if (
            record.origin == city
            and record.row.depart_h >= 0
            and (at := max(0, facts.period(record.depart_h))) < facts.count
        ):
            flow[at] -= record.shipped
    return flow


def _use(facts: Facts, rows: Sequence[Service], flow: Sequence[float], spared: float) -> list[Service]:
    """Serve in the plan's order what is due and there; the most urgent need first."""
    needs = {row.need: facts.problem.need_of[row.need] for row in rows}
    order = sorted(needs, key=lambda name: (needs[name].priority, name))
    ratio = {name: facts.ratio(need.resource, rows[0].by_resource) or 1.0 for name, need in needs.items()}
    due: dict[tuple[str, int], float] = defaultdict(float)
    for row in rows:
        due[row.need, facts.period(row.at_h)] += row.used
    waiting = dict.fromkeys(order, 0.0)
    there, found = -spared, []
    for period, change in enumerate(flow):
        there += change
        for name in order:
            need = needs[name]
            if not any(first < period < after for first, after in facts.spans(need)):
                waiting[name] = 0.0  # what a window leaves unserved is lost, also where one follows
            waiting[name] += due[name, period]
            used = max(0.0, min(waiting[name], there))
            if used > DUST:
                waiting[name] -= used
                there -= used
                found.append(Service(
                    need=name, city=need.city, resource=need.resource, at_h=period * facts.hours,
                    served=used * ratio[name], by_resource=rows[0].by_resource, used=used,
                ))  # fmt: skip
    return found


def _units(facts: Facts, records: Sequence[LineRecord]) -> list[Service]:
    problem = facts.problem
    present: dict[tuple[str, str, int], float] = defaultdict(float)
    for record in records:
        if isinstance(record.row, Deployment):
            arrive = max(0, periods_up(record.arrive_h, facts.hours))
            for period in range(arrive, min(facts.count, facts.period(record.row.leave_h))):
                present[record.row.need, record.resource, period] += record.accepted
    crews = dict(present)
    found = []
    for row in facts.plan.service:
        spec = problem.resource_of[row.by_resource]
        if spec.is_supply:
            continue
        at = facts.period(row.at_h)
        used = min(row.used, present[row.need, row.by_resource, at])
        if spec.crew is not None:
            size = spec.crew_size or 1.0
            key = (row.need, spec.crew, at)
            used = min(used, crews.get(key, 0.0) / size)
            crews[key] = crews.get(key, 0.0) - used * size
        if used > DUST:
            found.append(replace(row, used=used, served=row.served * used / row.used))
    return found
