"""Explaining a plan: CPU seconds of reasons, proofs and prices as a ratio of the plan's own.

    python tests/benchmarks/explanations.py [--size 50x12x16] [--seeds 101-103] [--objective social-cost] [--limit 60]

Every case runs in a fresh process. Goal: all shortages explained, the 20 largest proven, within three times the plan's CPU.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from dispatch import GAP, Case
from harness import Row, Watch, cpu_s, fresh, seeds_of
from tongzhou.model.explain.reasons import diagnose
from tongzhou.model.explain.slack import Slack
from tongzhou.solvers.answers.explaining import explained
from tongzhou.solvers.dispatch import plan_dispatch
from tongzhou.solvers.options import ExplainOptions, SolveOptions
from tongzhou.solvers.progress import Clock


@dataclass(frozen=True, slots=True)
class Explained:
    """One plan of a generated scenario, and its explanation."""

    case: Case

    def run(self) -> Row:
        """Plan, then explain; CPU of each."""
        problem, watch = self.case.problem(), Watch()
        options = SolveOptions(time_limit_s=self.case.limit_s, gap=GAP)
        outcome = plan_dispatch(problem, options, Clock(self.case.limit_s))
        planned = watch.told()["cpu_s"]
        assert outcome.plan is not None
        began = cpu_s()
        slack = Slack(problem, outcome.plan)
        for row in outcome.plan.shortages:
            diagnose(slack, problem.need_of[row.need])
        screened, began = cpu_s() - began, cpu_s()
        told = explained(problem, outcome, options, ExplainOptions(20, 600.0), Clock(600.0)).plan
        assert told is not None
        return {
            "plan": planned,
            "screened": screened,
            "explained": cpu_s() - began,
            "short": len(told.shortages),
            "reasons": sum(1 for item in told.shortages if item.reason),
            "reliefs": len({item.need for item in told.reliefs}),
            "prices": len(told.prices),
        }


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="50x12x16")
    parser.add_argument("--seeds", default="101-103")
    parser.add_argument("--objective", default="social-cost", choices=("social-cost", "tiered"))
    parser.add_argument("--limit", type=float, default=60.0)
    given = parser.parse_args()
    cities, resources, periods = (int(part) for part in given.size.split("x"))
    print(
        f"{'seed':>4} {'plan cpu s':>10} {'reasons s':>9} {'all s':>7} {'ratio':>6} {'short':>6} {'reliefs':>7} {'prices':>6}"
    )
    for seed in seeds_of(given.seeds):
        case = Case(cities, resources, periods, seed, given.objective, given.limit, GAP, 2)
        row = fresh(Explained(case).run)
        assert row["reasons"] == row["short"]
        print(
            f"{seed:>4} {row['plan']:>10.1f} {row['screened']:>9.1f} {row['explained']:>7.1f} {row['explained'] / row['plan']:>6.2f}"
            f" {row['short']:>6} {row['reliefs']:>7} {row['prices']:>6}",
            flush=True,
        )


if __name__ == "__main__":
    main()
