"""Workbooks that somebody sends: read in a process of their own with limits, for a small file can ask for much."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tongzhou.model.domain import Problem
from tongzhou.model.errors import Fault, ScenarioError, Text
from tongzhou.scenarios.files import document_text, load, problem_of, save
from tongzhou.scenarios.json_document import raw_document
from tongzhou.solvers.pool import ProcessExpired, SolverPool

MEMORY_GIB = 2.0
MOST_S = 60.0
FILE = "upload.xlsx"


def problem_of_workbook(content: bytes) -> Problem:
    """The scenario in a workbook. Raises `ScenarioError` with every fault, also where reading it takes too much."""
    with SolverPool(1, MEMORY_GIB).slot() as slot:
        future = slot.schedule(_read, content, limit_s=MOST_S)
        try:
            text, faults = future.result()
        except (TimeoutError, MemoryError, ProcessExpired) as error:
            expected = Text("a workbook that can be read with ordinary means", "可用常规资源读取的工作簿")
            raise ScenarioError([Fault("workbook", None, (), type(error).__name__, expected)], FILE) from error
        finally:
            slot.abandon()
    if faults:
        raise ScenarioError(faults, FILE)
    return problem_of(raw_document(json.loads(text)), FILE)


def _read(content: bytes) -> tuple[str, tuple[Fault, ...]]:
    """In the process of its own: the scenario's document, or its faults."""
    with tempfile.TemporaryDirectory(prefix="tongzhou-upload-") as folder:
        path = Path(folder) / FILE
        path.write_bytes(content)
        try:
            return document_text(load(path)), ()
        except ScenarioError as error:
            return "", error.faults


def workbook_of(problem: Problem) -> bytes:
    """The scenario as a workbook."""
    with tempfile.TemporaryDirectory(prefix="tongzhou-export-") as folder:
        path = Path(folder) / FILE
        save(problem, path)
        return path.read_bytes()
