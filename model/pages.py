"""`model/README.md`: the formulation page, generated from the docstrings of the constraint rules."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from tongzhou.model import objective
from tongzhou.model.constraints import commitment, deployment, escalation, governance, need, supply, transport
from tongzhou.model.formulation import FAMILIES

MODULES = {
    "supply": supply, "transport": transport, "deployment": deployment, "need": need, "governance": governance,
    "escalation": escalation, "commitment": commitment, "objective": objective,
}  # fmt: skip
HEAD = """# The dispatch model

Generated from the docstrings of the constraint rules by `make docs`; a test fails when this page is stale. Do not edit.

Sets: cities `c`, supplies `s`, units `r` (equipment, teams), needs `n`, lanes `l` (origin, destination, mode, vehicle class),
assignments `a` (units of a home for a need by a lane, or duty at home), periods `t` of `p` hours. Index sets are pruned: a
column exists only if goods or units can really be there by then and still be of use (`model/indices/`).

| column | meaning | domain |
| --- | --- | --- |
| `ship[l,s,t,pool]` | leaves on lane `l` at `t`, from the city's own goods or (hubs) from what it received | >= 0; whole lots |
| `trips[l,t]` | vehicles leaving | whole |
| `own_stock[c,s,t]`, `aid_stock[c,s,t]` | on hand of its own, and received | >= 0 |
| `serve[n,s,t,pool]` | quantity of `s` that serves `n` at the start of `t` | >= 0 |
| `unserved[n,t]` | unserved after `t` (supply); missing units in `t` (presence) | >= 0 |
| `depart[a,t]`, `leave[a,t]` | units that leave home, and that leave the site | whole |
| `on_site[a,t]`, `working[n,r,t,pool]` | units on site, and at work with their crew | >= 0 |
| `idle[c,r,t]`, `lent[c,r,t]` | units free at home, and engaged elsewhere | >= 0; `lent` within floor and offer |
| `delivers[l,s,t,pool]` | a delivery that must be worth its way is made | 0/1 |
| `call[t]` | the national tier is called at `t` | 0/1 |
| `kept[line]` | a proposed line of the previous plan is kept | 0/1 |
| `relative[g]`, `largest[priority]`, `excess[g]` | relative shortage of a group, the largest, and what lies above the fair level | >= 0 |
| `tier[name]` | value of a tier; the solver minimises one after the other and caps those behind it | real |
"""


def formulation_page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, family in FAMILIES.items():
        parts.append(f"\n## {name}\n\n{inspect.getdoc(MODULES[name])}\n")
        for rows in family:
            parts.append(f"\n### `{rows.name}`\n\n{inspect.getdoc(rows.rule)}\n")
    return "".join(parts)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(formulation_page(), encoding="utf-8")
