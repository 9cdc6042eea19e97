"""A whole scenario, checked once and frozen."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from tongzhou.model.domain import tables as rows
from tongzhou.model.domain.column import Value
from tongzhou.model.domain.incidents import governance_by_need, helped_by_offers, mode_of
from tongzhou.model.domain.settings import Governance, Settings
from tongzhou.model.errors import ScenarioError


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table's row class, whether it may be absent, and the columns that make a row unique (none: rows may repeat)."""

    name: str
    row_class: type
    optional: bool
    key: tuple[str, ...]


TABLES: Mapping[str, TableSpec] = {
    spec.name: spec
    for spec in (
        TableSpec("cities", rows.City, False, ("city",)),
        TableSpec("resources", rows.Resource, False, ("resource",)),
        TableSpec("substitutes", rows.Substitute, True, ("needed", "used")),
        TableSpec("stocks", rows.Stock, False, ("city", "resource")),
        TableSpec("arrivals", rows.Arrival, True, ()),
        TableSpec("incidents", rows.Incident, True, ("incident",)),
        TableSpec("needs", rows.Need, False, ("need",)),
        TableSpec("links", rows.Link, False, ("origin", "destination", "mode")),
        TableSpec("closures", rows.Closure, True, ()),
        TableSpec("fleets", rows.Fleet, True, ("city", "mode", "vehicle")),
        TableSpec("commitments", rows.Commitment, True, ("line",)),
        TableSpec("served", rows.Served, True, ("need", "by_resource", "at_h")),
        TableSpec("pairs", rows.Pair, True, ("origin", "destination", "resource")),
        TableSpec("funds", rows.Fund, True, ("fund",)),
        TableSpec("programmes", rows.Programme, True, ("programme",)),
        TableSpec("responsibility", rows.Responsibility, True, ("city",)),
        TableSpec("actuals", rows.Actual, True, ("line",)),
        TableSpec("conduct", rows.Conduct, True, ()),
        TableSpec("advances", rows.Advance, True, ("reference",)),
        TableSpec("disputes", rows.Dispute, True, ("line",)),
    )
}
"""Every table of a scenario, in the order of formats.md."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The rows of every table, in any order."""

    cities: tuple[rows.City, ...] = ()
    resources: tuple[rows.Resource, ...] = ()
    substitutes: tuple[rows.Substitute, ...] = ()
    stocks: tuple[rows.Stock, ...] = ()
    arrivals: tuple[rows.Arrival, ...] = ()
    incidents: tuple[rows.Incident, ...] = ()
    needs: tuple[rows.Need, ...] = ()
    links: tuple[rows.Link, ...] = ()
    closures: tuple[rows.Closure, ...] = ()
    fleets: tuple[rows.Fleet, ...] = ()
    commitments: tuple[rows.Commitment, ...] = ()
    served: tuple[rows.Served, ...] = ()
    pairs: tuple[rows.Pair, ...] = ()
    funds: tuple[rows.Fund, ...] = ()
    programmes: tuple[rows.Programme, ...] = ()
    responsibility: tuple[rows.Responsibility, ...] = ()
    actuals: tuple[rows.Actual, ...] = ()
    conduct: tuple[rows.Conduct, ...] = ()
    advances: tuple[rows.Advance, ...] = ()
    disputes: tuple[rows.Dispute, ...] = ()

    def items(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Each table's name and its rows."""
        for name in TABLES:
            yield name, getattr(self, name)

    def sorted(self) -> Tables:
        """The same rows in canonical order: by key, then by all columns."""
        return Tables(**{name: tuple(sorted(table, key=_sort_key(TABLES[name]))) for name, table in self.items()})


def _sort_key(spec: TableSpec) -> Any:
    names = (*spec.key, *(item.name for item in fields(spec.row_class) if item.name not in spec.key))

    def key(row: object) -> list[tuple[bool, str, float]]:
        return [_orderable(getattr(row, name)) for name in names]

    return key


def _orderable(value: Value) -> tuple[bool, str, float]:
    if value is None:
        return (False, "", 0.0)
    return (True, value, 0.0) if isinstance(value, str) else (True, "", float(value))


@dataclass(frozen=True)
class Problem(Tables):
    """A checked scenario: settings and tables, rows in canonical order.

    Raises `ScenarioError` with every fault when the tables do not make a valid scenario.
    """

    settings: Settings = dataclasses.field(kw_only=True)

    def __post_init__(self) -> None:
        from tongzhou.model.domain.checks import check  # the checks need Tables

        faults = check(self.settings, self)
        if faults:
            raise ScenarioError(faults)
        for name, table in self.sorted().items():
            object.__setattr__(self, name, table)

    def replace(self, **changes: Any) -> Problem:
        """A checked copy with some tables or the settings exchanged: the way every what-if is made."""
        return dataclasses.replace(self, **changes)

    @cached_property
    def city_of(self) -> Mapping[str, rows.City]:
        """City id to row."""
        return {row.city: row for row in self.cities}

    @cached_property
    def resource_of(self) -> Mapping[str, rows.Resource]:
        """Resource id to row."""
        return {row.resource: row for row in self.resources}

    @cached_property
    def need_of(self) -> Mapping[str, rows.Need]:
        """Need id to row."""
        return {row.need: row for row in self.needs}

    @cached_property
    def governance_of(self) -> Mapping[str, Governance]:
        """Need id to the governance it is under: of its incident, or the scenario's."""
        return governance_by_need(self.settings.governance, self.incidents, self.needs)

    @cached_property
    def mode(self) -> str:
        """Who may call on whom: `voluntary`, `led`, or `mixed` where incidents differ."""
        return mode_of(self.settings.governance, self.governance_of)

    @cached_property
    def helped_by_offers(self) -> frozenset[tuple[str, str]]:
        """Cities and resources for which goods count against the offers where the mode is mixed."""
        return helped_by_offers(self.governance_of, self.cities, self.needs, self.substitutes, self.links)

    @cached_property
    def kept(self) -> tuple[rows.Commitment, ...]:
        """Lines that a new plan keeps: accepted, moving, on site, and those that came home before now."""
        now_h = self.settings.now_h
        return tuple(row for row in self.commitments if row.is_kept or row.is_past(now_h))

    @cached_property
    def missing(self) -> Mapping[str, float]:
        """Kept line to what left with it and was not accepted where it went: goods lost, units refused."""
        told = {row.line: row.quantity - row.received for row in self.kept if row.received is not None}
        return {line: quantity for line, quantity in told.items() if quantity > 0}

    @cached_property
    def lanes(self) -> tuple[rows.Link, ...]:
        """Links with `both_ways` written out as two directed rows, in canonical order."""
        directed = []
        for link in self.links:
            directed.append(dataclasses.replace(link, both_ways=False))
            if link.both_ways:
                directed.append(
                    dataclasses.replace(link, origin=link.destination, destination=link.origin, both_ways=False)
                )
        return tuple(sorted(directed, key=lambda row: (row.origin, row.destination, row.mode)))

    @cached_property
    def served_by(self) -> Mapping[str, tuple[tuple[str, float], ...]]:
        """Resource needed to (resource used, ratio): itself at 1, then the listed substitutes."""
        pairs: dict[str, list[tuple[str, float]]] = {row.resource: [(row.resource, 1.0)] for row in self.resources}
        for row in self.substitutes:
            pairs[row.needed].append((row.used, row.ratio))
        return {needed: tuple(used) for needed, used in pairs.items()}
