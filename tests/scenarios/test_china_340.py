"""The bundled case china-340: committed tables equal the builder's, the rules hold, every city is on the road network."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from tongzhou.model.domain import Problem
from tongzhou.scenarios.cases import bundled
from tongzhou.scenarios.cases.china_340 import build_china_340, people_in_need
from tongzhou.scenarios.cases.china_sources import places, road_km, struck
from tongzhou.scenarios.files import document_text, load, save


@pytest.fixture(scope="module")
def problem() -> Problem:
    return build_china_340()


def test_committed_tables_are_those_of_the_builder(problem: Problem, tmp_path: Path) -> None:
    save(problem, tmp_path / "case")
    written = {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()}
    folder = bundled()["china-340"].folder
    assert written == {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".toml")}
    assert document_text(load(folder)) == document_text(problem)


def test_needs_by_hand(problem: Problem) -> None:
    # Xi'an lies 76 km from the epicentre: 9,600,000 * 0.15 * (1 - 76 / 200), about 890,000 people; water for 250 each a tonne.
    xian = places()["xian"]
    assert xian.km_from_epicentre == pytest.approx(76, abs=1)
    people = 9_600_000 * 0.15 * (1 - xian.km_from_epicentre / 200)
    assert people_in_need(xian) == pytest.approx(people)
    need = next(row for row in problem.needs if row.need == "xian-water")
    assert need.quantity == math.ceil(people / 250)


def test_lanes_are_the_road_graph_s(problem: Problem) -> None:
    assert len(problem.cities) == 340
    assert len(struck()) == 7
    # Zhengzhou to Xi'an: about 480 km by road in every road atlas.
    assert road_km("zhengzhou", "xian") == pytest.approx(480, rel=0.05)
    assert all(not row.estimate and row.distance_km <= 2500 for row in problem.links)
    assert {row.destination for row in problem.links} == set(struck())
