"""Complete validation: every check over a draft of the tables, all faults collected."""

from __future__ import annotations

from collections.abc import Collection

from tongzhou.model.domain.checks.cells import check_cells
from tongzhou.model.domain.checks.draft import Draft
from tongzhou.model.domain.checks.keys import check_keys
from tongzhou.model.domain.checks.money import check_money
from tongzhou.model.domain.checks.promises import check_promises
from tongzhou.model.domain.checks.references import check_references
from tongzhou.model.domain.checks.rows import check_rows
from tongzhou.model.domain.checks.whole import check_whole
from tongzhou.model.domain.problem import Tables
from tongzhou.model.domain.settings import Settings
from tongzhou.model.errors import Fault


def check(
    settings: Settings, tables: Tables, bad_cells: Collection[tuple[str, int, str]] = frozenset()
) -> tuple[Fault, ...]:
    """Every fault of the tables; `bad_cells` (table, row index from 0, column) were unreadable and hold stand-ins.

    Findings that rest on an unreadable cell are left out. Rows are counted from 1.
    """
    draft = Draft(settings, tables, bad_cells)
    for run in (check_cells, check_keys, check_references):
        run(draft)
    draft.settle()
    for run in (check_rows, check_whole, check_promises, check_money):
        run(draft)
    return draft.sorted_faults()


__all__ = ["check"]
