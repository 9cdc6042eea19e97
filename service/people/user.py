"""A user as everything else sees one: role, region, city, hazard office."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a user is to the mutual aid."""

    COORDINATOR = "coordinator"
    CITY_OFFICER = "city-officer"
    CITY_FINANCE = "city-finance"
    COORDINATOR_FINANCE = "coordinator-finance"
    EVALUATOR = "evaluator"
    SUPERIOR = "superior"
    ADMINISTRATOR = "administrator"

    @property
    def is_of_a_city(self) -> bool:
        """Whether the user belongs to one city."""
        return self in (Role.CITY_OFFICER, Role.CITY_FINANCE)


@dataclass(frozen=True, slots=True)
class User:
    """`region` is None for administrators, `city` for all but city roles; `hazard` limits a coordinator to one office."""

    id: str
    name: str
    role: Role
    region: str | None
    city: str | None
    hazard: str | None

    @property
    def actor(self) -> str:
        """How the audit chain names the user."""
        return f"user:{self.id}"
