"""An XLSX workbook: one sheet a table, and for scenarios a sheet `scenario` of keys and values."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet
from tongzhou.model.domain.column import columns_of
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.errors import Fault, Text
from tongzhou.scenarios.cells import write_sheet
from tongzhou.scenarios.raw import RawScenario, RawTable

SETTINGS_SHEET = "scenario"
LARGEST_UNPACKED = 512 * 1024 * 1024
NOT_READABLE = Text("a complete XLSX workbook", "完整的 XLSX 工作簿")
HEAD = PatternFill("solid", fgColor="DDE6EE")


def read_workbook(path: Path) -> RawScenario:
    """Open every sheet of a scenario workbook."""
    raw = RawScenario(settings={})
    book = open_book(path, raw.faults)
    if book is None:
        return raw
    for name in book.sheetnames:
        if name == SETTINGS_SHEET:
            raw.settings = _read_settings(book[name], raw.faults)
        elif name in TABLES:
            raw.tables[name] = read_sheet(book[name], name, raw.faults)
        else:
            expected = Text(f"one of {', '.join(TABLES)}", f"以下之一: {', '.join(TABLES)}")
            raw.faults.append(Fault(name, None, (), "an unknown sheet", expected))
    if SETTINGS_SHEET not in book.sheetnames:
        raw.faults.append(
            Fault("scenario", None, (), "no sheet `scenario`", Text("a sheet `scenario`", "工作表 scenario"))
        )
    return raw


def open_book(path: Path, faults: list[Fault]) -> openpyxl.Workbook | None:
    """The workbook, or None with a fault; the size is checked before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(item.file_size for item in packed.infolist())
        if size > LARGEST_UNPACKED:
            faults.append(
                Fault("workbook", None, (), f"{size} bytes unpacked", Text("at most 512 MiB", "不超过 512 MiB"))
            )
            return None
        return openpyxl.load_workbook(path)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError, OSError, SyntaxError) as error:
        faults.append(Fault("workbook", None, (), f"{path.name}: {error}", NOT_READABLE,
                            Text("save it again from your spreadsheet program", "请用表格软件重新保存")))  # fmt: skip
        return None


def read_sheet(sheet: Worksheet, name: str, faults: list[Fault]) -> RawTable:
    """Header and rows of a sheet; formulas are faults, blank rows are passed over."""
    lines = sheet.iter_rows()
    header = ["" if cell.value is None else str(cell.value) for cell in next(lines, ())]
    while header and not header[-1]:
        header.pop()
    table = RawTable(name, header)
    if not header:
        faults.append(Fault(name, 1, (), "an empty sheet", Text("a header row", "表头行")))
    for number, line in enumerate(lines, start=2):
        cells = {}
        for column, cell in zip(header, line, strict=False):
            cells[column] = _cell_value(cell, name, number, column, faults)
        if any(value not in (None, "") for value in cells.values()):
            table.rows.append((number, cells))
    return table


def _cell_value(cell: Cell, name: str, number: int, column: str, faults: list[Fault]) -> Any:
    if cell.data_type == "f":
        expected = Text("a value, not a formula", "数值而非公式")
        faults.append(Fault(name, number, (column,), str(cell.value)[:60], expected))
        return None
    if cell.data_type == "e":
        faults.append(Fault(name, number, (column,), str(cell.value), Text("a value, not an error", "数值而非错误值")))
        return None
    return cell.value


def _read_settings(sheet: Worksheet, faults: list[Fault]) -> Mapping[str, Any]:
    settings: dict[str, Any] = {}
    seen: set[str] = set()
    for number, (key_cell, value_cell) in enumerate(sheet.iter_rows(max_col=2), start=1):
        key = key_cell.value
        if key is None or (number == 1 and key == "key"):
            continue
        value = _cell_value(value_cell, SETTINGS_SHEET, number, "value", faults)
        if not isinstance(key, str) or key in seen:
            faults.append(
                Fault(SETTINGS_SHEET, number, ("key",), str(key), Text("each key once, as text", "每个键仅一次, 文本"))
            )
            continue
        seen.add(key)
        section, _, name = key.rpartition(".")
        target = settings.setdefault(section, {}) if section else settings
        if value is not None and isinstance(target, dict):
            target[name] = value
    return settings


def write_workbook(
    path: Path,
    tables: Iterable[tuple[str, type, Iterable[Any]]],
    *,
    settings: Mapping[str, Any] | None = None,
    notes: bool = False,
) -> None:
    """Write sheets of (name, row class, rows), and the sheet of settings; `notes` explains each column in a comment."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    if settings is not None:
        sheet = book.create_sheet(SETTINGS_SHEET)
        _write_row(sheet, 1, ["key", "value"], head=True)
        for number, (key, value) in enumerate(_dotted(settings), start=2):
            _write_row(sheet, number, [key, value])
        sheet.column_dimensions["A"].width = 32
        sheet.column_dimensions["B"].width = 40
    for name, row_class, rows in tables:
        _write_table(book.create_sheet(name), row_class, rows, notes=notes)
    book.save(path)


def _write_table(sheet: Worksheet, row_class: type, rows: Iterable[Any], *, notes: bool) -> None:
    columns = columns_of(row_class)
    _write_row(sheet, 1, list(columns), head=True)
    widths = [len(name) for name in columns]
    for number, row in enumerate(rows, start=2):
        values = [write_sheet(column, getattr(row, name)) for name, column in columns.items()]
        _write_row(sheet, number, values)
        widths = [max(width, len(str(value or ""))) for width, value in zip(widths, values, strict=True)]
    for number, (width, column) in enumerate(zip(widths, columns.values(), strict=True), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(48, width + 2)
        if notes:
            words = f" ({', '.join(column.choices)})" if column.choices else ""
            optional = "optional 可选" if column.optional else "required 必填"
            sheet.cell(1, number).comment = Comment(
                f"{column.note.en}{words}\n{column.note.zh}\n{optional}", "Tongzhou"
            )
    sheet.freeze_panes = "A2"


def _write_row(sheet: Worksheet, number: int, values: list[Any], *, head: bool = False) -> None:
    for place, value in enumerate(values, start=1):
        cell = sheet.cell(number, place)
        if isinstance(value, str):
            cell.value = value
            cell.data_type = "s"  # never a formula, whatever it starts with
            cell.number_format = "@"
        elif value is not None:
            cell.value = value
        if head:
            cell.font = Font(bold=True)
            cell.fill = HEAD
            cell.alignment = Alignment(vertical="top")


def _dotted(settings: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            for inner, item in value.items():
                yield f"{key}.{inner}", _plain(item)
        else:
            yield key, _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
