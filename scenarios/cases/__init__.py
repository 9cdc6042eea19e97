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
    "henan-2021": Text(
        "The July 2021 flood in Henan: 18 cities with real road distances, and the provinces that really sent teams and boats.",
        "2021年7月河南暴雨洪涝: 18个地市与真实公路距离, 以及实际驰援的省份。",
    ),
}


def bundled() -> dict[str, Case]:
    """Bundled cases by name."""
    root = Path(str(files("tongzhou.scenarios.cases")))
    return {name: Case(name, root / name, about) for name, about in sorted(ABOUT.items()) if (root / name).is_dir()}
