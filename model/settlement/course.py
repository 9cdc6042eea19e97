"""The real course of events in numbers: the bill, and what every city still lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tongzhou.model.accounts import need_losses
from tongzhou.model.domain import Problem
from tongzhou.model.domain.settings import Objective
from tongzhou.model.domain.tables import Arrival
from tongzhou.model.plan import Deployment, Plan
from tongzhou.model.settlement.bill import BillLine, bill
from tongzhou.model.settlement.cents import to_cents
from tongzhou.model.settlement.ownership import parcels
from tongzhou.model.settlement.realised import realised_service
from tongzhou.model.settlement.record import LineRecord, line_records
from tongzhou.model.settlement.travel import realised_links
from tongzhou.model.units import periods_up


@dataclass(frozen=True, slots=True)
class Course:
    """`lines`: the bill; `loss_cents`: remaining loss by city, in cents."""

    lines: tuple[BillLine, ...]
    loss_cents: Mapping[str, int]


def course_of(problem: Problem, plan: Plan) -> Course:
    """Bill and remaining losses of a plan and its actuals. Raises `ScenarioError`."""
    service = realised_service(problem, plan, line_records(problem, plan))
    by_city: dict[str, float] = defaultdict(float)
    for need, loss in need_losses(problem, service).items():
        by_city[problem.need_of[need].city] += loss
    return Course(bill(problem, plan), {city: to_cents(loss) for city, loss in by_city.items()})


def pool_problem(problem: Problem, records: Sequence[LineRecord]) -> Problem:
    """The scenario as the cities of the pool face it: what national depots really delivered is an own arrival of its user,
    and lanes are as slow as they turned out.

    Funds, programmes, commitments and the national tier are outside the game; its objective is the social cost. A scenario
    that was planned anew is settled from its hour 0: its history is what one plan made of it, not what every group could do.
    """
    depots = {row.city for row in problem.cities if row.role == "national"}
    objective = Objective(kind="social-cost")
    from_the_start = replace(problem.settings.replanning, now_h=None, called_h=None)
    return problem.replace(
        settings=replace(problem.settings, objective=objective, replanning=from_the_start),
        cities=tuple(row for row in problem.cities if row.city not in depots),
        stocks=tuple(row for row in problem.stocks if row.city not in depots),
        arrivals=(*(row for row in problem.arrivals if row.city not in depots), *_delivered(problem, records, depots)),
        links=tuple(row for row in realised_links(problem, records) if not depots & {row.origin, row.destination}),
        closures=tuple(row for row in problem.closures if not depots & {row.origin, row.destination}),
        fleets=tuple(row for row in problem.fleets if row.city not in depots),
        pairs=tuple(row for row in problem.pairs if not depots & {row.origin, row.destination}),
        commitments=(), served=(), funds=(), programmes=(), responsibility=(), actuals=(), conduct=(), advances=(), disputes=(),
    )  # fmt: skip


def _delivered(problem: Problem, records: Sequence[LineRecord], depots: set[str]) -> list[Arrival]:
    known = {record.line: record for record in records}
    horizon = problem.settings.horizon_h
    return [
        Arrival(
            city=parcel.user, resource=known[line].resource, at_h=max(0.0, parcel.arrive_h), quantity=parcel.quantity
        )
        for line, places in sorted(parcels(problem, records).items())
        if known[line].origin in depots
        for parcel in places
        if problem.city_of[parcel.user].role not in ("national", "hub") and parcel.arrive_h < horizon
    ]


def outside_presence(problem: Problem, records: Sequence[LineRecord]) -> dict[tuple[str, str, int], float]:
    """Units of national depots on site, by need, resource, period: constants of every group."""
    hours, count = problem.settings.period_h, problem.settings.periods
    found: dict[tuple[str, str, int], float] = defaultdict(float)
    for record in records:
        if isinstance(record.row, Deployment) and problem.city_of[record.origin].role == "national":
            for period in range(
                max(0, periods_up(record.arrive_h, hours)), min(count, periods_up(record.row.leave_h, hours))
            ):
                found[record.row.need, record.resource, period] += record.accepted
    return dict(found)
