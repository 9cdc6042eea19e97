"""Settlements and games over dispatch on generated scenarios: seconds, dispatches solved beside 2^n, what is certified, memory.

    python tests/benchmarks/settlements.py [--quick] [--workers N] [--only WORD] [--out FILE.html]

Every case runs in a fresh process. `solved`: groups whose dispatch was solved; `left`: how far the certified bound is above
the value reached; MiB: VmHWM of the process and of its workers together.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness import Row, Watch, fresh
from tongzhou.model.domain import Problem
from tongzhou.model.game import everyone
from tongzhou.model.plan import Plan
from tongzhou.model.settlement.parties import players
from tongzhou.scenarios.generate import generate
from tongzhou.solvers.coalitions.dispatch_game import TOLERANCE
from tongzhou.solvers.coalitions.switches import switch_model
from tongzhou.solvers.coalitions.valuation import Valuer
from tongzhou.solvers.compile import compile_indices
from tongzhou.solvers.dispatch import plan_dispatch
from tongzhou.solvers.games.least_core import least_core
from tongzhou.solvers.games.nucleolus import nucleolus
from tongzhou.solvers.games.search import Search
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import Setting, SettleOptions, lay_pool, open_setting
from tongzhou.solvers.settlement.settle import settle

LIMIT_S = 300.0
PLAN_S = 90.0


def solve_game(problem: Problem, options: SettleOptions, work: Callable[[Setting, Search], Row]) -> Row:
    """What `work` tells about the game of a scenario, with seconds and memory."""
    watch, clock = Watch(), Clock(None)
    with open_setting(problem, Plan(), options, clock) as setting:
        found = work(setting, Search(tolerance=4 * TOLERANCE * setting.game.size, clock=clock))
        found |= {"players": len(setting.game.players), "solved": setting.game.solved}
        found["total"] = setting.game.cost(everyone(len(setting.game.players)))
    return found | watch.told()


def a_least_core(setting: Setting, search: Search) -> Row:
    """Certified least core."""
    found = least_core(setting.game, search)
    proof = found.certificate
    return {"separations": proof.separations, "value": found.epsilon, "left": max(0.0, proof.bound - found.epsilon)}


def a_nucleolus(setting: Setting, search: Search) -> Row:
    """Nucleolus, with the gap of its levels."""
    least = least_core(setting.game, search)
    found = nucleolus(setting.game, search, known=least.groups)
    return {"separations": None, "value": found.levels[0], "left": found.gap, "note": f"{len(found.levels)} levels"}


def dual_prices(problem: Problem, options: SettleOptions) -> Row:
    """A whole settlement of a real plan at dual prices, beside one dispatch LP of the same scenario from scratch."""
    plan = real_plan(problem)
    indices, names = lay_pool(problem, plan, options, Clock(None)), players(problem)
    switched = switch_model(indices, compile_indices(indices), names)
    watch = Watch()
    Valuer(switched).value(everyone(len(names)), Clock(None))
    one = watch.told()["wall_s"]
    return whole_settlement(problem, plan, options, Clock(None)) | {"lp_s": one}


def real_plan(problem: Problem) -> Plan:
    """What the planner finds in a minute or so: it is not what is measured."""
    found = plan_dispatch(problem, SolveOptions(time_limit_s=PLAN_S, gap=0.05), Clock(PLAN_S))
    assert found.plan is not None
    return found.plan


def whole_settlement(problem: Problem, plan: Plan, options: SettleOptions, clock: Clock) -> Row:
    """A settlement and its certificate."""
    watch = Watch()
    found = settle(problem, plan, options, clock)
    proof, total = found.certificate, float(found.total_cost)
    share = float(proof.bound) / abs(total) if total else 0.0
    return {
        "players": len(found.settlement), "solved": proof.groups_solved, "separations": proof.separations, "total": total,
        "value": float(proof.worst_excess), "left": float(proof.bound - proof.worst_excess),
        "note": f"bound {share:.4%} of c(N){'' if proof.complete else ', not complete'}", **watch.told(),
    }  # fmt: skip


def core_projection(problem: Problem, options: SettleOptions) -> Row:
    """The default rule with whole trips on a real plan, for at most five minutes."""
    return whole_settlement(problem, real_plan(problem), options, Clock(LIMIT_S))


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table: `size` is cities, resources, periods, seed."""

    name: str
    size: tuple[int, int, int, int]
    workers: int

    def run(self) -> Row:
        """Measure it (in a process of its own)."""
        problem = generate(*self.size)
        if self.name == "least core":
            return solve_game(problem, SettleOptions(workers=self.workers), a_least_core)
        if self.name == "nucleolus":
            return solve_game(problem, SettleOptions(workers=self.workers), a_nucleolus)
        if self.name == "dual prices":
            return dual_prices(problem, SettleOptions(rule="dual-prices", workers=self.workers))
        options = SettleOptions(whole_trips=True, workers=self.workers, time_limit_s=LIMIT_S)
        return core_projection(problem, options)


def cases(workers: int, *, quick: bool) -> list[Case]:
    """What is measured; `quick` is for a look whether it runs."""
    if quick:
        sizes = [("least core", (12, 3, 6, 1)), ("nucleolus", (9, 3, 6, 1)), ("dual prices", (40, 3, 6, 1)),
                 ("whole trips", (8, 2, 6, 1))]  # fmt: skip
    else:
        sizes = [*(("least core", (30, 4, 12, seed)) for seed in (1, 2, 3)), ("nucleolus", (20, 4, 12, 1)),
                 ("dual prices", (300, 4, 12, 1)), *(("whole trips", (30, 4, 12, seed)) for seed in (1, 2, 3))]  # fmt: skip
    return [Case(name, size, workers) for name, size in sizes]


HEAD = f"{'case':<12} {'cities':>13} {'players':>7} {'wall s':>8} {'cpu s':>8} {'seps':>5} {'solved':>7} {'of 2^n':>8}" \
       f" {'value / c(N)':>13} {'left / c(N)':>12} {'MiB':>6}  note"  # fmt: skip


def line(case: Case, row: Row) -> str:
    """A row of the table."""
    size, total = "x".join(map(str, case.size)), abs(row["total"]) or 1.0
    seps = "" if row["separations"] is None else str(row["separations"])
    note = row.get("note", "")
    if "lp_s" in row:
        note += f"; one dispatch LP {row['lp_s']:.1f} s, all the rest {row['wall_s'] - row['lp_s']:.1f} s"
    return (
        f"{case.name:<12} {size:>13} {row['players']:>7} {row['wall_s']:>8.1f} {row['cpu_s']:>8.1f} {seps:>5}"
        f" {row['solved']:>7} {2.0 ** row['players']:>8.1e} {row['value'] / total:>13.4%} {row['left'] / total:>12.1e}"
        f" {row['mib']:>6.0f}  {note}"
    )


def draw(rows: list[tuple[Case, Row]], path: Path) -> None:
    """Seconds of every case, and dispatches solved beside all groups there are."""
    from plotly.graph_objects import Bar
    from plotly.subplots import make_subplots

    names = [f"{case.name} {'x'.join(map(str, case.size))}" for case, _ in rows]
    figure = make_subplots(1, 2, subplot_titles=("wall seconds", "groups (log)"))
    figure.add_trace(Bar(x=names, y=[row["wall_s"] for _, row in rows], name="wall s"), 1, 1)
    figure.add_trace(Bar(x=names, y=[row["solved"] for _, row in rows], name="dispatches solved"), 1, 2)
    figure.add_trace(Bar(x=names, y=[2.0 ** row["players"] for _, row in rows], name="groups there are"), 1, 2)
    figure.update_yaxes(type="log", exponentformat="power", col=2)
    figure.update_layout(title="Settlements and games over dispatch", width=1200, height=520)
    figure.write_html(path, include_plotlyjs="cdn")


def main() -> None:
    """The table, and the picture where one is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small cases only")
    parser.add_argument("--workers", type=int, default=2, help="processes that value groups")
    parser.add_argument("--only", default="", help="only cases whose name contains this")
    parser.add_argument("--out", type=Path, help="HTML file for a picture")
    given = parser.parse_args()
    rows = []
    print(HEAD, flush=True)
    for case in cases(given.workers, quick=given.quick):
        if given.only not in case.name:
            continue
        row = fresh(case.run)
        rows.append((case, row))
        print(line(case, row), flush=True)
    if given.out is not None:
        draw(rows, given.out)
        print(f"picture: {given.out}")


if __name__ == "__main__":
    main()
