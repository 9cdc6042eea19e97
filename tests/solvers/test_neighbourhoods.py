"""Choosing what to open next."""

from __future__ import annotations

import numpy as np
import pytest
from tongzhou.solvers.neighbourhoods import KINDS, LEAST_SIZE, SIZES, Neighbourhoods
from tongzhou.solvers.topics import NONE, Topics

COUNT = 4000


def laid(relaxed: float = 0.0) -> Neighbourhoods:
    """4,000 columns over 20 destinations, 40 origins, 16 periods; every fourth has no resource (a trip)."""
    numbers = np.arange(COUNT, dtype=np.int32)
    resource = np.where(numbers % 4 == 0, NONE, numbers % 7).astype(np.int32)
    nothing = np.full(COUNT, NONE, dtype=np.int32)
    topics = Topics(numbers % 20, numbers % 40, numbers % 16, resource, nothing, resource != NONE)
    return Neighbourhoods(topics, np.arange(COUNT), np.full(COUNT, relaxed), seed=0)


def test_every_kind_is_tried_first_and_opens_about_its_size() -> None:
    choices = laid()
    seen = {}
    for _ in KINDS:
        kind, opened = choices.choose(np.zeros(COUNT))
        seen[kind] = int(opened.sum())
    assert set(seen) == set(KINDS)
    # whole codes: 200 columns a destination, 100 an origin, 250 a period; 429 or 428 a resource are too many for 250: periods
    # of about 27 of them are opened until there are 250
    assert seen["destination"] == 600 and seen["origin"] == 600
    assert seen["period"] == 500 and 250 <= seen["resource"] < 290
    assert abs(seen["disagreement"] - SIZES["disagreement"]) < 100


def test_disagreements_are_opened_as_far_as_they_are_few() -> None:
    numbers = np.arange(COUNT)
    for share, expected in ((10, 400), (2, 500)):  # 400 of them, filled up; 2,000: two of their periods of 250
        choices = laid()
        best = np.where(numbers % share == 0, 1.0, 0.0)
        opened = dict(choices.choose(best) for _ in KINDS)["disagreement"]
        assert int((opened & (best > 0)).sum()) == expected
        assert int(opened.sum()) < 1.5 * SIZES["disagreement"]


@pytest.mark.parametrize(("ended", "seconds", "size"), [(True, 0.1, 521), (True, 2.5, 400), (False, 3.0, 240)])
def test_sizes_follow_the_time_taken(ended: bool, seconds: float, size: int) -> None:
    choices = laid()
    choices.learn("period", 0.0, seconds, most_s=3.0, ended=ended)
    assert choices._records["period"].size == size  # 400 x 1.3 + 1, unchanged, 400 x 0.6


def test_sizes_never_vanish() -> None:
    choices = laid()
    for _ in range(20):
        choices.learn("resource", 0.0, 3.0, most_s=3.0, ended=False)
    assert choices._records["resource"].size == LEAST_SIZE


def test_what_gained_is_chosen_more_often() -> None:
    choices = laid()
    for kind in KINDS:
        choices.choose(np.zeros(COUNT))
        choices.learn(kind, 0.5 if kind == "period" else 0.0, 1.0, most_s=3.0, ended=True)
    for _ in range(10):
        choices.learn("origin", 0.0, 1.0, most_s=3.0, ended=True)
    chosen = [choices.choose(np.zeros(COUNT))[0] for _ in range(300)]
    assert chosen.count("period") > 2 * chosen.count("origin") > 0
