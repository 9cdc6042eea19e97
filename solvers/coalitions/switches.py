"""The dispatch model with a switch a city: one model for the cost of every group and for the search of the most aggrieved one.

Every limit that a city brings is moved to its switch `z`: `A x <= b` becomes `A x - sum over cities of b_city * z_city <= 0`.
With the switches fixed to 0 and 1 the model is a group's own dispatch; with the switches free and priced it is the separation
problem. Nothing is built again: a group is a change of n bounds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import AID
from tongzhou.solvers.coalitions.owners import bound_owners, row_owners
from tongzhou.solvers.compiled import Block, CompiledModel, Floats, Ints
from tongzhou.solvers.scaling import row_scales

TIERS = ("priority_value", "relative_shortage", "fairness_level", "fairness_excess", "excess_value", "early_value",
         "national_draw", "source_order", "money", "social_cost")  # fmt: skip
"""Rows that define tiers: the game has one objective, the social cost, as a vector of prices."""
TIER_COLUMNS = ("relative", "excess", "largest", "tier")
IMPLIED_BOUNDS = ("trips",)
"""Columns whose upper bound a row of their city holds too (`fleet`)."""
PASSING = ("fleet", "loading", "unloading", "lane_capacity")
"""Limits that a mere place of transfer does not impose on the game."""
SWITCH = "switch"


@dataclass(frozen=True, eq=False)
class SwitchedModel:
    """`model`: the dispatch with its switches as last columns; `prices`: social cost of a natural unit of every column;
    `between`: columns that move goods, vehicles or units from one city to another."""

    model: CompiledModel
    prices: Floats
    players: tuple[str, ...]
    between: Ints

    @property
    def switches(self) -> slice:
        """Places of the switches among the columns."""
        return self.model.variables[SWITCH].span


def switch_model(ix: Indices, compiled: CompiledModel, players: Sequence[str]) -> SwitchedModel:
    """Move every limit to the switch of its city. Raises `ValueError` for a limit that belongs to nobody."""
    natural = _Natural(compiled)
    prices = natural.prices()
    rows = _Rows(ix, natural, players)
    rows.take_rows()
    rows.take_bounds()
    rows.take_transfers()
    return rows.finish(prices)


class _Natural:
    """The compiled arrays without scaling."""

    def __init__(self, compiled: CompiledModel) -> None:
        self.compiled = compiled
        back = sparse.diags_array(1.0 / compiled.row_scale)
        self.matrix = sparse.csr_matrix(back @ compiled.matrix @ sparse.diags_array(1.0 / compiled.column_scale))
        self.row_lower = compiled.row_lower / compiled.row_scale
        self.row_upper = compiled.row_upper / compiled.row_scale
        self.lower = compiled.lower * compiled.column_scale
        self.upper = compiled.upper * compiled.column_scale

    def prices(self) -> Floats:
        """Social cost of one unit of every column: its loss and its money."""
        rows = [self.compiled.constraints[name].start for name in ("social_cost", "money")]
        prices: Floats = np.asarray(self.matrix[rows].sum(axis=0), dtype=float).ravel()
        prices[self.compiled.variables["tier"].span] = 0.0
        return prices


class _Rows:
    """Collects the rows of the switched model."""

    def __init__(self, ix: Indices, natural: _Natural, players: Sequence[str]) -> None:
        self._ix, self._natural, self._players = ix, natural, tuple(players)
        self._place = {name: number for number, name in enumerate(players)}
        self._carried = frozenset(row.city for row in ix.problem.cities if row.city not in self._place)
        blocks = natural.compiled.variables
        self._kept_columns = np.ones(natural.matrix.shape[1], dtype=bool)
        for name in TIER_COLUMNS:
            self._kept_columns[blocks[name].span] = False
        self._lower, self._upper = natural.lower.copy(), natural.upper.copy()
        self._matrix: list[sparse.csr_matrix[np.float64]] = []
        self._switch: list[tuple[int, int, float]] = []
        self._row_lower: list[float] = []
        self._row_upper: list[float] = []
        self._names: dict[str, list[object]] = {}

    def take_rows(self) -> None:
        """Rows of the dispatch, their right-hand sides switched."""
        owners = row_owners(self._ix, self._carried)
        natural = self._natural
        for name, block in natural.compiled.constraints.items():
            if name in TIERS:
                continue
            self._matrix.append(natural.matrix[block.span])
            self._names[name] = list(block.keys)
            for key, row in block.place.items():
                low, high = float(natural.row_lower[row]), float(natural.row_upper[row])
                right = high if np.isfinite(high) else low
                owner = owners[name](key) if right and name in owners else ""
                if right and owner not in self._place:
                    if owner not in self._carried or name not in PASSING:
                        message = f"the limit {name} {key} belongs to no city"
                        raise ValueError(message)
                    low, high, right = -np.inf, np.inf, 0.0  # a mere place of transfer limits nobody
                self._add(low, high, right, owner)

    def take_bounds(self) -> None:
        """Non-zero bounds of columns become rows with a switch."""
        owners = bound_owners(self._ix)
        compiled = self._natural.compiled
        for name, block in compiled.variables.items():
            if name in TIER_COLUMNS:
                continue
            if name in IMPLIED_BOUNDS:
                self._upper[block.span] = np.where(self._upper[block.span] > 0, np.inf, 0.0)
                continue
            for side, bounds, free in (("least", self._lower, 0.0), ("most", self._upper, np.inf)):
                for key, column in block.place.items():
                    bound = float(bounds[column])
                    if bound == 0 or not np.isfinite(bound):
                        continue
                    bounds[column] = free
                    self._bound_row(f"{name}_{side}", key, column, bound, owners[name](key), least=side == "least")

    def take_transfers(self) -> None:
        """A player's city passes goods on only for a group it belongs to."""
        ix, columns = self._ix, self._natural.compiled.variables["ship"].place
        passed: dict[tuple[str, str], list[int]] = defaultdict(list)
        for key, column in columns.items():
            city = ix.lane_of[key[0]].origin
            if key[3] == AID and city in self._place:
                passed[city, key[1]].append(column)
        for (city, supply), found in passed.items():
            scale = [ix.lot(supply)] * len(found)
            most = sum(own.release[-1] for (_, name), own in ix.held.items() if name == supply)
            most += sum(quantity for (_, name, _), quantity in ix.promises.arriving.items() if name == supply)
            row = sparse.csr_matrix((scale, ([0] * len(found), found)), shape=(1, self._natural.matrix.shape[1]))
            self._matrix.append(row)
            self._names.setdefault("passed_on", []).append((city, supply))
            self._add(-np.inf, most, most, city)

    def _bound_row(self, name: str, key: object, column: int, bound: float, owner: str, *, least: bool) -> None:
        width = self._natural.matrix.shape[1]
        self._matrix.append(sparse.csr_matrix(([1.0], ([0], [column])), shape=(1, width)))
        self._names.setdefault(name, []).append(key)
        self._add(bound if least else -np.inf, np.inf if least else bound, bound, owner)

    def _add(self, low: float, high: float, right: float, owner: str) -> None:
        if right:
            self._switch.append((len(self._row_lower), self._place[owner], -right))
            low, high = low - right, high - right
        self._row_lower.append(low)
        self._row_upper.append(high)

    def finish(self, prices: Floats) -> SwitchedModel:
        """The scaled arrays."""
        compiled, keep = self._natural.compiled, self._kept_columns
        count, players = len(self._row_lower), len(self._players)
        rows, places, values = zip(*self._switch, strict=True) if self._switch else ((), (), ())
        switches = sparse.csr_matrix((values, (rows, places)), shape=(count, players))
        dispatch = sparse.csr_matrix(sparse.vstack(self._matrix))[:, keep]
        scale = np.concatenate([compiled.column_scale[keep], np.ones(players)])
        scaled = sparse.csr_matrix(sparse.hstack([dispatch, switches]) @ sparse.diags_array(scale))
        by_row = row_scales(scaled)
        nobody = np.zeros(players)
        model = CompiledModel(
            matrix=sparse.csc_matrix(sparse.diags_array(by_row) @ scaled),
            row_lower=np.array(self._row_lower) * by_row,
            row_upper=np.array(self._row_upper) * by_row,
            lower=np.concatenate([self._lower[keep], nobody]) / scale,
            upper=np.concatenate([self._upper[keep], nobody + 1.0]) / scale,
            whole=np.concatenate([compiled.whole[keep], np.ones(players, dtype=bool)]),
            column_scale=scale,
            row_scale=by_row,
            variables=_blocks(compiled.variables, self._players),
            constraints=_constraints(self._names),
        )
        return SwitchedModel(model, np.concatenate([prices[keep], nobody]), self._players, self._between(model))

    def _between(self, model: CompiledModel) -> Ints:
        away = {item.key for item in self._ix.assignments.by_key.values() if item.away}
        blocks = model.variables
        moves = [*blocks["ship"].place.values(), *blocks["trips"].place.values()]
        for name in ("depart", "leave"):
            moves += [column for (assignment, _), column in blocks[name].place.items() if assignment in away]
        return np.array(sorted(moves), dtype=np.int32)


def _blocks(variables: Mapping[str, Block], players: tuple[str, ...]) -> dict[str, Block]:
    found, start = {}, 0
    for name, block in variables.items():
        if name not in TIER_COLUMNS:
            found[name] = Block(name, start, block.keys)
            start += len(block.keys)
    return {**found, SWITCH: Block(SWITCH, start, players)}


def _constraints(names: Mapping[str, Sequence[object]]) -> dict[str, Block]:
    found, start = {}, 0
    for name, keys in names.items():
        found[name] = Block(name, start, tuple(keys))
        start += len(keys)
    return found
