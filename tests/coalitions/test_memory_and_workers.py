"""Values kept in a file, values from worker processes, and values that cannot be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from groups import all_costs, opened
from hand_worlds import WORLDS
from processes import processes_below
from service_processes import until
from tongzhou.model.errors import CoalitionError
from tongzhou.model.game.coalition import Group
from tongzhou.model.plan import Plan
from tongzhou.solvers.coalitions import workers as workers_module
from tongzhou.solvers.coalitions.memory import ValuationMemory, instance_hash
from tongzhou.solvers.coalitions.switches import SwitchedModel
from tongzhou.solvers.coalitions.valuation import Valuation, Valuer
from tongzhou.solvers.coalitions.workers import Workers
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.settlement import setting as setting_module
from tongzhou.solvers.settlement.setting import SettleOptions
from tongzhou.solvers.settlement.settle import settle

PROBLEM = WORLDS["goods"](mode="led")
GROUPS = range(1, 16)


def ask_all(path: Path | None, *, whole: bool = False, count: int = 1) -> list[Valuation]:
    with opened(PROBLEM, memory=path, whole_trips=whole, workers=count) as setting:
        setting.game.value(GROUPS)
        setting.game.sharpen(GROUPS)
        return setting.game.value(GROUPS)


@pytest.fixture
def solved_groups(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Group]]:
    """Groups whose dispatch was solved in this process."""
    seen: list[Group] = []
    value = Valuer.value

    def watched(self: Valuer, group: Group, clock: Clock) -> Valuation:
        seen.append(group)
        return value(self, group, clock)

    monkeypatch.setattr(Valuer, "value", watched)
    yield seen


@pytest.mark.parametrize("whole", [False, True])
def test_a_file_gives_back_what_was_solved(tmp_path: Path, solved_groups: list[Group], whole: bool) -> None:
    path = tmp_path / "values.jsonl"
    first = ask_all(path, whole=whole)
    assert set(solved_groups) == set(GROUPS)
    solved_groups.clear()
    size = path.stat().st_size
    assert ask_all(path, whole=whole) == first  # to the last bit
    assert solved_groups == []
    assert path.stat().st_size == size


def test_another_instance_is_never_used(tmp_path: Path, solved_groups: list[Group]) -> None:
    path = tmp_path / "values.jsonl"
    ask_all(path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len({line["instance"] for line in lines}) == 1
    poisoned = [{**line, "instance": "0" * 64, "cost": -1e9, "bound": -1e9} for line in lines]
    path.write_text("".join(json.dumps(line) + "\n" for line in poisoned), encoding="utf-8")
    solved_groups.clear()
    assert all(item.cost >= 0 for item in ask_all(path))
    assert set(solved_groups) == set(GROUPS)


def test_everything_that_matters_is_in_the_hash() -> None:
    with opened(PROBLEM) as setting:
        switched = setting.switched
        known = instance_hash(switched, whole=False)
        assert known == setting.instance
    dearer = replace(PROBLEM, needs=(replace(PROBLEM.needs[0], quantity=31.0), *PROBLEM.needs[1:]))
    with opened(dearer) as setting:
        found = {known, setting.instance, instance_hash(switched, whole=True)}
    for part in ("row_lower", "row_upper", "lower", "upper", "column_scale", "row_scale"):
        changed = getattr(switched.model, part).copy()
        changed[np.flatnonzero(np.isfinite(changed))[0]] += 1.0
        found.add(instance_hash(replace(switched, model=replace(switched.model, **{part: changed})), whole=False))
    found.add(instance_hash(replace(switched, prices=switched.prices * 2), whole=False))
    found.add(instance_hash(replace(switched, players=("x", *switched.players[1:])), whole=False))
    assert len(found) == 11


@pytest.mark.parametrize("left", [0.3, 0.999])
def test_a_truncated_last_line_is_ignored_and_written_again(
    tmp_path: Path, solved_groups: list[Group], left: float
) -> None:
    path = tmp_path / "values.jsonl"
    first = ask_all(path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    torn = lines[-1][: max(1, int(len(lines[-1]) * left))].rstrip("\n")[:-1]
    path.write_text("".join(lines[:-1]) + torn, encoding="utf-8")
    solved_groups.clear()
    again = ask_all(path)
    assert [item.group for item in again] == [item.group for item in first]
    assert [item.cost for item in again] == pytest.approx([item.cost for item in first])
    assert len(solved_groups) == 1
    solved_groups.clear()
    assert ask_all(path) == again  # what was solved again did not join the torn line
    assert solved_groups == []


def test_many_instances_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "values.jsonl"
    item = Valuation(5, 1.25, 1.25, (1.0, 0.0, 0.25))
    for name, factor in (("one", 1.0), ("two", 2.0)):
        ValuationMemory(name, path).keep([replace(item, cost=item.cost * factor)])
    assert ValuationMemory("one", path).recall([5, 6]) == {5: item}
    assert ValuationMemory("two", path).recall([5])[5].cost == 2.5
    assert ValuationMemory("three", path).recall([5]) == {}


@pytest.mark.parametrize("whole", [False, True])
def test_two_workers_give_the_same(whole: bool) -> None:
    alone, together = ask_all(None, whole=whole), ask_all(None, whole=whole, count=2)
    assert [item.group for item in together] == [item.group for item in alone]
    size = max(abs(item.cost) for item in alone)
    share = 1e-9 if not whole else 2e-4
    for one, other in zip(alone, together, strict=True):
        assert other.cost == pytest.approx(one.cost, abs=share * size)


def impossible(switched: SwitchedModel) -> SwitchedModel:
    """City `a` may lack nothing: with its own 4 of 30 that cannot be; groups without it are as they were."""
    model = switched.model
    upper = model.upper.copy()
    for key, column in model.variables["unserved"].place.items():
        upper[column] = 0.0 if key[0] == "a" else upper[column]
    return replace(switched, model=replace(model, upper=upper))


def test_an_infeasible_group_is_an_error() -> None:
    with opened(PROBLEM) as setting:
        valuer = Valuer(impossible(setting.switched))
    with pytest.raises(CoalitionError, match="could not be computed"):
        valuer.value(1, Clock(None))
    with pytest.raises(CoalitionError, match="could not be computed"):
        valuer.value_whole(1, Clock(None))
    with opened(PROBLEM) as setting:
        assert valuer.value(6, Clock(None)).cost == pytest.approx(setting.game.cost(6))


def test_a_group_without_time_is_an_error() -> None:
    with opened(PROBLEM) as setting, pytest.raises(CoalitionError):
        Valuer(setting.switched).value(7, Clock(0.0))


@pytest.mark.parametrize("count", [1, 2])
def test_no_settlement_without_a_value(monkeypatch: pytest.MonkeyPatch, count: int, tmp_path: Path) -> None:
    """Neither the settlement nor the file gets a number, in this process or over workers."""
    real = setting_module.switch_model
    monkeypatch.setattr(setting_module, "switch_model", lambda *given: impossible(real(*given)))
    path = tmp_path / "values.jsonl"
    with pytest.raises(CoalitionError):
        settle(PROBLEM, Plan(), SettleOptions(workers=count, memory=path), Clock(60.0))
    assert not path.exists() or not path.read_text(encoding="utf-8")


def test_a_failure_late_in_the_search_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every city alone and all together are known; the first group in between fails."""
    value = Valuer.value

    def failing(self: Valuer, group: Group, clock: Clock) -> Valuation:
        if group.bit_count() == 2:
            return value(Valuer(impossible(self._switched)), 1, clock)
        return value(self, group, clock)

    monkeypatch.setattr(Valuer, "value", failing)
    with opened(PROBLEM) as setting, pytest.raises(CoalitionError):
        all_costs(setting.game)


def test_cancelling_over_workers_is_an_error() -> None:
    with opened(PROBLEM) as setting, Workers(setting.switched, seed=0, count=2) as pool:
        assert len(pool.value([1, 2, 3], Clock(None))) == 3
        with pytest.raises(CoalitionError, match="cancelled"):
            pool.value([1, 2, 3], Clock(None, cancelled=lambda: True))
        assert pool.valuer is not workers_module._DESK.valuer


VALUING = """
import time
from groups import opened
from hand_worlds import WORLDS
from tongzhou.solvers.coalitions.workers import Workers
from tongzhou.solvers.progress import Clock

if __name__ == "__main__":
    with opened(WORLDS["goods"](mode="led")) as setting, Workers(setting.switched, seed=0, count=2) as pool:
        pool.value([1, 2, 3], Clock(None))
        print("valued", flush=True)
        time.sleep(60)
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "valuing.py"
    script.write_text(VALUING, encoding="utf-8")
    paths = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"valued\n"
        left = processes_below(parent.pid)
        assert len(left) >= 2
        parent.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left), 10)
