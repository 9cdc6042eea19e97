"""A plan as a folder of CSV tables with plan.json, as one JSON document, as one workbook; and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tongzhou.model.errors import PlanFileError, Text
from tongzhou.model.plan import LATER_TABLES, PLAN_TABLES, Outcome, Plan, Tier
from tongzhou.scenarios.csv_folder import csv_text
from tongzhou.scenarios.json_document import json_rows, json_text
from tongzhou.scenarios.workbook import write_workbook
from tongzhou.service.reports.table_files import rows_of_document, rows_of_folder

HEADER_FILE = "plan.json"
FORMAT = "tongzhou-plan/1"


def plan_header(outcome: Outcome) -> dict[str, Any]:
    """What plan.json holds."""
    plan = outcome.plan
    return {
        "format": FORMAT,
        "status": outcome.status,
        "has_plan": outcome.has_plan,
        "objective": outcome.objective,
        "mode": outcome.mode,
        "tiers": [{"name": t.name, "value": t.value, "bound": t.bound, "gap": _finite(t.gap)} for t in plan.tiers]
        if plan
        else [],
        "national_call_h": plan.national_call_h if plan else None,
        "cpu_s": outcome.cpu_s,
        "wall_s": outcome.wall_s,
        "versions": dict(outcome.versions),
        "scenario_hash": outcome.scenario_hash,
        "seed": outcome.seed,
        "options": dict(outcome.options),
        "size": dict(outcome.size),
    }


def _finite(gap: float) -> float | None:
    return gap if gap != float("inf") else None


def plan_document(outcome: Outcome) -> dict[str, Any]:
    """Header and tables as one JSON-ready object."""
    document: dict[str, Any] = {"plan": plan_header(outcome)}
    if outcome.plan is not None:
        for name, rows in outcome.plan.tables():
            document[name] = json_rows(PLAN_TABLES[name], rows)
    return document


def plan_files(outcome: Outcome) -> dict[str, str]:
    """Name and content of every file of a plan folder."""
    files = {HEADER_FILE: json_text(plan_header(outcome))}
    if outcome.plan is not None:
        for name, rows in outcome.plan.tables():
            files[f"{name}.csv"] = csv_text(PLAN_TABLES[name], rows)
    return files


def write_plan_workbook(outcome: Outcome, path: Path) -> None:
    """The plan as one workbook, its header on the sheet `scenario`."""
    assert outcome.plan is not None
    header = {key: value for key, value in plan_header(outcome).items() if not isinstance(value, list)}
    for tier in outcome.plan.tiers:
        header[f"tier.{tier.name}"] = {"value": tier.value, "bound": tier.bound, "gap": _finite(tier.gap)}
    tables = [(name, PLAN_TABLES[name], rows) for name, rows in outcome.plan.tables()]
    write_workbook(path, tables, settings=header)


def read_outcome(path: Path) -> Outcome:
    """A plan written earlier, from its folder or its JSON document. Raises `PlanFileError`."""
    try:
        if path.is_dir():
            header = json.loads((path / HEADER_FILE).read_text(encoding="utf-8"))
            tables = rows_of_folder(path, PLAN_TABLES if header.get("has_plan") else {}, LATER_TABLES)
        else:
            return outcome_of_document(json.loads(path.read_text(encoding="utf-8")))
        return _outcome(header, tables)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlanFileError(Text(f"{path} is not a plan: {error}", f"{path} 不是方案: {error}")) from error


def outcome_of_document(document: Mapping[str, Any]) -> Outcome:
    """A plan from its JSON document. Raises `ValueError`, `KeyError` or `TypeError` for any other."""
    return _outcome(document["plan"], rows_of_document(document, PLAN_TABLES))


def _outcome(header: Mapping[str, Any], tables: Mapping[str, tuple[Any, ...]]) -> Outcome:
    tiers = tuple(
        Tier(name=item["name"], value=item["value"], bound=item["bound"],
             gap=float("inf") if item["gap"] is None else item["gap"])
        for item in header["tiers"]
    )  # fmt: skip
    plan = Plan(**tables, national_call_h=header["national_call_h"], tiers=tiers) if header["has_plan"] else None
    return Outcome(
        status=header["status"], plan=plan, scenario_hash=header["scenario_hash"], mode=header["mode"],
        objective=header["objective"], seed=header["seed"], options=header["options"], versions=header["versions"],
        size=header.get("size", {}), cpu_s=header["cpu_s"], wall_s=header["wall_s"],
    )  # fmt: skip
