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
    last = _last(kept)
    names = {f"{prefix}:{row['incident'] if prefix == 'incident' else row['id']}": row for row in rows}
    for name in sorted(set(last) - set(names)):
        if name.startswith(f"{prefix}:"):
            yield Finding(table, name, Text("has versions, but is gone", "有版本记录, 但已缺失"))
    for name, row in names.items():
        if name not in last or last[name]["version"] != row["version"]:
            yield Finding(table, name, Text("its version was never kept", "其版本未留存"))
            continue
        for column, value in json.loads(last[name]["body"]).items():
            if column in row and _plain(row[column]) != _plain(value):
                yield Finding(table, name, Text(f"{column} is not as last recorded", f"{column} 与最后记录不符"))


def check_claims(
    kept: Sequence[Mapping[str, Any]],
    costs: Sequence[Mapping[str, Any]],
    evidence: Sequence[Mapping[str, Any]],
    offsets: Sequence[Mapping[str, Any]],
) -> Iterator[Finding]:
    """The cost lines, evidence and offsets of every claim are those of its last version."""
    last = _last(kept)
    for part, rows in (("cost_lines", costs), ("evidence", evidence), ("offsets", offsets)):
        inside: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            inside.setdefault(f"claim:{row['claim']}", []).append(row)
        for name in sorted({name for name in last if name.startswith("claim:")} | set(inside)):
            told = json.loads(last[name]["body"]).get(part, []) if name in last else []
            columns = set(told[0]) if told else set()
            found = [{column: _plain(row[column]) for column in columns & set(row)} for row in inside.get(name, [])]
            noted = [
                {column: _plain(value) for column, value in row.items() if column in found[0]} for row in told if found
            ]
            if _sorted(found) != _sorted(noted) or len(inside.get(name, [])) != len(told):
                yield Finding(part, name, Text("not as last recorded", "与最后记录不符"))


def _sorted(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)


def _last(kept: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Object to its last version."""
    last: dict[str, Mapping[str, Any]] = {}
    for version in kept:
        name = version["object"]
        if name not in last or version["version"] > last[name]["version"]:
            last[name] = version
    return last


def _plain(value: Any) -> Any:
    """JSON columns come as text, flags of SQLite as 0 and 1."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return int(value) if isinstance(value, bool) else value
