"""The bundled case hubei-2020: committed tables equal the builder's; pairs and cases are the sources'; pairs cost team-days."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tongzhou.scenarios.cases import bundled
from tongzhou.scenarios.cases.hubei_2020 import VARIANTS, build_hubei_2020, layers, teams_needed
from tongzhou.scenarios.cases.hubei_sources import FIRST, SECOND, pairs, patients, places, prefectures, road_km
from tongzhou.scenarios.files import document_text, load, save
from tongzhou.service.cli.main import run


@pytest.mark.parametrize("name", VARIANTS)
def test_committed_tables_are_those_of_the_builder(name: str, tmp_path: Path) -> None:
    problem, folder = build_hubei_2020(name), bundled()[name].folder
    save(problem, tmp_path / "case")
    written = {path.name: path.read_bytes() for path in (tmp_path / "case").iterdir()}
    assert written == {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".csv", ".toml")}
    assert document_text(load(folder)) == document_text(problem)


def test_pairs_are_those_announced() -> None:
    first, second = pairs(FIRST), pairs(SECOND)
    assert len(first) == 16
    assert len({province for province, _ in first}) == 16
    assert len(second) == 21
    assert len({province for province, _ in second}) == 19
    assert {("jiangsu", "xiaogan"), ("shandong", "huanggang"), ("guizhou", "enshi")} <= set(first)
    assert {("chongqing", "xiaogan"), ("heilongjiang", "xiaogan"), ("guangdong", "jingzhou")} <= set(second)
    assert {city for _, city in first} == {city for _, city in second} == set(prefectures())
    assert {province for province, _ in (*first, *second)} == {
        name for name, place in places().items() if place.is_province
    }  # fmt: skip


def test_people_ill_are_confirmed_less_cured_less_dead() -> None:
    # 17 February, Xiaogan: 3320 - 523 - 75; all 16 prefectures: 13145 (summed from the source file).
    assert patients()["xiaogan"][date(2020, 2, 17)] == 2722
    assert sum(patients()[name][date(2020, 2, 17)] for name in prefectures()) == 13145


def test_teams_by_hand() -> None:
    # Qianjiang ill on 10-16 February: sources/daily_cases.csv; 0.4 staff each, teams of 30, rounded up.
    days = [patients()["qianjiang"][date(2020, 2, day)] for day in range(10, 17)]
    assert teams_needed("qianjiang")[0] == -(-sum(days) * 4 // (7 * 10 * 30))
    assert road_km("heilongjiang", "xiaogan") == pytest.approx(2.9 + 1.044 * 2204, abs=0.05)


class TestLayers:
    def test_by_hand(self) -> None:
        # 3 throughout, 2 more in the first two steps, 1 more in the second; then a second hill of 4 over 3.
        assert layers([5, 6, 3, 7]) == [(3, 0, 4), (2, 0, 2), (1, 1, 2), (4, 3, 4)]
        assert layers([0, 2, 0]) == [(2, 1, 2)]
        assert layers([]) == layers([0, 0]) == []

    @given(st.lists(st.integers(0, 9), max_size=8))
    def test_layers_stack_to_the_levels(self, levels: list[int]) -> None:
        stacked = [0] * len(levels)
        for quantity, first, after in layers(levels):
            assert quantity > 0
            for step in range(first, after):
                stacked[step] += quantity
        assert stacked == levels


def test_the_real_pairs_the_free_plan_and_the_change_as_the_readme_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, out in (("hubei-2020", "paired"), ("hubei-2020-first", "first"), ("hubei-2020-free", "free")):
        assert run(["plan", name, "--out", out, "--time-limit", "40"]) == 0
    capsys.readouterr()
    assert run(["compare", "hubei-2020", "paired", "first", "free"]) == 0
    rows = _rows(capsys.readouterr().out)
    # Priority 1 is proven optimal within the time: fewer pairs can only help, and the README prints these numbers.
    assert rows["unit-days short P1"] == [508.0, 887.0, 102.0]
    assert rows["units on the same way"][0] == rows["units sent"][0]
    assert (
        run(["replan", "hubei-2020", "--previous", "first", "--now", "0", "--out", "replanned", "--time-limit", "60"])
        == 0
    )
    changed = load(tmp_path / "replanned" / "scenario")
    assert {row.status for row in changed.commitments} == {"proposed"}
    with (tmp_path / "replanned" / "changes.csv").open(encoding="utf-8") as file:
        changes = list(csv.DictReader(file))
    # A plan changes only where it pays: nothing is dropped that the second list still allows.
    assert {row["reason"] for row in changes if row["change"] == "dropped"} == {"impossible"}
    capsys.readouterr()
    assert run(["compare", "hubei-2020", "first", "replanned"]) == 0
    rows = _rows(capsys.readouterr().out)
    assert rows["unit-days short P1"] == [887.0, 508.0]
    assert (
        rows["lines dropped"][1] + rows["lines kept"][1] + rows["lines with another quantity"][1]
        == rows["lines kept"][0]
    )


def test_a_plan_of_another_scenario_is_no_plan_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(bundled()["hubei-2020-first"].folder, tmp_path / "s")
    assert run(["plan", str(tmp_path / "s"), "--out", str(tmp_path / "p"), "--time-limit", "20"]) == 0
    capsys.readouterr()
    assert run(["compare", "river-pollution", str(tmp_path / "p")]) != 0
    assert "is no plan of this scenario" in capsys.readouterr().err


def _rows(text: str) -> dict[str, list[float]]:
    """Figures by the English name of their row; continued names are joined to the row above."""
    found: dict[str, list[float]] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("│┃ ").split("│")]
        if len(cells) > 1 and all(cell.replace(",", "").replace(".", "").isdigit() for cell in cells[1:]):
            found[cells[0].split(" / ")[0]] = [float(cell.replace(",", "")) for cell in cells[1:]]
    return found
