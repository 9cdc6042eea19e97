"""A city's statement: complete, adding up, in both languages, safe, honest."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from report_case import DISPUTED, HOSTILE, LINE, Settled
from tongzhou.model.settlement.settlement import InKindRow, Settlement
from tongzhou.service.reports.statement import statement_files, statement_html, statement_markdown

CHINESE = re.compile(r"[\u4e00-\u9fff]")
NETWORK = re.compile(r"""(?:src|href|action)\s*=|url\(|@import|<script|<link|<iframe|<img""")
SIGN = {"": 1, "+": 1, "−": -1}
CITIES = ("A", "G", "H", "K")


def section(text: str, heading: str) -> str:
    """What stands under a heading of the Markdown."""
    found = re.search(rf"^## {re.escape(heading)}.*?$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def cells(text: str) -> list[list[str]]:
    """Rows of the Markdown tables of a text, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [[part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    rules = [place for place, row in enumerate(rows) if all(re.fullmatch(r"-{3,}:?", part) for part in row)]
    skipped = {*rules, *(place - 1 for place in rules)}
    return [row for place, row in enumerate(rows) if place not in skipped]


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


@pytest.mark.parametrize("name", ["A", "G", "H"])
def test_parts_add_up_to_the_burden_to_the_cent(case: Settled, name: str) -> None:
    rows = cells(section(statement_markdown(case.settlement, name), "Your final burden"))
    assert rows[-1][0] == "="
    assert (
        sum(SIGN[sign] * amount(value) for sign, _, value in rows[:-1]) == amount(rows[-1][2]) == case.row(name).burden
    )


@pytest.mark.parametrize("name", ["A", "G"])
def test_gain_is_the_burden_alone_less_the_final_burden_and_is_explained(case: Settled, name: str) -> None:
    text = statement_markdown(case.settlement, name)
    rows = [row for row in cells(section(text, "Why this was still worth it")) if len(row) == 3]
    assert (
        sum(SIGN[sign] * amount(value) for sign, _, value in rows if sign != "=")
        == amount(rows[-1][2])
        == case.row(name).gain
    )
    reasons = [row for row in cells(section(text, "Why this was still worth it")) if len(row) == 4]
    assert sum((amount(row[3]) for row in reasons[:-1]), Decimal(0)) == amount(reasons[-1][3]) == case.row(name).gain


def test_bill_adds_up_to_the_cost_given_with_estimate_and_evidence(case: Settled) -> None:
    text = statement_markdown(case.settlement, "G")
    rows = [row for row in cells(section(text, "What you gave")) if len(row) == 7]
    # 10 units at 20, and 60 of transport where the plan said 50
    assert [(row[1].split()[0], row[3], row[4]) for row in rows[:-1]] == [
        ("commodities", "200.00", "200.00"),
        ("travel", "50.00", "60.00"),
    ]
    assert amount(rows[-1][4]) == case.row("G").cost_given == 260
    assert rows[0][5] == "verified 已核实"
    assert r"receipt 17 \| \*copy\* &lt;b>" in rows[0][6]
    annex = cells(section(text, "Annex"))
    assert [row[0] for row in annex[:-1]] == [LINE, LINE]
    assert amount(annex[-1][6]) == 260


def test_aid_received_is_told_by_giver_and_category(case: Settled) -> None:
    rows = [
        row for row in cells(section(statement_markdown(case.settlement, "A"), "What you received")) if len(row) == 7
    ]
    assert [row[4] for row in rows] == ["200.00", "60.00", "260.00"]
    assert "给" in rows[0][0]


def test_every_payment_of_the_city_and_no_other_is_on_it(case: Settled) -> None:
    assert case.settlement.transfers
    for name in CITIES:
        for text in (statement_markdown(case.settlement, name), statement_html(case.settlement, name)):
            for item in case.settlement.transfers:
                assert (item.reference in text) == (name in (item.payer, item.payee))
                if name in (item.payer, item.payee):
                    assert f"{item.amount:,.2f}" in text


def test_advances_are_set_off_by_reference(case: Settled) -> None:
    row = case.row("G")
    rows = [row for row in cells(section(statement_markdown(case.settlement, "G"), "What you pay")) if len(row) == 2]
    assert amount(rows[0][1]) == row.received + row.from_funds - row.paid
    assert "ADV-1" in rows[1][0]
    assert amount(rows[1][1]) == -100
    assert amount(rows[0][1]) + amount(rows[1][1]) == amount(rows[2][1])
    due = sum(
        item.amount if item.payee == "G" else -item.amount
        for item in case.settlement.transfers
        if "G" in (item.payer, item.payee)
    )
    assert amount(rows[2][1]) == due


def test_fund_is_told_to_the_city_it_pays(case: Settled) -> None:
    # G's cost of 260 and a margin of 5 % are 273; A can pay 240 of them
    received = section(statement_markdown(case.settlement, "G"), "What you received")
    assert r"| pool (Pool &lt;i>) | travel and transport 差旅与运输 | 33.00 |" in received
    assert "pool" not in statement_markdown(case.settlement, "A")


def test_programme_is_told_to_receiver_and_provider_and_is_part_of_the_sums(case: Settled) -> None:
    item = InKindRow(programme="training", provider="G", city="A", units=2, value=Decimal(60), cost=Decimal(20))
    receiver, provider = case.row("A"), case.row("G")
    given = case.changed("A", in_kind_value=item.value, burden=receiver.burden - 60, gain=receiver.gain + 60)
    given = Settled(case.problem, given).changed(
        "G", in_kind_cost=item.cost, burden=provider.burden + 20, gain=provider.gain - 20
    )
    given = replace(given, in_kind=(item,))
    for name, words in (("A", "2 units of training"), ("G", "| training | Lower")):
        text = statement_markdown(given, name)
        assert words in text
        rows = cells(section(text, "Your final burden"))
        assert sum(SIGN[sign] * amount(value) for sign, _, value in rows[:-1]) == amount(rows[-1][2])
    got = [row for row in cells(section(statement_markdown(given, "A"), "What you received")) if len(row) == 3]
    assert amount(got[-1][2]) == 60


def test_everything_is_said_in_both_languages(case: Settled) -> None:
    for name in CITIES:
        page = statement_html(case.settlement, name)
        blocks = re.findall(r"<(?:h2|p class=\"say)[^>]*>(.*?)</(?:h2|p)>", page, re.DOTALL)
        assert blocks
        for block in blocks:
            assert CHINESE.search(block), block
            assert re.search(r'<span lang="en">[^<]*[A-Za-z]', block), block


def test_disputed_lines_and_the_interim_mark(case: Settled) -> None:
    for name in ("A", "H"):
        text = statement_markdown(case.settlement, name)
        assert "INTERIM" in text
        assert "中期结算" in text
        rows = cells(section(text, "Disputed, carried over"))
        assert {row[0] for row in rows} == {DISPUTED}
    assert "Disputed, carried over" not in statement_markdown(case.settlement, "G")
    assert "INTERIM" not in statement_markdown(replace(case.settlement, interim=False), "A")


def test_conduct_is_told_to_its_city_only(case: Settled) -> None:
    assert "joint body" in section(statement_markdown(case.settlement, "A"), "Recorded conduct")
    assert "Recorded conduct" not in statement_markdown(case.settlement, "G")


def test_a_city_with_nothing_gets_a_short_statement(case: Settled) -> None:
    text = statement_markdown(case.settlement, "K")
    assert "This city had no need" in text
    assert "该市没有需求" in text
    assert "Your final burden" not in text
    assert "If you do not agree" in text


def test_a_city_worse_off_is_told_so_and_by_how_much(case: Settled) -> None:
    row = case.row("G")
    worse = case.changed("G", burden=row.alone + Decimal("1234.56"), gain=Decimal("-1234.56"))
    for text in (statement_markdown(worse, "G"), statement_html(worse, "G")):
        assert "would have been better off alone, by 1,234.56 CNY" in text
        assert "贵方若不参与会更好: 负担可少 1,234.56 CNY" in text
        assert "Why this was still worth it" not in text
    assert "better off alone, by" not in statement_markdown(case.settlement, "G")


def _proof(settlement: Settlement, **values: object) -> Settlement:
    return replace(settlement, certificate=replace(settlement.certificate, **values))


def test_the_certificate_says_honestly_when_a_group_would_do_better(case: Settled) -> None:
    good = _proof(case.settlement, bound=Decimal("0.01"), accuracy=Decimal("0.05"), worst_group=("A", "G"))
    assert "No group of cities you could belong to" in statement_markdown(good, "G")
    bad = _proof(case.settlement, bound=Decimal(78), worst_excess=Decimal(77), excess=Decimal(76), accuracy=Decimal("0.05"),
                 worst_group=("A", "H"), complete=False)  # fmt: skip
    text = statement_markdown(bad, "H")
    for part in (
        "Not every group is satisfied",
        "to which you belong",
        "77.00 CNY",
        "78.00 CNY",
        "76.00 CNY",
        "stopped before",
    ):
        assert part in text
    assert "to which you do not belong" in statement_markdown(bad, "G")


def test_liability_is_explained_where_there_is_one(case: Settled) -> None:
    row = case.row("A")
    liable = case.changed("A", liability=Decimal(500), alone=row.alone + 500, gain=row.gain + 500)
    assert "owed for causing harm" in statement_markdown(liable, "A")
    assert "owed for causing harm" not in statement_markdown(case.settlement, "A")


def test_hostile_names_and_notes_are_only_text(case: Settled) -> None:
    for name in CITIES:
        page, text = statement_html(case.settlement, name), statement_markdown(case.settlement, name)
        assert not NETWORK.search(page), NETWORK.search(page)
        assert "<u>" not in page
        assert not re.search(r"<[a-z]", text)
        assert "[x](" not in text
        for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(widths) == 1, table
    assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in statement_html(case.settlement, "G")


def test_files_of_every_city(case: Settled) -> None:
    renamed = case.changed("K", city="up/../K 1")
    files = statement_files(renamed)
    assert sorted(files) == [
        "A.html",
        "A.md",
        "G.html",
        "G.md",
        "H.html",
        "H.md",
        "up%2F..%2FK 1.html",
        "up%2F..%2FK 1.md",
    ]
    assert files["A.md"] == statement_markdown(case.settlement, "A")
    assert files["A.html"] == statement_html(case.settlement, "A")
    assert "http" not in files["A.html"].replace("http://evil", "")


def test_the_page_in_a_browser(case: Settled, opened: Callable[[Path], str], tmp_path: Path) -> None:
    page = tmp_path / "A.html"
    page.write_text(statement_html(case.settlement, "A"), encoding="utf-8")
    drawn = opened(page)
    assert drawn.count("<rect") >= 3
    assert "Lower | Town 下城" in drawn
    assert "<script" not in drawn
