"""Lanes from an OSRM table, from a list of distances, from coordinates alone."""

from __future__ import annotations

import json
from math import pi
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tongzhou.model.domain.tables import City
from tongzhou.model.errors import Fault, ScenarioError, UsageError
from tongzhou.scenarios.csv_folder import csv_text, read_csv
from tongzhou.scenarios.files import load, save
from tongzhou.scenarios.links import LaneRules, Leg, estimated_legs, lanes_of, read_distances, read_osrm_table
from tongzhou.scenarios.links.great_circle import EARTH_KM, great_circle_km
from tongzhou.scenarios.template import example
from tongzhou.service.cli.main import run

# The example of the OSRM documentation: three places in Berlin, seconds and metres.
# https://project-osrm.org/docs/v5.24.0/api/#table-service
PLACES = {"a": (13.388860, 52.517037), "b": (13.397634, 52.529407), "c": (13.428555, 52.523219)}
SECONDS = [[0, 192.6, 382.8], [199, 0, 283.9], [344.7, 222.3, 0]]
METRES = [[0, 1886.89, 3791.3], [1824, 0, 2838.09], [3275.36, 2361.73, 0]]


def city(name: str, longitude: float, latitude: float) -> City:
    return City(city=name, name=name, role="contributor", population=1, longitude=longitude, latitude=latitude)


CITIES = [city(name, *place) for name, place in PLACES.items()]


def osrm(path: Path, **changes: Any) -> Path:
    places = [{"location": list(place), "name": "", "hint": "", "distance": 4.2} for place in PLACES.values()]
    document = {"code": "Ok", "sources": places, "destinations": places, "durations": SECONDS, "distances": METRES}
    path.write_text(json.dumps(document | changes), encoding="utf-8")
    return path


def faults_of(reading: Any) -> tuple[Fault, ...]:
    with pytest.raises(ScenarioError) as caught:
        reading()
    return caught.value.faults


class TestGreatCircle:
    def test_known_arcs(self) -> None:
        # A degree along a meridian is 2 pi R / 360; a quarter of the equator pi R / 2; the antipode pi R.
        assert great_circle_km(30, 114, 31, 114) == pytest.approx(2 * pi * EARTH_KM / 360)
        assert great_circle_km(0, 0, 0, 90) == pytest.approx(pi * EARTH_KM / 2)
        assert great_circle_km(0, 0, 0, 180) == pytest.approx(pi * EARTH_KM)

    @given(*[st.floats(-90, 90), st.floats(-180, 180)] * 2)
    def test_the_way_back_is_as_long(self, lat: float, lon: float, to_lat: float, to_lon: float) -> None:
        there, back = great_circle_km(lat, lon, to_lat, to_lon), great_circle_km(to_lat, to_lon, lat, lon)
        assert there == pytest.approx(back, abs=1e-6)
        assert 0 <= there <= pi * EARTH_KM + 1e-6


class TestOsrmTable:
    def test_metres_and_seconds_become_kilometres_and_hours(self, tmp_path: Path) -> None:
        legs = {(leg.origin, leg.destination): leg for leg in read_osrm_table(osrm(tmp_path / "t.json"), CITIES)}
        assert len(legs) == 6
        assert legs["a", "b"].km == pytest.approx(1.88689)
        assert legs["b", "a"].km == pytest.approx(1.824)
        assert legs["a", "c"].hours == pytest.approx(382.8 / 3600)
        assert not any(leg.estimate for leg in legs.values())

    def test_the_order_of_places_does_not_matter(self, tmp_path: Path) -> None:
        straight = read_osrm_table(osrm(tmp_path / "t.json"), CITIES)
        assert sorted(read_osrm_table(tmp_path / "t.json", CITIES[::-1]), key=str) == sorted(straight, key=str)

    def test_a_pair_without_a_way_gives_no_lane(self, tmp_path: Path) -> None:
        metres = [[0, None, 3791.3], *METRES[1:]]
        legs = read_osrm_table(osrm(tmp_path / "t.json", distances=metres), CITIES)
        assert ("a", "b") not in {(leg.origin, leg.destination) for leg in legs}
        assert len(legs) == 5

    def test_all_faults_at_once(self, tmp_path: Path) -> None:
        far = [*CITIES, city("far", 120.0, 30.0)]
        path = osrm(tmp_path / "t.json", durations=[[0, 1], [1, 0]], distances=[[0, -1, "x"], *METRES[1:]])
        found = [(fault.columns[0], fault.row, fault.found) for fault in faults_of(lambda: read_osrm_table(path, far))]
        assert found == [
            ("sources", None, "no place for far"),
            ("destinations", None, "no place for far"),
            ("distances", 1, "-1"),
            ("distances", 1, "x"),
            ("durations", None, "another shape"),
        ]

    @pytest.mark.parametrize("text", ["", "[]", '{"code": "NoTable"}', '{"code": "Ok"}', "\ufeff{}", "{"])
    def test_what_is_no_table_is_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "t.json").write_text(text, encoding="utf-8")
        assert faults_of(lambda: read_osrm_table(tmp_path / "t.json", CITIES))


class TestListOfDistances:
    def write(self, path: Path, *rows: str) -> Path:
        path.write_text("\n".join(["origin,destination,distance_km,travel_h", *rows]), encoding="utf-8")
        return path

    def test_one_direction_holds_both_ways(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "d.csv", "a,b,90,", "b,c,60,2.5", "c,b,66,", "a,a,0,", "elsewhere,b,5,")
        legs = read_distances(path, ["a", "b", "c"])
        lanes = lanes_of(legs, LaneRules(km_per_h=45.0, stops_h=0.5, t_km_cost=0.2))
        told = [(row.origin, row.destination, row.travel_h, float(row.t_cost or 0), row.both_ways) for row in lanes]
        # 90 km at 45 km/h is 2 h, 66 km 1.47 h, given hours stand; half an hour more each; 0.2 a tonne-kilometre.
        assert told == [("a", "b", 2.5, 18.0, True), ("b", "c", 3.0, 12.0, False), ("c", "b", 1.97, 13.2, False)]

    def test_long_ways_are_left_out(self) -> None:
        legs = [Leg("a", "b", 300.0), Leg("a", "c", 301.0)]
        assert [row.destination for row in lanes_of(legs, LaneRules(most_km=300.0))] == ["b"]

    def test_all_faults_at_once(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "d.csv", "a,b,90,", "a,b,91,", "b,c,-60,0", "c,d,x,", "e,b,nan,")
        found = {(fault.row, fault.columns[0]) for fault in faults_of(lambda: read_distances(path, ["a", "b", "c"]))}
        assert found == {
            (3, "origin"), (4, "distance_km"), (4, "travel_h"), (5, "distance_km"), (6, "distance_km"),
        }  # fmt: skip

    def test_a_city_that_is_not_named_is_a_fault_with_a_guess(self, tmp_path: Path) -> None:
        path = self.write(tmp_path / "d.csv", "wuhan,huangshi,90,")
        (fault,) = faults_of(lambda: read_distances(path, ["wuhan", "huang-shi"]))
        assert fault.found == "no row of huang-shi"
        assert fault.suggestion is not None
        assert "huangshi" in fault.suggestion.en


class TestStraightLines:
    def test_the_calibrated_great_circle(self) -> None:
        # Wuhan to Xiaogan: 52 km as the crow flies, 7.2 + 1.203 * 52 = 70 km; the road really takes about 64.
        (leg,) = estimated_legs([city("wuhan", 114.305, 30.593), city("xiaogan", 113.917, 30.924)])
        assert leg.km == pytest.approx(7.2 + 1.203 * great_circle_km(30.593, 114.305, 30.924, 113.917))
        assert leg.estimate
        assert leg.km == pytest.approx(70, abs=1)

    def test_known_ways_of_the_region_calibrate_the_unknown_ones(self) -> None:
        cities = [city(str(number), 100.0 + number, 30.0 + number % 3) for number in range(10)]

        def straight(a: City, b: City) -> float:
            return great_circle_km(*(value for place in (a, b) for value in (place.latitude, place.longitude)))

        pairs = [(a, b) for a in cities for b in cities if a.city < b.city]
        known = [
            Leg(a.city, b.city, 20 + 1.5 * straight(a, b)) for a, b in pairs[:40]
        ]  # every known road obeys this law
        found = estimated_legs(cities, known)
        assert [(leg.origin, leg.destination) for leg in found] == [(a.city, b.city) for a, b in pairs[40:]]
        for leg, (a, b) in zip(found, pairs[40:], strict=True):
            assert leg.km == pytest.approx(20 + 1.5 * straight(a, b))

    def test_aircraft_fly_the_great_circle(self) -> None:
        (leg,) = estimated_legs([city("a", 0.0, 0.0), city("b", 0.0, 1.0)], mode="air")
        assert leg.km == pytest.approx(2 * pi * EARTH_KM / 360)

    @pytest.mark.parametrize("mode", ["rail", "water"])
    def test_what_has_no_calibration_is_not_estimated(self, mode: str) -> None:
        with pytest.raises(UsageError, match="cannot be estimated"):
            estimated_legs([city("a", 0.0, 0.0), city("b", 0.0, 1.0)], mode=mode)


class TestCommand:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        save(example(), tmp_path / "scenario")
        return tmp_path / "scenario"

    def test_a_scenario_gets_its_lanes_and_says_that_they_are_estimates(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (folder / "links.csv").unlink()
        out = folder / "links.csv"
        assert run(["links", str(folder), "--t-km-cost", "0.5", "--out", str(out)]) == 0
        problem = load(folder)
        assert problem.links
        assert all(row.estimate and row.both_ways for row in problem.links)
        assert run(["scenarios", "show", str(folder)]) == 0
        assert "lanes are estimates" in capsys.readouterr().out

    def test_a_list_with_the_rest_estimated(self, tmp_path: Path) -> None:
        cities, distances, out = tmp_path / "cities.csv", tmp_path / "d.csv", tmp_path / "links.csv"
        cities.write_text(csv_text(City, CITIES), encoding="utf-8")
        distances.write_text("origin,destination,distance_km\nb,a,77\n", encoding="utf-8")
        asked = ["links", str(cities), "--distances", str(distances), "--out", str(out)]
        assert run(asked) == 3  # c has no distance at all
        assert not out.exists()
        assert run([*asked, "--estimate"]) == 0
        table = read_csv(out, "links", [])
        assert table is not None
        told = {(row["origin"], row["destination"]): row["estimate"] for _, row in table.rows}
        assert told == {("b", "a"): "", ("a", "c"): "yes", ("b", "c"): "yes"}

    def test_lanes_that_are_there_are_not_overwritten(self, folder: Path) -> None:
        before = (folder / "links.csv").read_bytes()
        assert run(["links", str(folder), "--out", str(folder / "links.csv")]) == 2
        assert (folder / "links.csv").read_bytes() == before
