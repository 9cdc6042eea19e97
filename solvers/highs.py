"""One persistent HiGHS instance over a compiled model: patched, re-solved warm, interrupted from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from tongzhou.solvers.compiled import Bools, CompiledModel, Floats, Patch
from tongzhou.solvers.progress import LARGEST_NUMBER, Clock
from tongzhou.solvers.status import Stop, stop_of

TOLERANCE = 1e-7
"""Feasibility tolerance of searches with whole columns: well below the room that caps of tiers leave."""
LARGE = 8000
"""From so many columns LPs without a near basis are solved by the interior point method: after a change of objective or caps the
simplex method took ten times as long from the last basis (45,000 columns: 4 s against more than 45 s), and from scratch too
(115,000 columns: 16 s with crossover against 157 s; HiPO of highspy-extras 39 s)."""
REPORT_EVERY_S = 0.5
OVERSHOOT_S = 0.5
"""Seconds after its time limit at which HiGHS is interrupted: by itself it may overshoot tenfold."""


@dataclass(frozen=True, slots=True)
class Solved:
    """Result of one solve. `value` and `bound` belong to the objective, in natural units of its first column; `unit`: what one
    scaled unit of that column is.

    Duals belong to a relaxation: of rows as HiGHS scales them, of columns (reduced costs) in natural units.
    """

    stop: Stop
    solution: Floats | None
    value: float
    bound: float
    row_duals: Floats | None = None
    column_duals: Floats | None = None
    unit: float = 1.0


class Session:
    """A compiled model in HiGHS, as an LP (`relaxed`) or with its whole columns."""

    def __init__(
        self, model: CompiledModel, *, relaxed: bool, seed: int, threads: int = 1, tolerance: float | None = None
    ) -> None:
        self.model = model
        self._relaxed = relaxed
        self._highs = highspy.Highs()
        for option, value in (
            ("output_flag", False),
            ("threads", threads),
            ("random_seed", seed),
            ("mip_feasibility_tolerance", TOLERANCE),
            ("mip_detect_symmetry", False),  # took up to 50 s at the root of 28,000 columns, and found nothing of use
        ):
            self._highs.setOptionValue(option, value)
        if tolerance is not None:
            self._use_tolerance(tolerance)
        self._highs.passModel(_highs_lp(model, relaxed=relaxed))
        self._targets: tuple[int, ...] = ()
        self._unit = 1.0
        self._clock: Clock | None = None
        self._step = ""
        self._deadline = float("inf")
        self._last_report = 0.0
        self._on_bound: Callable[[float], None] | None = None
        self._enough: Callable[[float], bool] | None = None
        self._listen()

    def apply(self, patch: Patch) -> None:
        """Change bounds of columns and limits of rows (natural units)."""
        if patch.columns.size:
            scale = self.model.column_scale[patch.columns]
            self._highs.changeColsBounds(
                len(patch.columns), patch.columns, patch.column_lower / scale, patch.column_upper / scale
            )
        for row, lower, upper in zip(patch.rows, patch.row_lower, patch.row_upper, strict=True):
            factor = self.model.row_scale[row]
            self._highs.changeRowBounds(int(row), float(lower * factor), float(upper * factor))

    def minimise(self, column: int) -> None:
        """Make one column the objective."""
        self.minimise_sum({column: 1.0})

    def minimise_sum(self, weights: Mapping[int, float]) -> None:
        """Make a weighted sum of scaled columns the objective; values are reported in natural units of the first."""
        for column in self._targets:
            self._highs.changeColCost(column, 0.0)
        for column, weight in weights.items():
            self._highs.changeColCost(column, weight)
        self._targets = tuple(weights)
        self._unit = float(self.model.column_scale[self._targets[0]])

    def minimise_cost(self, prices: Floats, *, unit: float) -> None:
        """Make a sum over all columns the objective: `prices` a natural unit of each, told to HiGHS in units of `unit`."""
        columns = np.arange(len(prices), dtype=np.int32)
        self._highs.changeColsCost(len(prices), columns, prices * self.model.column_scale / unit)
        self._targets = ()
        self._unit = unit

    def write(self, path: Path) -> None:
        """Write the present model as a file for other solvers (kind by suffix: .mps, .lp), in scaled units."""
        self._highs.writeModel(str(path))

    def use_interior_point(self) -> None:
        """Solve LPs by the interior point method with crossover."""
        self._highs.setOptionValue("solver", "ipx")

    def _use_tolerance(self, tolerance: float) -> None:
        for option in ("primal_feasibility_tolerance", "dual_feasibility_tolerance", "mip_feasibility_tolerance"):
            self._highs.setOptionValue(option, tolerance)

    def be_careful(self, tolerance: float) -> None:
        """Start afresh without presolve and with a tolerance: where tight caps make a feasible model look infeasible."""
        self._use_tolerance(tolerance)
        self._highs.setOptionValue("presolve", "off")
        self._highs.clearSolver()

    def watch(self, *, on_bound: Callable[[float], None], on_solution: Callable[[Floats], None]) -> None:
        """Hear of bounds (natural units of the target) and of better solutions while a search with whole columns runs."""
        self._on_bound = on_bound
        natural = self.model.natural
        self._highs.cbMipImprovingSolution.subscribe(
            lambda event: on_solution(natural(np.array(event.data_out.mip_solution, dtype=float)))
        )

    def leave_heuristics(self) -> None:
        """Spend the time of searches with whole columns on the bound alone."""
        self._highs.setOptionValue("mip_heuristic_effort", 0.0)
        for name in ("feasibility_jump", "rins", "rens", "root_reduced_cost"):
            self._highs.setOptionValue(f"mip_heuristic_run_{name}", False)

    def forget(self) -> None:
        """Drop basis and solution: the next solve starts fresh, with presolve."""
        self._highs.clearSolver()

    def solve_interior(self, clock: Clock, step: str, *, most_s: float = float("inf")) -> Solved:
        """Solve the LP by the interior point method and stay inside the optimal face: no basis, reduced costs that speak.

        Such a solution is a guide, not a bound: under tight caps it may be imprecise.
        """
        solved = self._solve_by("ipx", "off", clock, step, most_s)
        found = self._highs.getSolution()
        if solved.solution is None and solved.stop is Stop.FAILED and found.value_valid and found.dual_valid:
            solved = self._read(solved.stop)
        return replace(solved, bound=-float("inf"))

    def solve_from_scratch(self, clock: Clock, step: str) -> Solved:
        """Solve the LP without the last basis by the interior point method, with crossover to a vertex."""
        return self._solve_by("ipx", "on", clock, step, float("inf"))

    def solve_afresh(self, clock: Clock, step: str) -> Solved:
        """Solve the LP without the last basis by the simplex method: best where most columns are fixed.

        Presolve may call a row infeasible that is met within the tolerance; without it the last word is the tolerance's.
        """
        solved = self._solve_by("simplex", "on", clock, step, float("inf"))
        if solved.stop is Stop.INFEASIBLE:
            self._highs.setOptionValue("presolve", "off")
            solved = self._solve_by("simplex", "on", clock, step, float("inf"))
            self._highs.setOptionValue("presolve", "choose")
        return solved

    def _solve_by(self, solver: str, crossover: str, clock: Clock, step: str, most_s: float) -> Solved:
        _, usual = self._highs.getOptionValue("solver")
        self._highs.setOptionValue("solver", solver)
        self._highs.setOptionValue("run_crossover", crossover)
        self._highs.clearSolver()
        solved = self.solve_relaxation(clock, step, most_s=most_s)
        self._highs.setOptionValue("solver", usual)
        self._highs.setOptionValue("run_crossover", "on")
        return solved

    def solve_relaxation(self, clock: Clock, step: str, *, most_s: float = float("inf")) -> Solved:
        """Solve the LP, warm from the last basis."""
        self._run(clock, step, most_s)
        stop = self._stop()
        if stop is not Stop.OPTIMAL:
            return Solved(stop, None, float("inf"), -float("inf"))
        return self._read(stop)

    def _read(self, stop: Stop) -> Solved:
        """The solution of a relaxation."""
        found = self._highs.getSolution()
        solution = self.model.natural(np.array(found.col_value, dtype=float))
        value = self._highs.getInfo().objective_function_value * self._unit
        reduced = np.array(found.col_dual, dtype=float) / self.model.column_scale * self._unit
        return Solved(stop, solution, value, value, np.array(found.row_dual, dtype=float), reduced, self._unit)

    def solve_whole(
        self, clock: Clock, step: str, *, start: Floats | None, gap: float, absolute_gap: float, most_s: float,
        nodes: int | None = None, effort: float | None = None, enough: Callable[[float], bool] | None = None,
    ) -> Solved:  # fmt: skip
        """Solve with whole columns from `start` (natural units); `absolute_gap` in natural units of the target; `nodes`: of the
        search tree at most; `effort`: share of the work for heuristics, where not the usual; `enough`: whether a value ends it."""
        highs, self._enough = self._highs, enough
        _, usual = highs.getOptionValue("mip_heuristic_effort")
        if effort is not None:
            highs.setOptionValue("mip_heuristic_effort", effort)
        highs.setOptionValue("mip_max_nodes", highspy.kHighsIInf if nodes is None else nodes)
        highs.setOptionValue("mip_rel_gap", gap)
        highs.setOptionValue("mip_abs_gap", max(absolute_gap / self._unit, 1e-9))
        self._run_from(start, clock, step, most_s)
        if start is not None and self._is_lost():
            self._highs.setOptionValue("presolve", "off")
            self._run_from(start, clock, step, most_s)
            self._highs.setOptionValue("presolve", "choose")
        highs.setOptionValue("mip_heuristic_effort", usual)
        info = highs.getInfo()
        stop = self._stop()
        bound = info.mip_dual_bound * self._unit if np.isfinite(info.mip_dual_bound) else -float("inf")
        if stop is Stop.OPTIMAL and not self.model.whole.any():
            bound = info.objective_function_value * self._unit
        if info.primal_solution_status != highspy.kSolutionStatusFeasible:
            return Solved(stop, None, float("inf"), bound)
        found = self.model.natural(np.array(highs.getSolution().col_value, dtype=float))
        found[self.model.whole] = np.round(found[self.model.whole])
        return Solved(stop, found, info.objective_function_value * self._unit, bound)

    def _run_from(self, start: Floats | None, clock: Clock, step: str, most_s: float) -> None:
        self._highs.clearSolver()
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = list(start / self.model.column_scale)
            self._highs.setSolution(solution)
        self._run(clock, step, most_s)

    def _is_lost(self) -> bool:
        """Whether presolve called a model infeasible that has a solution (tight caps): HiGHS then hands the start back as the
        optimum, without a bound."""
        done = self._stop() in (Stop.OPTIMAL, Stop.INFEASIBLE)
        return done and not np.isfinite(self._highs.getInfo().mip_dual_bound) and bool(self.model.whole.any())

    def _stop(self) -> Stop:
        """Why the last run stopped; an interrupt at the deadline is the time limit, not a cancel."""
        stop = stop_of(self._highs.getModelStatus())
        asked = self._clock is not None and self._clock.cancelled
        return Stop.TIME if stop is Stop.CANCELLED and not asked else stop

    def _run(self, clock: Clock, step: str, most_s: float) -> None:
        self._clock, self._step = clock, step
        seconds = min(clock.left, most_s)
        self._deadline = clock.seconds + seconds + OVERSHOOT_S
        limit = self._highs.getRunTime() + seconds if np.isfinite(seconds) else highspy.kHighsInf
        self._highs.setOptionValue("time_limit", limit)
        self._highs.run()

    def _listen(self) -> None:
        highs = self._highs
        for hook in (highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
            hook.subscribe(self._on_event)
        highs.cbMipInterrupt.subscribe(self._on_mip_event)

    def _on_event(self, event: Any) -> None:
        # The flag outlives a run: it must be taken back as well as set.
        event.interrupt(self._clock is not None and (self._clock.cancelled or self._clock.seconds > self._deadline))

    def _on_mip_event(self, event: Any) -> None:
        self._on_event(event)
        clock = self._clock
        if clock is None or clock.seconds - self._last_report < REPORT_EVERY_S:
            return
        self._last_report = clock.seconds
        out, scale = event.data_out, self._unit
        if self._enough is not None and self._enough(out.mip_primal_bound * scale):
            event.interrupt(True)
        clock.report(self._step, out.mip_primal_bound * scale, out.mip_dual_bound * scale)
        if self._on_bound is not None and abs(out.mip_dual_bound) < LARGEST_NUMBER:
            self._on_bound(out.mip_dual_bound * scale)


def _highs_lp(model: CompiledModel, *, relaxed: bool) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    rows, columns = model.matrix.shape
    lp.num_col_, lp.num_row_ = columns, rows
    lp.col_cost_ = np.zeros(columns)
    lp.col_lower_, lp.col_upper_ = model.lower, model.upper
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = model.matrix.indptr
    lp.a_matrix_.index_ = model.matrix.indices
    lp.a_matrix_.value_ = model.matrix.data
    if not relaxed:
        lp.integrality_ = _types(model.whole)
    return lp


def _types(whole: Bools) -> list[highspy.HighsVarType]:
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    return [kinds[int(item)] for item in whole]
