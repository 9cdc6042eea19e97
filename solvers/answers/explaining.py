"""Why everything that is short is short, and what would help: reasons for all, proofs for the largest, prices of the limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tongzhou.model.accounts import weights
from tongzhou.model.change import Change
from tongzhou.model.domain import Problem
from tongzhou.model.domain.losses import loss_rate
from tongzhou.model.domain.tables import Need
from tongzhou.model.explain.explanation import Explanation, Price, Relief
from tongzhou.model.explain.reasons import Diagnosis, diagnose
from tongzhou.model.explain.slack import Slack
from tongzhou.model.explain.told import with_explanations
from tongzhou.model.plan import Outcome, Plan
from tongzhou.solvers.answers.prices import prices
from tongzhou.solvers.answers.proof import Prover
from tongzhou.solvers.dispatch import prepare
from tongzhou.solvers.options import ExplainOptions, SolveOptions
from tongzhou.solvers.progress import Clock

MOST_PROOFS = 20
"""Shortages for which a relief is proven unless asked otherwise."""
TRIALS, PAIRS = 4, 3
"""Single changes and pairs of changes tried for one need."""


def explained(
    problem: Problem, outcome: Outcome, options: SolveOptions, asked: ExplainOptions, clock: Clock
) -> Outcome:
    """The outcome with its shortages explained and its limits priced; as it is where nothing is short."""
    plan = outcome.plan
    if plan is None or not plan.shortages:
        return outcome
    found = explain(problem, plan, options, clock, most_proofs=asked.reliefs)
    priced: list[Price] = []
    if asked.reliefs and not clock.over:
        priced = prices(prepare(problem, options, clock.patient()), options, clock)
    return replace(outcome, plan=with_explanations(plan, found, priced))


def explain(
    problem: Problem, plan: Plan, options: SolveOptions, clock: Clock, *, most_proofs: int = MOST_PROOFS,
    on_explanation: Callable[[Explanation], None] = lambda _: None,
) -> list[Explanation]:  # fmt: skip
    """Explanations of all shortages, in the order of the plan; reliefs for the largest as far as the time goes.

    Raises `PlanFileError` where the plan is none of this scenario.
    """
    clock.report("reasons")
    slack = Slack(problem, plan)
    diagnoses = {row.need: diagnose(slack, problem.need_of[row.need]) for row in plan.shortages}
    found = {name: Explanation(name, item.reasons, item.limits) for name, item in diagnoses.items()}
    largest = by_weight(problem, plan)[:most_proofs]
    if largest:
        prover = Prover(problem, plan, options, clock)
        for need in largest:
            if clock.over:
                break
            clock.report("reliefs")
            relief = prove(prover, need, diagnoses[need.need])
            found[need.need] = replace(found[need.need], relief=relief)
            on_explanation(found[need.need])
    return list(found.values())


def by_weight(problem: Problem, plan: Plan) -> list[Need]:
    """Needs that are short, the weightiest first: by priority, then by what they add to its tier (or to the loss)."""
    share = weights(problem)
    money = problem.settings.objective.kind == "social-cost"

    def weight(need: Need) -> float:
        return (loss_rate(need, problem.resource_of[need.resource]) or 0.0) if money else share[need.need]

    rows = [(problem.need_of[row.need], row.unit_hours) for row in plan.shortages if row.unit_hours > 0]
    rows.sort(key=lambda item: (0 if money else item[0].priority, -weight(item[0]) * item[1], item[0].need))
    return [need for need, _ in rows]


def prove(prover: Prover, need: Need, diagnosis: Diagnosis) -> Relief | None:
    """The first single change that helps; where none does, the first two that help together; at last what is missing is bought."""
    singles = diagnosis.singles[:TRIALS]
    best = _first(prover, need, singles)
    if best is not None:
        return best
    pair = _first(prover, need, diagnosis.pairs[:PAIRS])
    if pair is None:
        return _first(prover, need, diagnosis.bought)
    others = [(change,) for change in pair.changes if (change,) not in singles]
    return _first(prover, need, others) or replace(pair, singles_fail=True)


def _first(prover: Prover, need: Need, trials: Iterable[Sequence[Change]]) -> Relief | None:
    for changes in trials:
        relief = prover.try_changes(need, changes)
        if relief is not None:
            return relief
    return None
