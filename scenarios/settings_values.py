"""scenario.toml, the sheet `scenario` and the object `scenario`: one nested mapping to `Settings` and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from tongzhou.model.domain.checks.cells import cell_problem
from tongzhou.model.domain.checks.draft import did_you_mean, shown
from tongzhou.model.domain.column import Column, Value, columns_of
from tongzhou.model.domain.settings import SECTIONS, Settings
from tongzhou.model.errors import Fault, Text
from tongzhou.scenarios.cells import CellError, plain_number, read_cell

TABLE = "scenario"
START = Text(
    "a date and time with a zone, as 2021-07-20T18:00:00+08:00", "带时区的日期时间, 如 2021-07-20T18:00:00+08:00"
)


def read_settings(values: Mapping[str, Any], faults: list[Fault]) -> tuple[Settings, bool]:
    """Settings, and whether they can be relied on; faulty values are replaced by harmless ones."""
    before = len(faults)
    sections: dict[str, Any] = {}
    for name, section_class in SECTIONS.items():
        inner = values.get(name, {})
        if not isinstance(inner, Mapping):
            faults.append(Fault(TABLE, None, (name,), shown(inner), Text("a table of settings", "设置表")))
            inner = {}
        sections[name] = section_class(**_read_values(inner, columns_of(section_class), f"{name}.", faults))
    plain = {key: value for key, value in values.items() if key not in SECTIONS and key != "start"}
    own: dict[str, Any] = dict(_read_values(plain, columns_of(Settings), "", faults))
    start = _read_start(values.get("start"), faults)
    return Settings(start=start, **own, **sections), len(faults) == before


def _read_values(
    values: Mapping[str, Any], columns: Mapping[str, Column], prefix: str, faults: list[Fault]
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in values:
        if name not in columns:
            expected = Text(f"one of {', '.join(columns)}", f"以下之一: {', '.join(columns)}")
            faults.append(Fault(TABLE, None, (prefix + name,), "", expected, did_you_mean(name, columns)))
    for name, column in columns.items():
        try:
            value = read_cell(column, values.get(name))
            problem = cell_problem(column, value)
        except CellError as error:
            value, problem = None, (error.expected, error.suggestion)
        if problem is not None:
            shown_value = shown(values[name]) if name in values else "nothing"
            faults.append(Fault(TABLE, None, (prefix + name,), shown_value, *problem))
            value = _harmless(column)
        found[name] = value
    return found


def _harmless(column: Column) -> Value:
    if column.optional:
        return column.default
    stand_ins: dict[str, Value] = {"text": "?", "whole": 1000, "number": 1.0}
    return stand_ins.get(column.kind)


def _read_start(raw: Any, faults: list[Fault]) -> datetime:
    try:
        start = raw if isinstance(raw, datetime) else datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        start = None
    if start is None or start.tzinfo is None:
        found = "nothing" if raw is None else shown(str(raw))
        faults.append(Fault(TABLE, None, ("start",), found, START))
        return datetime(2000, 1, 1, tzinfo=UTC)
    return start


def settings_values(settings: Settings) -> dict[str, Any]:
    """Settings as a nested mapping with plain values; everything is written out, blanks are left out."""
    found: dict[str, Any] = {}
    for item in fields(Settings):
        value = getattr(settings, item.name)
        if item.name in SECTIONS:
            inside = {inner.name: _plain(getattr(value, inner.name)) for inner in fields(value)}
            given = {name: inner for name, inner in inside.items() if inner is not None}
            if given:
                found[item.name] = given
        elif value is not None:
            found[item.name] = value if isinstance(value, datetime) else _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        text = plain_number(value)
        return int(text) if text.lstrip("-").isdigit() else float(text)
    return value
