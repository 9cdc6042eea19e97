"""One page a city can read alone, in both languages: what it gave, received, bears and pays, and why that was worth it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from tongzhou.model.errors import Text
from tongzhou.model.settlement.settlement import Settlement
from tongzhou.service.reports.document import Say, Section, markdown_pages
from tongzhou.service.reports.report_page import pages
from tongzhou.service.reports.settlement_words import MODE, RULE, word
from tongzhou.service.reports.statement_payments import (
    conduct_section,
    first_section,
    objection_section,
    payment_section,
    proof_section,
    worth_section,
)
from tongzhou.service.reports.statement_sections import (
    Case,
    annex,
    burden_section,
    disputed_section,
    given_section,
    received_section,
)


def statement_markdown(settlement: Settlement, city: str, *, warning: str = "") -> str:
    """The statement of a city as Markdown, both languages; `warning`: what to know before reading it."""
    return _render(markdown_pages(), "statement.md", settlement, city, warning=warning)


def statement_html(settlement: Settlement, city: str, cited: str = "", *, warning: str = "") -> str:
    """The statement of a city as a self-contained page, both languages; `cited`: what it rests on, at its end."""
    return _render(pages(), "statement.html", settlement, city, cited, warning)


def statement_files(settlement: Settlement) -> dict[str, str]:
    """File name and content of every city's statement, HTML and Markdown."""
    html, markdown, files = pages(), markdown_pages(), {}
    for row in settlement.settlement:
        stem = quote(row.city, safe=" ()+,")
        files[f"{stem}.html"] = _render(html, "statement.html", settlement, row.city)
        files[f"{stem}.md"] = _render(markdown, "statement.md", settlement, row.city)
    return files


def _render(
    environment: Environment, template: str, settlement: Settlement, city: str, cited: str = "", warning: str = ""
) -> str:
    return environment.get_template(template).render(_content(Case.of(settlement, city)), cited=cited, warning=warning)


def _content(case: Case) -> dict[str, Any]:
    settlement = case.settlement
    return {
        "name": case.names[case.city],
        "settlement": settlement,
        "rule": word(RULE, settlement.rule),
        "mode": word(MODE, settlement.mode),
        "sections": _nothing(case) if case.is_empty else _sections(case),
    }


def _sections(case: Case) -> list[Section]:
    found = [
        first_section(case), given_section(case), received_section(case), burden_section(case), payment_section(case),
        worth_section(case), proof_section(case), disputed_section(case), conduct_section(case), objection_section(case),
        annex(case),
    ]  # fmt: skip
    return [section for section in found if section is not None]


def _nothing(case: Case) -> list[Section]:
    """The short statement of a city without need, contribution or payment."""
    say = Say(Text(
        "This city had no need, gave nothing, received nothing, and has nothing to pay or to be paid. Its burden is 0.00, "
        "as it would have been had it stayed out.",
        "该市没有需求, 没有援出, 没有受援, 无应付款亦无应收款; 其负担为 0.00, 与不参与时相同。",
    ))  # fmt: skip
    found = [Section(Text("In short", "摘要"), (say,)), conduct_section(case), objection_section(case)]
    return [section for section in found if section is not None]
