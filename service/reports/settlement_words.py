"""What the words and numbers of a settlement mean, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tongzhou.model.errors import Text
from tongzhou.model.settlement.settlement import Certificate, Settlement
from tongzhou.service.reports.document import Say, listed, money

CATEGORY: Mapping[str, Text] = {
    "personnel": Text("personnel", "人员"), "travel": Text("travel and transport", "差旅与运输"),
    "equipment": Text("equipment", "装备"), "commodities": Text("commodities", "物资"), "other": Text("other", "其他"),
    "incentive": Text("incentive", "激励"),
}  # fmt: skip
ITEM: Mapping[str, Text] = {
    "goods": Text("goods", "物资"), "transport": Text("transport", "运输"), "days": Text("days", "天数"),
    "damage": Text("damage and loss", "损坏与损失"),
}  # fmt: skip
STATUS: Mapping[str, Text] = {
    "verified": Text("verified", "已核实"), "estimated": Text("estimated", "估算"),
    "disputed": Text("disputed", "有争议"),
}  # fmt: skip
RULE: Mapping[str, Text] = {
    "responsibility": Text("by responsibility", "按责任分担"), "nucleolus": Text("nucleolus", "核仁"),
    "least-core": Text("least core", "最小核"), "shapley": Text("Shapley value", "沙普利值"),
    "dual-prices": Text("prices of the joint dispatch", "联合调度的对偶价格"),
    "benefit-proportional": Text("in proportion to benefit", "按受益比例"),
    "cost-proportional": Text("in proportion to cost", "按成本比例"), "equal-surplus": Text("equal surplus", "均分剩余"),
}  # fmt: skip
MODE: Mapping[str, Text] = {
    "voluntary": Text("voluntary cooperation", "自愿合作"), "led": Text("led by a common superior", "共同上级统一指挥"),
}  # fmt: skip
SOURCE: Mapping[str, Text] = {
    "alone": Text("What you would have borne without any aid", "若无任何援助, 贵方本应承担的成本"),
    "need": Text("What serving your needs cost the community", "满足贵方需求给整体带来的成本"),
    "stock": Text("What your goods were worth", "贵方物资的作用"),
    "units": Text("What your teams and equipment were worth", "贵方队伍与装备的作用"),
    "vehicles": Text("What your vehicles were worth", "贵方车辆的作用"),
    "lane": Text("What the roads and lanes to you allowed", "通往贵方线路的通行能力"),
    "handling": Text("What your loading and unloading allowed", "贵方装卸能力"),
    "rule": Text("Rules that protect you or bind you", "保护或约束贵方的规则"),
    "liability": Text("Owed (+) or due (-) for causing harm, counted as part of standing alone",
                      "致害责任: 应付 (+) 或应得 (-), 计入不参与时的负担"),
    "rest": Text("What the agreed rule and real events add to (+) or take from (-) these prices",
                 "结算规则与实际情况相对上述价格的增减"),
}  # fmt: skip


def word(words: Mapping[str, Text], key: str) -> Text:
    """The words for a key, or the key itself."""
    return words.get(key, Text(key, ""))


def together(text: Text) -> str:
    """Both languages in one line."""
    return f"{text.en} {text.zh}" if text.zh else text.en


def city_names(settlement: Settlement) -> dict[str, str]:
    """City to its name in both languages."""
    return {
        row.city: row.name if not row.name_zh or row.name_zh == row.name else f"{row.name} {row.name_zh}"
        for row in settlement.settlement
    }


def proof_sentences(settlement: Settlement, city: str | None = None) -> Iterator[Say]:
    """The certificate in plain words, for one city or for everybody."""
    proof, unit = settlement.certificate, settlement.currency
    yield Say(Text(
        f"{proof.groups_possible:,} groups of cities can be formed. For {proof.groups_solved:,} of them the best dispatch of their "
        "own was computed; a mathematical bound covers all the others.",
        f"可能的城市群体共 {proof.groups_possible:,} 个; 其中 {proof.groups_solved:,} 个计算了其自行调度的最优成本, 其余由数学上界覆盖。",
    ))  # fmt: skip
    yield from _held(settlement, city) if proof.bound <= proof.accuracy else _broken(settlement, city)
    if not proof.complete:
        yield Say(Text(
            f"The search stopped before it was closed: the worst group found would save {money(proof.worst_excess)} {unit}; "
            "what is proven is the bound.",
            f"搜索提前停止: 已找到的最不满群体可节省 {money(proof.worst_excess)} {unit}; 已证明的是上述上界。",
        ), "note")  # fmt: skip
    if proof.bound_on_x > proof.bound + proof.accuracy:
        yield Say(Text(
            f"This test leaves out the price of priorities, whole vehicles and mishaps ({money(settlement.gap)} {unit} in all). "
            f"With it, no group would save more than {money(proof.bound_on_x)} {unit}.",
            f"上述检验不含优先次序, 整车与意外的代价 (共 {money(settlement.gap)} {unit}); 若计入, 任何群体的节省不超过 "
            f"{money(proof.bound_on_x)} {unit}。",
        ), "note")  # fmt: skip
    if settlement.mode == "led":
        yield Say(Text(
            "The aid was ordered by a common superior: what groups would save alone is reported here, it is not a limit of the rules.",
            "援助由共同上级统一指挥: 群体自行行动的节省在此如实报告, 但不作为规则约束。",
        ), "note")  # fmt: skip


def _held(settlement: Settlement, city: str | None) -> Iterator[Say]:
    proof, unit = settlement.certificate, settlement.currency
    who = Text(" you could belong to, or any other,", "(无论贵方是否在内)") if city else Text("", "")
    if proof.bound < 0:
        yield Say(Text(
            f"No group of cities{who.en} would have done better on its own: every one bears at least {money(-proof.bound)} {unit} less here.",
            f"任何城市群体{who.zh}自行行动都不会更好: 每个群体在此至少少负担 {money(-proof.bound)} {unit}。",
        ), "good")  # fmt: skip
        return
    yield Say(Text(
        f"No group of cities{who.en} would have done better on its own by more than {money(proof.bound)} {unit} "
        f"(accuracy of the computation {money(proof.accuracy)} {unit}).",
        f"任何城市群体{who.zh}自行行动所能节省的都不超过 {money(proof.bound)} {unit} (计算精度 {money(proof.accuracy)} {unit})。",
    ), "good")  # fmt: skip


def _broken(settlement: Settlement, city: str | None) -> Iterator[Say]:
    proof, unit = settlement.certificate, settlement.currency
    group = listed(proof.worst_group, city_names(settlement))
    yours = _membership(proof, city)
    yield Say(Text(
        f"Not every group is satisfied. The worst treated group ({group}){yours.en} would together have borne "
        f"{money(proof.worst_excess)} {unit} less on its own. No group would have saved more than {money(proof.bound)} {unit}.",
        f"并非所有群体都满意。最不满的群体 ({group}){yours.zh} 若自行行动, 合计可少负担 {money(proof.worst_excess)} {unit}; "
        f"任何群体的节省都不超过 {money(proof.bound)} {unit}。",
    ), "bad")  # fmt: skip
    if settlement.mode == "voluntary" and settlement.rule == "responsibility":
        yield Say(Text(
            f"Under the funds, the ability to pay and the other rules given, the least this could be brought to is "
            f"{money(proof.excess)} {unit}.",
            f"在现有资金, 支付能力与其他规则之下, 该数额最低只能降到 {money(proof.excess)} {unit}。",
        ), "note")  # fmt: skip


def _membership(proof: Certificate, city: str | None) -> Text:
    if city is None:
        return Text("", "")
    if city in proof.worst_group:
        return Text(", to which you belong,", " (贵方在内)")
    return Text(", to which you do not belong,", " (贵方不在内)")
