"""The bundled case river-pollution: committed tables equal the builder's, reported facts appear, the origin alone is liable."""

from decimal import Decimal
from pathlib import Path

import pytest
from tongzhou.model.domain import Problem
from tongzhou.scenarios.cases import bundled
from tongzhou.scenarios.cases.river_pollution import build_river_pollution
from tongzhou.scenarios.cases.river_sources import FOLDER, START, is_road_known, road_km
from tongzhou.scenarios.files import document_text, load, save
from worlds import plan_of


@pytest.fixture(scope="module")
def problem() -> Problem:
    return build_river_pollution()


def stock(problem: Problem, city: str, resource: str):
    return next(row for row in problem.stocks if (row.city, row.resource) == (city, resource))


def test_committed_tables_are_those_of_the_builder(problem: Problem, tmp_path: Path):
    save(problem, tmp_path / "case")
    written = {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()}
    committed = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in (".csv", ".toml")}
    assert written == committed
    assert document_text(load(bundled()["river-pollution"].folder)) == document_text(problem)


def test_one_origin_three_downstream_six_helpers(problem: Problem):
    roles = {row.city: row.role for row in problem.cities}
    assert [city for city, role in roles.items() if role == "origin"] == ["jilin"]
    assert {city for city, role in roles.items() if role == "affected"} == {"songyuan", "harbin", "jiamusi"}
    assert len(roles) == 10
    assert (problem.settings.situation, problem.settings.hazard) == ("spreading", "accident")
    assert problem.settings.governance.mode == "voluntary"
    assert all(row.name_zh and row.revenue for row in problem.cities)


def test_only_the_origin_is_liable_and_its_ability_is_limited(problem: Problem):
    [row] = problem.responsibility
    assert (row.city, row.share, row.ability_cap) == ("jilin", 1.0, Decimal(60_000_000))
    assert problem.settings.settlement.liability == "damage"
    [fund] = problem.funds
    assert (fund.pays_for, fund.share, fund.cap_per_city) == ("travel", 0.75, Decimal(1_000_000))
    [breach] = problem.conduct
    # 13 to 17 November
    assert (breach.city, breach.hours_late) == ("jilin", 96)


def test_reported_facts_appear(problem: Problem):
    # Harbin: no tap water from 23 November 0:00, four days; 3.8 million people x 2 l = 7,600 t a day
    need = problem.need_of["harbin-water"]
    assert START.day + need.from_h // 24 == 23
    assert (need.quantity, need.repeats, need.repeat_h) == (7600, 4, 24)
    assert problem.need_of["harbin-carbon"].quantity == 1200
    # 1,388 t by rail and 800,000 barrels of 10 l
    assert stock(problem, "shenyang", "water").offered == 1388 + 8000
    # the others together 8,000 t: 1,604,027 of 3,701,855 people live in Daqing, 8,000 x 43.33 % = 3,466
    assert stock(problem, "daqing", "water").offered == 3466
    assert (
        sum(stock(problem, city, "water").quantity for city in ("daqing", "qiqihar", "mudanjiang", "jiamusi")) == 8000
    )
    assert [row.quantity for row in problem.arrivals if row.city == "harbin"] == [2500] * 4
    assert sum(row.quantity for row in problem.stocks if row.resource == "carbon") == 1200


def test_needs_come_later_downstream(problem: Problem):
    first = {
        city: min(row.from_h for row in problem.needs if row.city == city) for city in ("songyuan", "harbin", "jiamusi")
    }
    assert first == {"songyuan": 0, "harbin": 48, "jiamusi": 168}
    # Songyuan: 400,000 of 3,800,000 x 1,200 t = 126.3 t of carbon; 400,000 / 200,000 = 2 convoys of tankers
    assert problem.need_of["songyuan-carbon"].quantity == 126
    assert problem.need_of["songyuan-tankers"].quantity == 2
    assert all(row.loss_per_unit_day for row in problem.needs)


def test_distances_follow_the_rule(problem: Problem):
    # Jilin - Harbin: 2.9 + 1.044 x 237 = 250.3; Songyuan is not in the graph
    assert road_km("jilin", "harbin") == 250.3
    assert not is_road_known("jilin", "songyuan")
    # Songyuan - Harbin as the crow flies: 0.62 degrees of latitude (69 km), 1.82 of longitude (142 km): 158 km, x 1.25 = 198
    assert road_km("songyuan", "harbin") == pytest.approx(198, abs=2)
    assert all(row.distance_km == road_km(row.origin, row.destination) for row in problem.links)


def test_the_plan_is_quick_and_sends_real_aid(problem: Problem):
    plan = plan_of(problem, gap=1e-3)
    sent = {(row.origin, row.destination, row.resource) for row in plan.shipments}
    assert {("shenyang", "harbin", "water"), ("taiyuan", "harbin", "carbon"), ("daqing", "songyuan", "water")} <= sent
    short = {row.need: row.short for row in plan.shortages}
    # Four days of 7,600 t at Harbin and of 800 t at Songyuan are 33,600 t; offered 9,388 + 8,000 + 474, filled 10,000: 27,862
    assert short["harbin-water"] >= 33_600 - 27_862
    assert short["harbin-water"] < 0.25 * 30_400
    # the origin has no need that others serve
    assert not [row for row in plan.shipments if row.destination == "jilin"]
