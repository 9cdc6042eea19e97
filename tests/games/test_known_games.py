"""Games with published or independently verified answers, value for value: `known_games.json` names the source of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from game_tables import write_game
from tongzhou.model.game.cost_game import Floats
from tongzhou.model.game.table_game import TableGame
from tongzhou.service.cli.main import run
from tongzhou.solvers.games.nucleolus import nucleolus
from tongzhou.solvers.games.rules import RULES, solve_table

KNOWN = json.loads(Path(__file__).with_name("known_games.json").read_text(encoding="utf-8"))
each = pytest.mark.parametrize("known", KNOWN, ids=[item["name"] for item in KNOWN])


def sign(known: dict[str, Any]) -> float:
    return 1.0 if known["kind"] == "cost" else -1.0


def values(known: dict[str, Any]) -> dict[int, float]:
    return {sum(1 << int(place) for place in key.split(",")): value for key, value in known["v"].items()}


def game(known: dict[str, Any]) -> TableGame:
    costs = np.zeros(1 << known["n"])
    for group, value in values(known).items():
        costs[group] = sign(known) * value
    return TableGame(tuple(map(str, known["players"])), costs)


def near(found: Floats | float, expected: Any, known: dict[str, Any]) -> bool:
    """Equal but for the nine decimals of the file."""
    largest = max(abs(value) for value in known["v"].values())
    return bool(np.allclose(found, expected, rtol=0, atol=1e-9 * largest + 1e-9))


@each
@pytest.mark.parametrize("rule", RULES)
def test_every_answer_of_every_rule(known: dict[str, Any], rule: str) -> None:
    expected, answer = known["solutions"], solve_table(game(known), rule)
    if rule == "nucleolus":
        which = "prenucleolus" if expected["imputation_set_empty"] else "nucleolus"
        assert near(sign(known) * answer.burden, expected[which], known)
    if rule == "shapley":
        assert near(sign(known) * answer.burden, expected["shapley"], known)
    assert near(answer.least_core.epsilon, expected["least_core_epsilon"], known)
    assert answer.least_core.core_empty == expected["core_empty"]
    assert near(answer.stability.amount, expected["cost_of_stability"], known)
    assert answer.imputation_set_empty == expected["imputation_set_empty"]
    assert answer.worst is not None
    if rule == "least-core":
        assert near(answer.worst.excess, expected["least_core_epsilon"], known)


@each
def test_the_prenucleolus(known: dict[str, Any]) -> None:
    found = nucleolus(game(known), rational=False).burden
    assert near(sign(known) * found, known["solutions"]["prenucleolus"], known)


@each
def test_through_the_command(known: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    players = [f"player-{name}" for name in known["players"]]
    path = write_game(tmp_path / "game.csv", players, values(known))
    kind = "cost" if known["kind"] == "cost" else "savings"
    for rule in ("nucleolus", "shapley"):
        assert run(["game", str(path), "--kind", kind, "--rule", rule, "--format", "json"]) == 0
        found, expected = json.loads(capsys.readouterr().out), known["solutions"]
        which = "prenucleolus" if rule == "nucleolus" and expected["imputation_set_empty"] else rule
        assert near(np.array([found["allocation"][name] for name in players]), expected[which], known)
        for key in ("least_core_epsilon", "cost_of_stability"):
            assert near(found[key], expected[key], known), key
        assert found["core_empty"] == expected["core_empty"]
        group = [players.index(name) for name in found["worst_group"]]
        shares = sum(found["allocation"][players[place]] for place in group)
        worth = values(known)[sum(1 << place for place in group)]
        assert near(found["worst_excess"], sign(known) * (shares - worth), known)
