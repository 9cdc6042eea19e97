"""Groups of players as bit masks: bit `i` stands for player `i`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Group = int
"""A set of players: bit `i` is set when player `i` belongs to it. 0 is nobody."""


def everyone(players: int) -> Group:
    """The group of all of `players` players."""
    return (1 << players) - 1


def group_of(places: Iterable[int]) -> Group:
    """The group of the players at these places."""
    group = 0
    for place in places:
        group |= 1 << place
    return group


def members(group: Group) -> list[int]:
    """Places of the players of a group, ascending."""
    return [place for place in range(group.bit_length()) if group >> place & 1]


def names_of(group: Group, players: Sequence[str]) -> tuple[str, ...]:
    """Names of the players of a group, in the order of the players."""
    return tuple(players[place] for place in members(group))
