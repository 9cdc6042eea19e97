"""One JSON document: `{"scenario": {...}, "<table>": [rows]}`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tongzhou.model.domain.column import columns_of
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.errors import Fault, Text
from tongzhou.scenarios.cells import write_json
from tongzhou.scenarios.csv_folder import LARGEST_FILE
from tongzhou.scenarios.raw import RawScenario, RawTable


def read_document(path: Path) -> RawScenario:
    """Open a JSON file as a scenario."""
    raw = RawScenario(settings={})
    if path.stat().st_size > LARGEST_FILE:
        found = f"{path.stat().st_size} bytes"
        raw.faults.append(Fault("document", None, (), found, Text("at most 256 MiB", "不超过 256 MiB")))
        return raw
    try:
        document = json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=_no_repeats)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raw.faults.append(
            Fault("document", None, (), str(error)[:200], Text("a JSON document in UTF-8", "UTF-8 编码的 JSON 文档"))
        )
        return raw
    return raw_document(document)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        message = f"the name {next(name for name in names if names.count(name) > 1)!r} stands twice in one object"
        raise ValueError(message)
    return found


def raw_document(document: Any) -> RawScenario:
    """A parsed document as a raw scenario."""
    raw = RawScenario(settings={})
    if not isinstance(document, dict):
        raw.faults.append(Fault("document", None, (), type(document).__name__, Text("an object", "对象")))
        return raw
    settings = document.get("scenario")
    if isinstance(settings, dict):
        raw.settings = settings
    else:
        raw.faults.append(Fault("scenario", None, (), "", Text("an object `scenario`", "对象 scenario")))
    for name, rows in document.items():
        if name == "scenario":
            continue
        if name not in TABLES or not isinstance(rows, list):
            expected = Text(f"lists named {', '.join(TABLES)}", f"名为 {', '.join(TABLES)} 的列表")
            raw.faults.append(Fault(name, None, (), type(rows).__name__, expected))
            continue
        raw.tables[name] = _table(name, rows, raw.faults)
    return raw


def _table(name: str, rows: list[Any], faults: list[Fault]) -> RawTable:
    known = columns_of(TABLES[name].row_class)
    header = list(known)
    table = RawTable(name, header)
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            faults.append(Fault(name, number, (), type(row).__name__, Text("an object", "对象")))
            continue
        table.rows.append((number, row))
        header += [key for key in row if key not in header]
    return table


def document_of(settings: Mapping[str, Any], tables: Iterable[tuple[str, type, Iterable[Any]]]) -> dict[str, Any]:
    """A scenario as a JSON-ready object; blank cells are left out."""
    document: dict[str, Any] = {"scenario": _plain(settings)}
    for name, row_class, rows in tables:
        document[name] = json_rows(row_class, rows)
    return document


def json_rows(row_class: type, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows as JSON-ready objects; blank cells are left out."""
    columns = columns_of(row_class)
    return [
        {
            name: write_json(column, value)
            for name, column in columns.items()
            if (value := getattr(row, name)) is not None and value is not False
        }
        for row in rows
    ]


def json_text(document: Mapping[str, Any]) -> str:
    """JSON text with one row a line where it is short enough to read, always the same bytes."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            plain[key] = _plain(value)
        else:
            plain[key] = value.isoformat() if isinstance(value, datetime) else value
    return plain
