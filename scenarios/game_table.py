"""A plain game as a CSV file: columns `coalition,value`, a coalition being player names separated by blanks."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from tongzhou.model.domain.checks.draft import did_you_mean, shown
from tongzhou.model.errors import Fault, ScenarioError, Text, UsageError
from tongzhou.model.game.coalition import Group, everyone, names_of
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import MOST_PLAYERS
from tongzhou.scenarios.cells import NUMBER

if TYPE_CHECKING:
    from _csv import Reader

TABLE = "game"
COLUMNS = ("coalition", "value")
MOST_FAULTS = 100
"""Reading stops here: a file of a million rows in another format would list a million faults."""
MOST_MISSING = 10


@dataclass(frozen=True, slots=True)
class ValueTable:
    """Players, and the values of all their groups: float64, length 2^n, by bit mask; 0 for nobody."""

    players: tuple[str, ...]
    values: Floats


@dataclass(slots=True)
class _Rows:
    """What was read: players as they appear, and group, value and line of every row."""

    players: dict[str, int] = field(default_factory=dict)
    alone: dict[str, None] = field(default_factory=dict)
    groups: array[int] = field(default_factory=lambda: array("I"))
    values: array[float] = field(default_factory=lambda: array("d"))
    lines: array[int] = field(default_factory=lambda: array("I"))
    faults: list[Fault] = field(default_factory=list)


def read_game(path: Path) -> ValueTable:
    """The game in a CSV file (UTF-8, rows in any order, players in the order of their rows of one).

    Raises `UsageError` when there is no file, `ScenarioError` with every fault of it.
    """
    if not path.is_file():
        raise UsageError(Text(f"there is no file {path}", f"没有文件 {path}"))
    rows = _Rows()
    complete = _read(path, rows)
    table = _table(rows) if complete else None
    if rows.faults or table is None:
        raise ScenarioError(sorted(rows.faults, key=lambda fault: fault.row or math.inf), path.name)
    return table


def _fault(
    rows: _Rows, line: int | None, column: str | None, found: str, expected: Text, hint: Text | None = None
) -> None:
    rows.faults.append(Fault(TABLE, line, () if column is None else (column,), found, expected, hint))


def _read(path: Path, rows: _Rows) -> bool:
    """Read header and rows; False if the rest of the file could not be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, [])
            places = _header(header, rows)
            return places is not None and _read_rows(reader, len(header), places, rows)
        except UnicodeDecodeError as error:
            found = f"byte 0x{error.object[error.start]:02x}"
            _fault(rows, None, None, found, Text("text in UTF-8", "UTF-8 编码的文本"))
        except csv.Error as error:
            expected = Text("a well-formed CSV file", "格式正确的 CSV 文件")
            _fault(rows, reader.line_num, None, str(error), expected)
    return False


def _header(header: Sequence[str], rows: _Rows) -> tuple[int, int] | None:
    """Places of coalition and value; None with faults."""
    names = [name.strip() for name in header]
    for name in dict.fromkeys(names):
        if name not in COLUMNS:
            expected = Text("the columns coalition and value", "列 coalition 与 value")
            _fault(rows, 1, name or "(blank)", shown(name), expected, did_you_mean(name, COLUMNS))
        elif names.count(name) > 1:
            _fault(rows, 1, name, shown(name), Text("each column once", "每列仅一次"))
    for name in COLUMNS:
        if name not in names:
            _fault(rows, 1, name, "no such column", Text("this column is required", "必填列"))
    return (names.index("coalition"), names.index("value")) if set(COLUMNS) <= set(names) else None


def _read_rows(reader: Reader, width: int, places: tuple[int, int], rows: _Rows) -> bool:
    for cells in reader:
        line = reader.line_num
        if not any(cells):
            continue
        if len(cells) < width or any(cells[width:]):
            _fault(rows, line, None, f"{len(cells)} cells", Text(f"{width} cells", f"{width} 个单元格"))
        else:
            _read_row(cells[places[0]], cells[places[1]], line, rows)
        if len(rows.players) > MOST_PLAYERS:
            found = f"{len(rows.players)} players, the last one {shown(list(rows.players)[-1])}"
            expected = Text(f"at most {MOST_PLAYERS} players", f"最多 {MOST_PLAYERS} 个参与者")
            _fault(rows, line, "coalition", found, expected)
            return False
        if len(rows.faults) >= MOST_FAULTS:
            _fault(rows, line, None, f"{MOST_FAULTS} faults so far", Text("fewer; reading stopped", "更少; 已停止读取"))
            return False
    return True


def _read_row(coalition: str, value: str, line: int, rows: _Rows) -> None:
    names = coalition.split()
    group = 0
    for name in names:
        bit = 1 << rows.players.setdefault(name, len(rows.players))
        if group & bit:
            _fault(
                rows, line, "coalition", shown(name), Text("each player once in a coalition", "联盟中每个参与者仅一次")
            )
            return
        group |= bit
    if len(names) == 1:
        rows.alone.setdefault(names[0])
    number = _number(value)
    if number is None:
        _fault(rows, line, "value", shown(value) if value else "blank", Text("a finite number", "有限数值"))
        number = 0.0
    elif not group and number:
        _fault(rows, line, "value", shown(value), Text("0 for the coalition of nobody", "空联盟的价值为 0"))
    if len(rows.players) <= MOST_PLAYERS:
        rows.groups.append(group)
        rows.values.append(number)
        rows.lines.append(line)


def _number(cell: str) -> float | None:
    text = cell.strip()
    if not NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _table(rows: _Rows) -> ValueTable | None:
    """All values by bit mask in the order of the players; None with faults for duplicate and missing coalitions."""
    if not rows.players:
        _fault(rows, None, None, "no rows", Text("a row for every coalition", "每个联盟一行"))
        return None
    players = tuple(dict.fromkeys((*rows.alone, *rows.players)))
    groups = _reordered(rows, players)
    seen = np.zeros(1 << len(players), dtype=bool)
    seen[groups] = True
    seen[0] = True
    if len(groups) > np.count_nonzero(seen) - (0 not in groups):
        _duplicates(rows, groups, players)
    if not seen.all():
        _missing(rows, seen, players)
    if rows.faults:
        return None
    values = np.zeros(1 << len(players))
    values[groups] = np.frombuffer(rows.values)
    return ValueTable(players, values)


def _reordered(rows: _Rows, players: Sequence[str]) -> npt.NDArray[np.int64]:
    """Bit masks of the rows, with bit `i` for the player at place `i` of `players`."""
    read = np.frombuffer(rows.groups, dtype=f"u{rows.groups.itemsize}")
    groups = np.zeros(len(read), dtype=np.int64)
    for place, name in enumerate(players):
        groups |= (read >> rows.players[name] & 1).astype(np.int64) << place
    return groups


def _duplicates(rows: _Rows, groups: npt.NDArray[np.int64], players: Sequence[str]) -> None:
    order = np.argsort(groups, kind="stable")
    again = np.flatnonzero(np.diff(groups[order]) == 0)
    for at in again[:MOST_FAULTS]:
        first, row = rows.lines[order[at]], rows.lines[order[at + 1]]
        expected = Text(f"each coalition once (also in row {first})", f"每个联盟仅一行 (另见第 {first} 行)")
        _fault(rows, row, "coalition", _shown_group(int(groups[order[at]]), players), expected)
    if len(again) > MOST_FAULTS:
        _fault(rows, None, "coalition", f"{len(again)} repeated rows", Text("each coalition once", "每个联盟仅一行"))


def _missing(rows: _Rows, seen: npt.NDArray[np.bool_], players: Sequence[str]) -> None:
    """One fault for all missing coalitions: their number, and the first ten by size, then by order of players."""
    missing = np.flatnonzero(~seen)
    first = missing[np.argsort(np.bitwise_count(missing), kind="stable")[:MOST_MISSING]]
    listed = ", ".join(_shown_group(int(group), players) for group in first)
    more = ", ..." if len(missing) > MOST_MISSING else ""
    count = everyone(len(players))
    expected = Text(
        f"a row for each of the {count} coalitions of {len(players)} players",
        f"{len(players)} 个参与者的 {count} 个联盟各一行",
    )
    found = f"{len(missing)} missing: {listed}{more}"
    _fault(rows, None, "coalition", found, expected, _lonely(rows, players))


def _lonely(rows: _Rows, players: Sequence[str]) -> Text | None:
    """Players in a single row of many: most likely misspelt."""
    groups = np.frombuffer(rows.groups, dtype=f"u{rows.groups.itemsize}")
    if len(players) < 3:
        return None
    counts = {name: int(np.count_nonzero(groups >> rows.players[name] & 1)) for name in players}
    lonely = ", ".join(shown(name) for name, count in counts.items() if count == 1)
    return Text(f"in one row only, a misspelling? {lonely}", f"仅出现于一行, 是否笔误? {lonely}") if lonely else None


def _shown_group(group: Group, players: Sequence[str]) -> str:
    return shown(" ".join(names_of(group, players)))
