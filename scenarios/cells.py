"""One cell: from what a file holds to a value, and back to what a file shall hold."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from tongzhou.model.domain.column import Column, Value
from tongzhou.model.errors import Text

SIGNIFICANT = 15
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
YES, NO = ("yes", "true", "是"), ("no", "false", "否")


class CellError(ValueError):
    """A cell that cannot be read: what was expected, and a suggestion."""

    def __init__(self, expected: Text, suggestion: Text | None = None) -> None:
        self.expected = expected
        self.suggestion = suggestion
        super().__init__(expected.en)


def read_cell(column: Column, raw: Any) -> Value:
    """Value of a cell; blank cells become the column's default. Raises `CellError`."""
    if raw is None or raw == "":
        if column.optional:
            return column.default
        raise CellError(Text("a value", "需要填写"))
    if column.kind in ("id", "text", "choice", "words"):
        return _read_text(raw)
    if column.kind == "flag":
        return _read_flag(raw)
    number = _read_number(raw)
    if column.kind == "whole":
        if number != number.to_integral_value():
            raise CellError(Text("a whole number", "整数"))
        return int(number)
    if column.kind == "number":
        return float(number)
    return number


def _read_text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    shown = str(int(raw)) if isinstance(raw, float) and raw.is_integer() else str(raw)
    raise CellError(
        Text("text, not a number", "文本而非数字"),
        Text(f"format the cell as text and write {shown!r}", f"请将单元格设为文本并填写 {shown!r}"),
    )


def _read_flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).strip().casefold()
    if word in YES or word in NO:
        return word in YES
    raise CellError(Text("yes or blank", "yes 或留空"))


def _read_number(raw: Any) -> Decimal:
    if isinstance(raw, bool):
        raise CellError(Text("a number", "数字"))
    if isinstance(raw, float):
        if not math.isfinite(raw):
            raise CellError(Text("a finite number", "有限数值"))
        raw = f"{raw:.{SIGNIFICANT}g}"  # spreadsheets store 17 digits of what was typed with at most 15
    text = str(raw).strip()
    if not NUMBER.fullmatch(text):
        raise CellError(Text("a number", "数字"), _number_hint(text))
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise CellError(Text("a number", "数字")) from None
    if len(number.normalize().as_tuple().digits) > SIGNIFICANT:
        raise CellError(Text(f"a number of at most {SIGNIFICANT} significant digits", f"最多 {SIGNIFICANT} 位有效数字"))
    if number and abs(number.adjusted()) > 300:
        raise CellError(Text("a number of ordinary size", "大小合理的数字"))
    return number


def _number_hint(text: str) -> Text | None:
    plain = re.sub(r"[,，\s_]", "", text).translate(str.maketrans("０１２３４５６７８９．－", "0123456789.-"))
    if NUMBER.fullmatch(plain):
        return Text(f"write {plain}", f"可写作 {plain}")
    leading = re.match(r"[+-]?\d+(\.\d+)?", plain)
    if leading:
        return Text(f"the number alone, without a unit: {leading[0]}", f"仅填数字, 不带单位: {leading[0]}")
    return None


def plain_number(number: float) -> str:
    """Shortest text of a number, whole numbers without a point."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.{SIGNIFICANT}g}"


def plain_money(column: Column, amount: Decimal) -> str:
    """Text of a sum of money: amounts with two decimals, rates without trailing zeros."""
    if column.kind == "amount":
        return format(amount.quantize(Decimal("0.01")), "f")
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_text(column: Column, value: Value) -> str:
    """A value as a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, Decimal):
        return plain_money(column, value)
    if isinstance(value, int | float):
        return plain_number(value)
    return value


def write_json(column: Column, value: Value) -> Value:
    """A value as JSON: money as a string, flags as true or false, whole numbers without a point."""
    if isinstance(value, Decimal):
        return plain_money(column, value)
    if isinstance(value, float):
        return int(value) if value == int(value) and abs(value) < 1e15 else float(f"{value:.{SIGNIFICANT}g}")
    return value


def write_sheet(column: Column, value: Value) -> str | float | int | None:
    """A value as a workbook cell: numbers and money as numbers, the rest as text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else None
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else int(value)
    if isinstance(value, float):
        return int(value) if value == int(value) and abs(value) < 1e15 else float(f"{value:.{SIGNIFICANT}g}")
    del column
    return value
