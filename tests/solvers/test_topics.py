"""What columns are about, worked by hand on a small world."""

from __future__ import annotations

from tongzhou.solvers.dispatch import prepare
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.topics import NONE, lay_topics
from worlds import carrier, fleet, need, stock, supply, team, world


def test_destination_origin_period_resource_priority() -> None:
    # G sends water (urgent at A) by carrier and truck, tarps (priority 2), and a team for a need of priority 3
    problem = world(
        supply("water", unit_value=1), supply("tarp", unit_value=1), team("medics", day_cost=1),
        stock("G", 10, "water", offered=10), stock("G", 10, "tarp", offered=10), stock("G", 2, "medics", offered=2),
        need("A", 5, "water", name="w"), need("A", 5, "tarp", name="t", priority=2),
        need("A", 1, "medics", name="m", priority=3), carrier("G", "A", t_cost=1), fleet("G", 2, 5),
    )  # fmt: skip
    ready = prepare(problem, SolveOptions(), Clock(None))
    topics, model = lay_topics(ready.indices, ready.model), ready.model
    cities = [row.city for row in problem.cities]
    resources = [row.resource for row in problem.resources]
    beside = topics.beside(1)
    for key, column in model.variables["ship"].place.items():
        assert (cities[topics.origin[column]], cities[topics.destination[column]]) == ("G", "A")
        assert (resources[topics.resource[column]], topics.period[column]) == (key[1], key[2])
        assert topics.priority[column] == {"water": 1, "tarp": 2}[key[1]]
        assert beside[column] == (key[1] == "tarp")
        assert topics.is_unit[column]
    assert not topics.is_unit[list(model.variables["trips"].place.values())].any()
    assert model.variables["trips"].place  # there are some
    for name in ("depart", "leave"):
        for (_, period), column in model.variables[name].place.items():
            assert (topics.period[column], topics.priority[column]) == (period, 3)
            assert topics.beside(2)[column]
            assert not topics.beside(3)[column]
            assert topics.is_unit[column]
    for column in model.variables["unserved"].place.values():
        assert topics.destination[column] == topics.priority[column] == NONE
        assert not beside[column]
