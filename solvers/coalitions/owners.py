"""Whose limits a row or a column of the dispatch model holds: the city that brings them into a group.

Every non-zero right-hand side belongs to one city, a lane's to its receiver. Then dual prices lie in the core (Owen 1975).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongzhou.model.indices import Indices

Owner = Callable[[Any], str]


def row_owners(ix: Indices, carried: frozenset[str]) -> Mapping[str, Owner]:
    """Constraint name to the owner of its right-hand side, by row key.

    `carried`: places of transfer that belong to nobody; a lane into one is its sender's.
    """

    def first(key: Any) -> str:
        return str(key[0])

    def of_need(key: Any) -> str:
        return ix.demands[key[0] if isinstance(key, tuple) else key].city

    def of_lane(key: Any) -> str:
        return str(key[0] if key[1] in carried else key[1])

    return {
        "own_balance": first,
        "aid_balance": first,
        "release": first,
        "within_offer": first,
        "lent_within_offer": first,
        "fleet": first,
        "loading": first,
        "unloading": first,
        "idle_balance": first,
        "lent_balance": first,
        "no_worse_off": first,
        "lane_capacity": of_lane,
        "working": of_need,
        "crew": of_need,
        "unserved": of_need,
        "presence": of_need,
        "self_first_supply": of_need,
        "self_first_presence": of_need,
    }


def bound_owners(ix: Indices) -> Mapping[str, Owner]:
    """Variable name to the owner of its non-zero bounds, by column key."""
    return {
        "own_stock": lambda key: str(key[0]),
        "idle": lambda key: str(key[0]),
        "lent": lambda key: str(key[0]),
        "delivers": lambda key: ix.lane_of[key[0]].destination,
    }
