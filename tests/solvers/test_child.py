"""The child process: an error of ours is an error, not a limit."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from processes import processes_below
from service_processes import until
from tongzhou.model.errors import SolverCrashError
from tongzhou.model.verify import verify
from tongzhou.scenarios.template import example
from tongzhou.service.cli.main import exit_code_of
from tongzhou.solvers.child import plan_in_child
from tongzhou.solvers.options import ExplainOptions, SolveOptions


def test_an_internal_error_is_not_called_a_memory_limit() -> None:
    broken = SolveOptions(time_limit_s=30, fairness_rounds=cast(Any, "no number"))  # range() fails in the child
    with pytest.raises(SolverCrashError) as caught:
        plan_in_child(example(), broken)
    assert exit_code_of(caught.value) == 1


def test_a_plan_is_not_lost_where_its_reasons_fail(capfd: pytest.CaptureFixture[str]) -> None:
    broken = ExplainOptions(reliefs=cast(Any, "no number"))
    problem = example()
    outcome = plan_in_child(problem, SolveOptions(time_limit_s=30), explain=broken)
    assert outcome.plan is not None
    assert not verify(problem, outcome.plan)
    assert "the plan stands" in capfd.readouterr().err


def test_nobody_is_left_behind_where_a_plan_is_killed(tmp_path: Path) -> None:
    command = [
        Path(sys.executable).with_name("tongzhou"),
        "plan",
        "china-340",
        "--out",
        tmp_path / "plan",
        "--time-limit",
        "60",
    ]
    plan = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: processes_below(plan.pid), 30)
    left = processes_below(plan.pid)
    plan.kill()
    plan.wait(10)
    until(lambda: not any(is_alive(pid) for pid in left), 10)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_second_process_that_is_ended_leaves_nothing_to_be_cleaned_up(tmp_path: Path) -> None:
    # Python's own clean-up would warn of it on stderr, after every larger plan.
    tongzhou, scenario = Path(sys.executable).with_name("tongzhou"), tmp_path / "scenario"
    size = ["--cities", "30", "--resources", "10", "--periods", "12", "--seed", "77"]
    subprocess.run([tongzhou, "scenarios", "generate", *size, "--out", scenario], check=True, capture_output=True)
    few = ["--time-limit", "15", "--gap", "0.01", "--explain-limit", "1"]
    done = subprocess.run([tongzhou, "plan", scenario, *few], check=True, capture_output=True, text=True)
    assert re.search(r"priority-\d +best \d", done.stderr)  # progress, a line every five seconds: it was searched
    assert "Warning" not in done.stderr
