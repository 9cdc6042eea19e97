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


def _proposed(ix: Indices, kind: str) -> list[Commitment]:
    return [] if ix.alone else [row for row in ix.problem.commitments if row.status == "proposed" and row.kind == kind]


def _line(ix: Indices, line: str) -> Commitment:
    return next(row for row in ix.problem.commitments if row.line == line)


def _alike(ix: Indices, row: Commitment, *names: str) -> list[Commitment]:
    """Proposed lines that are the same movement: the way, the resource, and the cells `names`."""
    same = ("origin", "destination", "resource", "mode", "vehicle", *names)
    return [
        other for other in _proposed(ix, row.kind) if all(getattr(other, name) == getattr(row, name) for name in same)
    ]


def _first_of_each(ix: Indices, kind: str, *names: str) -> list[str]:
    """The first line of every movement: lines alike share what leaves."""
    rows = _proposed(ix, kind)
    return [row.line for row in rows if _alike(ix, row, *names)[0].line == row.line]


def _shipment_index(ix: Indices) -> list[str]:
    return _first_of_each(ix, "shipment", "depart_h")


def keep_shipment(m: ConcreteModel, line: str) -> Rule:
    """Proposed shipments count as kept only if at least their quantity leaves on their lane at their hour.

    `ship[l,s,t,own] + ship[l,s,t,aid] >= sum over lines of the same way and hour of quantity * kept[line]`

    - commitments.quantity, lane and depart_h of the lines; dropping one costs objective.change_cost in the cost tier

    Source: formats.md "commitments"; dispatch.md family 7.
    """
    row = _line(m.ix, line)
    lane = f"{row.origin}>{row.destination}:{row.mode}:{row.vehicle or ''}"
    period = periods_up(row.depart_h, m.ix.grid.hours)
    keys = [(lane, row.resource, period, pool) for pool in (OWN, AID)]
    lot = m.ix.lot(row.resource)
    terms: Terms = [(lot, m.ship[key]) for key in keys if row.depart_h >= 0 and key in m.ship]
    return at_least([*terms, *_kept_terms(m, _alike(m.ix, row, "depart_h"))], 0.0)


def _kept_terms(m: ConcreteModel, rows: list[Commitment]) -> Terms:
    return [(-row.quantity, m.kept[row.line]) for row in rows]


def _deployment_index(ix: Indices) -> list[str]:
    return _first_of_each(ix, "deployment", "need", "depart_h")


def keep_deployment(m: ConcreteModel, line: str) -> Rule:
    """Proposed deployments count as kept only if at least their units leave home for their need at their hour.

    `sum over assignments of the lines' home, need and lane of depart[a,t] >= sum over these lines of quantity * kept[line]`

    Source: formats.md "commitments"; dispatch.md family 7.
    """
    row = _line(m.ix, line)
    period = periods_up(row.depart_h, m.ix.grid.hours)
    terms: Terms = []
    for key in _assignments(m.ix, row):
        if row.depart_h >= 0 and (key, period) in m.depart:
            terms.append((1.0, m.depart[key, period]))
    return at_least([*terms, *_kept_terms(m, _alike(m.ix, row, "need", "depart_h"))], 0.0)


def _assignments(ix: Indices, row: Commitment) -> list[str]:
    """Keys of the assignments that a proposed deployment can be."""
    found = []
    for item in ix.assignments.of_need.get((row.need or "", row.resource), ()):
        vehicle = item.lane is None or not item.rides or item.lane.vehicle == row.vehicle
        if item.home == row.origin and vehicle:
            found.append(item.key)
    return found


def _return_index(ix: Indices) -> list[str]:
    return [line for line in _first_of_each(ix, "deployment", "need", "leave_h") if _line(ix, line).leave_h is not None]


def keep_return(m: ConcreteModel, line: str) -> Rule:
    """Proposed deployments count as kept only if at least their units leave the site at their hour.

    `sum over assignments of the lines' home, need and lane of leave[a,t] >= sum over these lines of quantity * kept[line]`

    - only lines that say when they leave (commitments.leave_h)

    Source: formats.md "commitments"; dispatch.md family 7.
    """
    row = _line(m.ix, line)
    period = periods_up(row.leave_h or 0.0, m.ix.grid.hours)
    terms: Terms = [(1.0, m.leave[key, period]) for key in _assignments(m.ix, row) if (key, period) in m.leave]
    return at_least([*terms, *_kept_terms(m, _alike(m.ix, row, "need", "leave_h"))], 0.0)


FAMILY = (
    Rows(_shipment_index, keep_shipment),
    Rows(_deployment_index, keep_deployment),
    Rows(_return_index, keep_return),
)
