"""The child process: an error of ours is an error, not a limit."""

from __future__ import annotations

from typing import Any, cast

import pytest
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
