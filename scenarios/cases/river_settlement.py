"""Fund, programme, responsibility and conduct of the case river-pollution: the origin compensates those downstream."""

from __future__ import annotations

from decimal import Decimal

from tongzhou.model.domain.tables import Conduct, Fund, Programme, Responsibility
from tongzhou.scenarios.cases import river_rules as rules


def funds() -> tuple[Fund, ...]:
    """A fund that pays only transport, three quarters of it: as the EU does for aid between its members (synthetic)."""
    return (
        Fund(fund="transport-pool", payer="River basin transport pool (synthetic) 流域运输基金 (虚拟)", amount=Decimal(5_000_000),
             pays_for="travel", share=0.75, cap_per_city=Decimal(1_000_000)),
    )  # fmt: skip


def programmes() -> tuple[Programme, ...]:
    """In kind from the origin: automatic stations at the border of the provinces, places in its monitoring school."""
    return (
        Programme(programme="border-station", provider=rules.ORIGIN, unit_cost=Decimal(1_500_000),
                  unit_value=Decimal(2_500_000), units=4, open_to="harbin songyuan"),
        Programme(programme="monitoring-training", provider=rules.ORIGIN, unit_cost=Decimal(80_000),
                  unit_value=Decimal(150_000), units=20),
    )  # fmt: skip


def responsibility() -> tuple[Responsibility, ...]:
    """The origin alone; the city stands for the plant and its owner."""
    return (
        Responsibility(
            city=rules.ORIGIN,
            share=1.0,
            ability_cap=rules.ORIGIN_CAP,
            reason="State Council: a liability accident of the plant at Jilin; share and cap synthetic",
        ),
    )


def conduct() -> tuple[Conduct, ...]:
    """One late report: four days from the explosion to the report."""
    return (
        Conduct(
            city=rules.ORIGIN,
            kind="late report",
            hours_late=96,
            note="explosion on 13 November 2005, pollution reported on 17 November: four days",
            decided_by="as stated by a vice minister of SEPA, December 2005; no ruling, used here as an example",
        ),
    )
