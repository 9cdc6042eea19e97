"""Generated scenarios: valid in every size, the same for a seed, scarce but not hopeless."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from tongzhou.model.domain import Problem
from tongzhou.model.errors import UsageError
from tongzhou.scenarios.files import document_text, load, save, scenario_hash
from tongzhou.scenarios.generate import generate

SMALL = [(3, 2, 4), (3, 12, 24), (4, 3, 5), (7, 5, 6), (9, 7, 8), (10, 8, 9), (13, 6, 16)]
LARGE = [(30, 20, 4), (50, 12, 16), (120, 20, 24)]


def struck(problem: Problem) -> set[str]:
    return {row.city for row in problem.cities if row.role in ("origin", "affected")}


def releasable(problem: Problem, resource: str) -> float:
    """What cities that are not struck offer, and what national depots hold above their floors."""
    total = 0.0
    for row in problem.stocks:
        if row.resource == resource and row.city not in struck(problem):
            national = problem.city_of[row.city].role == "national"
            total += row.quantity - (row.floor or 0.0) if national else row.offered or 0.0
    return total


@pytest.mark.parametrize(("sizes", "seed"), [*product(SMALL, (0, 1, 7, 2**40)), *product(LARGE, (3,))])
def test_every_size_is_valid_and_complete(sizes: tuple[int, int, int], seed: int) -> None:
    cities, resources, periods = sizes
    problem = generate(cities, resources, periods, seed)  # Problem checks itself
    assert (len(problem.cities), len(problem.resources), problem.settings.periods) == sizes
    assert "ynthetic" in problem.settings.name
    roles = Counter(row.role for row in problem.cities)
    assert roles["origin"] == 1
    assert roles["national"] == (1 if cities >= 10 else 0)
    assert len(struck(problem)) == max(2, int(0.18 * cities + 0.5))
    assert roles["contributor"] >= 1
    assert {row.kind for row in problem.resources} >= {"supply", "team"}
    assert {row.city for row in problem.needs} <= struck(problem)
    assert {row.resource for row in problem.needs} == {row.resource for row in problem.resources}
    assert all(row.unit_value is not None or row.day_cost is not None for row in problem.resources)


@pytest.mark.parametrize("period_h", [0.5, 1.0, 1 / 3, 5.5, 24.0, 200.0])
def test_other_periods_are_valid(period_h: float, tmp_path: Path) -> None:
    problem = generate(8, 6, 7, 5, period_h)
    save(problem, tmp_path / "case")
    assert load(tmp_path / "case") == problem


@pytest.mark.parametrize("name", ["case", "case.json", "case.xlsx"])
def test_round_trip(name: str, tmp_path: Path) -> None:
    problem = generate(14, 9, 10, 2)
    save(problem, tmp_path / name)
    assert load(tmp_path / name) == problem


def test_same_seed_same_scenario() -> None:
    assert document_text(generate(20, 8, 12, 7)) == document_text(generate(20, 8, 12, 7))
    assert document_text(generate(20, 8, 12, 7)) != document_text(generate(20, 8, 12, 8))


def test_same_scenario_on_every_machine() -> None:
    # A captured value, a change detector: it changes only with the generator (or the form of the documents).
    assert scenario_hash(generate(20, 8, 12, 7))[:16] == "fb44ed45693f273f"


def test_numbers_are_short() -> None:
    problem = generate(50, 20, 16, 4)
    for _, table in problem.items():
        for row in table:
            for value in (getattr(row, item.name) for item in fields(row)):
                if isinstance(value, float):
                    assert value == round(value, 6) == float(f"{value:.15g}")
                elif isinstance(value, Decimal):
                    assert value == round(value, 2)


@pytest.mark.parametrize("seed", range(6))
def test_supplies_are_scarce_but_not_hopeless(seed: int) -> None:
    problem = generate(36, 18, 12, seed)
    for row in problem.resources:
        if row.is_supply:
            needed = sum(need.quantity for need in problem.needs if need.resource == row.resource)
            # Drawn between 0.4 and 0.88 of what the others may send, rounded down by less than a lot.
            assert 0.3 <= needed / releasable(problem, row.resource) <= 0.9


@pytest.mark.parametrize("seed", range(6))
def test_units_on_site_stay_below_what_others_may_send(seed: int) -> None:
    problem = generate(36, 18, 12, seed)
    for row in problem.resources:
        if row.is_supply:
            continue
        needs = [need for need in problem.needs if need.resource == row.resource]
        peak = max(sum(n.quantity for n in needs if n.from_h <= at.from_h < (n.until_h or 0.0)) for at in needs)
        assert 1 <= peak <= max(1.0, 0.9 * releasable(problem, row.resource))


@pytest.mark.parametrize("seed", range(3))
def test_the_mix_is_the_one_promised(seed: int) -> None:
    problem = generate(50, 12, 16, seed)
    kinds = Counter("lot" if row.lot else row.kind for row in problem.resources)
    assert kinds == {"supply": 6, "lot": 2, "equipment": 2, "team": 2}
    assert {row.mode for row in problem.links} == {"road", "rail", "air"}
    regions = {row.region for row in problem.cities if row.region}
    assert len(regions) == sum(row.hub for row in problem.cities) == 4
    held = {(row.city, row.resource) for row in problem.stocks}
    assert 0.5 <= len(held) / (50 * 12) <= 0.68
    assert problem.substitutes and problem.closures and problem.arrivals
    assert {need.priority for need in problem.needs} == {1, 2, 3}
    limited = {row.city for row in problem.cities if row.unload_t_per_h is not None}
    assert limited == struck(problem)
    open_into = {lane.destination for lane in problem.lanes if lane.mode == "road"} & struck(problem)
    assert open_into == struck(problem)


@pytest.mark.parametrize("resources", range(2, 31))
def test_every_crew_is_a_team_of_the_scenario(resources: int) -> None:
    problem = generate(6, resources, 4, 1)
    teams = {row.resource for row in problem.resources if row.kind == "team"}
    assert {row.crew for row in problem.resources if row.crew} <= teams


@pytest.mark.parametrize(
    "arguments", [(2, 6, 8, 1, 6.0), (8, 1, 8, 1, 6.0), (8, 31, 8, 1, 6.0), (8, 6, 3, 1, 6.0), (8, 6, 8, -1, 6.0), (8, 6, 8, 1, 0.0)]
)  # fmt: skip
def test_sizes_out_of_range_are_refused(arguments: tuple[int, int, int, int, float]) -> None:
    with pytest.raises(UsageError, match="must be from"):
        generate(*arguments)
