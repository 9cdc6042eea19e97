"""The life of a line between two cities: proposed, requested, offered, accepted, moving, arrived, returned; or declined, withdrawn.

A signed request precedes an offer with its estimate, and both precede acceptance, which binds (EMAC's request form has these three
signatures). Where the incident is led, a common superior may order instead. The optimizer only proposes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Party = Literal["origin", "destination", "either", "superior"]

BINDING = ("accepted", "moving", "arrived", "returned")
"""States in which a promise holds."""
ENDED = ("returned", "declined", "withdrawn")


@dataclass(frozen=True, slots=True)
class Transition:
    """From which states an action leads where, whose it is, and whether it needs a reason."""

    before: tuple[str, ...]
    after: str
    by: Party
    reason: bool = False


TRANSITIONS: Mapping[str, Transition] = {
    "request": Transition(("proposed",), "requested", "destination"),
    "offer": Transition(("requested",), "offered", "origin"),
    "accept": Transition(("offered",), "accepted", "destination"),
    "order": Transition(("proposed", "requested", "offered"), "accepted", "superior", reason=True),
    "depart": Transition(("accepted",), "moving", "origin"),
    "arrive": Transition(("moving",), "arrived", "destination"),
    "return": Transition(("arrived",), "returned", "origin"),
    "decline": Transition(("proposed", "requested", "offered"), "declined", "either", reason=True),
    "withdraw": Transition(("accepted", "moving"), "withdrawn", "either", reason=True),
}
"""Every action on a line."""


def next_state(action: str, state: str) -> str | None:
    """The state after an action, or None where the state does not allow it. Raises `KeyError` for an unknown action."""
    transition = TRANSITIONS[action]
    return transition.after if state in transition.before else None


def parties(action: str, origin: str, destination: str) -> tuple[str, ...]:
    """The cities of which one must act; none where only a superior may."""
    by = TRANSITIONS[action].by
    return {"origin": (origin,), "destination": (destination,), "either": (origin, destination), "superior": ()}[by]
