"""Valuations remembered by instance and group, in a file where one is given: a settlement run again solves nothing twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tongzhou.model.game.coalition import Group
from tongzhou.solvers.coalitions.switches import SwitchedModel
from tongzhou.solvers.coalitions.valuation import Valuation


def instance_hash(switched: SwitchedModel, *, whole: bool) -> str:
    """SHA-256 over everything that decides the cost of a group: arrays, players, whether trips are whole."""
    model = switched.model
    digest = hashlib.sha256(json.dumps([list(switched.players), whole]).encode())
    parts = (model.matrix.indptr, model.matrix.indices, model.matrix.data, model.row_lower, model.row_upper, model.lower,
             model.upper, model.whole, model.column_scale, model.row_scale, switched.prices)  # fmt: skip
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


class ValuationMemory:
    """Valuations of one instance; those of another instance are never taken from the file."""

    def __init__(self, instance: str, path: Path | None = None) -> None:
        self._instance, self._path = instance, path
        self._items: dict[Group, Valuation] = {}
        self._torn = False
        if path is not None and path.is_file():
            self._read(path)

    def recall(self, groups: Sequence[Group]) -> dict[Group, Valuation]:
        """Those of the groups that are known."""
        return {group: self._items[group] for group in groups if group in self._items}

    def keep(self, items: Iterable[Valuation]) -> None:
        """Remember, in the file too."""
        fresh = [item for item in items if self._items.get(item.group) != item]
        self._items.update({item.group: item for item in fresh})
        if self._path is None or not fresh:
            return
        with self._path.open("a", encoding="utf-8") as file:
            if self._torn:
                file.write("\n")
                self._torn = False
            for item in fresh:
                line = {"instance": self._instance, "group": f"{item.group:x}", "cost": item.cost, "bound": item.bound,
                        "prices": list(item.prices), "sharp": item.sharp}  # fmt: skip
                file.write(json.dumps(line) + "\n")

    def _read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self._torn = bool(text) and not text.endswith("\n")
        for line in text.splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # the last line of a run that was killed while it wrote
            if row["instance"] == self._instance:
                group = int(row["group"], 16)
                self._items[group] = Valuation(group, row["cost"], row["bound"], tuple(row["prices"]), row["sharp"])
