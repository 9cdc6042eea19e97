"""Several scenarios become one: incidents that share cities draw on one pool, and every stock, offer and promise counts once.

What scenarios say of the same thing must be the same; hours are counted from the earliest start. Needs bear the incident's name
before their own. Each incident keeps its governance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from tongzhou.model.domain import Problem, Settings
from tongzhou.model.domain.column import columns_of
from tongzhou.model.domain.incidents import LED, VOLUNTARY
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.domain.settings import Replanning
from tongzhou.model.domain.tables import City, Incident
from tongzhou.model.errors import Fault, ScenarioError, Text
from tongzhou.model.units import HOUR_TOLERANCE

STRONGEST = ("origin", "affected", "contributor", "hub")
"""The part a city plays in the joint scenario: the first of these that it plays in any incident."""
HOURS = ("from_h", "until_h", "by_h", "at_h", "depart_h", "leave_h", "departed_h", "arrived_h")
"""Columns that count hours since the start."""
ALIKE = ("period_h", "currency", "reserve", "objective", "escalation", "settlement")
"""Settings that the scenarios must share."""
SEPARATOR = "."

Row = Any


def join(problems: Mapping[str, Problem], name: str | None = None) -> Problem:
    """One scenario of several, by the id of their incident. Raises `ScenarioError` with everything that contradicts."""
    faults = [*_settings_faults(problems), *_line_faults(problems)]
    if faults:
        raise ScenarioError(faults)
    start = min(problem.settings.start for problem in problems.values())
    twice = _lines_told_twice(problems)
    moved = {incident: _moved(incident, problem, start, twice) for incident, problem in problems.items()}
    tables: dict[str, tuple[Row, ...]] = {"incidents": tuple(_incidents(problems))}
    for table, spec in TABLES.items():
        if table == "incidents":
            continue
        rows = {incident: getattr(problem, table) for incident, problem in moved.items()}
        tables[table] = _counted(rows) if not spec.key else _united(table, rows, faults)
    if faults:
        raise ScenarioError(faults)
    try:
        return Problem(settings=_settings(problems, moved, start, name), **tables)
    except ScenarioError as error:
        raise ScenarioError(error.faults, " + ".join(problems)) from error


def _settings_faults(problems: Mapping[str, Problem]) -> Iterator[Fault]:
    first, *others = problems.items()
    for incident, problem in others:
        for section in ALIKE:
            here, there = getattr(problem.settings, section), getattr(first[1].settings, section)
            if here != there:
                yield Fault("scenario", None, (section,), f"{incident}: {_told(here)}", Text(
                    f"as in {first[0]}: {_told(there)}", f"与 {first[0]} 相同: {_told(there)}"))  # fmt: skip
        if problem.incidents or first[1].incidents:
            told = incident if problem.incidents else first[0]
            yield Fault("incidents", None, (), told, Text("a scenario of one incident", "单一事件的情景"))
        gap = abs((problem.settings.start - first[1].settings.start).total_seconds() / 3600)
        periods = gap / first[1].settings.period_h
        if abs(periods - round(periods)) > HOUR_TOLERANCE:
            yield Fault("scenario", None, ("start",), f"{incident}: {problem.settings.start.isoformat()}", Text(
                f"whole periods of {first[1].settings.period_h:g} h from the start of {first[0]}",
                f"与 {first[0]} 的起点相差整数个 {first[1].settings.period_h:g} 小时时段"))  # fmt: skip


def _lines_told_twice(problems: Mapping[str, Problem]) -> set[str]:
    counts = Counter(row.line for problem in problems.values() for row in problem.commitments)
    return {line for line, count in counts.items() if count > 1}


def _line_faults(problems: Mapping[str, Problem]) -> Iterator[Fault]:
    """The same promise in two scenarios, or two promises under one id: only the people who made it know."""
    twice = _lines_told_twice(problems)
    start = min(problem.settings.start for problem in problems.values())
    for incident, problem in problems.items():
        for row in problem.commitments:
            if row.line in twice and row.status != "proposed":
                yield Fault("commitments", None, ("line",), f"{incident}: {row.line}", Text(
                    "a line of one scenario only", "仅见于一个情景的线号"), Text(
                    "the same promise: leave it out in the others; another one: give it another id",
                    "若为同一承诺, 仅在一个情景中保留; 若为另一承诺, 请改用其他编号"))  # fmt: skip
            if row.depart_h < 0 and problem.settings.start > start:
                yield Fault("commitments", None, ("depart_h",), f"{incident}: {row.line}: {row.depart_h:g}", Text(
                    "an hour after the start: this scenario starts later than the joint one, whose stocks it must draw on",
                    "不早于起点: 该情景晚于合并起点, 须自合并库存中扣减"))  # fmt: skip


def _told(value: object) -> str:
    """A setting, or a section with its cells, in short."""
    cells = getattr(value, "__dataclass_fields__", None)
    return str(value) if cells is None else ", ".join(f"{name} {getattr(value, name)}" for name in cells)


def _moved(incident: str, problem: Problem, start: Any, twice: set[str]) -> Problem:
    """The scenario with hours counted from the joint start and ids of its own: still one valid scenario."""
    shift = (problem.settings.start - start).total_seconds() / 3600

    def renamed(table: str, row: Row) -> Row:
        changes: dict[str, Any] = {}
        if shift:
            changes |= {
                item.name: getattr(row, item.name) + shift
                for item in fields(row)
                if item.name in HOURS and getattr(row, item.name) is not None
            }
        for column, names in (("need", problem.need_of), ("line", twice)):
            if getattr(row, column, None) in names:
                changes[column] = f"{incident}{SEPARATOR}{getattr(row, column)}"
        if table == "needs":
            changes["incident"] = incident
        return replace(row, **changes) if changes else row

    settings = replace(
        problem.settings, start=start, periods=problem.settings.periods + round(shift / problem.settings.period_h),
        replanning=_later(problem.settings.replanning, shift),
    )  # fmt: skip
    tables = {table: tuple(renamed(table, row) for row in rows) for table, rows in problem.items()}
    tables["incidents"] = (Incident(incident=incident, name=incident, mode=problem.settings.governance.mode),)
    return Problem(settings=settings, **tables)


def _later(told: Replanning, shift: float) -> Replanning:
    """A scenario that starts later than the joint one says that as many hours have passed."""
    now_h = (told.now_h or 0.0) + shift
    return Replanning(
        now_h=now_h if now_h or told.now_h is not None else None,
        called_h=None if told.called_h is None else told.called_h + shift,
    )


def _incidents(problems: Mapping[str, Problem]) -> Iterator[Incident]:
    for incident, problem in problems.items():
        settings = problem.settings
        yield Incident(
            incident=incident, name=settings.name, name_zh=settings.name_zh, mode=settings.governance.mode,
            self_first=settings.governance.self_first, no_worse_off=settings.governance.no_worse_off,
        )  # fmt: skip


def _counted(rows: Mapping[str, tuple[Row, ...]]) -> tuple[Row, ...]:
    """Rows without a key: as often as the scenario that has a row most often."""
    most: Counter[Row] = Counter()
    for table in rows.values():
        most |= Counter(table)
    return tuple(most.elements())


def _united(table: str, rows: Mapping[str, tuple[Row, ...]], faults: list[Fault]) -> tuple[Row, ...]:
    """Rows with a key: once; those told twice must say the same."""
    key = TABLES[table].key
    found: dict[tuple[Any, ...], tuple[str, Row]] = {}
    for incident, given in rows.items():
        for row in given:
            name = tuple(getattr(row, column) for column in key)
            before = found.get(name)
            if before is None:
                found[name] = (incident, row)
                continue
            told = before[1]
            if table == "cities":
                row, told = _city(row, told), _city(told, row)
            faults += _contradictions(table, name, (incident, row), (before[0], told))
            found[name] = (before[0], told)
    return tuple(row for _, row in found.values())


def _city(row: City, other: City) -> City:
    """A city with the stronger of two roles; it is a hub if either says so. A depot stays what it is."""
    roles = {row.role, other.role}
    if "national" in roles:
        return row
    role = min(roles, key=STRONGEST.index)
    return replace(row, role=role, hub=row.passes_on or other.passes_on if role != "hub" else row.hub or other.hub)


def _contradictions(table: str, key: tuple[Any, ...], row: tuple[str, Row], before: tuple[str, Row]) -> Iterator[Fault]:
    place = " ".join("" if part is None else str(part) for part in key)
    for column in columns_of(TABLES[table].row_class):
        here, there = getattr(row[1], column), getattr(before[1], column)
        if here != there:
            found = f"{place}, {row[0]}: {'blank' if here is None else here}"
            known = "blank" if there is None else there
            yield Fault(table, None, (column,), found, Text(f"as in {before[0]}: {known}", f"与 {before[0]} 相同: {known}"),
                        Text("what is told twice must be the same; or leave the row out in one of them",
                             "重复的行须一致, 或仅在其一中保留"))  # fmt: skip


def _settings(problems: Mapping[str, Problem], moved: Mapping[str, Problem], start: Any, name: str | None) -> Settings:
    """The joint settings: of the first scenario where they agree; as long as the longest; as far as the furthest."""
    first = next(iter(problems.values())).settings
    all_settings = [problem.settings for problem in problems.values()]
    chinese = [item.name_zh or item.name for item in all_settings]
    modes = {item.governance.mode for item in all_settings}
    told = [problem.settings.replanning for problem in moved.values()]
    now = [item.now_h for item in told if item.now_h is not None]
    called = [item.called_h for item in told if item.called_h is not None]
    return replace(
        first,
        name=name or " + ".join(item.name for item in all_settings),
        name_zh=None if name else " + ".join(chinese),
        start=start,
        periods=max(problem.settings.periods for problem in moved.values()),
        situation="separate",
        governance=replace(
            first.governance,
            mode=VOLUNTARY if VOLUNTARY in modes else LED,
            self_first=all(item.governance.self_first for item in all_settings),
            no_worse_off=all(item.governance.no_worse_off for item in all_settings),
        ),
        replanning=Replanning(now_h=max(now) if now else None, called_h=min(called) if called else None),
    )
