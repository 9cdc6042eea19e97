"""Chaos, small: three seeds, on both databases. `make soak` runs it large."""

from __future__ import annotations

from pathlib import Path

import pytest
from chaos import RUNS
from postgres_cluster import Cluster


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_request_ends_in_one_answer_whatever_is_killed(
    cluster: Cluster, tmp_path: Path, database: str, seed: int
) -> None:
    figures = RUNS[database](tmp_path, seed, 40, 5)
    assert figures.wrong == []
    assert figures.states == {"done": 40}
    assert sum(figures.kills.values()) == 5
