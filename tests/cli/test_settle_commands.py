"""`tongzhou settle` and `tongzhou statement` as a finance officer runs them."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from tongzhou.scenarios.cases import bundled
from tongzhou.service.reports.settlement_files import read_settlement, settlement_files

TONGZHOU = str(Path(sys.executable).with_name("tongzhou"))


def tongzhou(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TONGZHOU, *arguments], cwd=cwd, capture_output=True, text=True, timeout=300, env={**os.environ, **env}
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The river pollution case, its plan and its settlement."""
    path = tmp_path_factory.mktemp("settle")
    shutil.copytree(bundled()["river-pollution"].folder, path / "river")
    assert tongzhou("plan", "river", "--out", "plan", cwd=path).returncode == 0
    done = tongzhou("settle", "river", "plan", "--out", "settled", "--report", "--format", "xlsx",
                    "--compare", "dual-prices,equal-surplus", "--workers", "1", cwd=path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    (path / "screen.txt").write_text(done.stdout, encoding="utf-8")
    return path


def test_the_folder_holds_every_table_and_reads_back(folder: Path) -> None:
    settled = folder / "settled"
    names = {item.name for item in settled.iterdir()}
    assert {"settlement.json", "settlement.csv", "transfers.csv", "bill.csv", "ledger.csv", "explain.csv", "rules.csv",
            "settlement.xlsx", "settlement.html", "statements"} <= names  # fmt: skip
    found = read_settlement(settled)
    for name, text in settlement_files(found).items():
        assert (settled / name).read_bytes() == text.encode(), name
    book = openpyxl.load_workbook(settled / "settlement.xlsx")
    assert book["settlement"].max_row - 1 == len(found.settlement) == 10
    paid = sum(Decimal(row["paid"]) for row in rows(settled / "settlement.csv"))
    assert paid == sum(Decimal(row["received"]) for row in rows(settled / "settlement.csv")) > 0


def test_the_screen_shows_table_certificate_and_rules(folder: Path) -> None:
    screen = (folder / "screen.txt").read_text(encoding="utf-8")
    assert "harbin" in screen
    assert "1,023" in screen  # 2^10 - 1 groups of ten cities
    assert "equal-surplus" in screen
    assert "…" not in "".join(line for line in screen.splitlines() if "harbin │" in line), "no number is cut"


def test_the_same_input_gives_the_same_bytes(folder: Path) -> None:
    again = tongzhou("settle", "river", "plan", "--out", "again", "--compare", "dual-prices,equal-surplus",
                     "--workers", "1", cwd=folder)  # fmt: skip
    assert again.returncode == 0, again.stderr
    for path in sorted((folder / "again").glob("*.csv")):
        assert path.read_bytes() == (folder / "settled" / path.name).read_bytes(), path.name


def test_remembered_groups_are_not_solved_again(folder: Path) -> None:
    for _ in range(2):
        done = tongzhou("settle", "river", "plan", "--compare", "none", "--coalitions", "groups.jsonl", "--workers", "1",
                        "--format", "json", cwd=folder)  # fmt: skip
        assert done.returncode == 0, done.stderr
        lines = (folder / "groups.jsonl").read_text(encoding="utf-8").count("\n")
    assert lines >= 2  # all together, and at least one group that was asked about
    document = json.loads(done.stdout)
    assert document["header"]["certificate"]["complete"] is True
    again = tongzhou(
        "settle", "river", "plan", "--compare", "none", "--coalitions", "groups.jsonl", "--workers", "1", cwd=folder
    )
    assert again.returncode == 0
    assert (folder / "groups.jsonl").read_text(encoding="utf-8").count("\n") == lines


def test_a_statement_in_both_forms(folder: Path) -> None:
    text = tongzhou("statement", "settled", "harbin", cwd=folder)
    assert text.returncode == 0, text.stderr
    assert "Harbin" in text.stdout and "哈尔滨" in text.stdout
    page = tongzhou("statement", "settled", "harbin", "--format", "html", "--out", "harbin.html", cwd=folder)
    assert page.returncode == 0
    assert "<html" in (folder / "harbin.html").read_text(encoding="utf-8")
    unknown = tongzhou("statement", "settled", "atlantis", cwd=folder)
    assert unknown.returncode == 2
    assert "harbin" in unknown.stderr


def test_an_interim_settlement_is_set_off(folder: Path) -> None:
    """All was paid by the interim settlement: the next one, on the same facts, asks for at most single cents."""
    done = tongzhou("settle", "river", "plan", "--previous", "settled", "--out", "final", "--compare", "none",
                    "--workers", "1", cwd=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all(Decimal(row["amount"]) <= Decimal("0.05") for row in rows(folder / "final" / "transfers.csv"))


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("--rule", "fairest"), 2, "nucleolus"),
        (("--compare", "shapley,best"), 2, "best"),
        (("--report",), 2, "--out"),
    ],
)
def test_calls_that_make_no_sense(folder: Path, arguments: tuple[str, ...], code: int, word: str) -> None:
    done = tongzhou("settle", "river", "plan", *arguments, cwd=folder)
    assert done.returncode == code
    assert word in done.stderr


def test_a_plan_of_another_scenario_is_refused(folder: Path) -> None:
    done = tongzhou("settle", "henan-2021", "plan", cwd=folder)
    assert done.returncode == 3
    assert "another scenario" in done.stderr


def test_bad_settlement_tables_are_one_error_and_nothing_is_written(folder: Path) -> None:
    shutil.copytree(folder / "river", folder / "bad")
    (folder / "bad" / "actuals.csv").write_text(
        "line,shipped,arrived,accepted,damaged,departed_h,arrived_h,cost\n"
        "S:nowhere,1,1,1,0,0,6,5\nS:neither,1,1,1,0,0,6,-5\n", encoding="utf-8",
    )  # fmt: skip
    (folder / "bad" / "responsibility.csv").write_text("city,share\njilin,0.9\nharbin,0.3\n", encoding="utf-8")
    (folder / "bad" / "funds.csv").write_text(
        "fund,payer,amount,pays_for,share\na,A,10,travel,0.75\nb,B,10,all,0.5\n", encoding="utf-8"
    )
    done = tongzhou("settle", "bad", "plan", "--out", "never", cwd=folder, TONGZHOU_LANG="both")
    assert done.returncode == 3
    for word in ("S:nowhere", "S:neither", "方案中的线号或车次", "row 3, column cost", "add up to 1.2", "overlap"):
        assert word in done.stderr, (word, done.stderr)
    assert not (folder / "never").exists()


def test_ctrl_c_writes_nothing(folder: Path) -> None:
    """A cancelled settlement is no settlement."""
    process = subprocess.Popen(
        [TONGZHOU, "settle", "river", "plan", "--compare", "all", "--out", "cancelled"], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(3.0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert not (folder / "cancelled").exists()


def test_the_demo_ends_with_the_settlement(folder: Path) -> None:
    done = tongzhou("demo", "--case", "river-pollution", "--time-limit", "5", "--out", "demo", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "1,023" in done.stdout
    assert (folder / "demo" / "settlement" / "settlement.html").is_file()
    assert (folder / "demo" / "settlement" / "statements" / "jilin.md").is_file()
