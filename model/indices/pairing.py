"""Paired assistance and exclusions: who may send directly to whom."""

from __future__ import annotations

from collections import defaultdict

from tongzhou.model.domain import Problem


class Pairing:
    """`forbidden` pairs may not, and an origin with `required` pairs sends to no other destination."""

    def __init__(self, problem: Problem) -> None:
        self._forbidden: set[tuple[str, str, str]] = set()
        self._only: dict[tuple[str, str], set[str]] = defaultdict(set)
        for pair in problem.pairs:
            resources = [row.resource for row in problem.resources] if pair.resource is None else [pair.resource]
            for resource in resources:
                if pair.rule == "forbidden":
                    self._forbidden.add((pair.origin, pair.destination, resource))
                else:
                    self._only[pair.origin, resource].add(pair.destination)

    def allows(self, origin: str, destination: str, resource: str) -> bool:
        """Whether `origin` may send or deploy `resource` directly to `destination`."""
        if (origin, destination, resource) in self._forbidden:
            return False
        only = self._only.get((origin, resource))
        return only is None or destination in only
