"""What each city sends, receives, keeps and spends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from tongzhou.model.indices import Indices
from tongzhou.model.plan import CityAccount, Deployment, Plan, Shipment, Trip
from tongzhou.solvers.decode.money import CENT, cents, tidy


def with_cities(ix: Indices, plan: Plan, goods_used: Mapping[str, Decimal]) -> Plan:
    """The plan with its table of cities. A city spends on its trips, its carriers, its units' days away, its goods that others used."""
    spent: dict[str, Decimal] = defaultdict(Decimal, goods_used)
    paid: tuple[Shipment | Trip | Deployment, ...] = (*plan.shipments, *plan.trips, *plan.deployments)
    for row in paid:
        spent[row.origin] += row.cost
    sent, received = _values(ix, plan)
    kept = _kept_tonnes(ix, plan)
    hours: dict[str, float] = defaultdict(float)
    for shortage in plan.shortages:
        hours[shortage.city] += shortage.unit_hours
    alone: dict[str, float] = defaultdict(float)
    for base in plan.baseline:
        alone[ix.problem.need_of[base.need].city] += base.unit_hours
    rows = tuple(
        CityAccount(
            city=city.city,
            role=city.role,
            sent_value=cents(sent[city.city]),
            received_value=cents(received[city.city]),
            kept_t=tidy(kept[city.city]),
            unit_hours_alone=tidy(alone[city.city]),
            unit_hours=tidy(hours[city.city]),
            spent=spent[city.city].quantize(CENT),
        )
        for city in ix.problem.cities
    )
    return replace(plan, cities=rows)


def _values(ix: Indices, plan: Plan) -> tuple[dict[str, float], dict[str, float]]:
    """Value that left each city for others and that reached it: goods at unit value, units at their days away."""
    sent: dict[str, float] = defaultdict(float)
    received: dict[str, float] = defaultdict(float)
    for shipment in plan.shipments:
        value = float(ix.problem.resource_of[shipment.resource].unit_value or 0) * shipment.quantity
        sent[shipment.origin] += value
        received[shipment.destination] += value * _arrived(ix, shipment)
    for deployment in plan.deployments:
        if deployment.origin != deployment.destination:
            sent[deployment.origin] += float(deployment.cost)
            received[deployment.destination] += float(deployment.cost) * _arrived(ix, deployment)
    return sent, received


def _arrived(ix: Indices, row: Shipment | Deployment) -> float:
    """Share of a line that was, or will be, accepted where it goes."""
    return 1.0 - ix.problem.missing.get(row.line, 0.0) / row.quantity


def _kept_tonnes(ix: Indices, plan: Plan) -> dict[str, float]:
    """Tonnes of supplies on hand at the start of the last period."""
    last = max((row.at_h for row in plan.stocks), default=0.0)
    kept: dict[str, float] = defaultdict(float)
    for level in plan.stocks:
        if level.at_h == last:
            kept[level.city] += level.on_hand * ix.problem.resource_of[level.resource].weight_t
    return kept
