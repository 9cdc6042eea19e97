"""A folder of CSV tables and one scenario.toml."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tongzhou.model.domain.column import columns_of
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.errors import Fault, Text
from tongzhou.scenarios.cells import write_text
from tongzhou.scenarios.raw import RawScenario, RawTable

SETTINGS_FILE = "scenario.toml"
LARGEST_FILE = 256 * 1024 * 1024


def read_folder(folder: Path) -> RawScenario:
    """Open every table of a scenario folder."""
    raw = RawScenario(settings={})
    raw.settings = _read_settings(folder / SETTINGS_FILE, raw.faults)
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in TABLES:
            expected = Text(f"one of {', '.join(TABLES)}", f"以下之一: {', '.join(TABLES)}")
            raw.faults.append(Fault(path.stem, None, (), path.name, expected))
            continue
        table = read_csv(path, path.stem, raw.faults)
        if table is not None:
            raw.tables[path.stem] = table
    return raw


def _read_settings(path: Path, faults: list[Fault]) -> Mapping[str, Any]:
    if not path.is_file():
        faults.append(
            Fault("scenario", None, (), "no scenario.toml", Text("the file scenario.toml", "文件 scenario.toml"))
        )
        return {}
    text = _text(path, "scenario", faults)
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault("scenario", None, (), str(error), Text("a valid TOML document", "有效的 TOML 文档")))
        return {}


def _text(path: Path, table: str, faults: list[Fault]) -> str | None:
    if path.stat().st_size > LARGEST_FILE:
        faults.append(Fault(table, None, (), f"{path.stat().st_size} bytes", Text("at most 256 MiB", "不超过 256 MiB")))
        return None
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(
            Fault(
                table,
                line,
                (),
                f"byte 0x{data[error.start]:02x}",
                Text("text in UTF-8", "UTF-8 编码的文本"),
                _encoding_hint(data),
            )
        )
        return None


def _encoding_hint(data: bytes) -> Text:
    for name in ("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030", "gb18030"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return Text(f"the file looks like {name}: save it as UTF-8", f"该文件似为 {name} 编码: 请另存为 UTF-8")
    return Text("save the file as UTF-8", "请另存为 UTF-8")


def read_csv(path: Path, name: str, faults: list[Fault]) -> RawTable | None:
    """Header and rows of one CSV file; None with a fault where it cannot be opened as text."""
    text = _text(path, name, faults)
    if text is None:
        return None
    if "\x00" in text:
        faults.append(Fault(name, None, (), "a zero byte", Text("a text file", "文本文件")))
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        table = RawTable(name, header)
        line = reader.line_num + 1
        for cells in reader:
            if cells and any(cells):
                _add_row(table, line, cells, faults)
            line = reader.line_num + 1
    except csv.Error as error:
        faults.append(
            Fault(name, reader.line_num, (), str(error), Text("a well-formed CSV file", "格式正确的 CSV 文件"))
        )
        return None
    if not header:
        faults.append(Fault(name, 1, (), "an empty file", Text("a header row", "表头行")))
        return None
    return table


def _add_row(table: RawTable, line: int, cells: list[str], faults: list[Fault]) -> None:
    if len(cells) > len(table.header) and any(cells[len(table.header) :]):
        found = f"{len(cells)} cells"
        faults.append(
            Fault(table.name, line, (), found, Text(f"{len(table.header)} cells", f"{len(table.header)} 个单元格"))
        )
    table.rows.append((line, dict(zip(table.header, cells, strict=False))))


def csv_text(row_class: type, rows: Iterable[Any]) -> str:
    """A table as CSV text: header, then the rows as given."""
    columns = columns_of(row_class)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([write_text(column, getattr(row, name)) for name, column in columns.items()])
    return out.getvalue()


def folder_files(settings: Mapping[str, Any], tables: Iterable[tuple[str, tuple[Any, ...]]]) -> dict[str, str]:
    """Name and content of every file of a scenario folder; optional tables without rows are left out."""
    files = {SETTINGS_FILE: tomlkit.dumps(dict(settings))}
    for name, rows in tables:
        if rows or not TABLES[name].optional:
            files[f"{name}.csv"] = csv_text(TABLES[name].row_class, rows)
    return files
