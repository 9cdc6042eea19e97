"""The bundled catalogue: scenarios that ship with the package, each in a folder of its own with its sources."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tongzhou.model.errors import Text


@dataclass(frozen=True, slots=True)
class Case:
    """A bundled scenario: its name, its folder, one sentence about it."""

    name: str
    folder: Path
    about: Text


ABOUT = {
    "china-340": Text(
        "340 cities of China on the real road network, an earthquake in Guanzhong (an exercise): size, not history.",
        "全国340座城市与真实公路网, 关中地震演练: 用于规模检验, 并非史实。",
    ),
    "henan-2021": Text(
        "The July 2021 flood in Henan: 18 cities with real road distances, and the provinces that really sent teams and boats.",
        "2021年7月河南暴雨洪涝: 18个地市与真实公路距离, 以及实际驰援的省份。",
    ),
    "hubei-2020": Text(
        "One province, one city: medical teams in Hubei as paired on 10 February 2020; needs from the daily case counts.",
        "一省包一市: 2020年2月10日结对下的湖北医疗队; 需求来自每日病例数。",
    ),
    "hubei-2020-first": Text(
        "The same as paired on 7 February 2020, to see what the change of pairs meant.",
        "同上, 按2020年2月7日的结对, 用于比较结对调整。",
    ),
    "hubei-2020-free": Text(
        "The same teams as hubei-2020 without any pairs: what the pairs cost, and what they spare.",
        "与 hubei-2020 相同的队伍, 不设结对: 结对的代价与所得。",
    ),
    "jialing-2015": Text(
        "The antimony leak of November 2015: the source at Longnan, the victims at Hanzhong and Guangyuan, helpers of four provinces.",
        "2015年11月嘉陵江锑污染: 源头在陇南, 受害在汉中、广元, 四省市驰援。",
    ),
    "river-pollution": Text(
        "The Songhua river spill of November 2005: the origin compensates the cities downstream; helpers that really sent water and carbon.",
        "2005年11月松花江水污染: 源头城市补偿下游受影响城市; 实际送水、送活性炭的城市。",
    ),
    "wenchuan-2008": Text(
        "Paired assistance after the Wenchuan earthquake: the real pairs of June 2008, 1 % of each province's revenue as its cap.",
        "汶川地震对口支援: 2008年6月的真实结对关系, 以各省上年地方财政收入的1%为支付能力上限。",
    ),
}


def bundled() -> dict[str, Case]:
    """Bundled cases by name."""
    root = Path(str(files("tongzhou.scenarios.cases")))
    return {name: Case(name, root / name, about) for name, about in sorted(ABOUT.items()) if (root / name).is_dir()}
