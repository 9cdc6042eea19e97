"""An incident some hours on: what has happened becomes history and kept lines, the rest of the plan stays proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import Commitment, Served
from tongzhou.model.errors import Fault, ScenarioError, Text
from tongzhou.model.plan import Deployment, Plan, Service, Shipment
from tongzhou.model.settlement.realised import realised_service
from tongzhou.model.settlement.record import LineRecord, line_records
from tongzhou.model.units import HOUR_TOLERANCE, periods_down, tidy_hours
from tongzhou.model.verify.facts import Facts

ALL = "all"
"""In place of line ids: every line that is still proposed."""
LEAST = 1e-9
DUST = 1e-6
"""Share of a line by which it may exceed what was there: rounding only."""


@dataclass(frozen=True, slots=True)
class Step:
    """What became known by an hour: lines that were accepted and withdrawn. Actuals are a table of the scenario."""

    now_h: float
    accepted: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()


def advance(problem: Problem, plan: Plan, step: Step) -> Problem:
    """The scenario at a later hour of its own clock.

    Lines that should have left by now have left, unless `actuals` say that nothing was shipped; later ones are proposed, or
    accepted where the scenario or the step says so. What has been served is history. Raises `ScenarioError`.
    """
    _check(problem, plan, step)
    records = line_records(_of_the_plan(problem, plan), plan)
    rows = [_commitment(problem, record, step) for record in records]
    known = {record.line for record in records}
    older = [row for row in problem.commitments if row.line not in known and row.status != "proposed"]
    rows = _as_there_was(problem, plan, rows, realised_service(problem, plan, records))
    served = realised_service(problem, plan, _as_cut(records, rows))
    past = [
        row
        for row in served
        if row.at_h < step.now_h - HOUR_TOLERANCE and problem.resource_of[row.by_resource].is_supply
    ]
    called = plan.national_call_h if plan.national_call_h is not None and plan.national_call_h < step.now_h else None
    if called is None:
        called = problem.settings.replanning.called_h
    return problem.replace(
        settings=replace(problem.settings, replanning=replace(problem.settings.replanning, now_h=step.now_h, called_h=called)),
        commitments=(*older, *rows),
        served=tuple(
            Served(need=row.need, by_resource=row.by_resource, at_h=row.at_h, used=row.used) for row in past if row.used > LEAST
        ),
    )  # fmt: skip


def _as_there_was(
    problem: Problem, plan: Plan, rows: Sequence[Commitment], served: Sequence[Service]
) -> list[Commitment]:
    """Lines that left a hub, and of which nothing was told, with no more than the hub can have had: less came there than was planned."""
    told = {row.line for row in problem.actuals}
    facts = Facts(problem, plan)
    planned = {row.line: row for row in plan.shipments}
    there: dict[tuple[str, str], float] = {}
    found = {row.line: row for row in rows}
    for row in sorted(
        (row for row in rows if row.line in planned and _left_a_hub(problem, row)),
        key=lambda row: (row.depart_h, row.line),
    ):
        at = facts.period(row.depart_h)
        holder = (row.origin, row.resource)
        came = sum(_received(item) for item in found.values() if _landed(facts, planned, item, holder, at))
        used = sum(
            item.used for item in served if (item.city, item.by_resource) == holder and facts.period(item.at_h) <= at
        )
        left = facts.held(*holder, at) + came - used - there.get(holder, 0.0)
        if row.line not in told and row.quantity > left + DUST * max(1.0, row.quantity):
            found[row.line] = replace(row, quantity=left) if left > LEAST else replace(row, status="withdrawn")
        if found[row.line].status != "withdrawn":
            there[holder] = there.get(holder, 0.0) + found[row.line].quantity
    return list(found.values())


def _as_cut(records: Sequence[LineRecord], rows: Sequence[Commitment]) -> list[LineRecord]:
    """The records with no more than the lines of hubs can have taken."""
    quantity = {row.line: 0.0 if row.status == "withdrawn" else row.quantity for row in rows}
    return [
        record
        if record.is_actual or quantity[record.line] >= record.shipped
        else replace(record, shipped=quantity[record.line], accepted=quantity[record.line], is_actual=True)
        for record in records
    ]


def _left_a_hub(problem: Problem, row: Commitment) -> bool:
    return row.status in ("moving", "on-site") and row.depart_h >= 0 and problem.city_of[row.origin].passes_on


def _received(row: Commitment) -> float:
    return row.quantity if row.received is None else row.received


def _landed(
    facts: Facts, planned: Mapping[str, Shipment], row: Commitment, holder: tuple[str, str], period: int
) -> bool:
    """Whether a shipment had come to the holder by a period, and not before hour 0, when it was counted in the stock."""
    if row.line not in planned or (row.destination, row.resource) != holder or row.status not in ("moving", "on-site"):
        return False
    arrive_h = planned[row.line].arrive_h if row.arrived_h is None else row.arrived_h
    return arrive_h >= -HOUR_TOLERANCE and facts.period(arrive_h) <= period


def _of_the_plan(problem: Problem, plan: Plan) -> Problem:
    """The scenario with the actuals of lines of this plan; those of lines that are over were reckoned when they became known."""
    names = (
        {row.line for row in plan.shipments} | {row.line for row in plan.deployments} | {row.trip for row in plan.trips}
    )
    over = {row.line for row in problem.commitments} - names
    return problem.replace(actuals=tuple(row for row in problem.actuals if row.line not in over))


def beginning(problem: Problem) -> Problem:
    """The scenario as it was at hour 0: what cities could have done alone is measured there."""
    settings = replace(problem.settings, replanning=replace(problem.settings.replanning, now_h=None, called_h=None))
    early = tuple(row for row in problem.commitments if row.depart_h < 0)
    return problem.replace(settings=settings, commitments=early, served=())


def _check(problem: Problem, plan: Plan, step: Step) -> None:
    faults = []
    lines = {row.line for row in plan.shipments} | {row.line for row in plan.deployments}
    for name in sorted((step.accepted | step.withdrawn) - lines - {ALL}):
        faults.append(
            Fault("plan", None, ("line",), f"`{name}`", Text("a line of the previous plan", "上一方案中的线号"))
        )
    if step.now_h < problem.settings.now_h:
        expected = Text(
            f"not before the hour of the scenario ({problem.settings.now_h:g})",
            f"不早于情景时刻 ({problem.settings.now_h:g})",
        )
        faults.append(Fault("scenario", None, ("replanning.now_h",), f"{step.now_h:g}", expected))
    for actual in problem.actuals:
        if actual.line in lines and actual.arrived_h > step.now_h + HOUR_TOLERANCE:
            expected = Text(
                f"an arrival by now ({step.now_h:g}); a line under way has no actuals yet",
                f"不晚于当前时刻 ({step.now_h:g}) 的到达; 在途的线尚无实绩",
            )
            faults.append(Fault("actuals", None, ("arrived_h",), f"{actual.line}: {actual.arrived_h:g}", expected))
    if faults:
        raise ScenarioError(faults)


def _commitment(problem: Problem, record: LineRecord, step: Step) -> Commitment:
    """A line of the plan in its present state."""
    row = record.row
    before = next((item for item in problem.commitments if item.line == row.line), None)
    status = _status(record, before, step)
    quantity, depart_h = float(row.quantity), row.depart_h
    received, arrived_h = (None, None) if before is None else (before.received, before.arrived_h)
    if status in ("moving", "on-site", "returned") and record.is_actual:
        quantity, depart_h, arrived_h = record.shipped, _departure(problem, record, step), record.arrive_h
        received = record.accepted if record.accepted < record.shipped else None
    return Commitment(
        line=row.line,
        kind="shipment" if isinstance(row, Shipment) else "deployment",
        origin=row.origin,
        destination=row.destination,
        resource=row.resource,
        quantity=quantity,
        depart_h=depart_h,
        leave_h=None if isinstance(row, Shipment) else row.leave_h,
        need=row.need,
        mode=row.mode,
        vehicle=row.vehicle,
        status=status,
        received=received,
        arrived_h=arrived_h,
    )


def _status(record: LineRecord, before: Commitment | None, step: Step) -> str:
    row = record.row
    left = record.depart_h < step.now_h - HOUR_TOLERANCE
    if record.line in step.withdrawn and not left:
        return "withdrawn"
    if record.is_actual and record.shipped <= 0:
        return "withdrawn"
    if left:
        arrived = record.arrive_h <= step.now_h + HOUR_TOLERANCE
        if isinstance(row, Deployment) and row.depart_h >= 0 and row.home_h <= step.now_h + HOUR_TOLERANCE:
            return "returned"
        return "on-site" if arrived else "moving"
    if before is not None and before.is_kept:
        return before.status
    return "accepted" if record.line in step.accepted or ALL in step.accepted else "proposed"


def _departure(problem: Problem, record: LineRecord, step: Step) -> float:
    """The departure that was planned, which is what its vehicle and its stock were booked for; of a line that left ahead of it and of
    now, the start of the period in which it really left."""
    row, hours = record.row, problem.settings.period_h
    if row.depart_h <= step.now_h + HOUR_TOLERANCE:
        return row.depart_h
    return tidy_hours(max(0.0, periods_down(record.depart_h, hours) * hours))
