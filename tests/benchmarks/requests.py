"""How long one request takes (`tongzhou ask`) after the first of a process, beside a plan of 50 cities x 12 resources x 16 periods.

python tests/benchmarks/requests.py [--seed 101]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

from tongzhou.scenarios.generate import generate
from tongzhou.service.asking import Desk, Request
from tongzhou.service.runs import plan
from tongzhou.solvers.options import SolveOptions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=101)
    problem = generate(50, 12, 16, parser.parse_args().seed)
    objective = replace(problem.settings.objective, kind="social-cost")
    problem = problem.replace(settings=replace(problem.settings, objective=objective))
    outcome = plan(problem, SolveOptions(time_limit_s=60, gap=0.05))
    assert outcome.plan is not None
    desk = Desk(problem, outcome.plan, SolveOptions(gap=0.0, workers=1))
    for number, resource in enumerate(problem.resources):
        city = next(
            (row.city for row in outcome.plan.shortages if row.resource == resource.resource), problem.cities[0].city
        )
        by_h = problem.settings.horizon_h if resource.is_supply else problem.settings.horizon_h / 4
        begun = time.perf_counter()
        options = desk.ask(Request(city, resource.resource, 5, by_h))
        seconds = time.perf_counter() - begun
        print(f"{resource.resource:<16} {len(options):>3} options {seconds:6.2f} s{' (first)' if number == 0 else ''}")


if __name__ == "__main__":
    main()
