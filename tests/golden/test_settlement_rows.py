"""Every constraint of the settlement model as text, for terms in which each of them has rows. Captured: change detectors."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from tongzhou.model.settlement.terms import CityTerms, FundTerms, ProgrammeTerms, SettlementTerms
from tongzhou.model.settlement_formulation import FAMILY, build_settlement

from tests.golden.test_golden_rows import rows_of

FOLDER = Path(__file__).parent / "settlement"
NAMES = [rule.__name__ for _, rule in FAMILY]
WITHOUT_GAP, WITHOUT_THIRDS = "no_rest", "nobody_short"


def terms() -> SettlementTerms:
    """Origin O (able to pay 50), affected A, third party C, with a fund, a programme, a breach and a price of mishaps."""
    cities = (
        CityTerms("O", 10.0, {"travel": 5.0}, 40.0, 20.0, 50.0, third=False, idle=False, adjusted=1.0, target=30.0),
        CityTerms("A", 30.0, {}, 90.0, 110.0, None, third=False, idle=False, adjusted=0.0, target=30.0),
        CityTerms("C", 0.0, {"travel": 8.0, "commodities": 12.0}, 0.0, 20.0, None, third=True, idle=False, adjusted=0.0,
                  incentive_cap=2.0),
    )  # fmt: skip
    return SettlementTerms(
        cities=cities,
        funds=(FundTerms("transport", 9.0, ("travel",), 0.75, 6.0), FundTerms("reward", 3.0, ("incentive",), None, None)),
        programmes=(ProgrammeTerms("training", "O", 2.0, 3.0, 4, ()),),
        total=60.0, margin=0.1, rho=1.0, led=False, groups={0b011: 100.0, 0b110: 80.0},
    )  # fmt: skip


def variant(name: str) -> SettlementTerms:
    """Terms in which a constraint that others exclude has rows."""
    if name == WITHOUT_GAP:
        return replace(terms(), total=70.0)
    if name == WITHOUT_THIRDS:
        return replace(terms(), cities=terms().cities[:2], groups={})
    return terms()


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_as_recorded(name: str) -> None:
    path = FOLDER / f"{name}.txt"
    text = rows_of(build_settlement(variant(name)), name)
    assert not text.startswith(f"{name}: 0 rows"), "the golden terms must give every constraint a row"
    if os.environ.get("TONGZHOU_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run `make docs` and read the difference"


def test_no_record_without_its_constraint() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(NAMES)
