"""The supplies' core of generated scenarios: our planner beside HiGHS and SCIP on our compiled model, and beside linopy and PuLP as
their users would write it. Needs the extra `benchmark`: `make benchmark-tools`.

    python tests/benchmarks/peers.py [--size 20x6x12] [--seeds 101-103] [--limit 60] [--gap 0.01] [--out FILE.html]

Every cell is a fresh process. `build`: CPU seconds from the tables to the solver's model (imports apart), `us/col` the same a
column; `solve`: CPU seconds in the solver (ours: everything from the tables to the verified plan); `value`: money of the plan found.
The same optimum is asked of all: a value below our certified bound would show an error in one of the models, and stops the run.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core_model import core_of, lay_core
from harness import Row, Watch, cpu_s, fresh, seeds_of
from tongzhou.model.domain import Problem
from tongzhou.scenarios.generate import generate
from tongzhou.solvers.caps import tier_column
from tongzhou.solvers.compiled import CompiledModel
from tongzhou.solvers.dispatch import plan_dispatch, prepare
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock

AGREEMENT = 1e-6
"""Relative amount by which a value may lie below our bound: rounding."""


@dataclass(frozen=True, slots=True)
class Case:
    """One instance."""

    size: tuple[int, int, int]
    seed: int
    limit_s: float
    gap: float

    def core(self) -> Problem:
        """The scenario that all of them plan."""
        return core_of(generate(*self.size, self.seed))

    def tongzhou(self) -> Row:
        """Our planner."""
        problem = self.core()
        built = _built(problem)
        watch = Watch()
        outcome = plan_dispatch(problem, SolveOptions(time_limit_s=self.limit_s, gap=self.gap), Clock(self.limit_s))
        assert outcome.plan is not None
        (tier,) = outcome.plan.tiers
        return built | {
            "solve": watch.told()["cpu_s"],
            "value": tier.value,
            "bound": tier.bound,
            "mib": watch.told()["mib"],
        }

    def highs(self) -> Row:
        """HiGHS alone on our compiled model."""
        model = prepare(self.core(), SolveOptions(), Clock(None)).model
        session = Session(model, relaxed=False, seed=0)
        session.minimise(tier_column(model, "social-cost"))
        watch = Watch()
        solved = session.solve_whole(
            Clock(self.limit_s), "highs", start=None, gap=self.gap, absolute_gap=0.0, most_s=self.limit_s
        )
        return {
            "solve": watch.told()["cpu_s"],
            "value": solved.value,
            "bound": solved.bound,
            "mib": watch.told()["mib"],
        }

    def scip(self) -> Row:
        """SCIP on our compiled model."""
        from pyscipopt import Model

        model = prepare(self.core(), SolveOptions(), Clock(None)).model
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.mps"
            unit = _write_mps(model, path)
            scip = Model()
            scip.hideOutput()
            scip.readProblem(str(path))
        scip.setParam("limits/gap", self.gap)
        scip.setParam("limits/time", self.limit_s)
        scip.setParam("parallel/maxnthreads", 1)
        watch = Watch()
        scip.optimize()
        value = scip.getObjVal() * unit if scip.getNSols() else float("inf")
        return {
            "solve": watch.told()["cpu_s"],
            "value": value,
            "bound": scip.getDualbound() * unit,
            "mib": watch.told()["mib"],
        }

    def pulp(self) -> Row:
        """PuLP with HiGHS."""
        import pulp
        from core_pulp import build_pulp

        problem = self.core()
        began = cpu_s()
        model = build_pulp(lay_core(problem))
        built = cpu_s() - began
        watch = Watch()
        model.solve(pulp.HiGHS(msg=False, gapRel=self.gap, timeLimit=self.limit_s, threads=1))
        value = pulp.value(model.objective) if model.sol_status > 0 else float("inf")
        return {"build": built, "us": 1e6 * built / model.numVariables(), "solve": watch.told()["cpu_s"], "value": value,
                "bound": None, "mib": watch.told()["mib"]}  # fmt: skip

    def linopy(self) -> Row:
        """linopy with HiGHS."""
        from core_linopy import build_linopy

        problem = self.core()
        build_linopy(lay_core(core_of(generate(4, 2, 4, 1))))  # its first model pays for lazy imports
        began = cpu_s()
        model = build_linopy(lay_core(problem))
        built = cpu_s() - began
        watch = Watch()
        model.solve(
            solver_name="highs", output_flag=False, mip_rel_gap=self.gap, time_limit=float(self.limit_s), threads=1
        )
        return {"build": built, "us": 1e6 * built / int(model.nvars), "solve": watch.told()["cpu_s"],
                "value": float(model.objective.value), "bound": None, "mib": watch.told()["mib"]}  # fmt: skip


def _built(problem: Problem) -> Row:
    """Our build and compile, the second time: without the imports."""
    from tongzhou.model.indices import lay_indices
    from tongzhou.solvers.compile import compile_indices

    prepared = prepare(problem, SolveOptions(), Clock(None))
    began = cpu_s()
    model = compile_indices(lay_indices(prepared.problem, reference=prepared.alone.reference))
    built = cpu_s() - began
    return {"build": built, "us": 1e6 * built / model.size["columns"]}


def _write_mps(model: CompiledModel, path: Path) -> float:
    """Write the social cost model for another solver; natural units of a unit of its objective."""
    session = Session(model, relaxed=False, seed=0)
    column = tier_column(model, "social-cost")
    session.minimise(column)
    session.write(path)
    return float(model.column_scale[column])


TOOLS: dict[str, Callable[[Case], Callable[[], Row]]] = {
    "tongzhou": lambda case: case.tongzhou, "highs": lambda case: case.highs, "scip": lambda case: case.scip,
    "pulp": lambda case: case.pulp, "linopy": lambda case: case.linopy,
}  # fmt: skip
HEAD = f"{'seed':>4} {'tool':<9} {'build s':>8} {'us/col':>7} {'solve s':>8} {'ratio':>6} {'value':>15} {'above bound':>11} {'MiB':>6}"


def run(case: Case) -> dict[str, Row]:
    """Every tool on one instance; stops where a value lies below our bound."""
    rows: dict[str, Row] = {}
    for name, work in TOOLS.items():
        rows[name] = fresh(work(case))
        bound = rows["tongzhou"]["bound"]
        if rows[name]["value"] < bound - AGREEMENT * abs(bound):
            raise SystemExit(f"{name} found {rows[name]['value']}, below our bound {bound}: one of the models is wrong")
        print(line(case, name, rows), flush=True)
    return rows


def line(case: Case, name: str, rows: dict[str, Row]) -> str:
    """A row of the table."""
    row, ours = rows[name], rows["tongzhou"]
    build = f"{row['build']:>8.2f} {row['us']:>7.1f}" if "build" in row else f"{'':>8} {'':>7}"
    total = row["solve"] + (row.get("build", 0.0) if name != "tongzhou" else 0.0)
    above = (row["value"] - ours["bound"]) / max(1.0, abs(ours["bound"]))
    return (
        f"{case.seed:>4} {name:<9} {build} {row['solve']:>8.2f} {total / ours['solve']:>6.2f} {row['value']:>15,.0f}"
        f" {above:>11.3%} {row['mib']:>6.0f}"
    )


def draw(found: list[tuple[Case, dict[str, Row]]], path: Path) -> None:
    """CPU seconds of every tool by seed."""
    from plotly.graph_objects import Bar, Figure

    figure = Figure()
    for name in TOOLS:
        seeds = [f"seed {case.seed}" for case, _ in found]
        figure.add_trace(Bar(x=seeds, y=[rows[name]["solve"] for _, rows in found], name=name))
    figure.update_layout(title="CPU seconds to the gap, supplies' core", barmode="group", width=1100, height=520)
    figure.write_html(path, include_plotlyjs="cdn")


def main() -> None:
    """The table, and the picture where one is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="20x6x12", help="cities x resources x periods")
    parser.add_argument("--seeds", default="101-103", help="first and last seed")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds a solver has")
    parser.add_argument("--gap", type=float, default=0.01, help="gap at which a plan is good enough")
    parser.add_argument("--out", type=Path, help="HTML file for a picture")
    given = parser.parse_args()
    cities, resources, periods = (int(part) for part in given.size.split("x"))
    print(HEAD, flush=True)
    found = []
    for seed in seeds_of(given.seeds):
        case = Case((cities, resources, periods), seed, given.limit, given.gap)
        found.append((case, run(case)))
    if given.out is not None:
        draw(found, given.out)
        print(f"picture: {given.out}")


if __name__ == "__main__":
    main()
