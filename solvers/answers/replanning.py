"""Planning anew from a previous plan: it stays unless a tier improves by more than the gap, and every change has a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.domain import Problem
from tongzhou.model.line_changes import DROPPED, LESS, LineChange, line_differences
from tongzhou.model.plan import Deployment, Outcome, Plan, Shipment
from tongzhou.model.replanning import beginning
from tongzhou.model.verify import verify
from tongzhou.solvers.answers.standing import Standing, stand
from tongzhou.solvers.caps import CAP_SLACK, cap_patch, tier_column
from tongzhou.solvers.compiled import Floats, Patch
from tongzhou.solvers.dispatch import Prepared, plan_dispatch, prepare, refuse_impossible_promises, sunk_cost
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reference import run_alone
from tongzhou.solvers.search import Search
from tongzhou.solvers.tiers import tier_names

MOST_EXAMINED = 20
"""Dropped lines for which the price of keeping them is proven."""
WORSE = 1e-5
"""Share of a tier's value by which keeping a line must raise its relaxation to count as a reason."""
FORBIDS = frozenset(
    {"lane", "closure", "fleet", "carrier", "pairs", "floor-or-offer", "stock", "units", "until", "lot", "duty", "lower-type",
     "national-call", "lane-capacity", "loading", "unloading", "payload-out", "volume-out", "only-hubs-pass-on"}
)  # fmt: skip
"""Limits that may forbid a line by itself."""


@dataclass(frozen=True)
class Replanned:
    """The new plan, what it changes, and the previous plan's tiers in the new scenario (None where it no longer fits)."""

    outcome: Outcome
    changes: tuple[LineChange, ...]
    continued: dict[str, float] | None


def replan(
    problem: Problem,
    previous: Plan,
    options: SolveOptions,
    clock: Clock,
    *,
    scenario_hash: str = "",
    on_outcome: Callable[[Outcome], None] = lambda _: None,
) -> Replanned:
    """Plan an advanced scenario from the plan before it. Raises as `plan_dispatch` does."""
    continuing = _without_withdrawn(problem, previous)
    standing = _in_place(problem, continuing, options, clock)
    start: tuple[Search, Prepared, Floats] | None = None
    continued: dict[str, float] | None = None
    if standing is not None:
        continued = dict(standing.values)
        start = (standing.search, standing.prepared, standing.solution)
    outcome = plan_dispatch(
        problem, options, clock, scenario_hash=scenario_hash, on_outcome=on_outcome, start_from=lambda: start
    )
    assert outcome.plan is not None
    if continued is not None:
        sunk = sunk_cost(outcome.plan, problem)
        continued |= {name: continued[name] + sunk for name in ("cost", "social-cost") if name in continued}
    changes = _reasons(problem, previous, outcome.plan, options, clock)
    return Replanned(outcome, tuple(changes), continued)


def _without_withdrawn(problem: Problem, plan: Plan) -> Plan:
    """The lines of a plan that have not been withdrawn."""
    gone = {row.line for row in problem.commitments if row.status == "withdrawn"}
    return replace(
        plan,
        shipments=tuple(row for row in plan.shipments if row.line not in gone),
        deployments=tuple(row for row in plan.deployments if row.line not in gone),
    )


def _in_place(problem: Problem, plan: Plan, options: SolveOptions, clock: Clock) -> Standing | None:
    """The previous plan continued. What cities could do alone is what they could at hour 0, unless kept lines make that a promise
    that nobody can keep any more: then what they can do now."""
    at_first = run_alone(beginning(problem), options, clock)
    for alone in (at_first, None):
        prepared = prepare(problem, options, clock, alone)
        refuse_impossible_promises(prepared)
        found = stand(problem, plan, options, clock, prepared)
        if found is not None:
            return found
    return None


def _reasons(problem: Problem, before: Plan, after: Plan, options: SolveOptions, clock: Clock) -> list[LineChange]:
    differences = list(line_differences(before, after, problem.settings.now_h))
    lost = [item for item in differences if item[1] in (DROPPED, LESS)]
    examiner = _Examiner(problem, after, options, clock) if lost else None
    found = []
    for number, (line, change, row, was, now) in enumerate(differences):
        need = row.need
        if change in (DROPPED, LESS):
            assert examiner is not None
            examined = sum(1 for item in differences[:number] if item[1] in (DROPPED, LESS)) < MOST_EXAMINED
            reason, detail, amount = examiner.why(before, row, thorough=examined and not clock.cancelled)
        else:
            reason, detail, amount = _instead(row, lost)
        found.append(
            LineChange(
                line=line, change=change, was=was, now=now, need=need, reason=reason, detail=detail, amount=amount
            )
        )
    return found


Lost = tuple[str, str, Shipment | Deployment, float, float]


def _instead(row: Shipment | Deployment, lost: Sequence[Lost]) -> tuple[str, str | None, float | None]:
    """A new line: in the place of one that brought the same to the same city, or because it serves better."""
    for line, _, other, was, now in lost:
        if (other.destination, other.resource) == (row.destination, row.resource):
            return "instead", line, was - now
    return "serves", row.need or row.destination, None


class _Examiner:
    """Why lines were not kept."""

    def __init__(self, problem: Problem, after: Plan, options: SolveOptions, clock: Clock) -> None:
        self._problem, self._options, self._clock = problem, options, clock
        self._status = {row.line: row.status for row in problem.commitments}
        self._reached = {tier.name: tier.value for tier in after.tiers}
        self._model: tuple[Prepared, Session] | None = None

    def why(self, before: Plan, row: Shipment | Deployment, *, thorough: bool) -> tuple[str, str | None, float | None]:
        """Reason, what it is about, and its size."""
        if self._status.get(row.line) == "withdrawn":
            return "withdrawn", None, None
        if isinstance(row, Deployment) and row.need not in self._problem.need_of:
            return "need-gone", row.need, None
        forbidden = self._forbidden(before, row)
        if forbidden is not None:
            return "impossible", forbidden, None
        if not thorough:
            return "not-examined", None, None
        return self._price(row.line)

    def _forbidden(self, before: Plan, row: Shipment | Deployment) -> str | None:
        """The limit that the line violates all by itself."""
        trips = tuple(trip for trip in before.trips if trip.trip == row.trip)
        alone = (
            Plan(shipments=(row,), trips=trips) if isinstance(row, Shipment) else Plan(deployments=(row,), trips=trips)
        )
        for violation in verify(self._problem, alone):
            if violation.limit in FORBIDS and (row.line in violation.place or row.origin in violation.place):
                return f"{violation.limit} {violation.place}"
            if violation.limit == "unloading" and row.destination in violation.place:
                return f"{violation.limit} {violation.place}"
        return None

    def _price(self, line: str) -> tuple[str, str | None, float | None]:
        """The first tier that keeping the line makes worse, proven by its relaxation."""
        if self._model is None:
            prepared = prepare(self._problem, self._options, self._clock.patient())
            self._model = prepared, Session(prepared.model, relaxed=True, seed=self._options.seed)
        prepared, session = self._model
        model = prepared.model
        if line not in model.variables["kept"].place:
            return "together", None, None
        kept = model.column("kept", line)
        columns = [tier_column(model, name) for name in self._names(prepared)]
        session.apply(Patch.of_columns([kept], [1.0], [1.0]))
        try:
            for name, column in zip(self._names(prepared), columns, strict=True):
                session.minimise(column)
                solved = session.solve_relaxation(self._clock.patient(), "reasons")
                reached = self._reached[name]
                if solved.solution is None:
                    return "impossible", "the lines that are kept", None
                worse = solved.value - reached
                if worse > WORSE * max(1.0, abs(reached)):
                    return "costs", name, float(f"{worse:.9g}")
                session.apply(cap_patch(model, column, max(reached, solved.value), 0.0, CAP_SLACK))
            return "together", None, None
        finally:
            session.apply(Patch.of_columns([kept], [0.0], [1.0]))
            session.apply(Patch.of_columns(columns, [-np.inf] * len(columns), [np.inf] * len(columns)))

    def _names(self, prepared: Prepared) -> list[str]:
        names = tier_names(prepared.indices, self._problem.settings.objective.kind)
        return [name for name in names if not name.startswith("fairness-") and name != "changes"]
