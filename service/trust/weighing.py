"""Offers weighted by how far their city keeps its promises: an option of a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tongzhou.model.reliability import Reliability


def weighted(document: Mapping[str, Any], trust: Mapping[str, Reliability]) -> dict[str, Any]:
    """The scenario with each offer times the expected share that its city keeps; whole units and lots are rounded down.

    A city that has promised nothing yet is taken at its word.
    """
    lots = {
        row["resource"]: row.get("lot") or (1 if row["kind"] != "supply" else None) for row in document["resources"]
    }
    stocks = []
    for row in document["stocks"]:
        known = trust.get(row["city"])
        if known is None or not row.get("offered"):
            stocks.append(row)
            continue
        offered, lot = float(row["offered"]) * known.mean, lots.get(row["resource"])
        stocks.append({**row, "offered": round(offered, 6) if lot is None else math.floor(offered / lot + 1e-9) * lot})
    return {**document, "stocks": stocks}
