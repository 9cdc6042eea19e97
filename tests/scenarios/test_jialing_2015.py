"""The bundled case jialing-2015: committed tables equal the builder's, reported facts appear, the source is not a victim, and pays."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tongzhou.model.domain import Problem
from tongzhou.scenarios.cases import bundled
from tongzhou.scenarios.cases.jialing_2015 import PEOPLE, build_jialing_2015
from tongzhou.scenarios.files import document_text, load, save
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement.setting import SettleOptions
from tongzhou.solvers.settlement.settle import settle
from worlds import plan_of


@pytest.fixture(scope="module")
def problem() -> Problem:
    return build_jialing_2015()


def test_committed_tables_are_those_of_the_builder(problem: Problem, tmp_path: Path) -> None:
    save(problem, tmp_path / "case")
    written = {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()}
    folder = bundled()["jialing-2015"].folder
    assert written == {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".toml")}
    assert document_text(load(folder)) == document_text(problem)


def test_source_and_victims_are_different_cities(problem: Problem) -> None:
    assert problem.settings.situation == "separate"
    roles = {row.city: row.role for row in problem.cities}
    assert [city for city, role in roles.items() if role == "origin"] == ["longnan"]
    assert {city for city, role in roles.items() if role == "affected"} == {"hanzhong", "guangyuan"}
    # the source has nothing to suffer: it closes the drain and watches
    assert {row.resource for row in problem.needs if row.city == "longnan"} == {"closing-team", "monitoring-team"}


def test_reported_facts_appear(problem: Problem) -> None:
    assert sum(victim.people for victim in PEOPLE.values()) == 108_000
    [row] = problem.responsibility
    assert (row.city, row.ability_cap) == ("longnan", Decimal(61_207_900))
    # 24 November to 26 December: 32 days
    assert problem.settings.start.isoformat() == "2015-11-24T00:00:00+08:00"
    assert problem.settings.periods * problem.settings.period_h == 32 * 24
    # Guangyuan: 75,000 people, 4 l each: 300 t a day from day 10 to day 31
    need = problem.need_of["guangyuan-water"]
    assert (need.quantity, need.from_h, need.repeats) == (300, 240, 21)


def test_only_the_lanes_of_longnan_are_estimates(problem: Problem) -> None:
    assert {row.estimate for row in problem.links if "longnan" in (row.origin, row.destination)} == {True}
    assert {row.estimate for row in problem.links if "longnan" not in (row.origin, row.destination)} == {False}
    # Hanzhong to Guangyuan: 2.9 + 1.044 * 155 = 164.7
    row = next(row for row in problem.links if {row.origin, row.destination} == {"hanzhong", "guangyuan"})
    assert row.distance_km == 164.7


def test_the_plan_helps_the_victims_and_the_source_pays(problem: Problem) -> None:
    plan = plan_of(problem, gap=1e-3)
    short = {row.need: row.short for row in plan.shortages}
    assert not {need for need, missing in short.items() if missing and "water" in need}
    settlement = settle(problem, plan, SettleOptions(), Clock(None)).settlement
    row = {row.city: row for row in settlement}
    assert row["longnan"].paid > 0
    for city in ("hanzhong", "guangyuan"):
        assert row[city].gain > 0
