"""Everybody's cost alone, less an equal share of what all save together."""

from __future__ import annotations

import numpy as np
from tongzhou.model.game import CostGame, everyone
from tongzhou.model.game.cost_game import Floats


def equal_surplus(game: CostGame) -> Floats:
    """`x_i = c({i}) - (sum of c({j}) - c(N)) / n`: n amounts of money; also where saving is negative."""
    players = len(game.players)
    alone = np.array([game.cost(1 << place) for place in range(players)])
    surplus = float(alone.sum()) - game.cost(everyone(players))
    return alone - surplus / players
