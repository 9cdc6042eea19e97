"""Each cell for itself: limits, closed lists of words, form of ids and texts."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

from tongzhou.model.domain.checks.draft import Draft, did_you_mean
from tongzhou.model.domain.column import LARGEST, Column, Value, columns_of
from tongzhou.model.domain.problem import TABLES
from tongzhou.model.errors import Text

MOST_ROWS = 1_000_000
MOST_CHARACTERS = 500


def check_cells(draft: Draft) -> None:
    """Check every cell of every row against its column."""
    for name, spec in TABLES.items():
        columns = columns_of(spec.row_class)
        if len(getattr(draft.tables, name)) > MOST_ROWS:
            draft.fault(name, None, (), len(getattr(draft.tables, name)), _at_most(MOST_ROWS, "rows", "行"))
            continue
        for index, row in draft.rows(name):
            for column_name, column in columns.items():
                problem = cell_problem(column, getattr(row, column_name))
                if problem is not None:
                    draft.fault(name, index, (column_name,), getattr(row, column_name), *problem)


def cell_problem(column: Column, value: Value) -> tuple[Text, Text | None] | None:
    """What was expected of the value and a suggestion, or None where the value is right."""
    if value is None:
        return None if column.optional else (Text("a value", "需要填写"), None)
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _text_problem(column, value)
    assert isinstance(value, int | float | Decimal)
    return _number_problem(column, value)


def _number_problem(column: Column, value: float | Decimal) -> tuple[Text, Text | None] | None:
    size = float(value)
    if not math.isfinite(size):
        return Text("a finite number", "有限数值"), None
    if abs(size) > LARGEST:
        return _at_most(f"{LARGEST:.0e}", "in size", "以内"), None
    if column.low is not None and size < column.low:
        return Text(f"at least {column.low:g}", f"不小于 {column.low:g}"), None
    if column.above is not None and size <= column.above:
        return Text(f"more than {column.above:g}", f"大于 {column.above:g}"), None
    if column.high is not None and size > column.high:
        return _at_most(f"{column.high:g}", "", ""), None
    if isinstance(value, Decimal) and value != round(value, column.decimals):
        return Text(f"at most {column.decimals} decimals", f"最多 {column.decimals} 位小数"), None
    return None


def _text_problem(column: Column, value: str) -> tuple[Text, Text | None] | None:
    if column.kind == "choice":
        if value in column.choices:
            return None
        words = ", ".join(column.choices)
        return Text(f"one of {words}", f"以下之一: {words}"), did_you_mean(value, column.choices)
    if len(value) > MOST_CHARACTERS:
        return _at_most(MOST_CHARACTERS, "characters", "个字符"), None
    if column.kind == "words" and column.choices:
        wrong = [word for word in value.split() if word not in column.choices]
        words = ", ".join(column.choices)
        return (
            (Text(f"words of {words}", f"以下词语: {words}"), did_you_mean(wrong[0], column.choices)) if wrong else None
        )
    if column.kind == "id":
        return _id_problem(value)
    if not value.strip():
        return Text("a text", "需要文字"), None
    if column.pattern is not None and re.fullmatch(column.pattern, value) is None:
        return column.note, None
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in value):
        return Text("a text without control characters or line breaks", "不含控制字符或换行的文字"), None
    if value != value.strip():
        return Text("a text without leading or trailing blanks", "首尾无空格的文字"), None
    return None


def _id_problem(value: str) -> tuple[Text, Text | None] | None:
    expected = Text(
        "an id without leading or trailing blanks, control characters or line breaks, not starting with = + - @",
        "编号首尾无空格、无控制字符或换行, 且不以 = + - @ 开头",
    )
    tidy = re.sub(r"[\x00-\x1f\x7f]", "", value).strip().lstrip("=+-@").strip()
    if value and value == tidy and not any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in value):
        return None
    return expected, Text(f"write `{tidy}`", f"可写作 `{tidy}`") if tidy else None


def _at_most(limit: object, en: str, zh: str) -> Text:
    return Text(f"at most {limit} {en}".strip(), f"不超过 {limit} {zh}".strip())
