"""Bad input gets one clear error with every fault, in both languages; nothing is written, nothing guessed."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest
from tongzhou.model.errors import Fault, ScenarioError, UsageError
from tongzhou.scenarios.files import load, save
from tongzhou.scenarios.template import example
from tongzhou.service.cli.main import run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(example(), tmp_path / "scenario")
    return tmp_path / "scenario"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    for language in ("en", "zh"):
        assert len(caught.value.report(language).splitlines()) == 1 + len(caught.value.faults)
    return caught.value.faults


def only(path: Path) -> Fault:
    found = faults_of(path)
    assert len(found) == 1, [fault.line("en") for fault in found]
    return found[0]


def test_five_seeded_errors_come_back_as_five_in_one_pass(folder: Path) -> None:
    # needs: N1 line 2, N2 line 3, N3 line 4; stocks: hill-city rescue, tents, water, river-city rescue, water from line 2
    edit(folder / "needs.csv", "N1,river-city", "N1,rivercity")  # unknown id
    edit(folder / "needs.csv", "N2,river-city,tents,500", "N2,river-city,tents,NaN")  # no number
    edit(folder / "stocks.csv", "hill-city,water,400", "hill-city,water,-400")  # negative
    edit(
        folder / "resources.csv", "water,Drinking water,饮用水,supply", "water,Drinking water,饮用水,suply"
    )  # misspelt word
    edit(folder / "fleets.csv", "hill-city,road,truck,6", "hill-city,road,truck,6.5")  # half a truck
    found = {(fault.table, fault.row, fault.columns[0]): fault for fault in faults_of(folder)}
    assert set(found) == {
        ("needs", 2, "city"), ("needs", 3, "quantity"), ("stocks", 4, "quantity"), ("resources", 4, "kind"),
        ("fleets", 2, "vehicles"),
    }  # fmt: skip
    assert found["needs", 2, "city"].suggestion is not None
    assert found["needs", 2, "city"].suggestion.en == "did you mean `river-city`?"
    assert found["needs", 2, "city"].suggestion.zh == "是否为 `river-city`?"
    assert found["resources", 4, "kind"].suggestion is not None


@pytest.mark.parametrize(
    ("table", "old", "new", "row", "column"),
    [
        ("stocks", "water,400", "water,NaN", 4, "quantity"),
        ("stocks", "water,400", "water,inf", 4, "quantity"),
        ("stocks", "water,400", "water,1e999", 4, "quantity"),
        ("stocks", "water,400", "water,1e13", 4, "quantity"),
        ("stocks", "water,400", 'water,"1,400"', 4, "quantity"),
        ("stocks", "water,400", "water,400 t", 4, "quantity"),
        ("stocks", "water,400", "water,0.12345678901234567", 4, "quantity"),
        ("stocks", "water,400", "water,", 4, "quantity"),
        ("cities", "34.7", "134.7", 3, "latitude"),
        ("cities", "hill-city,Hill", "=hill,Hill", 2, "city"),
        ("links", "3,180", "0,180", 2, "travel_h"),
        ("links", "road,3", "rode,3", 2, "mode"),
        ("links", "yes", "maybe", 2, "both_ways"),
        ("needs", ",24,", ",5,", 2, "by_h"),
        ("needs", "N2,river-city", "N1,river-city", 3, "need"),
        ("needs", "rescue,8", "rescue,7.5", 4, "quantity"),
        ("resources", "24,12", "5,12", 2, "duty_h"),
    ],
)
def test_one_fault_has_its_place(folder: Path, table: str, old: str, new: str, row: int, column: str) -> None:
    edit(folder / f"{table}.csv", old, new)
    found = [fault for fault in faults_of(folder) if fault.table == table]
    assert (found[0].row, found[0].columns[0]) == (row, column), [fault.line("en") for fault in found]


def test_unknown_columns_tables_and_settings_are_refused_by_name(folder: Path) -> None:
    edit(folder / "needs.csv", "least_delivery", "least_delivry")
    (folder / "stock.csv").write_text("city\n", encoding="utf-8")
    edit(folder / "scenario.toml", "period_h", "periode_h")
    found = faults_of(folder)
    assert {(fault.table, fault.columns) for fault in found} == {
        ("needs", ("least_delivry",)), ("stock", ()), ("scenario", ("periode_h",)), ("scenario", ("period_h",)),
    }  # fmt: skip


def test_missing_table_and_missing_column(folder: Path) -> None:
    (folder / "links.csv").unlink()
    text = (folder / "cities.csv").read_text(encoding="utf-8").replace("population", "people")
    (folder / "cities.csv").write_text(text, encoding="utf-8")
    found = {(fault.table, fault.columns) for fault in faults_of(folder)}
    assert found == {("links", ()), ("cities", ("people",)), ("cities", ("population",))}


def test_wrong_encoding_is_named(folder: Path) -> None:
    text = (folder / "cities.csv").read_text(encoding="utf-8")
    (folder / "cities.csv").write_bytes(text.encode("gb18030"))
    fault = next(fault for fault in faults_of(folder) if fault.table == "cities")
    assert fault.expected.en == "text in UTF-8"
    assert fault.suggestion is not None
    assert "gb18030" in fault.suggestion.en


def test_cyclic_substitutes(folder: Path) -> None:
    text = (folder / "resources.csv").read_text(encoding="utf-8")
    for name in ("juice", "milk"):
        text += f"{name},{name},,supply,t,1,1,,,,,,,\n"
    (folder / "resources.csv").write_text(text, encoding="utf-8")
    rows = "needed,used,ratio\nwater,juice,1\njuice,milk,1\nmilk,water,1\n"
    (folder / "substitutes.csv").write_text(rows, encoding="utf-8")
    fault = only(folder)
    assert (fault.table, fault.row, fault.columns[0]) == ("substitutes", 4, "used")


COMMITMENTS = "line,kind,origin,destination,resource,quantity,depart_h,leave_h,need,mode,vehicle,status\n"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("L,shipment,hill-city,river-city,tents,610,6,,,road,truck,accepted", "quantity"),  # offered 600
        ("L,shipment,hill-city,river-city,water,50,6,,,road,lorry,accepted", "vehicle"),
        ("L,shipment,hill-city,river-city,water,50,6,,,rail,truck,accepted", "mode"),
        ("L,shipment,hill-city,river-city,water,50,7,,,road,truck,accepted", "depart_h"),
        ("L,shipment,hill-city,river-city,water,50,6,,,road,truck,moving", "depart_h"),
        ("L,shipment,hill-city,river-city,tents,55,6,,,road,truck,accepted", "quantity"),  # lots of 10
        ("L,shipment,hill-city,river-city,rescue,5,6,,,road,truck,accepted", "kind"),
        ("L,deployment,hill-city,river-city,rescue,7,0,,N3,,,accepted", "quantity"),  # offered 6
        ("L,deployment,hill-city,river-city,rescue,5,0,36,N3,,,accepted", "leave_h"),  # duty 24 h
        ("L,deployment,hill-city,river-city,rescue,5,0,,N1,,,accepted", "need"),
        ("L,deployment,hill-city,river-city,rescue,5,0,,,,,accepted", "need"),
        ("L,shipment,hill-city,river-city,water,120,0,,,road,truck,accepted", "vehicle"),  # 8 trucks of 6
    ],
)
def test_contradictory_commitments_are_named(folder: Path, row: str, column: str) -> None:
    (folder / "commitments.csv").write_text(COMMITMENTS + row + "\n", encoding="utf-8")
    fault = only(folder)
    assert (fault.table, fault.row, fault.columns[0]) == ("commitments", 2, column), fault.line("en")


def test_commitments_that_contradict_each_other(folder: Path) -> None:
    rows = (
        "L1,shipment,hill-city,river-city,water,150,0,,,road,truck,accepted\n"
        "L2,shipment,hill-city,river-city,water,90,12,,,road,truck,accepted\n"
    )
    (folder / "commitments.csv").write_text(COMMITMENTS + rows, encoding="utf-8")
    # 150 t need ten trucks of six (L1); 150 + 90 are more than the 200 offered (L2)
    assert {(fault.row, fault.columns[0]) for fault in faults_of(folder)} == {(2, "vehicle"), (3, "quantity")}


def test_losses_for_some_needs_of_a_priority_only(folder: Path) -> None:
    edit(folder / "needs.csv", "N1,river-city,water,200,0,24,,1,", "N1,river-city,water,200,0,24,,1,12.5")
    fault = only(folder)
    assert (fault.table, fault.row, fault.columns[0]) == ("needs", 4, "loss_per_unit_day")


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("period_h = 6", "period_h = 0", "period_h"),
        ("periods = 8", "periods = 100000000", "periods"),
        ("periods = 8", 'periods = "many"', "periods"),
        ("2026-07-01T08:00:00Z", "2026-07-01T08:00:00", "start"),
        ('mode = "voluntary"', 'mode = "volontary"', "governance.mode"),
        ("default_share = 0.2", "default_share = 1.2", "reserve.default_share"),
    ],
)
def test_settings(folder: Path, old: str, new: str, column: str) -> None:
    edit(folder / "scenario.toml", old, new)
    assert column in {fault.columns[0] for fault in faults_of(folder) if fault.table == "scenario"}


def test_truncated_and_hostile_workbooks(tmp_path: Path) -> None:
    save(example(), tmp_path / "whole.xlsx")
    data = (tmp_path / "whole.xlsx").read_bytes()
    for size in (0, 100, len(data) // 2, len(data) - 30):
        (tmp_path / "cut.xlsx").write_bytes(data[:size])
        assert only(tmp_path / "cut.xlsx").table == "workbook"
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", b"0" * (600 * 1024 * 1024))
    assert "at most 512 MiB" in only(tmp_path / "bomb.xlsx").expected.en


def test_numeric_ids_formulas_and_errors_in_a_workbook(tmp_path: Path) -> None:
    save(example(), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    book["needs"]["A2"].value = 17  # a numeric id
    book["needs"]["A2"].number_format = "General"
    book["stocks"]["C2"].value = "=1+1"
    book["stocks"]["C3"].value = "#DIV/0!"
    book["stocks"]["C3"].data_type = "e"
    book.save(tmp_path / "book.xlsx")
    found = {(fault.table, fault.row, fault.columns[0]) for fault in faults_of(tmp_path / "book.xlsx")}
    assert {("needs", 2, "need"), ("stocks", 2, "quantity"), ("stocks", 3, "quantity")} <= found


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"scenario": 1}', '{"a": 1, "a": 2}', '{"scenario": {}, "cities": {}}', "[" * 100000]
)
def test_broken_documents(tmp_path: Path, text: str) -> None:
    (tmp_path / "document.json").write_text(text, encoding="utf-8")
    assert faults_of(tmp_path / "document.json")


def test_json_numbers_that_are_none(tmp_path: Path) -> None:
    save(example(), tmp_path / "document.json")
    document = json.loads((tmp_path / "document.json").read_text(encoding="utf-8"))
    document["stocks"][0]["quantity"] = float("nan")
    document["stocks"][1]["quantity"] = True
    document["needs"][0]["priority"] = 4
    (tmp_path / "document.json").write_text(json.dumps(document), encoding="utf-8")
    places = {(fault.table, fault.row, fault.columns[0]) for fault in faults_of(tmp_path / "document.json")}
    assert places == {("stocks", 1, "quantity"), ("stocks", 2, "quantity"), ("needs", 1, "priority")}


def test_the_command_reports_and_writes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder / "stocks.csv", "water,400", "water,-1")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert run(["plan", str(folder), "--out", str(tmp_path / "plan")]) == 3
    assert run(["validate", str(folder)]) == 3
    assert run(["scenarios", "convert", str(folder), str(tmp_path / "x.json")]) == 3
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "stocks, row 4, column quantity: found -1; expected: at least 0" in captured.err


def test_results_never_go_into_a_scenario_folder(folder: Path) -> None:
    assert run(["plan", str(folder), "--out", str(folder)]) == 2
    with pytest.raises(UsageError):
        save(example(), folder)
    shutil.rmtree(folder)
    save(example(), folder)


@pytest.mark.parametrize(
    ("closure", "cities", "limit"),
    [
        ("hill-city,river-city,road,6,12,0", "", "closure"),
        ("", ",20,", "unloading"),  # 90 t in six hours where 0.5 t an hour are unloaded
    ],
)
def test_kept_lines_that_no_plan_can_keep_are_named_before_the_search(
    folder: Path, closure: str, cities: str, limit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = "L,shipment,hill-city,river-city,water,90,6,,,road,truck,accepted"
    (folder / "commitments.csv").write_text(COMMITMENTS + row + "\n", encoding="utf-8")
    if closure:
        header = "origin,destination,mode,from_h,until_h,capacity_share\n"
        (folder / "closures.csv").write_text(header + closure + "\n", encoding="utf-8")
    if cities:
        edit(folder / "cities.csv", cities, ",0.5,")
    assert run(["plan", str(folder)]) == 3
    assert limit in capsys.readouterr().err
