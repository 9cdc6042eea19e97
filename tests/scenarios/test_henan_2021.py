"""The bundled case henan-2021: committed tables equal the builder's, facts of the sources appear, distances follow the rule."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from tongzhou.model.domain import Problem
from tongzhou.scenarios.cases import henan_2021, henan_rules
from tongzhou.scenarios.cases.henan_needs import boats, really_offered, suction_trucks
from tongzhou.scenarios.cases.henan_sources import DEPOT, FOLDER, sent
from tongzhou.scenarios.files import document_text, load, save


@pytest.fixture(scope="module")
def problem() -> Problem:
    return henan_2021.build_henan_2021()


def stock(problem: Problem, city: str, resource: str):
    return next(row for row in problem.stocks if (row.city, row.resource) == (city, resource))


def test_committed_tables_are_those_of_the_builder(problem: Problem, tmp_path: Path):
    save(problem, tmp_path / "case")
    written = {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()}
    committed = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in (".csv", ".toml")}
    assert written == committed


def test_committed_folder_loads_to_the_same_problem(problem: Problem):
    assert document_text(load(FOLDER)) == document_text(problem)


def test_cities_and_roles(problem: Problem):
    # 18 cities of Henan, the capitals of 7 provinces, the depot
    assert len(problem.cities) == 18 + 7 + 1
    roles = {row.city: row.role for row in problem.cities}
    assert roles["zhengzhou"] == "origin"
    assert {"xinxiang", "hebi", "anyang", "zhoukou"} <= {city for city, role in roles.items() if role == "affected"}
    assert [city for city, role in roles.items() if role == "national"] == [DEPOT]
    assert all(row.name and row.name_zh for row in problem.cities)
    assert {row.city for row in problem.cities if row.hub} == {"luohe", "shangqiu"}


@pytest.mark.parametrize(
    ("city", "people", "boats_sent"),
    # deployments.json; boats None: no page gives them
    [
        ("shijiazhuang", 389, 31),
        ("taiyuan", 262, None),
        ("nanjing", 489, 70),
        ("hefei", 300, 40),
        ("nanchang", 392, 52),
        ("jinan", 274, None),
        ("wuhan", 365, None),
    ],
)
def test_what_provinces_sent_is_what_they_hold_and_offer(
    problem: Problem, city: str, people: int, boats_sent: int | None
):
    row = next(row for row in sent() if row.city == city)
    assert (row.people, row.boats) == (people, boats_sent)
    held = {item.resource: item for item in problem.stocks if item.city == city}
    if boats_sent is not None:
        assert held["boat"].quantity == boats_sent
    crews = held["pump-crew"].quantity if "pump-crew" in held else 0
    # Everybody is in a squad of 10 or a crew of 5; fewer than 10 are left over.
    assert 0 <= people - 10 * held["rescue-squad"].quantity - 5 * crews < 10
    for name in ("boat", "rescue-squad"):
        assert held[name].offered == held[name].quantity
        assert held[name].floor == 0


def test_totals_that_were_announced(problem: Problem):
    # 31 + 70 + 40 + 52 = 193 reported; 57 left for 262, 274 and 365 people: 57 * 262 / 901 = 16.6, 17.3, 23.1
    assert boats() == {
        "shijiazhuang": 31, "taiyuan": 17, "nanjing": 70, "hefei": 40, "nanchang": 52, "jinan": 17, "wuhan": 23,
    }  # fmt: skip
    assert sum(boats().values()) == 250
    assert sum(suction_trucks().values()) == 7
    # Jiangsu 12 remote pump sets, Anhui 3 remote systems, Jiangxi 2 drainage sets
    assert {city: stock(problem, city, "remote-pump").quantity for city in ("nanjing", "hefei", "nanchang")} == {
        "nanjing": 12, "hefei": 3, "nanchang": 2,
    }  # fmt: skip


def test_teams_are_available_from_the_hour_they_left(problem: Problem):
    # start 20 July 18:00; Hebei 04:23, Jiangsu 05:00, Jiangxi 04:30 on 21 July; the others from the latest known
    assert stock(problem, "shijiazhuang", "boat").from_h == pytest.approx(10 + 23 / 60, abs=1e-6)
    assert stock(problem, "nanjing", "rescue-squad").from_h == 11
    assert stock(problem, "nanchang", "boat").from_h == 10.5
    assert stock(problem, "jinan", "boat").from_h == 11


def test_six_cities_offer_what_they_sent_to_zhengzhou(problem: Problem):
    offered = really_offered()
    assert set(offered) == {"jiaozuo", "xuchang", "luohe", "xinxiang", "shangqiu", "zhumadian"}
    assert sum(row["boat"] for row in offered.values()) == 22
    assert sum(row["rescue-squad"] for row in offered.values()) == 180 // 10
    for city, row in offered.items():
        assert stock(problem, city, "boat").offered == row["boat"]
        assert stock(problem, city, "rescue-squad").offered == row["rescue-squad"]


def test_distances_follow_the_published_rule(problem: Problem):
    names = {row["adcode"]: row["name_en"].lower() for row in source("henan_cities.csv")}
    raw = {
        (names[row["adcode"]], names[code]): float(km)
        for row in source("henan_matrix.csv")
        for code, km in row.items()
        if code != "adcode"
    }
    capital = {row["province"]: row["city"] for row in source("capitals.csv")}
    for row in source("neighbours_road_km.csv"):
        for city in names.values():
            raw[capital.get(row["from_province"], "none"), city] = float(row[city])
    for link in problem.links:
        origin = "wuhan" if link.origin == DEPOT else link.origin
        assert link.distance_km == round(2.9 + 1.044 * raw[origin, link.destination], 1)
        if link.mode == "road":
            assert link.travel_h == round(link.distance_km / 70, 2)
    # Zhengzhou - Xinxiang: 2.9 + 1.044 * 71.8 = 77.86
    pair = {"zhengzhou", "xinxiang"}
    assert [row.distance_km for row in problem.links if {row.origin, row.destination} == pair] == [77.9]


def test_needs_follow_the_rules(problem: Problem):
    # Xinxiang: 6,125,000 inhabitants, 4 % in need = 245,000 people; 4 l a day; 0.4 boats for 1,000
    assert problem.need_of["xinxiang-water"].quantity == 980
    assert problem.need_of["xinxiang-meals"].quantity == 245_000
    assert problem.need_of["xinxiang-boat"].quantity == 98
    assert {row.city for row in problem.needs} == set(henan_rules.STRUCK)
    assert {row.priority for row in problem.needs} == {1, 2, 3}


def test_led_mode_has_more_to_give(problem: Problem):
    contributors = {row.city for row in problem.cities if row.role == "contributor"}
    share = problem.settings.reserve.default_share
    rows = [row for row in problem.stocks if row.city in contributors]
    above_floor = sum(row.quantity - (share * row.quantity if row.floor is None else row.floor) for row in rows)
    assert above_floor > 1.3 * sum(row.offered or 0 for row in rows)


def test_road_background_is_small_and_marked():
    path = FOLDER / "sources" / "roads.json"
    assert path.stat().st_size < 120_000
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["licence"] == "ODbL-1.0"
    assert "OpenStreetMap contributors" in document["attribution"]
    assert all(len(line) >= 2 for line in document["lines"])
    assert all(109 < lon < 118 and 31 <= lat <= 37 for line in document["lines"] for lon, lat in line)


def source(name: str) -> list[dict[str, str]]:
    with (FOLDER / "sources" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_settlement_tables(problem: Problem):
    # 21 July 2021: 100 million CNY, of which 60 million of central natural disaster relief funds
    funds = {row.fund: row for row in problem.funds}
    assert funds["central-disaster-relief"].amount == Decimal(60_000_000)
    assert (funds["transport-pool"].pays_for, funds["transport-pool"].share) == ("travel", 0.75)
    # a flood has no guilty city: abilities only; Zhengzhou 13,008,000 x 50 CNY = 650,400,000
    rows = {row.city: row for row in problem.responsibility}
    assert set(rows) == set(henan_rules.STRUCK)
    assert all(row.share is None for row in rows.values())
    assert rows["zhengzhou"].ability_cap == 650_400_000
    assert not problem.conduct
    # the loss of every need is defined
    values = {row.resource: row.unit_value if row.is_supply else row.day_cost for row in problem.resources}
    assert all(values.values())
    assert all(row.unit_value > row.unit_cost for row in problem.programmes)
