"""A page in both languages as blocks (sentences, tables, bars), written once and rendered as HTML or as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from jinja2 import Environment
from tongzhou.model.errors import Text
from tongzhou.service.reports.report_page import pages

ZERO = Decimal(0)
SPECIAL = re.compile(r"([\\`*_\[\]|~$])")


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence. `tone`: plain, note, good or bad."""

    text: Text
    tone: str = "plain"
    kind: ClassVar[str] = "say"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table; numbers stand to the right."""

    text: Text
    number: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table; `strong`: a sum."""

    cells: tuple[Cell, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. A column is one of numbers where its cells are."""

    head: tuple[Text, ...]
    lines: tuple[Line, ...]
    kind: ClassVar[str] = "grid"

    def numeric(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return any(line.cells[column].number for line in self.lines)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture: from `start` to `end`, in per cent of its width. `tone`: total, less, more."""

    label: Text
    amount: str
    left: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A picture of bars below each other; `zero` is the place of zero in per cent. HTML only."""

    bars: tuple[Bar, ...]
    zero: float
    kind: ClassVar[str] = "bars"


Block = Say | Grid | Bars


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: Text
    blocks: tuple[Block, ...]


def money(amount: Decimal) -> str:
    """An amount with thousands marks and two decimals; no negative zero."""
    return f"{amount + 0:,.2f}" if amount else "0.00"


def cell(value: Text | str | Decimal | float) -> Cell:
    """A cell from what it holds: amounts with two decimals, other numbers short."""
    if isinstance(value, Text):
        return Cell(value)
    if isinstance(value, str):
        return Cell(Text(value, ""))
    shown = money(value) if isinstance(value, Decimal) else f"{value:,.6g}"
    return Cell(Text(shown, ""), number=True)


def line(*values: Text | str | Decimal | float, strong: bool = False) -> Line:
    """A row from its values."""
    return Line(tuple(cell(value) for value in values), strong)


def waterfall(steps: Sequence[tuple[Text, Decimal, bool]]) -> Bars:
    """Bars that lead from one total to the next. A step is a label, an amount and whether it is a total."""
    spans, level = list[tuple[Decimal, Decimal]](), ZERO
    for _, amount, is_total in steps:
        start, level = (ZERO, amount) if is_total else (level, level + amount)
        spans.append((min(start, level), max(start, level)))
    low, high = min([ZERO, *(span[0] for span in spans)]), max([ZERO, *(span[1] for span in spans)])
    scale = 100 / float(high - low) if high > low else 0.0
    bars = []
    for (label, amount, is_total), (start, end) in zip(steps, spans, strict=True):
        tone = "total" if is_total else "less" if amount < 0 else "more"
        shown = money(amount) if is_total else f"{amount:+,.2f}"
        bars.append(Bar(label, shown, round(float(start - low) * scale, 3),
                        max(0.4, round(float(end - start) * scale, 3)), tone))  # fmt: skip
    return Bars(tuple(bars), round(float(-low) * scale, 3))


def as_markdown(value: object) -> object:
    """Text that means itself in Markdown, in a table too."""
    if not isinstance(value, str):
        return value
    plain = " ".join(value.split()).replace("&", "&amp;").replace("<", "&lt;")
    return SPECIAL.sub(r"\\\1", plain)


def markdown_pages() -> Environment:
    """Templates of Markdown files: every value is escaped for Markdown."""
    return pages().overlay(autoescape=False, trim_blocks=True, lstrip_blocks=True, finalize=as_markdown)


def listed(ids: Sequence[str], names: Mapping[str, str], most: int = 8) -> str:
    """Names in a sentence, the first `most` of them and the count."""
    shown = ", ".join(names.get(item, item) for item in ids[:most])
    return shown if len(ids) <= most else f"{shown} … ({len(ids)})"
