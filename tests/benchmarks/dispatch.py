"""Plans of generated scenarios: CPU seconds until the gap is closed, beside HiGHS alone on the same compiled model.

    python tests/benchmarks/dispatch.py [--size 50x12x16] [--seeds 101-110] [--objective social-cost] [--limit 60] [--peers]

Every case runs in a fresh process. CPU counts both processes of the search and everything from the tables to the verified plan;
HiGHS alone is timed without reference run and build, in its favour. Seeds 1-9 were used to choose the settings of the search,
seeds from 101 on are for reporting. `us/col`: microseconds of CPU a column for build and compile.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from harness import Row, Watch, cpu_s, fresh, seeds_of
from tongzhou.model.domain import Problem
from tongzhou.model.indices import lay_indices
from tongzhou.model.plan import Outcome
from tongzhou.scenarios.generate import generate
from tongzhou.solvers.caps import tier_column
from tongzhou.solvers.compile import compile_indices
from tongzhou.solvers.dispatch import plan_dispatch, prepare
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock

PEER_LIMIT_S = 150.0
GAP = 0.01


@dataclass(frozen=True, slots=True)
class Case:
    """One instance, one objective."""

    cities: int
    resources: int
    periods: int
    seed: int
    objective: str
    limit_s: float
    gap: float
    workers: int
    tolerance: float = 0.0

    def problem(self) -> Problem:
        """The scenario with the objective asked for."""
        made = generate(self.cities, self.resources, self.periods, self.seed)
        objective = replace(made.settings.objective, kind=self.objective, tolerance=self.tolerance)
        return made.replace(settings=replace(made.settings, objective=objective))

    def plan(self) -> Row:
        """Our planner, to a verified plan."""
        problem, watch = self.problem(), Watch()
        options = SolveOptions(time_limit_s=self.limit_s, gap=self.gap, workers=self.workers)
        outcome = plan_dispatch(problem, options, Clock(self.limit_s))
        found = {"size": outcome.size, **watch.told()}
        return found | {"status": outcome.status, "tiers": tiers(outcome)}

    def build(self) -> Row:
        """Index sets, build and compile (the second time: without the imports)."""
        prepared = prepare(self.problem(), SolveOptions(), Clock(None))
        began = cpu_s()
        model = compile_indices(lay_indices(prepared.problem, reference=prepared.alone.reference))
        return {"us": 1e6 * (cpu_s() - began) / model.size["columns"]}

    def peer(self) -> Row:
        """HiGHS alone, on the first tier of the same compiled model."""
        prepared = prepare(self.problem(), SolveOptions(), Clock(None))
        name = "social-cost" if self.objective == "social-cost" else "priority-1"
        session = Session(prepared.model, relaxed=False, seed=0)
        session.minimise(tier_column(prepared.model, name))
        began, clock = cpu_s(), Clock(PEER_LIMIT_S)
        solved = session.solve_whole(clock, name, start=None, gap=GAP, absolute_gap=0.0, most_s=PEER_LIMIT_S)
        return {"cpu_s": cpu_s() - began, "gap": (solved.value - solved.bound) / max(abs(solved.bound), 1e-9)}


def tiers(outcome: Outcome) -> list[tuple[str, float, float, float | None]]:
    """Name, value, bound, gap."""
    assert outcome.plan is not None
    return [(tier.name, tier.value, tier.bound, tier.gap) for tier in outcome.plan.tiers]


HEAD = (
    f"{'case':<14} {'seed':>4} {'columns':>8} {'us/col':>6} {'cpu s':>7} {'wall s':>7} {'MiB':>6}  {'status':<10}"
    f" {'HiGHS cpu':>9} {'its gap':>8}  gaps by tier"
)


def line(case: Case, row: Row) -> str:
    """A row of the table."""
    size = f"{case.cities}x{case.resources}x{case.periods}"
    gaps = " ".join(f"{name} {'-' if gap is None else f'{gap:.2%}'}" for name, _, _, gap in row["plan"]["tiers"])
    peer = row.get("peer")
    theirs = f"{peer['cpu_s']:>9.1f} {peer['gap']:>8.2%}" if peer else f"{'':>9} {'':>8}"
    plan = row["plan"]
    return (
        f"{size:<14} {case.seed:>4} {plan['size']['columns']:>8} {row['build']['us']:>6.1f} {plan['cpu_s']:>7.1f}"
        f" {plan['wall_s']:>7.1f} {plan['mib']:>6.0f}  {plan['status']:<10} {theirs}  {gaps}"
    )


def summary(rows: list[tuple[Case, Row]]) -> str:
    """On how many seeds the first tier's gap is closed, and how the CPU seconds compare with the peer's.

    Who does not close the gap counts as never; where neither does, the case is not compared.
    """
    plans = [(case.gap, row["plan"]["tiers"][0][3], row["plan"]["cpu_s"], row.get("peer")) for case, row in rows]
    closed = [tier_gap is not None and tier_gap <= gap for gap, tier_gap, _, _ in plans]
    told = f"first tier within the gap on {sum(closed)} of {len(plans)}"
    ratios = []
    for (gap, _, seconds, peer), is_closed in zip(plans, closed, strict=True):
        if peer is not None and (is_closed or peer["gap"] <= gap):
            theirs = peer["cpu_s"] if peer["gap"] <= gap else float("inf")
            ratios.append(seconds / theirs if is_closed else float("inf"))
    if ratios:
        told += f"; not later than HiGHS alone on {sum(ratio <= 1 for ratio in ratios)} of {len(ratios)} compared"
        told += f", at worst {max(ratios):.2f} times its CPU seconds"
    return told


def draw(rows: list[tuple[Case, Row]], path: Path) -> None:
    """CPU seconds and the gap of the first tier by seed, beside the peer's."""
    from plotly.graph_objects import Bar
    from plotly.subplots import make_subplots

    names = [f"{case.cities} cities, seed {case.seed}" for case, _ in rows]
    figure = make_subplots(1, 2, subplot_titles=("CPU seconds", "gap of the first tier"))
    figure.add_trace(Bar(x=names, y=[row["plan"]["cpu_s"] for _, row in rows], name="Tongzhou"), 1, 1)
    figure.add_trace(Bar(x=names, y=[row["plan"]["tiers"][0][3] for _, row in rows], name="Tongzhou, gap"), 1, 2)
    if any("peer" in row for _, row in rows):
        peers = [row.get("peer", {}) for _, row in rows]
        figure.add_trace(Bar(x=names, y=[peer.get("cpu_s") for peer in peers], name="HiGHS alone"), 1, 1)
        figure.add_trace(Bar(x=names, y=[peer.get("gap") for peer in peers], name="HiGHS alone, gap"), 1, 2)
    figure.update_layout(title="Plans of generated scenarios", width=1300, height=520)
    figure.write_html(path, include_plotlyjs="cdn")


def main() -> None:
    """The table, and the picture where one is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="50x12x16", help="cities x resources x periods")
    parser.add_argument("--seeds", default="101-110", help="first and last seed")
    parser.add_argument("--objective", default="social-cost", choices=("social-cost", "tiered"))
    parser.add_argument(
        "--tolerance", type=float, default=0.0, help="what a later tier may take of an earlier one (0.01: 1 %%)"
    )
    parser.add_argument("--limit", type=float, default=60.0, help="wall seconds of a plan")
    parser.add_argument("--gap", type=float, default=GAP, help="gap at which a plan is good enough")
    parser.add_argument("--workers", type=int, default=2, help="processes of the search")
    parser.add_argument("--peers", action="store_true", help="HiGHS alone as well")
    parser.add_argument("--out", type=Path, help="HTML file for a picture")
    given = parser.parse_args()
    cities, resources, periods = (int(part) for part in given.size.split("x"))
    rows = []
    print(HEAD, flush=True)
    for seed in seeds_of(given.seeds):
        case = Case(cities, resources, periods, seed, given.objective, given.limit, given.gap, given.workers,
                    tolerance=given.tolerance)  # fmt: skip
        row = {"build": fresh(case.build), "plan": fresh(case.plan)}
        if given.peers:
            row["peer"] = fresh(case.peer)
        rows.append((case, row))
        print(line(case, row), flush=True)
    print(summary(rows))
    if given.out is not None:
        draw(rows, given.out)
        print(f"picture: {given.out}")


if __name__ == "__main__":
    main()
