"""Why a line changed, in the words of both languages."""

from __future__ import annotations

from tongzhou.model.errors import Text
from tongzhou.model.line_changes import LineChange
from tongzhou.service.reports.report_page import tier_title


def change_reason(item: LineChange) -> Text:
    """The reason of one change as a clause."""
    detail = item.detail or ""
    if item.reason == "costs":
        tier = tier_title(detail)
        return Text(
            f"keeping it would make {tier.en} worse by at least {item.amount:,.6g}",
            f"保留则 {tier.zh} 至少变差 {item.amount:,.6g}",
        )
    known = _WORDS[item.reason]
    return Text(known.en.format(detail), known.zh.format(detail))


_WORDS = {
    "withdrawn": Text("it was withdrawn", "已撤回"),
    "need-gone": Text("its need {} is no more", "需求 {} 已不存在"),
    "impossible": Text("it is no longer possible: {}", "已不可能: {}"),
    "serves": Text("it serves {} better", "更好地满足 {}"),
    "instead": Text("instead of {}", "代替 {}"),
    "together": Text("it moves together with others; by itself it could stay", "随其他线一并调整; 单独亦可保留"),
    "not-examined": Text("not examined", "未逐一检验"),
}
