"""The audit chain: numbers without gaps, each hash of its row and of the hash before it, and an earlier head still in its place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tongzhou.model.errors import Text
from tongzhou.service.auditing.finding import Finding

BEGINNING = "0" * 64
COLUMNS = ("seq", "at", "actor", "action", "object", "why", "body", "prev_hash")


def check_chain(rows: Sequence[Mapping[str, Any]], head: str | None = None) -> Iterator[Finding]:
    """Every broken link; `head`: a hash cited earlier (in a statement, a report), which must still be there."""
    before, number = BEGINNING, 0
    for row in rows:
        number += 1
        place = str(row["seq"])
        if row["seq"] != number:
            yield Finding(
                "audit", place, Text(f"number {number} was expected: rows are missing", f"应为第 {number} 行: 有缺失")
            )
            number = row["seq"]
        if row["prev_hash"] != before:
            yield Finding("audit", place, Text("does not follow the row before it", "与前一行不衔接"))
        if row["hash"] != hash_of(row):
            yield Finding(
                "audit", place, Text("its hash is not that of its content: it was changed", "哈希与内容不符: 已被更改")
            )
        before = row["hash"]
    if head is not None and head != BEGINNING and all(row["hash"] != head for row in rows):
        yield Finding(
            "audit",
            head[:16],
            Text("the head cited is not in the chain: the past was rewritten", "所引链头不在链中: 历史被改写"),
        )


def hash_of(row: Mapping[str, Any]) -> str:
    """SHA-256 of the JSON list of the columns: sorted keys, no blanks, UTF-8."""
    text = json.dumps([row[name] for name in COLUMNS], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_versions(rows: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Every version kept is the one noted in the chain, and none that was noted is gone."""
    noted: dict[tuple[str, int], str] = {}
    for row in rows:
        body = json.loads(row["body"])
        if "digest" in body and "version" in body:
            noted[row["object"], body["version"]] = body["digest"]
    there = set()
    for version in kept:
        key = version["object"], version["version"]
        there.add(key)
        if key not in noted:
            yield Finding("versions", f"{key[0]} v{key[1]}", Text("nobody is noted for it", "无人对此负责"))
        elif hashlib.sha256(version["body"].encode()).hexdigest() != noted[key]:
            yield Finding("versions", f"{key[0]} v{key[1]}", Text("not what was noted", "与记录不符"))
    for name, number in sorted(set(noted) - there):
        yield Finding("versions", f"{name} v{number}", Text("noted but gone", "有记录但已缺失"))


def check_current(
    table: str, prefix: str, rows: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]]
) -> Iterator[Finding]:
    """What a table says now is what its last version says, in every column that the version keeps."""
    last: dict[str, Mapping[str, Any]] = {}
    for version in kept:
        name = version["object"]
        if name not in last or version["version"] > last[name]["version"]:
            last[name] = version
    for row in rows:
        name = f"{prefix}:{row['incident'] if prefix == 'incident' else row['id']}"
        if name not in last or last[name]["version"] != row["version"]:
            yield Finding(table, name, Text("its version was never kept", "其版本未留存"))
            continue
        for column, value in json.loads(last[name]["body"]).items():
            if column in row and _plain(row[column]) != _plain(value):
                yield Finding(table, name, Text(f"{column} is not as last recorded", f"{column} 与最后记录不符"))


def _plain(value: Any) -> Any:
    """JSON columns come as text, flags of SQLite as 0 and 1."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return int(value) if isinstance(value, bool) else value
