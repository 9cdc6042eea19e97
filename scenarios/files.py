"""Load a scenario from a folder, a workbook or a JSON document, and save it as any of them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tongzhou.model.domain import Problem, Tables
from tongzhou.model.domain.checks import check
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.errors import Fault, ScenarioError, Text, UsageError
from tongzhou.scenarios.csv_folder import SETTINGS_FILE, folder_files, read_folder
from tongzhou.scenarios.json_document import document_of, json_text, read_document
from tongzhou.scenarios.raw import RawScenario, read_table
from tongzhou.scenarios.settings_values import read_settings, settings_values
from tongzhou.scenarios.workbook import read_workbook, write_workbook

Check = Callable[[Tables], Iterable[Fault]]
"""A check of the tables as the source orders them; rows count from 1."""


def load(path: Path, also: Check = lambda _: ()) -> Problem:
    """The scenario at a path. Raises `ScenarioError` with every fault of the source, those that `also` finds included."""
    if path.is_dir():
        raw = read_folder(path)
    elif not path.is_file():
        raise UsageError(Text(f"there is no scenario at {path}", f"{path} 处没有情景"))
    elif path.suffix.lower() == ".xlsx":
        raw = read_workbook(path)
    elif path.suffix.lower() == ".json":
        raw = read_document(path)
    else:
        raise UsageError(Text(f"{path} is no folder, .xlsx or .json file", f"{path} 不是文件夹, .xlsx 或 .json 文件"))
    return problem_of(raw, path.name, also)


def problem_of(raw: RawScenario, source: str, also: Check = lambda _: ()) -> Problem:
    """A checked problem from raw tables; all faults at once."""
    if raw.unreadable:
        raise ScenarioError(raw.faults, source)
    faults = list(raw.faults)
    settings, reliable = read_settings(raw.settings, faults)
    rows: dict[str, tuple[Any, ...]] = {}
    numbers: dict[str, list[int]] = {}
    bad: set[tuple[str, int, str]] = set()
    for name, spec in TABLES.items():
        table = raw.tables.get(name)
        if table is None:
            if not spec.optional and not any(fault.table == name for fault in faults):
                faults.append(Fault(name, None, (), "no such table", Text("this table is required", "必需的表")))
            continue
        read = read_table(table, spec.row_class)
        faults += read.faults
        rows[name], numbers[name] = tuple(read.rows), read.numbers
        bad |= {(name, index, column) for index, column in read.bad}
    tables = Tables(**rows)
    faults += [
        _renumbered(fault, numbers)
        for fault in (*check(settings, tables, bad), *also(tables))
        if (reliable or fault.table != "scenario")
        and (raw.tables.get(fault.table) is not None or fault.row is not None)
    ]
    if faults:
        raise ScenarioError(_in_order(faults), source)
    return Problem(settings=settings, **rows)


def _renumbered(fault: Fault, numbers: dict[str, list[int]]) -> Fault:
    if fault.row is None:
        return fault
    row = numbers[fault.table][fault.row - 1]
    return Fault(fault.table, row, fault.columns, fault.found, fault.expected, fault.suggestion)


def _in_order(faults: list[Fault]) -> list[Fault]:
    order = {name: number for number, name in enumerate(("workbook", "document", "scenario", *TABLES))}
    return sorted(faults, key=lambda item: (order.get(item.table, 99), item.row or 0, item.columns))


def save(problem: Problem, path: Path) -> None:
    """Write a scenario: `.xlsx`, `.json`, otherwise a folder. An existing folder or file is never overwritten."""
    refuse_existing(path)
    if path.suffix.lower() == ".xlsx":
        path.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(path, _tables(problem), settings=settings_values(problem.settings))
    elif path.suffix.lower() == ".json":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document_text(problem), encoding="utf-8")
    else:
        write_folder(path, folder_files(settings_values(problem.settings), problem.items()))


def refuse_existing(path: Path) -> None:
    """Raise `UsageError` where something is at the path already (an empty folder may be)."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise UsageError(Text(f"{path} exists already; nothing was written", f"{path} 已存在; 未写入任何内容"))


def write_folder(folder: Path, files: dict[str, str]) -> None:
    """Write all files or none: a half-written folder is removed."""
    existed = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
    except OSError:
        if not existed:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def is_scenario_folder(path: Path) -> bool:
    """Whether a folder holds a scenario."""
    return (path / SETTINGS_FILE).exists() or (path / "needs.csv").exists()


def document_text(problem: Problem) -> str:
    """The scenario as JSON text, always the same bytes for the same scenario."""
    return json_text(document_of(settings_values(problem.settings), _tables(problem)))


def scenario_hash(problem: Problem) -> str:
    """SHA-256 of the canonical JSON document: the same for every form of the same scenario."""
    return hashlib.sha256(document_text(problem).encode()).hexdigest()


def _tables(problem: Problem) -> list[tuple[str, type, tuple[object, ...]]]:
    return [(name, TABLES[name].row_class, rows) for name, rows in problem.items() if rows or not TABLES[name].optional]
