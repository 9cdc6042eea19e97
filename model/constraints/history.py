"""History: what has served a need before now stays as it was; nothing else happened."""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.indices import Indices
from tongzhou.model.indices.flows import ServeKey
from tongzhou.model.rows import Rows, Rule, equal

Event = tuple[str, str, int]
"""Need, supply and period."""


def _keys(ix: Indices, need: str, supply: str, period: int) -> list[ServeKey]:
    return [
        key
        for demand in ix.supplies.values()
        if demand.need == need
        for key in ix.flows.serving.get((demand.key, period), ())
        if key[1] == supply
    ]


def _index(ix: Indices) -> list[Event]:
    return sorted(event for event in ix.flows.happened if _keys(ix, *event))


def served_before(m: ConcreteModel, need: str, supply: str, period: int) -> Rule:
    """What served a need before now is what served it.

    `sum over occurrences and pools of serve[n,s,t] = used`

    - `used`: served.used of the need, supply and hour; periods before now_h without such a row have no service

    Lines that left before now are kept commitments. Source: formats.md "commitments" (re-planning); dispatch.md family 7.
    """
    ix: Indices = m.ix
    return equal(
        [(1.0, m.serve[key]) for key in _keys(ix, need, supply, period)], ix.flows.happened[need, supply, period]
    )


FAMILY = (Rows(_index, served_before),)
