"""The bundled case wenchuan-2008: committed tables equal the builder's, pairs and revenues are the sources', 1 % is the cap."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from tongzhou.model.domain import Problem
from tongzhou.scenarios.cases import bundled, wenchuan_rules
from tongzhou.scenarios.cases.wenchuan_2008 import build_wenchuan_2008
from tongzhou.scenarios.cases.wenchuan_sources import FOLDER, counties, pairs, provinces, road_km
from tongzhou.scenarios.files import document_text, load, save
from worlds import plan_of


@pytest.fixture(scope="module")
def problem() -> Problem:
    return build_wenchuan_2008()


def test_committed_tables_are_those_of_the_builder(problem: Problem, tmp_path: Path):
    save(problem, tmp_path / "case")
    written = {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()}
    committed = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in (".csv", ".toml")}
    assert written == committed
    assert document_text(load(bundled()["wenchuan-2008"].folder)) == document_text(problem)


def test_twenty_pairs_and_nobody_at_the_origin(problem: Problem):
    roles = [row.role for row in problem.cities]
    assert {role: roles.count(role) for role in set(roles)} == {"contributor": 20, "affected": 20, "national": 1}
    june = {(row.origin, row.destination) for row in problem.pairs if row.resource is None}
    assert len(june) == 20
    assert june == set(pairs("pairs_june2008"))
    assert {("shandong", "beichuan"), ("guangdong", "wenchuan"), ("shenzhen", "gansu-area")} <= june
    # May 2008: of the 16 pairs whose sides are in the case, 11 are pairs of June too
    may = {(row.origin, row.destination) for row in problem.pairs if row.resource == "medical-team"}
    assert may == {
        ("hunan", "pengzhou"), ("hebei", "chongzhou"), ("jilin", "pingwu"), ("fujian", "lixian"), ("tianjin", "maoxian"),
    }  # fmt: skip
    assert all(row.rule == "required" for row in problem.pairs)


@pytest.mark.parametrize(
    ("city", "revenue_million"),
    # 2007; Guangdong's 278,580 million are split 3 : 1 with Shenzhen
    [("jiangxi", 38_985), ("heilongjiang", 44_047), ("guangdong", 208_935), ("shenzhen", 69_645), ("shanxi", 59_789)],
)
def test_the_cap_is_one_percent_of_revenue(problem: Problem, city: str, revenue_million: int):
    assert problem.city_of[city].revenue == Decimal(revenue_million) * 1_000_000
    row = next(row for row in problem.responsibility if row.city == city)
    assert row.ability_cap == Decimal(revenue_million) * 10_000


def test_press_figures_agree_with_the_yearbook(problem: Problem):
    revenue = {row.city: row.revenue or Decimal(0) for row in problem.cities}
    assert float(revenue["guangdong"] + revenue["shenzhen"]) == pytest.approx(278.5e9, rel=0.001)
    assert float(revenue["jiangxi"]) == pytest.approx(38.96e9, rel=0.001)


def test_burden_is_agreed_by_revenue_and_counties_pay_nothing(problem: Problem):
    rows = {row.city: row for row in problem.responsibility}
    assert sum(Decimal(str(row.share)) for row in rows.values() if row.share is not None) == 1
    assert sum(row.revenue for row in provinces()) == Decimal(1_982_155) * 1_000_000
    assert rows["jiangsu"].share == pytest.approx(223_773 / 1_982_155, abs=1e-4)
    assert all(rows[place.county].ability_cap == 0 and rows[place.county].share is None for place in counties())
    assert not problem.conduct


def test_needs_follow_the_rules(problem: Problem):
    # Mianzhu, extremely hit: 510,000 x 35 % = 178,500 people; / 3.5 = 51,000 homes; / 500 = 357 rooms; / 10,000 = 18 teams
    assert [problem.need_of[f"mianzhu-{name}"].quantity for name in ("home-kit", "room-kit", "medical-team")] == [
        51_000,
        357,
        18,
    ]
    # Jiange, not: 680,000 x 20 % = 136,000 people; / 3.5 = 38,857
    assert problem.need_of["jiange-home-kit"].quantity == 38_857
    assert sum(wenchuan_rules.people_in_need(place) for place in counties()) == pytest.approx(1_958_700)
    assert len(problem.needs) == 20 * 5
    # every need has a loss, so settlements can be reckoned
    assert all(row.loss_per_unit_day for row in problem.needs)


def test_three_provinces_are_cut_by_their_one_percent(problem: Problem):
    value = {place.county: wenchuan_rules.value_needed(place) for place in counties()}
    cap = {place.province: wenchuan_rules.ability(place) for place in provinces()}
    # Pengzhou: 80,000 x 12,000 + 560 x 60,000 + 28 x 42 d x 9,000 + 28 x 70 d x 40,000 + 6 x 42 d x 6,000 = 1,084,096,000
    assert value["pengzhou"] == 1_084_096_000
    assert {origin for origin, to in pairs("pairs_june2008") if value[to] > cap[origin]} == {
        "fujian",
        "heilongjiang",
        "chongqing",
    }
    held = {row.city: row.quantity for row in problem.stocks if row.resource == "home-kit"}
    for row in problem.arrivals:
        if row.resource == "home-kit":
            held[row.city] += row.quantity
    assert held["fujian"] == int(80_000 * 699_460_000 / 1_084_096_000) == 51_616
    assert held["jiangsu"] == 51_000


def test_distances_follow_the_rule(problem: Problem):
    # Nanjing - Mianzhu over the best gateway. Deyang: 2.9 + 1.044 x 1557 + 1.4 x 27.7 = 1667.2;
    # Mianyang: 2.9 + 1.044 x 1515 + 1.4 x 46.0 = 1649.0
    mianzhu = next(place for place in counties() if place.county == "mianzhu")
    assert road_km("nanjing", mianzhu) == pytest.approx(1649, abs=1)
    with (FOLDER / "sources" / "road_km.csv").open(encoding="utf-8", newline="") as file:
        raw = next(row for row in csv.DictReader(file) if row["capital"] == "nanjing")
    assert (raw["deyang"], raw["mianyang"]) == ("1557", "1515")
    assert {row.distance_km for row in problem.links if row.origin == "jiangsu"} == {road_km("nanjing", mianzhu)}


def test_the_plan_is_quick_and_sends_real_aid(problem: Problem):
    plan = plan_of(problem, gap=1e-3)
    short = {row.need: row.short for row in plan.shortages}
    # Pengzhou: 51,616 of Fujian and the depot's share are not enough; Mianzhu gets all 51,000 of Jiangsu
    assert short["pengzhou-home-kit"] > 5_000
    assert short.get("mianzhu-home-kit", 0) == 0
    # unloading binds in the valleys of Aba
    assert short["wenchuan-home-kit"] > 500
    sent = {(row.origin, row.destination) for row in plan.shipments}
    assert set(pairs("pairs_june2008")) <= sent
    assert {to for origin, to in sent if origin == "chengdu-depot"} >= {"pengzhou"}
    # of the five pairs of May some help beside those of June; which ones, the gap of the later tiers leaves open
    may = {row for row in pairs("pairs_may2008_relief") if row not in pairs("pairs_june2008")}
    assert may & {(row.origin, row.destination) for row in plan.deployments if row.resource == "medical-team"}
