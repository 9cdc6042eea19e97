"""`replan` and `replay`: what they write, what they say, what they refuse."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tongzhou.scenarios.files import load, save
from tongzhou.service.cli.main import run
from worlds import arrival, carrier, need, stock, world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """50 of G and, from hour 12, 30 of H for the 80 that A needs; planned in `p`."""
    problem = world(
        stock("G", 50), stock("H", 0), arrival("H", 30, 12), need("A", 80, name="N"), carrier("G", "A", t_cost=2),
        carrier("H", "A", t_cost=2),
    )  # fmt: skip
    save(problem, tmp_path / "s")
    assert run(["plan", str(tmp_path / "s"), "--out", str(tmp_path / "p"), "--reliefs", "0"]) == 0
    return tmp_path


def test_replan_writes_plan_scenario_and_changes_and_replay_finds_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At hour 6 G's 50 have left. H withdraws its line; what it still offers is proposed anew, under another id."""
    capsys.readouterr()
    with (folder / "p" / "shipments.csv").open(encoding="utf-8") as file:
        lines = {row["origin"]: row["line"] for row in csv.DictReader(file)}
    arguments = [
        "replan",
        str(folder / "s"),
        "--previous",
        str(folder / "p"),
        "--now",
        "6",
        "--accept",
        "all",
        "--withdraw",
        lines["H"],
    ]
    assert run([*arguments, "--out", str(folder / "q"), "--log", str(folder / "log")]) == 0
    told = capsys.readouterr().out
    assert "it was withdrawn" in told
    states = {row.origin: row.status for row in load(folder / "q" / "scenario").commitments}
    assert states == {"G": "on-site", "H": "withdrawn"}  # six hours under way: there by now
    with (folder / "q" / "changes.csv").open(encoding="utf-8") as file:
        assert [(row["line"], row["change"], row["reason"]) for row in csv.DictReader(file)] == [
            (lines["H"], "dropped", "withdrawn"),
            (f"{lines['H']}+", "new", "instead"),
        ]
    assert run(["replay", str(folder / "log"), "--previous", str(folder / "p")]) == 0
    assert "the same plan" in capsys.readouterr().out
    event = json.loads((folder / "log").read_text(encoding="utf-8"))
    event["plan"] = "0" * 64
    (folder / "log").write_text(json.dumps(event) + "\n", encoding="utf-8")
    assert run(["replay", str(folder / "log"), "--previous", str(folder / "p")]) == 1
    assert "ANOTHER PLAN" in capsys.readouterr().out


def test_the_cost_of_kept_lines_counts_on_both_sides(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing changes, so no tier is printed as changed, although G's 100 of cost are spent by now."""
    capsys.readouterr()
    arguments = ["replan", str(folder / "s"), "--previous", str(folder / "p"), "--now", "6", "--accept", "all"]
    assert run(arguments) == 0
    told = capsys.readouterr().out
    assert "No line changes." in told
    assert "unchanged" not in told


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--now", "6", "--withdraw", "nobody"], 3, "a line of the previous plan"),
        (["--now", "6", "--actuals", "none.csv"], 3, "a CSV file"),
        (["--now", "6", "--out", "s"], 2, "holds a scenario"),
    ],
)
def test_what_cannot_be_is_refused(
    folder: Path,
    arguments: list[str],
    code: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    assert run(["replan", "s", "--previous", "p", *arguments]) == code
    assert message in capsys.readouterr().err


def test_a_broken_log_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "log").write_text('{"now_h": 1}\n', encoding="utf-8")
    assert run(["replay", str(folder / "log"), "--previous", str(folder / "p")]) == 2
    assert "a line without a scenario" in capsys.readouterr().err
