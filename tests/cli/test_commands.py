"""The commands as a user runs them: exit codes, stdout and stderr, what is written."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from tongzhou.model.verify import verify
from tongzhou.scenarios.files import load, save
from tongzhou.scenarios.generate import generate
from tongzhou.scenarios.template import example
from tongzhou.service.reports.plan_files import read_outcome

ROOT = Path(__file__).parents[2]
TONGZHOU = str(Path(sys.executable).with_name("tongzhou"))


def tongzhou(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TONGZHOU, *arguments], cwd=cwd, capture_output=True, text=True, timeout=300, env={**os.environ, **env}
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli")
    save(example(), path / "scenario")
    unpriced = tuple(replace(row, unit_value=None, day_cost=None) for row in example().resources)
    save(example().replace(resources=unpriced), path / "unpriced")
    return path


def test_plan_writes_a_plan_that_the_verifier_accepts_when_read_back(folder: Path) -> None:
    done = tongzhou("plan", "scenario", "--out", "plan", "--report", "--format", "xlsx", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    outcome = read_outcome(folder / "plan")
    assert outcome.plan is not None
    assert not verify(load(folder / "scenario"), outcome.plan)
    # 8 squads are needed for 36 h from hour 0; 4 are at home for 24 h (duty), 4 + 2 more come by road: see shortages
    header = json.loads((folder / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert header["status"] == "optimal"
    assert header["has_plan"] is True
    assert [tier["name"] for tier in header["tiers"]][:2] == ["priority-1", "fairness-1"]
    book = openpyxl.load_workbook(folder / "plan" / "plan.xlsx")
    assert len(outcome.plan.shipments) == book["shipments"].max_row - 1
    assert (folder / "plan" / "orders" / "hill-city.html").is_file()
    report = (folder / "plan" / "report.html").read_text(encoding="utf-8")
    assert "River City" in report and "河城" in report
    assert not re.search(r"""<(script|link|img)[^>]+(src|href)=["']https?:""", report), "the report loads nothing"


def test_json_goes_to_stdout_and_progress_to_stderr(folder: Path) -> None:
    done = tongzhou("plan", "scenario", "--format", "json", cwd=folder)
    document = json.loads(done.stdout)
    assert document["plan"]["has_plan"]
    assert {"shipments", "trips", "deployments", "service", "shortages", "stocks", "baseline", "cities"} <= set(
        document
    )
    assert isinstance(document["cities"][0]["spent"], str)
    (folder / "document.json").write_text(done.stdout, encoding="utf-8")
    plan = read_outcome(folder / "document.json").plan
    assert plan is not None
    assert not verify(load(folder / "scenario"), plan)
    assert tongzhou("show", "document.json", "--scenario", "scenario", cwd=folder).returncode == 0


def test_two_runs_and_any_form_give_the_same_bytes(folder: Path) -> None:
    save(load(folder / "scenario"), folder / "same.xlsx")
    for number, source in enumerate(("scenario", "scenario", "same.xlsx")):
        assert tongzhou("plan", source, "--out", f"run{number}", cwd=folder).returncode == 0
    for path in (folder / "run0").iterdir():
        texts = [(folder / f"run{number}" / path.name).read_text(encoding="utf-8") for number in range(3)]
        seconds = re.compile(r'"(cpu|wall)_s": [\d.]+')
        assert len({seconds.sub("", text) for text in texts}) == 1, path.name


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("plan", "nowhere"), 2),
        (("plan", "scenario", "--format", "csv"), 2),
        (("plan", "scenario", "--format", "pdf"), 2),
        (("plan", "scenario", "--time-limit", "-1"), 2),
        (("plan", "unpriced", "--objective", "social-cost"), 3),  # no unit values, no day costs: no loss rates
        (("plan", "scenario", "--fail-on-shortage"), 4),
        (("show", "scenario"), 3),
        (("fly",), 2),
        (("scenarios", "new", "scenario"), 2),
        (("scenarios", "list"), 0),
        (("doctor",), 0),
    ],
)
def test_exit_codes(folder: Path, arguments: tuple[str, ...], code: int) -> None:
    done = tongzhou(*arguments, cwd=folder)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code in (2, 3):
        assert done.stderr.strip()
        assert not done.stdout.strip()


def test_messages_in_chinese(folder: Path) -> None:
    done = tongzhou("plan", "nowhere", cwd=folder, TONGZHOU_LANG="zh")
    assert "既不是路径" in done.stderr
    done = tongzhou("plan", "unpriced", "--objective", "social-cost", cwd=folder, TONGZHOU_LANG="both")
    assert "blank" in done.stderr and "应为" in done.stderr


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large")
    save(generate(30, 10, 12, 5), path / "large")
    return path


def test_ctrl_c_hands_over_the_best_plan_so_far(large: Path) -> None:
    process = subprocess.Popen(
        [TONGZHOU, "plan", "large", "--out", "cancelled", "--gap", "0", "--time-limit", "600"],
        cwd=large, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(8)  # a model of this size is being searched by then, on any machine for far longer
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    outcome = read_outcome(large / "cancelled")
    assert outcome.status == "cancelled"
    assert outcome.plan is not None
    assert not verify(load(large / "large"), outcome.plan)
    for tier in outcome.plan.tiers:
        assert tier.bound <= tier.value


def test_a_time_limit_is_kept_and_said(large: Path) -> None:
    done = tongzhou("plan", "large", "--out", "limited", "--gap", "0", "--time-limit", "10", cwd=large)
    assert done.returncode == 0, done.stderr
    outcome = read_outcome(large / "limited")
    assert outcome.status == "time-limit"
    assert outcome.plan is not None
    assert not verify(load(large / "large"), outcome.plan)


def test_too_little_memory_is_said(large: Path) -> None:
    done = tongzhou("plan", "large", "--memory-gib", "0.5", "--time-limit", "60", cwd=large)
    assert done.returncode in (0, 5), done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode == 5:
        assert "memory-limit" in done.stderr


def readme_commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_every_command_in_the_readme_runs(tmp_path: Path) -> None:
    commands = readme_commands()
    assert len(commands) >= 10
    path = f"{Path(TONGZHOU).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path}
    server: subprocess.Popen[bytes] | None = None
    try:
        for command in commands:
            if command.startswith("tongzhou serve"):
                server = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=tmp_path, env=env)
                _until_ready(int(command.split()[-1]))
                continue
            done = subprocess.run(
                ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=300, env=env
            )
            assert done.returncode == 0, (command, done.stderr)
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def _until_ready(port: int) -> None:
    """Wait until the service can do work."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    raise AssertionError("not ready within a minute")
