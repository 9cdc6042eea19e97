"""One page a city can read alone."""

from __future__ import annotations

from tongzhou.model.settlement.settlement import Settlement


def statement_markdown(settlement: Settlement, city: str) -> str:
    """The statement of a city as Markdown, both languages."""
    raise NotImplementedError


def statement_html(settlement: Settlement, city: str) -> str:
    """The statement of a city as a self-contained page, both languages."""
    raise NotImplementedError


def statement_files(settlement: Settlement) -> dict[str, str]:
    """File name and content of every city's statement, HTML and Markdown."""
    raise NotImplementedError
