"""Cooperative games of cost: players, groups, excesses, and what an answer about them must carry."""

from tongzhou.model.game.coalition import everyone, group_of, members, names_of
from tongzhou.model.game.cost_game import CostGame, Grievance, Separation

__all__ = ["CostGame", "Grievance", "Separation", "everyone", "group_of", "members", "names_of"]
