"""Writing results: a plan's folder, its workbook, orders and report."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from tongzhou.model.domain import Problem
from tongzhou.model.errors import Text, UsageError
from tongzhou.model.line_changes import LineChange
from tongzhou.model.plan import Outcome
from tongzhou.model.settlement.settlement import Settlement
from tongzhou.scenarios.cases import bundled
from tongzhou.scenarios.csv_folder import SETTINGS_FILE, csv_text
from tongzhou.scenarios.files import save
from tongzhou.service.reports.orders import order_files
from tongzhou.service.reports.plan_files import plan_files, write_plan_workbook
from tongzhou.service.reports.report_page import report_html
from tongzhou.service.reports.settlement_files import settlement_files, write_settlement_workbook
from tongzhou.service.reports.settlement_page import settlement_html
from tongzhou.service.reports.statement import statement_files
from tongzhou.service.runs import refuse_scenario_folder

ADVANCED, CHANGES = "scenario", "changes.csv"
WORKBOOK, REPORT, ORDERS = "plan.xlsx", "report.html", "orders"
SETTLEMENT_WORKBOOK, SETTLEMENT_PAGE, STATEMENTS = "settlement.xlsx", "settlement.html", "statements"


def write_results(
    problem: Problem, outcome: Outcome, out: Path, *, workbook: bool = False, report: bool = False
) -> list[Path]:
    """Write the plan folder (and workbook, report, orders); complete beside the target first, so that no half plan is left."""
    refuse_scenario_folder(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _write_files(staging, plan_files(outcome))
        if workbook and outcome.plan is not None:
            write_plan_workbook(outcome, staging / WORKBOOK)
        if report and outcome.plan is not None:
            (staging / REPORT).write_text(report_html(problem, outcome, _roads(problem)), encoding="utf-8")
            (staging / ORDERS).mkdir()
            _write_files(staging / ORDERS, order_files(problem, outcome))
        return _move_in(staging, out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_replanned(
    problem: Problem, outcome: Outcome, changes: Sequence[LineChange], out: Path, *, report: bool = False
) -> list[Path]:
    """Write the new plan, the advanced scenario in its folder `scenario`, and `changes.csv`."""
    if (out / ADVANCED).exists():
        raise UsageError(Text(f"{out / ADVANCED} exists; choose another folder", f"{out / ADVANCED} 已存在; 请另选"))
    written = write_results(problem, outcome, out, report=report)
    save(problem, out / ADVANCED)
    (out / CHANGES).write_text(csv_text(LineChange, changes), encoding="utf-8", newline="")
    return [*written, out / ADVANCED, out / CHANGES]


def write_settlement(
    problem: Problem, settlement: Settlement, out: Path, *, workbook: bool = False, report: bool = False
) -> list[Path]:
    """Write the settlement folder (and workbook, page, statements), complete beside the target first."""
    refuse_scenario_folder(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _write_files(staging, settlement_files(settlement))
        if workbook:
            write_settlement_workbook(settlement, staging / SETTLEMENT_WORKBOOK)
        if report:
            page = settlement_html(problem, settlement, _roads(problem))
            (staging / SETTLEMENT_PAGE).write_text(page, encoding="utf-8")
            (staging / STATEMENTS).mkdir()
            _write_files(staging / STATEMENTS, statement_files(settlement))
        return _move_in(staging, out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def _move_in(staging: Path, out: Path) -> list[Path]:
    """Put the finished files in their place; orders of an earlier plan are replaced as a whole."""
    out.mkdir(exist_ok=True)
    written = []
    for item in sorted(staging.iterdir()):
        target = out / item.name
        if target.is_dir():
            shutil.rmtree(target)
        item.replace(target)
        written.append(target)
    return written


def _roads(problem: Problem) -> Path | None:
    """The road background of a bundled case, found by the name of its scenario."""
    for case in bundled().values():
        roads = case.folder / "sources" / "roads.json"
        settings = tomllib.loads((case.folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        if settings["name"] == problem.settings.name and roads.is_file():
            return roads
    return None
