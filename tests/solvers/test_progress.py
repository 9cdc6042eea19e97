"""What a running solve tells."""

from __future__ import annotations

import pytest
from tongzhou.solvers.progress import Clock, Progress


@pytest.mark.parametrize(
    ("incumbent", "bound", "gap"),
    [(200.0, 150.0, 0.25), (1e-12, -5.0, None), (0.0, 0.0, None), (None, 1.0, None), (1.0, None, None)],
)
def test_the_gap_is_told_where_there_is_something_to_measure_it_by(
    incumbent: float | None, bound: float | None, gap: float | None
) -> None:
    assert Progress("cost", 1.0, incumbent, bound).gap == gap


def test_a_share_of_a_clock_ends_before_it_and_hears_the_same_cancel() -> None:
    asked: list[bool] = []
    clock = Clock(1000, cancelled=lambda: bool(asked))
    share = clock.share(0.25)
    assert 249 < share.left <= 250
    assert not share.cancelled
    asked.append(True)
    assert share.cancelled
    assert Clock(None).share(0.5).left == float("inf")
