"""Every constraint as text, for a world in which each of them has rows: a change of the mathematics shows in review.

Captured, not derived: change detectors. `make docs` rewrites them; read the difference.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyomo.environ import value
from tongzhou.model.domain import Problem, Settings
from tongzhou.model.domain.settings import Governance, Objective, Replanning
from tongzhou.model.domain.tables import (
    City,
    Commitment,
    Fleet,
    Incident,
    Link,
    Need,
    Resource,
    Served,
    Stock,
    Substitute,
)
from tongzhou.model.formulation import FAMILIES, build
from tongzhou.model.indices import lay_indices
from tongzhou.solvers.options import SolveOptions
from tongzhou.solvers.progress import Clock
from tongzhou.solvers.reference import run_alone

FOLDER = Path(__file__).parent
MOST_ROWS = 6
NAMES = [rows.name for family in FAMILIES.values() for rows in family]


def _city(name: str, role: str, **more: Any) -> City:
    return City(city=name, name=name, latitude=34.0, longitude=113.0, population=1.0, role=role, **more)


def world() -> Problem:
    """Three cities and a depot in which every constraint of every family has at least one row."""
    return Problem(
        settings=Settings(
            name="golden", start=datetime(2026, 1, 1, tzinfo=UTC), period_h=6.0, periods=4,
            governance=Governance(mode="led"), objective=Objective(change_cost=50.0),
        ),
        cities=(
            _city("A", "contributor", load_t_per_h=5.0), _city("B", "origin", unload_t_per_h=4.0),
            _city("C", "affected", hub=True), _city("D", "national"),
        ),
        resources=(
            Resource(resource="water", name="water", kind="supply", unit="t", weight_t=1.0, volume_m3=1.5, unit_value=Decimal(8)),
            Resource(resource="milk", name="milk", kind="supply", unit="t", weight_t=1.0, volume_m3=1.0, unit_value=Decimal(9)),
            Resource(resource="pump", name="pump", kind="equipment", unit="piece", weight_t=2.0, volume_m3=9.0,
                     day_cost=Decimal(100), crew="crew", crew_size=2.0),
            Resource(resource="crew", name="crew", kind="team", unit="squad", weight_t=0.0, volume_m3=0.0, duty_h=6.0, rest_h=6.0),
        ),
        substitutes=(Substitute(needed="water", used="milk", ratio=0.5),),
        stocks=(
            Stock(city="A", resource="water", quantity=50.0, floor=10.0), Stock(city="A", resource="milk", quantity=20.0, floor=0.0),
            Stock(city="A", resource="pump", quantity=2.0, floor=0.0), Stock(city="A", resource="crew", quantity=4.0, floor=1.0),
            Stock(city="B", resource="water", quantity=5.0), Stock(city="B", resource="crew", quantity=1.0),
            Stock(city="B", resource="pump", quantity=1.0, floor=1.0), Stock(city="C", resource="water", quantity=3.0),
            Stock(city="D", resource="water", quantity=90.0), Stock(city="D", resource="crew", quantity=5.0),
        ),
        needs=(
            Need(need="n1", city="B", resource="water", quantity=40.0, from_h=0.0, by_h=24.0, priority=1, least_delivery=4.0),
            Need(need="n2", city="C", resource="water", quantity=10.0, from_h=6.0, by_h=24.0, priority=1),
            Need(need="n3", city="B", resource="pump", quantity=2.0, from_h=6.0, until_h=24.0, priority=2),
            Need(need="n4", city="B", resource="crew", quantity=2.0, from_h=6.0, until_h=24.0, priority=2),
        ),
        links=(
            Link(origin="A", destination="B", mode="road", travel_h=5.0, distance_km=300.0, capacity_t_per_h=6.0),
            Link(origin="A", destination="C", mode="road", travel_h=4.0, distance_km=200.0),
            Link(origin="C", destination="B", mode="road", travel_h=2.0, distance_km=100.0),
            Link(origin="D", destination="B", mode="road", travel_h=6.0, distance_km=400.0, t_cost=Decimal(30)),
        ),
        fleets=(
            Fleet(city="A", mode="road", vehicle="truck", vehicles=3, payload_t=8.0, volume_m3=10.0, km_cost=Decimal(2)),
            Fleet(city="C", mode="road", vehicle="van", vehicles=2, payload_t=2.0, volume_m3=4.0, km_cost=Decimal(1)),
        ),
        commitments=(
            Commitment(line="k1", kind="shipment", origin="A", destination="B", resource="water", quantity=5.0, depart_h=6.0,
                       mode="road", vehicle="truck", status="proposed"),
            Commitment(line="k2", kind="deployment", origin="A", destination="B", resource="crew", quantity=1.0, depart_h=6.0,
                       leave_h=18.0, need="n4", status="proposed"),
        ),
    )  # fmt: skip


def later() -> Problem:
    """The same, six hours on: the only rows of the family `history`."""
    start = world()
    return start.replace(
        settings=replace(start.settings, replanning=Replanning(now_h=6.0)),
        served=(Served(need="n1", by_resource="water", at_h=0.0, used=2.0),),
    )


def mixed() -> Problem:
    """The same with two incidents: the only rows of offers beside floors."""
    start = world()
    incidents = (
        Incident(incident="flood", name="flood", mode="led"),
        Incident(incident="fever", name="fever", mode="voluntary"),
    )
    voluntary = {"n2", "n4"}
    return start.replace(
        incidents=incidents,
        needs=tuple(replace(row, incident="fever" if row.need in voluntary else "flood") for row in start.needs),
        stocks=tuple(replace(row, offered=2.0) for row in start.stocks),
    )


def _built(problem: Problem) -> Any:
    alone = run_alone(problem, SolveOptions(), Clock(60))
    return build(lay_indices(problem, reference=alone.reference))


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    """The model for every constraint."""
    now = _built(world())
    special = {
        "served_before": _built(later()),
        "within_offer": _built(mixed()),
        "lent_within_offer": _built(mixed()),
    }
    return {name: special.get(name, now) for name in NAMES}


def rows_of(model: Any, name: str) -> str:
    """The first rows of a constraint, terms sorted, numbers in nine digits."""
    component = getattr(model, f"{name}_rows")
    lines = [f"{name}: {len(component)} rows"]
    for key in sorted(component, key=str)[:MOST_ROWS]:
        row = component[key]
        terms: dict[str, float] = {}
        for coefficient, variable in zip(row.body.linear_coefs, row.body.linear_vars, strict=True):
            terms[variable.name] = terms.get(variable.name, 0.0) + coefficient
        body = " ".join(f"{factor:+.9g} {variable}" for variable, factor in sorted(terms.items()))
        lower, upper = (None if side is None else f"{float(value(side)):.9g}" for side in (row.lower, row.upper))
        limits = f"= {upper}" if lower == upper else f"<= {upper}" if lower is None else f">= {lower}"
        lines.append(f"{key}: {body} {limits}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_as_recorded(models: dict[str, Any], name: str) -> None:
    path = FOLDER / f"{name}.txt"
    text = rows_of(models[name], name)
    assert not text.startswith(f"{name}: 0 rows"), "the golden world must give every constraint a row"
    if os.environ.get("TONGZHOU_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run `make docs` and read the difference"


def test_no_record_without_its_constraint() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(NAMES)
