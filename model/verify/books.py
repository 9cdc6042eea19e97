"""The books: shortages, baseline, cities and tiers agree with the rows they sum up; nobody is worse off."""

from __future__ import annotations

from collections import defaultdict

from tongzhou.model.domain.tables import Need
from tongzhou.model.units import HOUR_TOLERANCE
from tongzhou.model.verify.facts import Facts
from tongzhou.model.verify.violation import TOLERANCE, Findings


def check_books(facts: Facts, findings: Findings) -> None:
    """Recompute unit-hours and shortages from the service rows and compare everything published."""
    hours = _check_shortages(facts, findings)
    _check_no_worse(facts, findings, hours)
    _check_self_first(facts, findings)
    _check_tiers(facts, findings, hours)
    _check_cities(facts, findings, hours)


def _lack(facts: Facts, need: Need, served: dict[int, float]) -> tuple[float, float]:
    """Unit-hours unserved and what stays short, period by period."""
    spans = facts.spans(need)
    supply = facts.problem.resource_of[need.resource].is_supply
    total, worst, waiting = 0.0, 0.0, 0.0
    for period in range(facts.count):
        if supply:
            waiting += need.quantity * sum(1 for first, _ in spans if first == period) - served.get(period, 0.0)
        else:
            wanted = need.quantity * sum(1 for first, after in spans if first <= period < after)
            waiting = max(0.0, wanted - served.get(period, 0.0))
            worst = max(worst, min(waiting, need.quantity))  # of one occurrence
        total += _counted(waiting, need)
    return total * facts.hours, _counted(waiting, need) if supply else _counted(worst, need)


def _counted(quantity: float, need: Need) -> float:
    """What is unserved, without the rounding of published numbers."""
    return quantity if quantity > TOLERANCE * need.quantity else 0.0


def _check_shortages(facts: Facts, findings: Findings) -> dict[str, float]:
    served: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in facts.plan.service:
        served[row.need][facts.period(row.at_h)] += row.served
    published = {row.need: row for row in facts.plan.shortages}
    hours = {}
    for need in facts.problem.needs:
        unit_hours, short = _lack(facts, need, served[need.need])
        hours[need.need] = unit_hours
        shown = published.get(need.need)
        slack = TOLERANCE * max(1.0, need.quantity) * facts.hours * facts.count
        found = (shown.unit_hours, shown.short) if shown is not None else (0.0, 0.0)
        if abs(found[0] - unit_hours) > slack or abs(found[1] - short) > slack:
            findings.wrong("shortage", need.need, None, abs(found[0] - unit_hours),
                           f"published {found}, recomputed {(unit_hours, short)}", f"公布 {found}, 复算 {(unit_hours, short)}")  # fmt: skip
    return hours


def _weights(facts: Facts) -> dict[str, float]:
    totals: dict[tuple[int, str], float] = defaultdict(float)
    for need in facts.problem.needs:
        totals[need.priority, need.resource] += need.quantity * (need.repeats or 1)
    return {
        need.need: float(need.loss_per_unit_day)
        if need.loss_per_unit_day is not None
        else 1 / totals[need.priority, need.resource]
        for need in facts.problem.needs
    }


def _check_no_worse(facts: Facts, findings: Findings, hours: dict[str, float]) -> None:
    weight = _weights(facts)
    alone = {row.need: row.unit_hours for row in facts.plan.baseline}
    sums: dict[tuple[str, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for need in facts.problem.needs:
        if not facts.problem.governance_of[need.need].no_worse_off:
            continue
        entry = sums[need.city, need.priority]
        entry[0] += weight[need.need] * hours[need.need]
        entry[1] += weight[need.need] * alone.get(need.need, 0.0)
        entry[2] += weight[need.need] * need.quantity * facts.hours * facts.count * (need.repeats or 1)
    for (city, priority), (now, before, size) in sorted(sums.items()):
        if now > before + TOLERANCE * size:
            findings.wrong(
                "no-worse-off",
                f"{city} priority {priority}",
                None,
                now - before,
                f"{now:.9g} > {before:.9g} alone",
                f"{now:.9g} > 自救 {before:.9g}",
            )


def _check_self_first(facts: Facts, findings: Findings) -> None:
    """Aid that a need provably used is at most what its city alone would lack (baseline.csv).

    Supplies: what own goods cannot have covered by then; units: what own units on site do not cover. Needs that substitutes
    touch are left out: there the rows do not tell own service from aid.
    """
    free = {  # goods and units of a city are not told apart by need
        (need.city, need.resource)
        for need in facts.problem.needs
        if not facts.problem.governance_of[need.need].self_first
    }
    mixed = {name for row in facts.problem.substitutes for name in (row.needed, row.used)}
    lacking: dict[tuple[str, str], float] = defaultdict(float)
    for base in facts.plan.baseline:
        need = facts.problem.need_of[base.need]
        lacking[need.city, need.resource] += base.short
    used: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in facts.plan.service:
        if row.resource not in mixed and (row.city, row.resource) not in free:
            used[row.city, row.resource][facts.period(row.at_h)] += row.served
    own, before = _own_units(facts), _arrived_before_now(facts)
    for (city, resource), by_period in sorted(used.items()):
        total = 0.0
        for period, served in sorted(by_period.items()):
            supply = facts.problem.resource_of[resource].is_supply
            total += served
            aid = (
                total - facts.held(city, resource, period) - before.get((city, resource), 0.0)
                if supply
                else served - own.get((city, resource, period), 0.0)
            )
            place, at_h = f"{city} {resource}", period * facts.hours
            findings.at_most("self-first", place, at_h, aid, lacking[city, resource])


def _arrived_before_now(facts: Facts) -> dict[tuple[str, str], float]:
    """Goods of others that were there before now: history, which the city alone has too (it is in its baseline)."""
    now_h = facts.problem.settings.now_h
    found: dict[tuple[str, str], float] = defaultdict(float)
    for row in facts.plan.shipments:
        if row.arrive_h < now_h - HOUR_TOLERANCE:
            found[row.destination, row.resource] += facts.received(row)
    return found


def _own_units(facts: Facts) -> dict[tuple[str, str, int], float]:
    """Units on duty at home, by city, resource and period."""
    found: dict[tuple[str, str, int], float] = defaultdict(float)
    for row in facts.plan.deployments:
        if row.origin == row.destination:
            for period in range(max(0, facts.period(row.on_site_h)), min(facts.count, facts.period(row.leave_h))):
                found[row.origin, row.resource, period] += row.quantity
    return found


def _check_tiers(facts: Facts, findings: Findings, hours: dict[str, float]) -> None:
    weight = _weights(facts)
    values: dict[str, float] = defaultdict(float)
    for need in facts.problem.needs:
        values[f"priority-{need.priority}"] += weight[need.need] * hours[need.need]
    price = facts.problem.settings.objective.change_cost * sum(
        row.status == "proposed" for row in facts.problem.commitments
    )
    values["changes"] = float(_changed(facts))
    spent = float(sum(row.spent for row in facts.plan.cities))
    loss = _loss(facts) if any(tier.name == "social-cost" for tier in facts.plan.tiers) else 0.0
    for tier in facts.plan.tiers:
        if tier.name in values:
            findings.same("tier-value", tier.name, None, tier.value, values[tier.name])
        if tier.name in ("cost", "social-cost"):
            least = spent + (loss if tier.name == "social-cost" else 0.0)
            findings.at_most("tier-value", tier.name, None, least, tier.value)
            findings.at_most("tier-value", tier.name, None, tier.value, least + price)
        findings.at_most("tier-bound", tier.name, None, tier.bound, tier.value)


def _changed(facts: Facts) -> int:
    """Proposed lines that are not in the plan with at least their quantity."""
    quantity = {row.line: row.quantity for row in facts.lines}
    proposed = [row for row in facts.problem.commitments if row.status == "proposed"]
    return sum(1 for row in proposed if quantity.get(row.line, 0.0) < row.quantity * (1 - TOLERANCE))


def _check_cities(facts: Facts, findings: Findings, hours: dict[str, float]) -> None:
    """Unit-hours by city, and the money of the plan: its rows, and the value of supplies that others used."""
    by_city: dict[str, float] = defaultdict(float)
    for need in facts.problem.needs:
        by_city[need.city] += hours[need.need]
    for row in facts.plan.cities:
        findings.same("city-account", row.city, None, row.unit_hours, by_city[row.city])
    _check_values(facts, findings)
    paid = float(sum(row.cost for row in facts.lines) + sum(trip.cost for trip in facts.plan.trips))
    spent = float(sum(row.spent for row in facts.plan.cities))
    least, most = _goods_value(facts)
    rounding = 0.01 * (1 + len(facts.plan.shipments))
    if not paid + least - rounding <= spent <= paid + most + rounding:
        findings.wrong("money", "cities", None, spent - paid, f"spent {spent:.2f}, rows {paid:.2f}, goods {least:.2f} to {most:.2f}",
                       f"支出 {spent:.2f}, 各行 {paid:.2f}, 物资 {least:.2f} 至 {most:.2f}")  # fmt: skip


def _check_values(facts: Facts, findings: Findings) -> None:
    """Value sent and received (goods at unit value, units at their days away), tonnes kept, unit-hours alone."""
    sent: dict[str, float] = defaultdict(float)
    received: dict[str, float] = defaultdict(float)
    for row in facts.lines:
        if row.origin != row.destination:
            spec = facts.problem.resource_of[row.resource]
            value = float(spec.unit_value or 0) * row.quantity if spec.is_supply else float(row.cost)
            sent[row.origin] += value
            received[row.destination] += value * facts.received(row) / row.quantity
    kept: dict[str, float] = defaultdict(float)
    for level in facts.plan.stocks:
        if facts.period(level.at_h) == facts.count - 1:
            kept[level.city] += level.on_hand * facts.problem.resource_of[level.resource].weight_t
    alone: dict[str, float] = defaultdict(float)
    for base in facts.plan.baseline:
        alone[facts.problem.need_of[base.need].city] += base.unit_hours
    for account in facts.plan.cities:
        name, cents = account.city, 0.0051
        for amount, expected in ((account.sent_value, sent[name]), (account.received_value, received[name])):
            if abs(float(amount) - expected) > cents + TOLERANCE * expected:
                miss = abs(float(amount) - expected)
                findings.wrong(
                    "city-account",
                    name,
                    None,
                    miss,
                    f"{amount}, expected {expected:.2f}",
                    f"{amount}, 应为 {expected:.2f}",
                )
        findings.same("city-account", name, None, account.kept_t, kept[name])
        findings.same("city-account", name, None, account.unit_hours_alone, alone[name])


def _loss(facts: Facts) -> float:
    """Loss from all that is short: `missing * (p/24) * rate * min(3, 1 + age)`, service to what ends first."""
    served: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in facts.plan.service:
        served[row.need][facts.period(row.at_h)] += row.served
    total = 0.0
    for need in facts.problem.needs:
        spec = facts.problem.resource_of[need.resource]
        value = (spec.unit_value if spec.is_supply else spec.day_cost) or 0
        factor = {1: 10, 2: 3, 3: 1}[need.priority]
        rate = float(need.loss_per_unit_day if need.loss_per_unit_day is not None else factor * value)
        end = (need.by_h if spec.is_supply else need.until_h) or 0.0
        waiting = [need.quantity] * len(facts.spans(need))
        for period in range(facts.count):
            rest = served[need.need][period]
            for number, (first, after) in enumerate(facts.spans(need)):
                if period < first or (period >= after and not spec.is_supply):
                    continue
                open_now = period < after
                missing = (waiting[number] if spec.is_supply else need.quantity) - (rest if open_now else 0.0)
                rest = max(0.0, -missing) if open_now else rest
                waiting[number] = max(0.0, missing)
                shift = number * (need.repeat_h or 0.0)
                age = (period * facts.hours - need.from_h - shift) / max(facts.hours, end - need.from_h)
                total += waiting[number] * facts.hours / 24 * rate * min(3.0, 1.0 + age)
    return total


def _goods_value(facts: Facts) -> tuple[float, float]:
    """Value of supplies used by others than their owner: own goods used first (least), received goods first (most)."""
    used: dict[tuple[str, str], float] = defaultdict(float)
    received: dict[tuple[str, str], float] = defaultdict(float)
    for row in facts.plan.service:
        used[row.city, row.by_resource] += row.used
    for shipment in facts.plan.shipments:
        received[shipment.destination, shipment.resource] += facts.received(shipment)
    least = most = 0.0
    for (city, resource), quantity in used.items():
        spec = facts.problem.resource_of[resource]
        if spec.is_supply:
            value = float(spec.unit_value or 0)
            least += value * max(0.0, quantity - facts.held(city, resource, facts.count - 1))
            most += value * min(quantity, received[city, resource])
    slack = TOLERANCE * max(1.0, most)
    return least - slack, most + slack
