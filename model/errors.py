"""Every error Tongzhou raises on purpose.

TongzhouError
├── ScenarioError      the input is wrong: a list of faults, each with its place
├── PlanFileError      a plan's files cannot be read as a plan
├── SettlementFileError  a settlement's files cannot be read as one
├── PlanRejectedError  the independent verifier found violated limits: the plan is not handed out
├── SettlementRejectedError  the independent verifier found broken rules: the settlement is not handed out
├── SolverCrashError   the solver's process ended by an error of ours
├── NoPlanError        the solver stopped before it had any plan
├── CoalitionError     what a group of cities would cost alone could not be computed: no settlement
└── UsageError         the call itself makes no sense (a folder that exists, an unknown name)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Text(NamedTuple):
    """One message in both languages of the project."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The message in `language` ("en", "zh"), or both, divided by " / "."""
        if language == "both":
            return f"{self.en} / {self.zh}"
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the input and what a planner can do about it.

    `row` counts as the source does: the line of a CSV file, the row of a sheet, the position (from 1) in a JSON list.
    `columns` are the cells the finding depends on; the first is the one shown.
    """

    table: str
    row: int | None
    columns: tuple[str, ...]
    found: str
    expected: Text
    suggestion: Text | None = None

    def line(self, language: str) -> str:
        """The fault as one line of text."""
        zh = language == "zh"
        place = self.table
        if self.row is not None:
            place += f", 第 {self.row} 行" if zh else f", row {self.row}"
        if self.columns:
            place += f", 列 {self.columns[0]}" if zh else f", column {self.columns[0]}"
        found = (f"为 {self.found}; " if zh else f"found {self.found}; ") if self.found else ""
        text = f"{place}: {found}{'应为: ' if zh else 'expected: '}{self.expected.in_language(language)}"
        if self.suggestion is not None:
            text += f" — {self.suggestion.in_language(language)}"
        return text


class TongzhouError(Exception):
    """Root of the errors a user can do something about."""


class ScenarioError(TongzhouError):
    """The input has faults; all of them are listed, nothing was written."""

    def __init__(self, faults: Iterable[Fault], source: str = "scenario") -> None:
        self.faults = tuple(faults)
        self.source = source
        super().__init__(self.report("en"))

    def __reduce__(self) -> tuple[type, tuple[tuple[Fault, ...], str]]:
        return type(self), (self.faults, self.source)  # from one process to another

    def report(self, language: str) -> str:
        """All faults, one a line, under a heading that counts them."""
        count = len(self.faults)
        headings = Text(
            f"{self.source}: {count} {'fault' if count == 1 else 'faults'}; nothing was written",
            f"{self.source}: 共 {count} 处错误; 未写入任何内容",
        )
        if language == "both":
            return self.report("en") + "\n\n" + self.report("zh")
        return "\n".join([headings.in_language(language), *(f"  {fault.line(language)}" for fault in self.faults)])


class MessageError(TongzhouError):
    """An error that is one message in both languages; it crosses processes whole."""

    def __init__(self, message: Text) -> None:
        self.message = message
        super().__init__(message.en)

    def __reduce__(self) -> tuple[type[MessageError], tuple[Text]]:
        return type(self), (self.message,)

    def report(self, language: str) -> str:
        """The message in `language`."""
        return self.message.in_language(language)


class PlanFileError(MessageError):
    """The files given are not a readable plan."""


class SettlementFileError(MessageError):
    """The files given are not a readable settlement."""


class PlanRejectedError(TongzhouError):
    """The verifier found limits that the plan violates; it is a defect of ours and the plan is withheld."""

    def __init__(self, violations: Iterable[str]) -> None:
        self.violations = tuple(violations)
        super().__init__("the plan violates limits:\n" + "\n".join(f"  {line}" for line in self.violations))

    def __reduce__(self) -> tuple[type, tuple[tuple[str, ...]]]:
        return type(self), (self.violations,)  # from one process to another


class SettlementRejectedError(TongzhouError):
    """The verifier found rules that the settlement breaks; it is a defect of ours and the settlement is withheld."""

    def __init__(self, violations: Iterable[str]) -> None:
        self.violations = tuple(violations)
        super().__init__("the settlement breaks rules:\n" + "\n".join(f"  {line}" for line in self.violations))

    def __reduce__(self) -> tuple[type, tuple[tuple[str, ...]]]:
        return type(self), (self.violations,)  # from one process to another


class NoPlanError(MessageError):
    """The solver stopped (time, memory, cancel) before any plan existed."""


class SolverCrashError(MessageError):
    """The solver's process ended by an error of ours; its traceback is on stderr."""


class CoalitionError(MessageError):
    """The cost of a coalition could not be computed; it never becomes a number, so there is no settlement."""


class UsageError(MessageError):
    """The call cannot be carried out as asked."""
