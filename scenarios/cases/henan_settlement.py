"""Funds, programmes and abilities of the case henan-2021. One amount is real; nobody is responsible for a flood."""

from __future__ import annotations

from decimal import Decimal

from tongzhou.model.domain.tables import Fund, Programme, Responsibility
from tongzhou.scenarios.cases import henan_rules as rules
from tongzhou.scenarios.cases.henan_sources import henan

CENTRAL_RELIEF = Decimal(60_000_000)
"""Central natural disaster relief funds to Henan, 21 July 2021: reported; terms of its use in the settlement are synthetic."""
ABILITY_PER_HEAD = Decimal(50)
"""The most a struck city can pay, CNY an inhabitant (synthetic)."""


def funds() -> tuple[Fund, ...]:
    """Central relief (real amount, synthetic terms), a pool that pays only transport, a reward above cost (both synthetic)."""
    return (
        Fund(fund="central-disaster-relief", payer="Ministries of Finance and of Emergency Management 财政部、应急管理部",
             amount=CENTRAL_RELIEF, pays_for="commodities equipment other personnel", share=0.5,
             cap_per_city=Decimal(5_000_000)),
        Fund(fund="transport-pool", payer="Transport pool (synthetic) 运输补助资金 (虚拟)", amount=Decimal(5_000_000),
             pays_for="travel", share=0.75, cap_per_city=Decimal(1_000_000)),
        Fund(fund="reward", payer="Provincial reward (synthetic) 省级奖补 (虚拟)", amount=Decimal(2_000_000),
             pays_for="incentive", cap_per_city=Decimal(200_000)),
    )  # fmt: skip


def programmes() -> tuple[Programme, ...]:
    """In kind, synthetic: flood rescue courses at Nanjing, a shared rain warning platform built by Wuhan."""
    return (
        Programme(programme="rescue-training", provider="nanjing", unit_cost=Decimal(60_000), unit_value=Decimal(120_000),
                  units=20),
        Programme(programme="warning-platform", provider="wuhan", unit_cost=Decimal(400_000), unit_value=Decimal(900_000),
                  units=8, open_to=" ".join(sorted(rules.STRUCK))),
    )  # fmt: skip


def responsibility() -> tuple[Responsibility, ...]:
    """No finding of responsibility, so no shares; only what each struck city can pay at most, by head (synthetic)."""
    return tuple(
        Responsibility(
            city=place.city,
            ability_cap=Decimal(int(place.population)) * ABILITY_PER_HEAD,
            reason="natural hazard, no responsibility; ability 50 CNY a head (synthetic)",
        )
        for place in henan()
        if place.city in rules.STRUCK
    )
