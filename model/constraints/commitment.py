"""Commitment: proposed lines of the previous plan are kept unless changing them pays.

Accepted, moving and on-site lines are constants of the other families (`indices.promises`); this family prices changes.
"""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.domain.tables import Commitment
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID, OWN
from tongzhou.model.rows import Rows, Rule, Terms, at_least
from tongzhou.model.units import periods_up


def _proposed(ix: Indices, kind: str) -> list[str]:
    if ix.alone or ix.problem.settings.objective.change_cost <= 0:
        return []
    return [row.line for row in ix.problem.commitments if row.status == "proposed" and row.kind == kind]


def _line(ix: Indices, line: str) -> Commitment:
    return next(row for row in ix.problem.commitments if row.line == line)


def _shipment_index(ix: Indices) -> list[str]:
    return _proposed(ix, "shipment")


def keep_shipment(m: ConcreteModel, line: str) -> Rule:
    """A proposed shipment counts as kept only if at least its quantity leaves on its lane at its hour.

    `ship[l,s,t,own] + ship[l,s,t,aid] >= quantity * kept[line]`

    - commitments.quantity, lane and depart_h of the line; dropping it costs objective.change_cost in the cost tier

    Source: formats.md "commitments"; dispatch.md family 7.
    """
    row = _line(m.ix, line)
    lane = f"{row.origin}>{row.destination}:{row.mode}:{row.vehicle or ''}"
    period = periods_up(row.depart_h, m.ix.grid.hours)
    keys = [(lane, row.resource, period, pool) for pool in (OWN, AID)]
    lot = m.ix.lot(row.resource)
    terms: Terms = [(lot, m.ship[key]) for key in keys if row.depart_h >= 0 and key in m.ship]
    return at_least([*terms, (-row.quantity, m.kept[line])], 0.0)


def _deployment_index(ix: Indices) -> list[str]:
    return _proposed(ix, "deployment")


def keep_deployment(m: ConcreteModel, line: str) -> Rule:
    """A proposed deployment counts as kept only if at least its units leave home for its need at its hour.

    `sum over assignments of the line's home, need and lane of depart[a,t] >= quantity * kept[line]`

    Source: formats.md "commitments"; dispatch.md family 7.
    """
    row = _line(m.ix, line)
    period = periods_up(row.depart_h, m.ix.grid.hours)
    terms: Terms = []
    for item in m.ix.assignments.of_need.get((row.need, row.resource), ()):
        vehicle = item.lane is None or not item.rides or item.lane.vehicle == row.vehicle
        if item.home == row.origin and vehicle and row.depart_h >= 0 and (item.key, period) in m.depart:
            terms.append((1.0, m.depart[item.key, period]))
    return at_least([*terms, (-row.quantity, m.kept[line])], 0.0)


FAMILY = (Rows(_shipment_index, keep_shipment), Rows(_deployment_index, keep_deployment))
