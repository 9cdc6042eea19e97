"""Deployment: teams and equipment that leave, serve, return and rest."""

from __future__ import annotations

from pyomo.environ import ConcreteModel
from tongzhou.model.domain.incidents import MIXED, VOLUNTARY
from tongzhou.model.indices import Indices
from tongzhou.model.indices.assignments import Assignment
from tongzhou.model.indices.flows import AID, OWN
from tongzhou.model.indices.holdings import Holder
from tongzhou.model.rows import Rows, Rule, Terms, at_most, equal


def _holders(ix: Indices) -> list[Holder]:
    return [key for key, items in ix.assignments.of_holder.items() if items]


def _idle_index(ix: Indices) -> list[tuple[str, str, int]]:
    return [(*key, period) for key in _holders(ix) for period in range(ix.grid.count)]


def _cycle_terms(m: ConcreteModel, holder: Holder, period: int, *, only_away: bool) -> Terms:
    """Departures of the period, less units that are free again in it."""
    terms: Terms = []
    for item in m.ix.assignments.of_holder[holder]:
        if only_away and not item.away:
            continue
        if (item.key, period) in m.depart:
            terms.append((1.0, m.depart[item.key, period]))
        back = period - item.travel - item.rest
        if (item.key, back) in m.leave:
            terms.append((-1.0, m.leave[item.key, back]))
    return terms


def idle_balance(m: ConcreteModel, city: str, resource: str, period: int) -> Rule:
    """Units that are free at home: those held, less all engaged (home duty, under way, on site, resting).

    `idle[c,r,t] = idle[c,r,t-1] + (held[t] - held[t-1]) - (kept[t] - kept[t-1]) - sum depart[a,t] + sum leave[a,t-tau_a-rest]`

    - `held`: stocks.quantity from stocks.from_h on, own arrivals, and units of earlier lines once back and rested
    - `kept`: units engaged in kept deployments; `rest = ceil(rest_h / p)` (resources.rest_h)

    Source: formats.md "Stock and floor" (units), "Deployment"; dispatch.md family 3.
    """
    ix: Indices = m.ix
    held, engaged = ix.held[city, resource].held, ix.promises.engaged
    gained = held[period] - (held[period - 1] if period else 0.0)
    gained -= engaged.get((city, resource, period), 0.0) - engaged.get((city, resource, period - 1), 0.0)
    terms: Terms = [(1.0, m.idle[city, resource, period])]
    if period:
        terms.append((-1.0, m.idle[city, resource, period - 1]))
    return equal(terms + _cycle_terms(m, (city, resource), period, only_away=False), gained)


def _lent_index(ix: Indices) -> list[tuple[str, str, int]]:
    return [key for key in _idle_index(ix) if any(item.away for item in ix.assignments.of_holder[key[:2]])]


def lent_balance(m: ConcreteModel, city: str, resource: str, period: int) -> Rule:
    """Units engaged elsewhere, rest included, stay above the floor and, in voluntary mode, within the offer.

    `lent[c,r,t] = lent[c,r,t-1] + (kept[t] - kept[t-1]) + sum depart[a,t] - sum leave[a,t-tau_a-rest]`,
    `lent[c,r,t] <= max(0, held - floor)`, and `<= offered` (a bound of the column)

    - over assignments that leave the city; `floor` of whole units rounds up

    Source: formats.md "Stock and floor" (units); dispatch.md family 3.
    """
    lent = m.ix.promises.lent
    gained = lent.get((city, resource, period), 0.0) - lent.get((city, resource, period - 1), 0.0)
    terms: Terms = [(1.0, m.lent[city, resource, period])]
    if period:
        terms.append((-1.0, m.lent[city, resource, period - 1]))
    cycle = [(-coefficient, var) for coefficient, var in _cycle_terms(m, (city, resource), period, only_away=True)]
    return equal(terms + cycle, gained)


def _lent_on_offer(ix: Indices, holder: Holder) -> list[Assignment]:
    """Assignments of a holder away from home, for needs under voluntary governance."""
    governance = ix.problem.governance_of
    return [
        item
        for item in ix.assignments.of_holder[holder]
        if item.away and governance[ix.demands[item.need].need].mode == VOLUNTARY
    ]


def _lent_within_offer_index(ix: Indices) -> list[tuple[str, str, int]]:
    if ix.problem.mode != MIXED:
        return []
    return [
        (*holder, period)
        for holder in _holders(ix)
        if ix.held[holder].offer != ix.held[holder].release and _lent_on_offer(ix, holder)
        for period in range(ix.grid.count)
    ]


def lent_within_offer(m: ConcreteModel, city: str, resource: str, period: int) -> Rule:
    """Where incidents differ: units engaged for a voluntary one are within the offer, rest included.

    `sum over t' <= t of (depart[a,t'] - leave[a,t'-tau_a-rest]) + kept[t] <= min(offered, max(0, held - floor))`

    - over assignments to needs under voluntary governance; no rows where all incidents are governed alike

    Source: model/domain/incidents.py (several incidents, one pool); dispatch.md family 3.
    """
    ix: Indices = m.ix
    terms: Terms = []
    for item in _lent_on_offer(ix, (city, resource)):
        terms += [(1.0, m.depart[item.key, early]) for early in item.departs if early <= period]
        terms += [(-1.0, m.leave[item.key, late]) for late in item.leaves if late + item.travel + item.rest <= period]
    kept = ix.promises.lent_on_offer.get((city, resource, period), 0.0)
    return at_most(terms, ix.held[city, resource].offer[period] - kept)


def _on_site_index(ix: Indices) -> list[tuple[str, int]]:
    return [
        (item.key, period) for item in ix.assignments.by_key.values() for period in (*item.on_site, item.leaves[-1])
    ]


def on_site_balance(m: ConcreteModel, assignment: str, period: int) -> Rule:
    """Units on site: those of the period before, plus those that arrive, less those that leave.

    `on_site[a,t] = on_site[a,t-1] + depart[a,t-tau_a] - leave[a,t]`; nobody stays after the last leaving period.

    Source: formats.md "Deployment"; dispatch.md family 3.
    """
    item = m.ix.assignments.by_key[assignment]
    terms: Terms = []
    if period in item.on_site:
        terms.append((1.0, m.on_site[assignment, period]))
    if period - 1 in item.on_site:
        terms.append((-1.0, m.on_site[assignment, period - 1]))
    if (assignment, period - item.travel) in m.depart:
        terms.append((-1.0, m.depart[assignment, period - item.travel]))
    if (assignment, period) in m.leave:
        terms.append((1.0, m.leave[assignment, period]))
    return equal(terms, 0.0)


def _duty_index(ix: Indices) -> list[tuple[str, int]]:
    return [
        (item.key, period)
        for item in ix.assignments.by_key.values()
        if item.duty is not None
        for period in item.on_site
        if period >= item.on_site[0] + item.duty
    ]


def duty(m: ConcreteModel, assignment: str, period: int) -> Rule:
    """Nobody serves longer than the duty time: who is on site arrived within the last `duty` periods.

    `on_site[a,t] <= sum over t' in t-duty+1..t of depart[a,t'-tau_a]`

    - `duty = floor(duty_h / p)` (resources.duty_h); with departures and leavings matched first in, first out this is exact

    Source: formats.md "Deployment"; dispatch.md family 3.
    """
    item = m.ix.assignments.by_key[assignment]
    recent = range(period - item.duty + 1 - item.travel, period - item.travel + 1)
    arrived = [(-1.0, m.depart[assignment, early]) for early in recent if (assignment, early) in m.depart]
    return at_most([(1.0, m.on_site[assignment, period]), *arrived], 0.0)


def _working_index(ix: Indices) -> list[tuple[str, str, int, str]]:
    return ix.working


def _present(m: ConcreteModel, need: str, resource: str, period: int, *, home: bool | None) -> tuple[Terms, float]:
    """Units on site for a need: own (`home`), others', or all (None); and those of kept lines."""
    terms = [
        (1.0, m.on_site[item.key, period])
        for item in m.ix.assignments.of_need.get((need, resource), ())
        if period in item.on_site and (home is None or item.away != home)
    ]
    sides = (True, False) if home is None else (home,)
    kept = sum(m.ix.promises.on_site.get((need, resource, side, period), 0.0) for side in sides)
    return terms, kept


def working(m: ConcreteModel, need: str, resource: str, period: int, pool: str) -> Rule:
    """Units that work for a need are on site for it.

    `working[n,r,t,pool] <= sum on_site[a,t] + kept units on site`

    - pool `own`: the city's own units at home; pool `aid`: units of other cities

    Source: formats.md "A presence need"; dispatch.md family 3.
    """
    terms, kept = _present(m, need, resource, period, home=pool == OWN)
    return at_most([(1.0, m.working[need, resource, period, pool]), *((-1.0, var) for _, var in terms)], kept)


def _crew_index(ix: Indices) -> list[tuple[str, str, int]]:
    found = []
    for demand in ix.presences.values():
        crews = {ix.problem.resource_of[used].crew for used, _ in ix.problem.served_by[demand.resource]}
        found += [(demand.key, crew, period) for crew in sorted(filter(None, crews)) for period in demand.periods]
    return found


def crew(m: ConcreteModel, need: str, team: str, period: int) -> Rule:
    """Equipment works only with its crew on site for the same need, from any city.

    `sum over r of crew_size_r * working[n,r,t] <= sum on_site[a,t] of the crew + kept units`

    - `crew_size`: resources.crew_size (default 1); over the equipment `r` whose resources.crew is this team

    Source: formats.md "A presence need"; dispatch.md family 3.
    """
    ix: Indices = m.ix
    demand = ix.presences[need]
    terms: Terms = []
    for used, _ in ix.problem.served_by[demand.resource]:
        row = ix.problem.resource_of[used]
        if row.crew == team:
            size = row.crew_size or 1.0
            keys = ((need, used, period, pool) for pool in (OWN, AID))
            terms += [(size, m.working[key]) for key in keys if key in m.working]
    present, kept = _present(m, need, team, period, home=None)
    return at_most([*terms, *((-1.0, var) for _, var in present)], kept)


FAMILY = (
    Rows(_idle_index, idle_balance),
    Rows(_lent_index, lent_balance),
    Rows(_lent_within_offer_index, lent_within_offer),
    Rows(_on_site_index, on_site_balance),
    Rows(_duty_index, duty),
    Rows(_working_index, working),
    Rows(_crew_index, crew),
)
