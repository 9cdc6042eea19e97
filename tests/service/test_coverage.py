"""The shortfall of a region in quiet times, reckoned by hand, and what of it each may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from service_world import REGION, World, world
from tongzhou.scenarios.template import example

# Four cities of 100,000 each; target 10 tents for 10,000 inhabitants: 100 each, 400 in all.
# held: a 250, b 120, c 30, d nothing: 400. a and b are above their own target by 150 and 20, c and d below.
HELD = {"a": 250.0, "b": 120.0, "c": 30.0}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    base = example()
    city, stock, link = base.cities[0], base.stocks[0], base.links[0]
    cities = tuple(replace(city, city=name, name=name, population=100_000.0, role="affected") for name in "abcd")
    stocks = tuple(
        replace(stock, city=name, resource="tents", quantity=amount, floor=0.0, offered=None)
        for name, amount in HELD.items()
    )
    # a reaches c in 3 h and d in 9 h
    links = tuple(
        replace(link, origin="a", destination=name, travel_h=hours, both_ways=False)
        for name, hours in (("c", 3.0), ("d", 9.0))
    )
    needs = tuple(replace(row, city="a") for row in base.needs if row.resource == "tents")
    problem = base.replace(cities=cities, stocks=stocks, links=links, needs=needs, fleets=())
    with world(f"sqlite:///{tmp_path_factory.mktemp('coverage') / 't.db'}", problem) as found:
        target = {"resource": "tents", "per_10000": 10, "reach_h": 4}
        found.as_("coordinator").post(f"/v1/regions/{REGION}/targets", {"body": target})
        yield found


def test_the_joint_body_sees_all_of_it(there: World) -> None:
    (row,) = there.as_("coordinator").get(f"/v1/regions/{REGION}/coverage")
    assert (row["target"], row["held"], row["gap"], row["overlap"]) == (400, 400, 0, 170)
    # c is brought up to 100 by a within 4 h; d is 9 h away
    assert (row["cities_below"], row["cities_unreached"]) == (2, 1)


def test_a_city_that_holds_none_sees_a_rounded_total_of_three(there: World) -> None:
    (row,) = there.as_("city-officer d").get(f"/v1/regions/{REGION}/coverage")
    assert (row["held"], row["own_target"], row["own_held"]) == (400, 100, 0)
    assert row["overlap"] == 170  # two digits


def test_a_holder_could_subtract_its_own_so_it_sees_no_total_of_two_others(there: World) -> None:
    (row,) = there.as_("city-officer a").get(f"/v1/regions/{REGION}/coverage")
    assert (row["held"], row["gap"], row["overlap"], row["cities_below"]) == (None, None, None, None)
    assert (row["own_target"], row["own_held"]) == (100, 250)
    assert there.as_("superior").get(f"/v1/regions/{REGION}/coverage")[0]["held"] == 400  # holds nothing itself
