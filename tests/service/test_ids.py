"""Ids rise, are UUIDs of version 7, and are never the same twice."""

from __future__ import annotations

import time
import uuid

from tongzhou.service.store.ids import IdMaker, new_id


def test_ids_rise_and_differ() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_an_id_is_a_uuid_of_its_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    found = uuid.UUID(IdMaker().new())
    assert (found.version, found.variant) == (7, uuid.RFC_4122)
    assert before <= found.int >> 80 <= time.time_ns() // 1_000_000
