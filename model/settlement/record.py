"""What really happened to every line of a plan: actuals where they exist, the plan where they do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from tongzhou.model.domain import Problem, Tables
from tongzhou.model.domain.checks.draft import did_you_mean
from tongzhou.model.domain.tables import Actual
from tongzhou.model.errors import Fault, ScenarioError, Text
from tongzhou.model.plan import Deployment, Plan, Shipment


@dataclass(frozen=True, slots=True)
class LineRecord:
    """One shipment or deployment as it really went. Quantities in units of the resource, hours since the start.

    `lost`: goods that never arrived or arrived spoilt and were not accepted, units that came back damaged;
    `actual_cost`: what its transport (shipment) or its time away (deployment) really cost, where that is known.
    """

    line: str
    origin: str
    destination: str
    resource: str
    planned: float
    shipped: float
    accepted: float
    lost: float
    depart_h: float
    arrive_h: float
    actual_cost: Decimal | None
    evidence: str | None
    trip: str | None
    row: Shipment | Deployment
    is_actual: bool

    @property
    def went(self) -> bool:
        """Whether anything of it set out."""
        return self.shipped > 0 or (self.actual_cost or 0) > 0


def line_records(problem: Problem, plan: Plan, *, as_planned: bool = False) -> list[LineRecord]:
    """Every line of the plan with its actuals, or (`as_planned`) without them.

    Raises `ScenarioError` with every fault of the tables that name lines.
    """
    check_lines(problem, plan)
    actuals = {} if as_planned else {row.line: row for row in problem.actuals}
    missing = {} if as_planned else problem.missing
    return [_record(problem, row, actuals.get(row.line), missing.get(row.line, 0.0)) for row in plan.lines]


def _record(problem: Problem, row: Shipment | Deployment, actual: Actual | None, missing: float) -> LineRecord:
    arrive_h = row.arrive_h if isinstance(row, Shipment) else row.on_site_h
    if actual is None:
        return LineRecord(row.line, row.origin, row.destination, row.resource, float(row.quantity), float(row.quantity),
                          float(row.quantity) - missing, 0.0, row.depart_h, arrive_h, None, None, row.trip, row, is_actual=False)  # fmt: skip
    if problem.resource_of[row.resource].is_supply:
        refused = actual.arrived - actual.accepted
        lost = (actual.shipped - actual.arrived) + min(actual.damaged, refused)
    else:
        lost = actual.damaged
    return LineRecord(row.line, row.origin, row.destination, row.resource, float(row.quantity), actual.shipped, actual.accepted,
                      lost, actual.departed_h, actual.arrived_h, actual.cost, actual.evidence, row.trip, row, is_actual=True)  # fmt: skip


def trip_actuals(problem: Problem, plan: Plan) -> Mapping[str, Actual]:
    """Actuals of whole trips, by trip."""
    trips = {row.trip for row in plan.trips}
    return {row.line: row for row in problem.actuals if row.line in trips}


def check_lines(problem: Problem, plan: Plan) -> None:
    """Raises `ScenarioError` with every fault of `line_faults`; rows of a problem are sorted, so their numbers mean nothing."""
    faults = [replace(fault, row=None) for fault in line_faults(problem, plan)]
    if faults:
        raise ScenarioError(faults)


def line_faults(tables: Tables, plan: Plan) -> list[Fault]:
    """Lines that `actuals` and `disputes` name and the plan does not know; damage and loss without a value. Rows from 1.

    Lines that never left are not missed in a plan that was made after they were withdrawn.
    """
    planned = {row.line: row.resource for row in plan.lines}
    known = {*planned, *(row.trip for row in plan.trips)}
    faults = []
    unsent = {row.line for row in tables.commitments if row.status == "withdrawn"}
    over = {row.line for row in tables.actuals if row.line in unsent and row.shipped <= 0 and not row.cost}
    named = [("actuals", [row.line for row in tables.actuals]), ("disputes", [row.line for row in tables.disputes])]
    for table, lines in named:
        for number, line in enumerate(lines, start=1):
            if line not in known | over:
                expected = Text("a line or trip of the plan", "方案中的线号或车次")
                faults.append(Fault(table, number, ("line",), f"`{line}`", expected, did_you_mean(line, known)))
    resources = {row.resource: row for row in tables.resources}
    for number, actual in enumerate(tables.actuals, start=1):
        spec = resources.get(planned.get(actual.line, ""))
        lost = actual.damaged > 0 or (spec is not None and spec.is_supply and actual.shipped > actual.arrived)
        if spec is not None and lost and spec.unit_value is None:
            expected = Text(
                f"a unit_value of {spec.resource}, to bill the damage", f"{spec.resource} 的 unit_value, 以计损坏费用"
            )
            faults.append(Fault("actuals", number, ("damaged",), f"{actual.line}: {actual.damaged:g}", expected))
    return faults
