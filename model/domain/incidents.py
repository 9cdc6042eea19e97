"""Incidents that share one pool, each with its own governance: which need obeys which, and which aid is bound by offers.

A need under voluntary governance gets no more than was offered, whatever another incident may call on. So goods that can serve it
count against the offers when they leave for its city, or for a hub that leads to it; other goods only against the floors. Where
both kinds of need wait for the same goods in one city, nobody can tell them apart: there the offers bind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tongzhou.model.domain.settings import Governance
from tongzhou.model.domain.tables import City, Incident, Link, Need, Substitute

VOLUNTARY, LED, MIXED = "voluntary", "led", "mixed"


def governance_by_need(
    default: Governance, incidents: Iterable[Incident], needs: Iterable[Need]
) -> dict[str, Governance]:
    """Governance of every need: of its incident, or the scenario's own."""
    known = {
        row.incident: Governance(mode=row.mode, self_first=row.self_first, no_worse_off=row.no_worse_off)
        for row in incidents
    }
    return {row.need: known.get(row.incident or "", default) for row in needs}


def mode_of(default: Governance, by_need: Mapping[str, Governance]) -> str:
    """`voluntary`, `led`, or `mixed` where incidents differ."""
    modes = {row.mode for row in by_need.values()} or {default.mode}
    return MIXED if len(modes) > 1 else modes.pop()


def helped_by_offers(
    by_need: Mapping[str, Governance],
    cities: Iterable[City],
    needs: Iterable[Need],
    substitutes: Iterable[Substitute],
    lanes: Iterable[Link],
) -> frozenset[tuple[str, str]]:
    """Cities and resources: those that can serve a need there under voluntary governance, and hubs from which a lane leads on."""
    able = [(row.needed, row.used) for row in substitutes]
    wanted = {(row.city, row.resource) for row in needs if by_need[row.need].mode == VOLUNTARY}
    found = wanted | {(city, used) for city, needed in wanted for name, used in able if name == needed}
    hubs = {row.city for row in cities if row.passes_on}
    directed = [(row.origin, row.destination) for row in lanes]
    directed += [(row.destination, row.origin) for row in lanes if row.both_ways]
    from_hubs = [(origin, destination) for origin, destination in directed if origin in hubs]
    resources = {resource for _, resource in found}
    while True:
        more = {(o, name) for o, d in from_hubs for name in resources if (d, name) in found} - found
        if not more:
            return frozenset(found)
        found |= more
