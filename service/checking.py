"""Use case: a plan written by hand, looked at by the verifier, scored in the tiers, and held against the best plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tongzhou.model.accounts import changed_lines, loss_value, need_accounts, priority_values
from tongzhou.model.completion import Draft, complete
from tongzhou.model.domain import Problem
from tongzhou.model.domain.checks.cells import cell_problem
from tongzhou.model.domain.checks.draft import did_you_mean
from tongzhou.model.domain.column import column, columns_of
from tongzhou.model.errors import Fault, PlanFileError, ScenarioError, Text
from tongzhou.model.plan import Outcome, Plan
from tongzhou.model.verify import verify
from tongzhou.model.verify.violation import Violation
from tongzhou.scenarios.csv_folder import read_csv
from tongzhou.scenarios.raw import RawTable, read_table
from tongzhou.service.runs import plan as best_plan
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock, Progress

BOOKS = frozenset(
    {"stock-level", "in-transit", "floor", "shortage", "city-account", "money", "tier-value", "tier-bound", "cost", "load", "scope",
     "travel", "away", "baseline"}
)  # fmt: skip
"""Checks of published sums, not of what a plan does."""
IMPLIED_BY = ("stock", "units", "only-hubs-pass-on", "floor-or-offer", "own-use-floor")
"""Limits on what leaves a place, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDraft:
    """A row of `shipments` as a person writes it; what the plan's own table has beside is left alone."""

    line: str | None = column("id", "id of the line", "线号", optional=True)
    origin: str = column("id", "from", "起点")
    destination: str = column("id", "to", "终点")
    resource: str = column("id", "resource", "资源")
    quantity: float = column("number", "quantity", "数量", above=0)
    depart_h: float = column("number", "departure", "出发 (小时)")
    mode: str | None = column("text", "mode", "方式", optional=True)
    vehicle: str | None = column("id", "vehicle class", "车型", optional=True)
    need: str | None = column("id", "need it serves", "所服务需求", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentDraft:
    """A row of `deployments` as a person writes it."""

    line: str | None = column("id", "id of the line", "线号", optional=True)
    origin: str = column("id", "home", "驻地")
    destination: str = column("id", "to", "终点")
    resource: str = column("id", "resource", "资源")
    quantity: int = column("whole", "units", "单位数", low=1)
    depart_h: float = column("number", "departure", "出发 (小时)")
    need: str = column("id", "need it serves", "所服务需求")
    leave_h: float | None = column("number", "leaves the site", "撤离 (小时)", optional=True)
    mode: str | None = column("text", "mode", "方式", optional=True)
    vehicle: str | None = column("id", "vehicle class", "车型", optional=True)


DRAFTS = {"shipments": ShipmentDraft, "deployments": DeploymentDraft}


@dataclass(frozen=True)
class Checked:
    """The plan made whole, the limits it breaks, its tiers, and the best plan where one was asked for."""

    plan: Plan
    violations: tuple[Violation, ...]
    tiers: Mapping[str, float]
    best: Outcome | None


def check_plan(
    problem: Problem,
    path: Path,
    options: SolveOptions | None,
    *,
    report: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Checked:
    """Check a plan of which only `shipments` and `deployments` are needed; with `options` the best plan is sought as well.

    Raises `PlanFileError`, and `ScenarioError` for rows that name what the scenario does not have.
    """
    from tongzhou.solvers.decode.baseline import baseline_rows  # Pyomo and HiGHS only where they are used
    from tongzhou.solvers.reference import run_alone

    drafts = read_drafts(problem, path)
    alone = run_alone(problem, options or SolveOptions(), Clock(None, report=report, cancelled=cancelled))
    baseline = baseline_rows(replace(alone.indices, reference=alone.reference))
    whole = complete(problem, drafts, baseline)
    best = None if options is None else best_plan(problem, options, report=report, cancelled=cancelled)
    return Checked(whole, limits_broken(problem, whole), scores(problem, whole), best)


def limits_broken(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """The limits that a plan's lines break, each place once with the worst amount and its hour."""
    worst: dict[tuple[str, str], Violation] = {}
    for found in verify(problem, plan):
        key = (found.limit, found.place)
        if found.limit not in BOOKS and (key not in worst or found.amount > worst[key].amount):
            worst[key] = found
    return tuple(worst[key] for key in sorted(worst) if not _is_implied(worst, key))


def _is_implied(worst: Mapping[tuple[str, str], Violation], key: tuple[str, str]) -> bool:
    """Whether a graver limit at the same place is broken by as much: what is not there cannot be above a floor either."""
    limit, place = key
    if limit not in IMPLIED_BY:
        return False
    graver = [worst[name, place].amount for name in IMPLIED_BY[: IMPLIED_BY.index(limit)] if (name, place) in worst]
    return any(abs(amount - worst[key].amount) <= 1e-6 * max(1.0, amount) for amount in graver)


def scores(problem: Problem, plan: Plan) -> dict[str, float]:
    """Value of the tiers that a plan's rows tell: priorities and cost, or the social cost."""
    accounts = need_accounts(problem, plan.service)
    cost = _money(problem, plan) + len(changed_lines(problem, plan)) * problem.settings.objective.change_cost
    if problem.settings.objective.kind == "social-cost":
        return {"social-cost": loss_value(problem, plan.service) + cost}
    return {f"priority-{number}": value for number, value in sorted(priority_values(problem, accounts).items())} | {
        "cost": cost
    }


def _money(problem: Problem, plan: Plan) -> float:
    """Trips, carriers, days away, and goods that others than their owner used (own goods count as used first)."""
    paid = sum(float(row.cost) for rows in (plan.shipments, plan.trips, plan.deployments) for row in rows)
    used: dict[tuple[str, str], float] = {}
    for row in plan.service:
        used[row.city, row.by_resource] = used.get((row.city, row.by_resource), 0.0) + row.used
    held: dict[tuple[str, str], float] = {}
    for stock in problem.stocks:
        held[stock.city, stock.resource] = held.get((stock.city, stock.resource), 0.0) + stock.quantity
    for arrival in problem.arrivals:
        held[arrival.city, arrival.resource] = held.get((arrival.city, arrival.resource), 0.0) + arrival.quantity
    goods = 0.0
    for key, quantity in used.items():
        spec = problem.resource_of[key[1]]
        if spec.is_supply:
            goods += float(spec.unit_value or 0) * max(0.0, quantity - held.get(key, 0.0))
    return paid + goods


def read_drafts(problem: Problem, path: Path) -> list[Draft]:
    """Lines of a plan folder, of a JSON document, or of one CSV file of shipments. Raises `PlanFileError`, `ScenarioError`."""
    faults: list[Fault] = []
    drafts: list[Draft] = []
    tables = _tables(path, faults)
    for name, raw in tables.items():
        read = read_table(_known_columns(raw, DRAFTS[name]), DRAFTS[name])
        faults += read.faults
        unread = {index for index, _ in read.bad}
        for index, (number, row) in enumerate(zip(read.numbers, read.rows, strict=True)):
            if index in unread:
                continue
            faults += _beyond_limits(name, number, row)
            faults += _strangers(problem, name, number, row)
            drafts.append(
                Draft(line=row.line or f"{name}-{number}", origin=row.origin, destination=row.destination, resource=row.resource,
                      quantity=float(row.quantity), depart_h=row.depart_h, leave_h=getattr(row, "leave_h", None), need=row.need,
                      mode=row.mode, vehicle=row.vehicle)
            )  # fmt: skip
    if faults:
        raise ScenarioError(faults, str(path))
    return drafts


def _tables(path: Path, faults: list[Fault]) -> dict[str, RawTable]:
    if path.is_dir():
        found = {}
        for name in DRAFTS:
            table = path / f"{name}.csv"
            raw = read_csv(table, name, faults) if table.is_file() else None
            if raw is not None:
                found[name] = raw
        if found or faults:
            return found
    elif path.is_file() and path.suffix == ".json":
        return _of_document(path)
    raise PlanFileError(
        Text(f"{path} holds no shipments.csv or deployments.csv", f"{path} 中没有 shipments.csv 或 deployments.csv")
    )


def _of_document(path: Path) -> dict[str, RawTable]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found = {}
        for name in DRAFTS:
            given: list[Mapping[str, Any]] = document.get(name, [])
            if given:
                found[name] = RawTable(name, sorted({key for row in given for key in row}))
                found[name].rows.extend(enumerate(given, start=1))
    except (OSError, ValueError, AttributeError) as error:
        raise PlanFileError(Text(f"{path} is not a plan: {error}", f"{path} 不是方案: {error}")) from error
    return found


def _known_columns(raw: RawTable, row_class: type) -> RawTable:
    """The table without the columns of the plan's own format that follow from the others."""
    known = columns_of(row_class)
    found = RawTable(raw.name, [name for name in raw.header if name in known])
    for line, row in raw.rows:
        found.rows.append((line, {name: cell for name, cell in row.items() if name in known}))
    return found


def _beyond_limits(table: str, number: int, row: ShipmentDraft | DeploymentDraft) -> Iterable[Fault]:
    for name, spec in columns_of(DRAFTS[table]).items():
        found = cell_problem(spec, getattr(row, name))
        if found is not None:
            yield Fault(table, number, (name,), f"{getattr(row, name)}", *found)


def _strangers(problem: Problem, table: str, number: int, row: Any) -> Iterable[Fault]:
    """Cities, resources and needs that the scenario does not have; a unit among goods, goods among units."""

    def unknown(name: str, known: Collection[str], expected: Text) -> Fault:
        value = getattr(row, name)
        return Fault(table, number, (name,), value, expected, did_you_mean(value, known))

    for name in ("origin", "destination"):
        if getattr(row, name) not in problem.city_of:
            yield unknown(name, problem.city_of, Text("a city of the scenario", "情景中的城市"))
    spec = problem.resource_of.get(row.resource)
    if spec is None:
        yield unknown("resource", problem.resource_of, Text("a resource of the scenario", "情景中的资源"))
    elif spec.is_supply != (table == "shipments"):
        expected = Text("a supply", "物资") if table == "shipments" else Text("equipment or a team", "装备或队伍")
        yield Fault(table, number, ("resource",), row.resource, expected)
    if row.need is not None and row.need not in problem.need_of:
        yield unknown("need", problem.need_of, Text("a need of the scenario", "情景中的需求"))
