"""A settlement as a folder of CSV tables with settlement.json, as one JSON document, as one workbook; and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongzhou.model.errors import SettlementFileError, Text
from tongzhou.model.settlement.settlement import SETTLEMENT_TABLES, Certificate, Missing, Settlement
from tongzhou.scenarios.csv_folder import csv_text
from tongzhou.scenarios.json_document import json_rows, json_text
from tongzhou.scenarios.workbook import write_workbook
from tongzhou.service.reports.table_files import rows_of_document, rows_of_folder

HEADER_FILE = "settlement.json"
FORMAT = "tongzhou-settlement/1"
LEDGER = "ledger"
_MONEY = ("total_cost", "gap", "bill_total", "outside_money", "deviation")


def settlement_header(settlement: Settlement) -> dict[str, Any]:
    """What settlement.json holds: everything but the tables; money as strings."""
    header: dict[str, Any] = {"format": FORMAT}
    for item in fields(settlement):
        if item.name not in SETTLEMENT_TABLES:
            header[item.name] = _plain(getattr(settlement, item.name))
    return header


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Certificate | Missing):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return list(value) if isinstance(value, tuple) else value


def settlement_document(settlement: Settlement) -> dict[str, Any]:
    """Header and tables as one JSON-ready object."""
    document: dict[str, Any] = {"header": settlement_header(settlement)}
    for name, rows in settlement.tables():
        document[name] = json_rows(SETTLEMENT_TABLES[name], rows)
    return document


def settlement_files(settlement: Settlement) -> dict[str, str]:
    """Name and content of every file of a settlement folder."""
    files = {HEADER_FILE: json_text(settlement_header(settlement))}
    for name, rows in settlement.tables():
        files[f"{name}.csv"] = csv_text(SETTLEMENT_TABLES[name], rows)
    return files


def write_settlement_workbook(settlement: Settlement, path: Path) -> None:
    """The settlement as one workbook, its header on the sheet `scenario`."""
    header = {key: value for key, value in settlement_header(settlement).items() if not isinstance(value, list)}
    flat = {key: _flat(value) for key, value in header.items()}
    write_workbook(path, [(name, SETTLEMENT_TABLES[name], rows) for name, rows in settlement.tables()], settings=flat)


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: ", ".join(map(str, entry)) if isinstance(entry, list) else _told(entry) for key, entry in value.items()
        }
    return _told(value)


def _told(value: Any) -> Any:
    return "" if value is None else value


def read_settlement(path: Path) -> Settlement:
    """A settlement written earlier, from its folder or its JSON document. Raises `SettlementFileError`."""
    try:
        if path.is_dir():
            header = json.loads((path / HEADER_FILE).read_text(encoding="utf-8"))
            tables = rows_of_folder(path, SETTLEMENT_TABLES)
        else:
            return settlement_of_document(json.loads(path.read_text(encoding="utf-8")))
        return _settlement(header, tables)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettlementFileError(Text(f"{path} is not a settlement: {error}", f"{path} 不是结算: {error}")) from error


def settlement_of_document(document: Mapping[str, Any]) -> Settlement:
    """A settlement from its JSON document. Raises `ValueError`, `KeyError` or `TypeError` for any other."""
    return _settlement(document["header"], rows_of_document(document, SETTLEMENT_TABLES))


def _settlement(header: dict[str, Any], tables: Mapping[str, tuple[Any, ...]]) -> Settlement:
    values: dict[str, Any] = {**{key: value for key, value in header.items() if key != "format"}, **tables}
    for name in _MONEY:
        values[name] = Decimal(values[name])
    proof: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else Decimal(value) if key in _CERTIFIED else value
        for key, value in header["certificate"].items()
    }
    values["certificate"] = Certificate(**proof)
    needed: dict[str, Any] = {key: None if value is None else Decimal(value) for key, value in header["money"].items()}
    values["money"] = Missing(**needed)
    for name in ("conduct", "carried_over"):
        values[name] = tuple(values[name])
    return Settlement(**values)


_CERTIFIED = ("excess", "worst_excess", "bound", "accuracy", "worst_excess_on_x", "bound_on_x")
