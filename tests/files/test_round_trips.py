"""Folder, workbook and JSON document hold the same scenario; what is written is read back exactly."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tongzhou.model.domain import Problem
from tongzhou.model.domain.tables import City, Fund, Resource
from tongzhou.scenarios.cases import bundled
from tongzhou.scenarios.files import document_text, load, save, scenario_hash
from tongzhou.scenarios.generate import generate
from tongzhou.scenarios.template import example, write_template

FORMS = ("folder", "book.xlsx", "document.json")


def _all_forms(problem: Problem, folder: Path) -> list[Problem]:
    for form in FORMS:
        save(problem, folder / form)
    return [load(folder / form) for form in FORMS]


@pytest.mark.parametrize("problem", [example(), generate(8, 6, 6, 3)], ids=["template", "generated"])
def test_three_forms_hold_the_same_scenario(problem: Problem, tmp_path: Path) -> None:
    for read in _all_forms(problem, tmp_path):
        assert read == problem
        assert scenario_hash(read) == scenario_hash(problem)


def test_conversion_in_a_circle_gives_the_same_bytes(tmp_path: Path) -> None:
    save(generate(6, 4, 6, 1), tmp_path / "a")
    save(load(tmp_path / "a"), tmp_path / "b.xlsx")
    save(load(tmp_path / "b.xlsx"), tmp_path / "c.json")
    save(load(tmp_path / "c.json"), tmp_path / "d")
    for path in (tmp_path / "a").iterdir():
        assert (tmp_path / "d" / path.name).read_bytes() == path.read_bytes()


def test_bundled_cases_are_written_as_we_write(tmp_path: Path) -> None:
    for case in bundled().values():
        save(load(case.folder), tmp_path / case.name)
        for path in (tmp_path / case.name).iterdir():
            assert (case.folder / path.name).read_bytes() == path.read_bytes(), path.name


ODD_TEXTS = [
    "001",
    "NA",
    "1e5",
    "TRUE",
    "null",
    "a,b",
    'say "hi"',
    "São Tomé",
    "新乡",
    "O'Brien",
    "x=1",
    "a;b",
    "#N/A",
    " inner  blanks ",
]


@settings(max_examples=20, deadline=None)
@given(
    names=st.lists(st.sampled_from(ODD_TEXTS).map(str.strip), min_size=2, max_size=5, unique=True),
    share=st.decimals(min_value=0, max_value=9999, places=6),
    number=st.floats(min_value=0, max_value=1e9, allow_subnormal=False)
    .filter(lambda value: value == 0 or value > 1e-200)
    .map(lambda value: float(f"{value:.15g}")),
)
def test_odd_ids_rates_and_numbers_survive(
    names: list[str], share: Decimal, number: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    problem = Problem(
        settings=replace(example().settings, name="=SUM(A1)", name_zh="+86"),
        cities=tuple(
            City(city=name, name=f"={name}", latitude=0.0, longitude=0.1, population=number, role="affected")
            for name in names
        ),
        resources=(
            Resource(
                resource="007", name="@x", kind="supply", unit="t", weight_t=number, volume_m3=0.3, unit_value=share
            ),
        ),
        funds=(Fund(fund="f", payer="p", amount=Decimal("12.30"), pays_for="travel other"),),
    )
    for read in _all_forms(problem, tmp_path_factory.mktemp("odd")):
        assert read == problem


def test_order_of_rows_and_columns_has_no_meaning(tmp_path: Path) -> None:
    problem = generate(6, 4, 6, 2)
    save(problem, tmp_path / "a")
    shuffler = random.Random(5)
    for path in (tmp_path / "a").glob("*.csv"):
        header, *rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        if any('"' in cell for row in rows for cell in row):
            continue
        order = shuffler.sample(range(len(header)), len(header))
        shuffler.shuffle(rows)
        lines = [",".join(row[place] for place in order) for row in [header, *rows]]
        path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")  # BOM and CRLF too
    assert load(tmp_path / "a") == problem
    assert document_text(load(tmp_path / "a")) == document_text(problem)


def test_text_in_a_workbook_is_never_a_formula(tmp_path: Path) -> None:
    problem = example().replace(settings=replace(example().settings, name="=1+1"))
    save(problem, tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert load(tmp_path / "book.xlsx").settings.name == "=1+1"


def test_the_template_is_valid_in_both_forms_and_explains_every_column(tmp_path: Path) -> None:
    write_template(tmp_path / "new")
    assert load(tmp_path / "new") == example() == load(tmp_path / "new" / "scenario.xlsx")
    guide = (tmp_path / "new" / "GUIDE.md").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(tmp_path / "new" / "scenario.xlsx")
    for name, rows in example().items():
        del rows
        for cell in next(book[name].iter_rows()):
            assert cell.comment is not None
            assert f"`{cell.value}`" in guide
    assert "# " in (tmp_path / "new" / "scenario.toml").read_text(encoding="utf-8")
