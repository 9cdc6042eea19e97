"""Kinds of records: which scenario table each comes from, what makes it unique, whose it is, who may write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tongzhou.model.domain.column import Column, columns_of
from tongzhou.model.domain.column import column as column_field
from tongzhou.model.domain.problem import TABLES
from tongzhou.service.people.rights import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How much of a resource the region wants to hold in quiet times, and how soon it must be where it is needed."""

    resource: str = column_field("id", "resource", "资源", refers="resources")
    per_10000: float = column_field("number", "units for 10,000 inhabitants", "每万人配备量", above=0)
    reach_h: float = column_field("number", "hours within which it must arrive", "须在多少小时内到达", above=0)


@dataclass(frozen=True, slots=True)
class Kind:
    """`table`: the scenario table its rows go to (None: to none); `of_incident`: else of the region; `owner`: column of the
    city whose record it is; `key`: what makes it unique (empty: rows may repeat)."""

    name: str
    table: str | None
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    of_incident: bool
    writes: Action
    owner: str | None = None

    @property
    def singular(self) -> str:
        """The kind's name in the ids of API operations."""
        irregular = {"cities": "city", "supplies": "supply"}
        return irregular.get(self.name, self.name.removesuffix("s"))


def _of_table(
    table: str, writes: Action, *, name: str | None = None, without: tuple[str, ...] = (), only: tuple[str, ...] = (),
    of_incident: bool = False, owner: str | None = None,
) -> Kind:  # fmt: skip
    spec = TABLES[table]
    columns = {
        column: item for column, item in columns_of(spec.row_class).items()
        if column not in without and (not only or column in only)
    }  # fmt: skip
    return Kind(name or table, table, columns, spec.key, of_incident, writes, owner)


_PICTURE, _INCIDENT, _HOLDINGS = Action.MANAGE_PICTURE, Action.MANAGE_INCIDENT, Action.WRITE_HOLDINGS
_OFFERED = ("city", "resource", "offered", "from_h", "until_h")
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _of_table("cities", _PICTURE, without=("role",)),
        _of_table("resources", _PICTURE),
        _of_table("substitutes", _PICTURE),
        _of_table("links", _PICTURE),
        Kind("targets", None, columns_of(Target), ("resource",), False, _PICTURE),
        _of_table("stocks", _HOLDINGS, without=("offered", "from_h", "until_h"), owner="city"),
        _of_table("fleets", _HOLDINGS, owner="city"),
        _of_table("cities", _INCIDENT, name="roles", only=("city", "role"), of_incident=True),
        _of_table("stocks", Action.WRITE_OFFERS, name="offers", only=_OFFERED, of_incident=True, owner="city"),
        _of_table("arrivals", _HOLDINGS, of_incident=True, owner="city"),
        _of_table("needs", Action.WRITE_NEEDS, of_incident=True, owner="city"),
        _of_table("incidents", _INCIDENT, name="parts", of_incident=True),
        _of_table("closures", _INCIDENT, of_incident=True),
        _of_table("commitments", _INCIDENT, of_incident=True),
        _of_table("served", _INCIDENT, of_incident=True),
        _of_table("pairs", _INCIDENT, of_incident=True),
        _of_table("funds", Action.WRITE_TERMS, of_incident=True),
        _of_table("programmes", Action.WRITE_TERMS, of_incident=True),
        _of_table("responsibility", Action.WRITE_TERMS, of_incident=True),
        _of_table("actuals", Action.WRITE_TERMS, of_incident=True),
        _of_table("conduct", Action.WRITE_TERMS, of_incident=True),
        _of_table("advances", Action.WRITE_TERMS, of_incident=True),
        _of_table("disputes", Action.WRITE_TERMS, of_incident=True),
    )
}
"""Every kind by name."""


def key_text(kind: Kind, body: Mapping[str, object]) -> str:
    """What makes a record unique, as text; ids hold no line breaks, so that a line break divides them."""
    return "\n".join(str(body.get(name) or "") for name in (kind.key or kind.columns))
