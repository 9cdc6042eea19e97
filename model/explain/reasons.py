"""From the ways in which a need might have been served to reasons, binding limits and changes worth a second solve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongzhou.model.change import Change
from tongzhou.model.domain.tables import Need
from tongzhou.model.explain import option as limits
from tongzhou.model.explain.changes import changes_for, purchase, withdrawals
from tongzhou.model.explain.explanation import Limit, Reason
from tongzhou.model.explain.goods import goods_options
from tongzhou.model.explain.option import REASON_OF, Option, best_of
from tongzhou.model.explain.slack import Slack
from tongzhou.model.explain.units import unit_options

MOST_REASONS = 3
"""Reasons named for one need: those that would save most."""
WORTH = 0.05
"""Share of the best saving below which a limit is not named beside the best."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a need is short. `singles`: changes, each by itself worth a trial, the best first; `pairs`: two limits at once;
    `bought`: what is missing, from outside the pool."""

    need: str
    reasons: tuple[Reason, ...]
    limits: tuple[Limit, ...]
    singles: tuple[tuple[Change, ...], ...]
    pairs: tuple[tuple[Change, ...], ...]
    bought: tuple[tuple[Change, ...], ...]


def diagnose(slack: Slack, need: Need) -> Diagnosis:
    """Look at every way in which more might have reached a need that waits or stays short."""
    supply = slack.problem.resource_of[need.resource].is_supply
    options = best_of(goods_options(slack, need) if supply else unit_options(slack, need))
    free = [option for option in options if not option.blockers]
    in_pool = [option for option in options if option.blockers and not _is_out(option)]
    singles = [option for option in in_pool if len(option.blockers) == 1]
    pairs = [option for option in in_pool if len(option.blockers) == 2]
    named = _named(slack, need, free, singles or pairs or in_pool[:1], options)
    trials = [changes for option in singles if (changes := changes_for(slack, need, option))]
    trials += [(change,) for change in withdrawals(slack, need, options)]
    bought = tuple((change,) for change in purchase(slack, need))
    both = [changes for option in pairs if len(changes := changes_for(slack, need, option)) >= 2]
    return Diagnosis(
        need.need, tuple(dict.fromkeys(reason for reason, _ in named)), tuple(limit for _, limit in named),
        tuple(trials), tuple(both), bought,
    )  # fmt: skip


def _is_out(option: Option) -> bool:
    """Whether the goods themselves are used up: no other limit can help."""
    return any(limit.name == limits.STOCK for limit in option.blockers)


def _named(
    slack: Slack, need: Need, free: Sequence[Option], blocked: Sequence[Option], options: Sequence[Option]
) -> list[tuple[Reason, Limit]]:
    """Reasons with their limits, the weightiest first; at least one."""
    found: list[tuple[Reason, Limit]] = []
    waits = slack.unserved(need)
    late = _under_way(slack, need, options)
    if late is not None:
        found.append(late)
    if free:
        found.append(_governed(slack, need, free[0]))
    best = blocked[0].benefit if blocked else 0.0
    for option in blocked:
        if option.benefit >= WORTH * best:
            found += [(REASON_OF[limit.name], limit) for limit in option.blockers]
    late_only = late is not None and not any(waits[round((late[1].at_h or 0.0) / slack.hours) :])
    if not found or (not blocked and not free and not late_only):
        found += _used_up(slack, need, options)
    seen: dict[Reason, Limit] = {}
    for reason, limit in found:
        seen.setdefault(reason, limit)
    return list(seen.items())[:MOST_REASONS]


def _under_way(slack: Slack, need: Need, options: Sequence[Option]) -> tuple[Reason, Limit] | None:
    """Where most of the waiting lies before anything could be there: the first hour at which it could."""
    waits = slack.unserved(need)
    first = _first_arrival(slack, need)
    if first is None or any(option.link is None for option in options):
        return None
    origin, period = first
    if sum(waits[:period]) <= sum(waits[period:]):
        return None
    return Reason.TOO_LATE, Limit("first-arrival", (origin, need.city), period * slack.hours)


def _first_arrival(slack: Slack, need: Need) -> tuple[str, int] | None:
    """Origin and period of the first arrival that any lane from any holder allows, open or closed."""
    found = []
    for name, _ in slack.problem.served_by[need.resource]:
        spec = slack.problem.resource_of[name]
        for link in slack.lanes_into.get(need.city, ()):
            if link.mode != "road" and not (spec.is_supply or spec.rides):
                continue
            holder = (link.origin, name)
            first, last = slack.leaving_window(holder)
            leaves = [period for period in range(first, last + 1) if slack.facts.held(*holder, period) > 0]
            if leaves:
                found.append((leaves[0] + slack.facts.travel(link), link.origin))
    return (min(found)[1], min(found)[0]) if found else None


def _governed(slack: Slack, need: Need, option: Option) -> tuple[Reason, Limit]:
    """Goods and room are there, and yet not used: own means come first, or the search was stopped, or others are as urgent."""
    alone = next((row.short for row in slack.plan.baseline if row.need == need.need), need.quantity)
    if slack.problem.governance_of[need.need].self_first and alone < need.quantity * (1 - 1e-6):
        return Reason.TOO_LATE, Limit(limits.SELF_FIRST, (need.need,), amount=alone)
    return Reason.GAVE_WAY, Limit("equal-or-more-urgent", (option.origin, option.resource), option.depart * slack.hours)


def _used_up(slack: Slack, need: Need, options: Sequence[Option]) -> list[tuple[Reason, Limit]]:
    """Nothing in the pool is left for the need: others took it, an accepted line holds it, or there never was any."""
    able = [used for used, _ in slack.problem.served_by[need.resource]]
    held = [row for row in slack.problem.stocks if row.resource in able and row.quantity > 0]
    held_sum = sum(row.quantity for row in held)
    held_sum += sum(row.quantity for row in slack.problem.arrivals if row.resource in able)
    if not held_sum:
        lesser = _lesser(slack, need)
        return [lesser] if lesser else [(Reason.NO_STOCK, Limit("stock", (need.resource,), amount=0.0))]
    if not options and not any(row.city == need.city for row in held):
        return [(Reason.TOO_LATE, Limit(limits.WINDOW, (need.need,), need.by_h or need.until_h))]
    found: list[tuple[Reason, Limit]] = []
    if line := _holding_line(slack, need, able):
        found.append((Reason.COMMITMENT, line))
    if other := _other_user(slack, need, able):
        found.append((Reason.GAVE_WAY, other))
    return [*found, (Reason.NO_STOCK, Limit("stock", (need.resource,), amount=held_sum))]


def _lesser(slack: Slack, need: Need) -> tuple[Reason, Limit] | None:
    """A type for which the one needed may stand in, but not the other way round."""
    for row in slack.problem.substitutes:
        if row.used != need.resource:
            continue
        for stock in slack.problem.stocks:
            if stock.resource == row.needed and stock.quantity > 0:
                return Reason.LOWER_TYPE, Limit("lesser", (stock.city, row.needed), amount=stock.quantity)
    return None


def _holding_line(slack: Slack, need: Need, able: Sequence[str]) -> Limit | None:
    for row in slack.problem.kept:
        elsewhere = row.need != need.need if row.need else row.destination != need.city
        if row.resource in able and elsewhere:
            return Limit("commitment", (row.line,), row.depart_h, row.quantity)
    return None


def _other_user(slack: Slack, need: Need, able: Sequence[str]) -> Limit | None:
    """The most urgent other need that used what this one could have used."""
    used: dict[str, float] = {}
    for row in slack.plan.service:
        if row.by_resource in able and row.need != need.need:
            used[row.need] = used.get(row.need, 0.0) + row.used
    if not used:
        return None
    name = min(used, key=lambda item: (slack.problem.need_of[item].priority, -used[item], item))
    return Limit("need", (name, f"P{slack.problem.need_of[name].priority}"), amount=used[name])
