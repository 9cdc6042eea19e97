"""Use case: the lines of a plan become commitments of a scenario, from which the next plan starts."""

from __future__ import annotations

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Commitment
from tongzhou.model.plan import Plan


def with_commitments(problem: Problem, plan: Plan, status: str) -> Problem:
    """The scenario with every line of the plan that it does not know yet, in one state. Raises `ScenarioError`."""
    known = {row.line for row in problem.commitments}
    shipments = [
        Commitment(
            line=row.line, kind="shipment", origin=row.origin, destination=row.destination, resource=row.resource,
            quantity=row.quantity, depart_h=row.depart_h, need=row.need, mode=row.mode, vehicle=row.vehicle, status=status,
        )
        for row in plan.shipments if row.line not in known
    ]  # fmt: skip
    deployments = [
        Commitment(
            line=row.line, kind="deployment", origin=row.origin, destination=row.destination, resource=row.resource,
            quantity=row.quantity, depart_h=row.depart_h, leave_h=row.leave_h, need=row.need, mode=row.mode,
            vehicle=row.vehicle, status=status,
        )
        for row in plan.deployments if row.line not in known
    ]  # fmt: skip
    return problem.replace(commitments=(*problem.commitments, *shipments, *deployments))
