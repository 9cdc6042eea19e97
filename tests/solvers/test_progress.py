"""What a running solve tells."""

from __future__ import annotations

import pytest
from tongzhou.solvers.progress import Progress


@pytest.mark.parametrize(
    ("incumbent", "bound", "gap"),
    [(200.0, 150.0, 0.25), (1e-12, -5.0, None), (0.0, 0.0, None), (None, 1.0, None), (1.0, None, None)],
)
def test_the_gap_is_told_where_there_is_something_to_measure_it_by(
    incumbent: float | None, bound: float | None, gap: float | None
) -> None:
    assert Progress("cost", 1.0, incumbent, bound).gap == gap
