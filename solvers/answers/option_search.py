"""The small model of one request: the best of all senders together, and of each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from tongzhou.model.domain.tables import Need
from tongzhou.solvers.caps import CAP_SLACK, cap_patch, tier_column
from tongzhou.solvers.compiled import CompiledModel, Floats, Patch
from tongzhou.solvers.dispatch import Prepared, home_start
from tongzhou.solvers.highs import Session
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.polish import POLISHED_SLACK
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reduced import reduce_model
from tongzhou.solvers.search import Search

SOLVE_S = 5.0
"""Most seconds for one option; they take hundredths."""
WHOLE = 1e-6
"""Distance from a whole number that is the solver's tolerance."""


class OptionSearch:
    """The small model of one request."""

    def __init__(self, prepared: Prepared, need: Need, options: SolveOptions) -> None:
        self._prepared, self._need, self._options = prepared, need, options
        self._search = Search(prepared.model, prepared.indices, options, Clock(SOLVE_S))
        self._names = [f"priority-{need.priority}", "sources", "cost"]
        self._owners = self._owner_of_columns()
        self._home = self._without_aid()
        self._elsewhere = np.zeros(prepared.model.matrix.shape[1], dtype=np.bool_)
        for key, column in prepared.model.variables["trips"].place.items():
            self._elsewhere[column] = prepared.indices.lane_of[key[0]].destination != need.city

    def _without_aid(self) -> Floats | None:
        """The solution in which nobody sends anything new."""
        model, search = self._prepared.model, self._search
        sent = [column for name in ("ship", "depart") for column in model.variables[name].place.values()]
        columns = np.array([column for column in sorted(sent) if self._owners[column] != ""], dtype=np.int64)
        most = search.present.upper[columns] * model.column_scale[columns]
        search.apply(Patch.of_columns(columns, np.zeros(len(columns)), np.zeros(len(columns))))
        found = search.complete(home_start(self._prepared), tier_column(model, self._names[0]))
        search.apply(Patch.of_columns(columns, np.zeros(len(columns)), most))
        return found

    def _owner_of_columns(self) -> npt.NDArray[np.str_]:
        """The city that decides a column; empty where that is the city that asks, or nobody."""
        model, ix = self._prepared.model, self._prepared.indices
        owners = [""] * model.matrix.shape[1]
        for name in ("ship", "trips"):
            for key, column in model.variables[name].place.items():
                owners[column] = ix.lane_of[key[0]].origin
        for name in ("depart", "leave", "on_site"):
            for key, column in model.variables[name].place.items():
                owners[column] = ix.assignments.by_key[key[0]].home
        for name in ("idle", "lent", "own_stock"):
            for key, column in model.variables[name].place.items():
                owners[column] = key[0]
        return np.array(["" if owner == self._need.city else owner for owner in owners])

    def senders(self) -> list[str]:
        """Cities that could send anything."""
        model, ix = self._prepared.model, self._prepared.indices
        found = {ix.lane_of[key[0]].origin for key in model.variables["ship"].place}
        found |= {item.home for item in ix.assignments.by_key.values() if item.away}
        return sorted(found - {self._need.city})

    def best(self, sender: str | None = None) -> Floats | None:
        """The best solution, tier by tier, of all or with one city sending; None where there is none in time.

        What others decide stays as it is, and so do vehicles that go elsewhere.
        """
        if self._home is None:
            return None
        closed = self._elsewhere.copy()
        names = list(self._names)
        if sender is not None:
            closed |= (self._owners != "") & (self._owners != sender)
            names.remove("sources")  # of one sender the order says nothing
        reduced = reduce_model(self._prepared.model, closed, self._home)
        columns = [tier_column(self._prepared.model, name) for name in names]
        places = [reduced.place(column) for column in columns if column in reduced.open]
        return reduced.spread(_tier_by_tier(reduced.model, places, reduced.shrink(self._home), self._options.seed))


def _tier_by_tier(model: CompiledModel, tiers: Sequence[int], start: Floats, seed: int) -> Floats:
    """The best solution from a start: the relaxation's where it is whole, else by branch and cut, divisible flows re-optimised."""
    clock, solution, whole = Clock(SOLVE_S), start, model.whole
    relaxed = _relaxed(model, tiers, None, seed)
    if relaxed is not None and np.all(np.abs(relaxed[whole] - np.round(relaxed[whole])) < WHOLE):
        relaxed[whole] = np.round(relaxed[whole])
        return relaxed
    session = Session(model, relaxed=False, seed=seed)
    for tier in tiers:
        session.minimise(tier)
        solved = session.solve_whole(clock, "option", start=solution, gap=0.0, absolute_gap=0.0, most_s=SOLVE_S)
        if solved.solution is None:
            return solution
        solution = solved.solution
        session.apply(cap_patch(model, tier, solved.value, 0.0, CAP_SLACK))
    relaxed = _relaxed(model, tiers, solution, seed)
    if relaxed is None:
        return solution
    relaxed[whole] = solution[whole]
    return relaxed


def _relaxed(model: CompiledModel, tiers: Sequence[int], at: Floats | None, seed: int) -> Floats | None:
    """The best solution of the relaxation, with the whole columns as they are `at` where given."""
    session, found = Session(model, relaxed=True, seed=seed), None
    whole = np.flatnonzero(model.whole)
    if at is not None:
        session.apply(Patch.of_columns(whole, np.round(at[whole]), np.round(at[whole])))
    for tier in tiers:
        session.minimise(tier)
        solved = session.solve_relaxation(Clock(SOLVE_S), "option")
        if solved.solution is None:
            return None
        found = solved.solution
        session.apply(cap_patch(model, tier, solved.value, 0.0, POLISHED_SLACK))
    return found
