"""The bundled cases in a database: each a region with one incident, and one user a role to try it with."""

from __future__ import annotations

from dataclasses import dataclass

from tongzhou.model.domain import Problem
from tongzhou.service.exchange import import_scenario
from tongzhou.service.people.accounts import add_key, add_user
from tongzhou.service.people.user import Role
from tongzhou.service.picture.incidents import add_region
from tongzhou.service.runs import open_scenario
from tongzhou.service.store.change import Change, changing
from tongzhou.service.store.engine import open_engine

DEMO_CASES = ("river-pollution", "henan-2021", "jialing-2015", "hubei-2020", "wenchuan-2008")


@dataclass(frozen=True, slots=True)
class DemoKey:
    """A user of the demo and the key to be it."""

    user: str
    role: str
    region: str | None
    key: str


def load_demo_data(database: str, cases: tuple[str, ...] = DEMO_CASES) -> list[DemoKey]:
    """Load cases by name into a database that is ready. Raises `UsageError` for an unknown case, `ConflictError` for one loaded."""
    engine, found = open_engine(database), []
    problems = {name: open_scenario(name) for name in cases}
    try:
        with changing(engine, "console", "load demo data") as change:
            for name, problem in problems.items():
                add_region(change, name, problem.settings.name, problem.settings.name_zh)
                import_scenario(change, name, f"{name}-incident", problem, offers=True)
                found += _users(change, name, problem)
    finally:
        engine.dispose()
    return found


def _users(change: Change, region: str, problem: Problem) -> list[DemoKey]:
    """Two of each finance role, so that four eyes can be had; an officer and a finance officer for every city."""
    wanted: list[tuple[str, Role, str | None]] = [
        ("coordinator", Role.COORDINATOR, None), ("finance-1", Role.COORDINATOR_FINANCE, None),
        ("finance-2", Role.COORDINATOR_FINANCE, None), ("superior", Role.SUPERIOR, None), ("evaluator", Role.EVALUATOR, None),
    ]  # fmt: skip
    for city in problem.cities:
        if city.role not in ("hub", "national"):
            wanted += [
                (f"officer-{city.city}", Role.CITY_OFFICER, city.city),
                (f"treasurer-{city.city}", Role.CITY_FINANCE, city.city),
            ]
    found = []
    for name, role, city_id in wanted:
        user = add_user(change, f"{region}/{name}", role, region=region, city=city_id)
        _, key, _ = add_key(change, user, "demo")
        found.append(DemoKey(user.name, role.value, region, key))
    return found
