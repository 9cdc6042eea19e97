"""The search for one tier: the relaxation's bound, better and better whole solutions, and a second process beside it.

Small models are solved by branch and cut at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from tongzhou.model.indices import Indices
from tongzhou.solvers.ahead import Ahead
from tongzhou.solvers.beside import Beside, Help, Target
from tongzhou.solvers.caps import CAP_SLACK, cap_patch
from tongzhou.solvers.compiled import Bools, CompiledModel, Floats, Patch
from tongzhou.solvers.duality import Bounder
from tongzhou.solvers.helper import Improvement
from tongzhou.solvers.highs import LARGE, Session, Solved
from tongzhou.solvers.improve import Improver
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.pace import ALL_LEAST_S, ALL_SHARE, RELAXED_SHARE, SEARCHED_SHARE, Pace
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.status import Stop
from tongzhou.solvers.topics import lay_topics

SMALL = 1200
"""Up to so many whole columns branch and cut has the whole model from the start."""
PROVEN = 0.1
"""Share of the gap asked for that a bound may lose between an interior solution's value and what its prices prove: crossover to a
vertex would take half as long again (373,000 columns: 99 s without, 145 s with it)."""
EXACT = 1e-6
"""What it may lose whatever the gap."""
AHEAD_ROOM = 0.05
"""How far above its LP the first tier is taken to end up, when the LP of the next is begun before it is searched. Under tighter caps
than they were found with prices prove no less; under looser ones they soon prove nothing."""
DULL, STALLED = 6, 40
"""Rounds without a better solution after which all columns at hand are opened at once, and after which a single process turns to
branch and cut on the whole model. Of social cost all at once brought nothing (seed 9: 53 s for 0.02 %)."""
PRICE = 1e-3
"""Weight of the scaled cost beside a scaled tier in the relaxation that says which columns are near: trips that serve nothing
are free in most tiers, and the relaxation would spread over all of them. In the searches it would cost half their speed."""


@dataclass(frozen=True, slots=True)
class TierResult:
    """The best solution found for a tier, its value, a value no solution can beat, and why the search stopped."""

    solution: Floats
    value: float
    bound: float
    stop: Stop


class Search:
    """The present state of one compiled model, and the searches over it."""

    def __init__(self, model: CompiledModel, indices: Indices, options: SolveOptions, clock: Clock) -> None:
        self.model, self.options, self.clock = model, options, clock
        self.present = model
        """The model with all patches so far."""
        self.relaxed = Session(model, relaxed=True, seed=options.seed)
        self.pace = Pace(len(model.whole), options.workers)
        self.ahead = Ahead(options.seed)
        self.topics = lay_topics(indices, model)
        self._indices = indices
        self._bounder: Bounder | None = None
        self._guide: Solved | None = None
        """The relaxation that guided the last search."""
        self._large = model.matrix.shape[1] > LARGE
        self._aside: Bools | None = None
        self._cost = model.column("tier", "cost")
        if self._large:
            self.relaxed.use_interior_point()
        self.whole = int(model.whole.sum())
        self._direct = Session(model, relaxed=False, seed=options.seed) if 0 < self.whole <= SMALL else None

    @property
    def has_guide(self) -> bool:
        """Whether a search has been guided by a relaxation already, so that another need not wait for its own."""
        return self._guide is not None

    @property
    def is_searched(self) -> bool:
        """Whether the model has whole columns, and too many for branch and cut at once."""
        return self._direct is None and self.whole > 0

    def cap_of(self, column: int) -> float:
        """The cap of a tier in force, in natural units; infinite where there is none."""
        return float(self.present.upper[column] * self.model.column_scale[column])

    def apply(self, patch: Patch) -> None:
        """Patch every session."""
        self.present = self.present.patched(patch)
        self.relaxed.apply(patch)
        if self._direct is not None:
            self._direct.apply(patch)

    @contextmanager
    def for_now(self, patch: Patch) -> Iterator[None]:
        """Other bounds of some columns in the relaxation; at the end those in force are restored."""
        columns, scale = patch.columns, self.model.column_scale[patch.columns]
        self.relaxed.apply(patch)
        try:
            yield
        finally:
            lower, upper = self.present.lower[columns] * scale, self.present.upper[columns] * scale
            self.relaxed.apply(Patch.of_columns(columns, lower, upper))

    def focus(self, priority: int | None, start: Floats | None) -> Floats | None:
        """Leave aid aside that serves no need up to a priority (None: all aid counts again); `start` without this aid.

        Without a start that can do without it nothing is left aside.
        """
        self._aside = None
        if priority is None or start is None or not self.is_searched:
            return start
        aside = self.topics.beside(priority) & (self.present.lower <= 0)
        bare = self.complete(np.where(aside & self.model.whole, 0.0, start), self._cost)
        if bare is None:
            return start
        self._aside = aside
        return bare

    def solve_relaxed(self, step: str, most_s: float = float("inf")) -> Solved:
        """Solve the LP of the present objective to a vertex, by the method that suits its size."""
        if self._large:
            self.relaxed.forget()
        began = self.clock.seconds
        solved = self.relaxed.solve_relaxation(self.clock, step, most_s=most_s)
        if solved.solution is not None:
            self.pace.learn(self.clock.seconds - began)
        return solved

    def complete(self, start: Floats, column: int, most_s: float = 60.0) -> Floats | None:
        """The best solution with the whole columns of `start`; None where they fit no solution, or none was found in time."""
        whole = np.flatnonzero(self.model.whole)
        with self.for_now(Patch.of_columns(whole, start[whole], start[whole])):
            self.relaxed.minimise(column)
            return self.relaxed.solve_afresh(self.clock.patient(most_s), "start").solution

    def minimise(self, target: Target, *, start: Floats | None, most_s: float) -> TierResult | None:
        """Search one tier; None where nothing was found (time, cancel). `most_s` is its share of the time."""
        patience_s = self.pace.patience(most_s, is_short=target.in_parts)
        with Beside(self.present, target, self.topics.is_unit, self.options, patience_s) as beside:
            return self._minimise(target, beside, start, most_s)

    def _minimise(self, target: Target, beside: Beside, start: Floats | None, most_s: float) -> TierResult | None:
        began = self.clock.seconds
        value = float("inf") if start is None else float(start[target.column])
        if start is not None and self.is_searched and self._is_closed(target, value, 0.0):
            return TierResult(start, value, min(value, 0.0), Stop.OPTIMAL)  # no tier can fall below zero
        if self.is_searched and start is not None and target.in_parts and not self.pace.may_be_long:
            beside.begin()
        self.relaxed.minimise(target.column)
        relaxed = self._known(target, start, most_s) or self._relaxation(
            target, self.pace.room_for_lp(most_s, self.clock.left)
        )
        if relaxed.solution is None and relaxed.stop is not Stop.INFEASIBLE:
            return None  # no time for this tier
        bound = max(relaxed.bound, 0.0)  # no tier can fall below zero
        if self.whole == 0 and relaxed.solution is not None:
            return TierResult(relaxed.solution, relaxed.value, bound, Stop.OPTIMAL)
        self.clock.report(target.step, None if start is None else value, bound)
        if start is not None and self._is_closed(target, value, bound):
            return TierResult(start, value, min(value, bound), Stop.OPTIMAL)
        if self.clock.over:
            return None if start is None else TierResult(start, value, min(value, bound), self._why())
        left = max(most_s - (self.clock.seconds - began), most_s * SEARCHED_SHARE)
        if self._direct is not None:
            return self._branch_and_cut(self._direct, target, bound, start, left)
        return self._improve(target, beside, relaxed, bound, start, left)

    def extend(self, weights: Mapping[int, float], start: Floats, most_s: float) -> Floats:
        """Improve tiers that are still to come, under the caps of those reached, so that a plan is good in all of them."""
        if not self.is_searched or most_s <= 0:
            return start
        target = Target(next(iter(weights)), "start", 0.0)
        began = self.clock.seconds
        relaxed = self._guide
        if relaxed is None or not self.pace.is_short(most_s):
            self.relaxed.minimise_sum(weights)
            relaxed = self._interior("start", most_s)
        if relaxed.solution is None or relaxed.column_duals is None:
            return start
        improver = Improver(self.present, self.topics, dict(weights), relaxed, start, seed=self.options.seed)
        for search in (improver.search_additions, improver.search_core):
            left = most_s - (self.clock.seconds - began)
            if left > 0:
                search(self.clock, target.step, min(left, self.pace.core_room(float("inf"))))
        while self.clock.seconds - began < most_s and not self.clock.over:
            improver.search_next(self.clock, target.step)
        return improver.solution

    @contextmanager
    def at_leisure(self, seconds: float) -> Iterator[None]:
        """Some seconds more after the time limit or a cancel."""
        clock, self.clock = self.clock, self.clock.patient(seconds)
        try:
            yield
        finally:
            self.clock = clock

    def bound_later(self, name: str, column: int, capped: Sequence[int]) -> float:
        """A bound of a tier that was searched without an LP, from one solved meanwhile or now, without the caps of this and later
        tiers; zero where there is no time for it."""
        free = Patch.of_columns(capped, [-np.inf] * len(capped), [np.inf] * len(capped))
        found = self.ahead.prices(column)
        if found is None:
            if not self._large or self.clock.over or not self.pace.has_time_for_bound(self.clock.left):
                return 0.0
            with self.for_now(free):
                self.relaxed.minimise(column)
                found = self._interior(name, self.clock.left)
        return max(0.0, self._proven(self.present.patched(free), column, found))

    def _proven(self, present: CompiledModel, column: int, found: Solved) -> float:
        """What the prices of a relaxation prove of a column's least value."""
        if found.solution is None or found.row_duals is None:
            return -float("inf")
        costs = np.zeros(len(self.model.whole))
        costs[column] = 1.0
        if self._bounder is None:
            self._bounder = Bounder(self.model, self._indices)
        return self._bounder.bound(present, costs, found.row_duals).value * found.unit

    def _relaxation(self, target: Target, most_s: float) -> Solved:
        """The LP of a tier: of a large model an interior solution, as long as its prices prove the value; else a vertex."""
        if not self._large or not self.is_searched:
            return self.solve_relaxed(target.step, most_s)
        began = self.clock.seconds
        found = self._interior(target.step, most_s)
        if found.solution is not None:
            found = replace(found, bound=self._proven(self.present, target.column, found))
            if found.value - found.bound <= max(EXACT, PROVEN * self.options.gap) * max(abs(found.value), found.unit):
                return found
        vertex = self.solve_relaxed(target.step, most_s - (self.clock.seconds - began))
        return found if vertex.solution is None and np.isfinite(found.bound) else vertex

    def _known(self, target: Target, start: Floats | None, most_s: float) -> Solved | None:
        """The relaxation where it is known, or the guide of an earlier tier, where the LP would take most of the time: then the bound
        is zero for now (`bound_later`), but the search gets somewhere."""
        if not self.is_searched or target.relaxed is not None:
            return target.relaxed
        self.ahead.wait(target.column, self.clock, RELAXED_SHARE * most_s)
        guide = self.ahead.guide(target.column)
        if guide is not None:
            return replace(guide, bound=self._proven_ahead(target.column))
        can_do_without = self._guide is not None and start is not None and bool(target.caps)
        return self._guide if can_do_without and self.pace.is_short(most_s) else None

    def _proven_ahead(self, column: int) -> float:
        """What is proven of a tier by its LP that was solved ahead."""
        prices = self.ahead.prices(column)
        return -float("inf") if prices is None else self._proven(self.present, column, prices)

    def _look_ahead(self, target: Target, bound: float, value: float) -> None:
        """Have the LP of the tier to come solved, under a cap that this tier will hardly exceed."""
        if target.following is None or not self.ahead.wants(target.following):
            return
        most = value if target.caps or bound <= 0 else min(value, (1 + AHEAD_ROOM) * bound)
        cap = cap_patch(self.model, target.column, most, 0.0, CAP_SLACK)
        price = {} if target.following == self._cost else {self._cost: PRICE}
        self.ahead.begin(self.present.patched(cap), target.following, price)

    def _employ(self, beside: Beside, target: Target, bound: float, value: float, spent_s: float) -> None:
        """Give the second process what is due: the next tier's LPs where LPs are long, else the tier in hand."""
        self._look_ahead(target, bound, value)
        if not self.ahead.is_busy:
            beside.begin_if_due(spent_s)

    def _near(self, target: Target, relaxed: Solved, most_s: float) -> Solved:
        """Which columns are near: the relaxation with a small price on cost, over what serves the priority in hand."""
        dear = self._is_dear(target)
        is_short = bool(target.caps) and self.pace.is_short(most_s)
        is_known = relaxed is self._guide or self.ahead.guide(target.column) is not None
        if not target.thorough or is_short or is_known or (dear and relaxed.bound < relaxed.value):
            return relaxed
        still = np.flatnonzero(self._aside) if self._aside is not None else np.zeros(0, dtype=np.int64)
        with self.for_now(Patch.of_columns(still, np.zeros(len(still)), np.zeros(len(still)))):
            self.relaxed.minimise_sum({target.column: 1.0, **({} if dear else {self._cost: PRICE})})
            near = self._interior(target.step, self.pace.room_for_lp(most_s, self.clock.left))
        return relaxed if near.solution is None else near

    def _interior(self, step: str, most_s: float) -> Solved:
        began = self.clock.seconds
        solved = self.relaxed.solve_interior(self.clock, step, most_s=most_s)
        if solved.solution is not None:
            self.pace.learn(self.clock.seconds - began)
        return solved

    def _is_closed(self, target: Target, value: float, bound: float) -> bool:
        """Whether the distance of value and bound counts as none."""
        if target.goal is not None and (value <= target.goal or bound > target.goal):
            return True
        margin = self.options.gap * max(bound, 1e-3 * target.without_aid) + 1e-9 * max(1.0, abs(bound))
        return value - bound <= margin

    def _branch_and_cut(
        self, session: Session, target: Target, bound: float, start: Floats | None, most_s: float
    ) -> TierResult | None:
        session.minimise(target.column)
        solved = session.solve_whole(
            self.clock, target.step, start=start, gap=self.options.gap,
            absolute_gap=self.options.gap * 1e-3 * target.without_aid, most_s=max(1.0, most_s),
        )  # fmt: skip
        best = start
        if solved.solution is not None and (best is None or solved.solution[target.column] <= best[target.column]):
            best = solved.solution
        if best is None:
            return None
        value = float(best[target.column])
        return TierResult(best, value, min(max(bound, solved.bound), value), solved.stop)

    def _improve(
        self, target: Target, beside: Beside, relaxed: Solved, bound: float, start: Floats | None, most_s: float
    ) -> TierResult | None:
        """First searches, neighbourhoods, and beside them the second process, until the gap is closed or the time is over."""
        is_long = self.pace.is_long(most_s)
        target = replace(target, helps=Help.IMPROVE) if is_long else replace(target, following=None)
        value = float("inf") if start is None else float(start[target.column])
        self._look_ahead(target, bound, value)
        near = self._near(target, relaxed, most_s)
        self._guide = replace(near, bound=-float("inf"))
        began = self.clock.seconds
        if start is None or near.solution is None:
            return self._branch_and_cut(self._of_all(), target, bound, start, most_s)
        beside.brief(target, relaxed, Improvement(self.topics, near, start, self._aside))
        improver = Improver(self.present, self.topics, {target.column: 1.0}, near, start, seed=self.options.seed,
                            aside=self._aside, enough=self._enough(beside, target, bound))  # fmt: skip
        self._employ(beside, target, bound, value, 0.0)
        tried_all = self._first_searches(improver, target, most_s) or target.in_parts
        stalled = 0
        while True:
            beside.exchange(improver)
            bound = max(bound, beside.bound, self._proven_ahead(target.column))
            best = beside.better_of(improver)
            value = float(best[target.column])
            self.clock.report(target.step, value, bound)
            if self._is_closed(target, value, bound) or beside.solved:
                return TierResult(best, value, min(bound, value), Stop.OPTIMAL)
            spent = self.clock.seconds - began
            if self.clock.over or spent > most_s:
                return TierResult(best, value, min(bound, value), self._why())
            self._employ(beside, target, bound, value, spent)
            before = improver.value
            if stalled >= DULL and not tried_all and most_s - spent >= ALL_LEAST_S:
                improver.search_all(self.clock, target.step, min(ALL_SHARE * most_s, most_s - spent))
                tried_all = True
            else:
                improver.search_next(self.clock, target.step)
            stalled = 0 if improver.value < before else stalled + 1
            if stalled >= STALLED and (self.options.workers == 1 or beside.ended):
                break
        beside.end()
        left = most_s - (self.clock.seconds - began)
        return self._branch_and_cut(self._of_all(), target, bound, improver.solution, left)

    def _enough(self, beside: Beside, target: Target, bound: float) -> Callable[[float], bool] | None:
        """Whether a value closes the gap with what the second process has proven by now. None where searches end by themselves: a
        priority, as later tiers gain from every bit of it, and a single process, which has to repeat itself to the byte."""
        if self.options.workers == 1 or not self._is_dear(target):
            return None
        return lambda value: self._is_closed(target, value, max(bound, beside.bound))

    def _first_searches(self, improver: Improver, target: Target, most_s: float) -> bool:
        """Removals, or additions and core; then all columns where branch and cut masters them. Whether these were tried or are too
        many to be."""
        began, room = self.clock.seconds, self.pace.core_room(most_s)
        if target.caps and self._is_dear(target):
            improver.search_removals(self.clock, target.step, 2 * room)  # the core brings nothing more
        else:
            if target.caps:
                improver.search_additions(self.clock, target.step, room, from_core=improver.is_wide)
                self._look_ahead(target, self._proven_ahead(target.column), float(improver.solution[target.column]))
            if target.caps and improver.is_wide:  # where the core as a whole takes minutes
                improver.search_additions(self.clock, target.step, room)
            else:
                improver.search_core(self.clock, target.step, room)
        if self._aside is None or target.caps or improver.is_wide:
            return improver.is_wide
        # what is left aside makes a model that branch and cut masters, as long as no caps bind it
        left = most_s - (self.clock.seconds - began)
        improver.search_all(self.clock, target.step, min(ALL_SHARE * most_s, left))
        return True

    def _is_dear(self, target: Target) -> bool:
        """Whether the tier is one of money."""
        return target.column in (self._cost, self.model.column("tier", "social-cost"))

    def _of_all(self) -> Session:
        return Session(self.present, relaxed=False, seed=self.options.seed)

    def _why(self) -> Stop:
        return Stop.CANCELLED if self.clock.cancelled else Stop.TIME
