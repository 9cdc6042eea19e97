"""Coalitions of cities: what a group reaches alone, valued on one compiled dispatch model."""
