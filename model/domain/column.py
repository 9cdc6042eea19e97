"""What a column of a table holds: its kind, limits, what it refers to, and its meaning in both languages.

The columns are declared once, as metadata of the row classes in `tables`; readers, writers, checks and templates follow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from tongzhou.model.errors import Text

Kind = Literal["id", "text", "number", "whole", "amount", "rate", "flag", "choice", "words"]
Value = str | float | int | bool | Decimal | None

LARGEST = 1e12
"""No quantity, time or sum of money in a scenario is larger: beyond it a typing error is certain."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `low`/`high` are inclusive limits, `above` an exclusive lower one; `refers` names a table, `pattern` is a
    regular expression that a text matches as a whole."""

    kind: Kind
    optional: bool
    note: Text
    default: Value = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    refers: str | None = None
    pattern: str | None = None

    @property
    def decimals(self) -> int:
        """Decimals a sum of money may have: two for amounts, six for rates."""
        return 2 if self.kind == "amount" else 6


def column(
    kind: Kind,
    en: str,
    zh: str,
    *,
    optional: bool = False,
    default: Value = None,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    choices: tuple[str, ...] = (),
    refers: str | None = None,
    pattern: str | None = None,
) -> Any:
    """A dataclass field that carries its `Column`; optional columns default to `default`."""
    spec = Column(kind, optional, Text(en, zh), default, low, high, above, choices, refers, pattern)
    return field(metadata={"column": spec}) if not optional else field(default=default, metadata={"column": spec})


@cache
def columns_of(row_class: type) -> Mapping[str, Column]:
    """Column name to `Column`, in the order of declaration."""
    return {item.name: item.metadata["column"] for item in fields(row_class) if "column" in item.metadata}


@cache
def required_columns(row_class: type) -> tuple[str, ...]:
    """Names of the columns that every table must have."""
    return tuple(item.name for item in fields(row_class) if item.default is MISSING)
