"""What one more unit of a binding limit is worth, worked by hand: 24 hours, periods of 6, one way 6 hours."""

from __future__ import annotations

from typing import Any

import pytest
from tongzhou.solvers.answers.prices import prices
from tongzhou.solvers.dispatch import prepare
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from worlds import carrier, city, fleet, incident, lane, need, stock, team, world

LACK = (stock("G", 100), need("A", 50))
EXACT = SolveOptions(gap=0.0, workers=1)


@pytest.mark.parametrize(
    ("rows", "choices", "limit", "place", "worth"),
    [
        # there at hour 6, so 18 unit-hours of weight 1/50
        ([stock("G", 100, offered=20), LACK[1], carrier("G", "A")], {"mode": "voluntary"}, "offer", "G water", 18 / 50),
        ([stock("G", 100, floor=80), LACK[1], carrier("G", "A")], {}, "floor", "G water", 18 / 50),
        ([stock("G", 20), LACK[1], carrier("G", "A")], {}, "stock", "G water", 18 / 50),
        # a truck takes 5 at hour 0 and, home at 12, 5 more: 5 x 18 + 5 x 6
        ([*LACK, lane("G", "A"), fleet("G", 1, 5)], {}, "fleet", "G road truck", (5 * 18 + 5 * 6) / 50),
        # a tonne an hour more is 6 t at hours 0, 6 and 12, there for 18, 12 and 6 hours
        ([*LACK, carrier("G", "A", capacity_t_per_h=1)], {}, "lane", "G A road", 6 * (18 + 12 + 6) / 50),
        ([*LACK, carrier("G", "A"), city("G", "contributor", load_t_per_h=1)], {}, "loading", "G", 6 * (18 + 12 + 6) / 50),
        ([*LACK, carrier("G", "A"), city("A", unload_t_per_h=1)], {}, "unloading", "A", 6 * (18 + 12 + 6) / 50),
        # a team more from hour 6 on, of 2 needed
        ([team(), stock("G", 3, "team", offered=1), need("A", 2, "team"), lane("G", "A")], {"mode": "voluntary"},
         "offer", "G team", 18 / 2),
        # the offer binds the fever only; 60 units are needed in all
        ([incident("flood", "led"), incident("fever", "voluntary"), stock("G", 100, offered=20), need("A", 50, incident="fever"),
          need("B", 10, incident="flood"), carrier("G", "A"), carrier("G", "B")], {}, "offer", "G water", 18 / 60),
    ],
)  # fmt: skip
def test_by_hand(rows: list[Any], choices: dict[str, Any], limit: str, place: str, worth: float) -> None:
    clock = Clock(60)
    found = prices(prepare(world(*rows, **choices), EXACT, clock), EXACT, clock)
    assert [(row.tier, row.limit.name, " ".join(row.limit.place)) for row in found] == [("priority-1", limit, place)]
    assert found[0].value == pytest.approx(worth)


def test_what_does_not_bind_has_no_price() -> None:
    clock = Clock(60)
    assert not prices(prepare(world(stock("G", 100), need("A", 50), carrier("G", "A")), EXACT, clock), EXACT, clock)
