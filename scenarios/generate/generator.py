"""A whole synthetic scenario from four numbers and a seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from tongzhou.model.domain import Problem, Settings
from tongzhou.model.domain.tables import Resource
from tongzhou.model.errors import Text, UsageError
from tongzhou.scenarios.generate.catalogue import FEWEST, MOST, choose_goods, choose_substitutes
from tongzhou.scenarios.generate.fleets import lay_fleets
from tongzhou.scenarios.generate.geography import lay_region
from tongzhou.scenarios.generate.handling import limit_unloading
from tongzhou.scenarios.generate.holdings import lay_arrivals, lay_stocks
from tongzhou.scenarios.generate.needs import Clock, lay_needs
from tongzhou.scenarios.generate.transport import lay_closures, lay_links

START = datetime(2030, 7, 1, 8, tzinfo=timezone(timedelta(hours=8)))
LIMITS = {"cities": (3, 500), "resources": (FEWEST, MOST), "periods": (4, 2000), "seed": (0, 2**63 - 1)}
"""Least and largest value of each argument."""


def generate(cities: int, resources: int, periods: int, seed: int, period_h: float = 6.0) -> Problem:
    """A realistic instance: a disaster strikes part of one cluster of cities, the others may help.

    `cities` counts the national depot, which exists from ten cities on; `period_h` is the length of a period in hours (six decimals).
    The same arguments give the same scenario on every machine. Raises `UsageError` for sizes out of range.
    """
    _check({"cities": cities, "resources": resources, "periods": periods, "seed": seed}, period_h)
    period_h = round(period_h, 6)
    clock = Clock(periods, period_h)
    region = lay_region(cities, seed)
    goods = choose_goods(resources)
    links = lay_links(region, seed)
    stocks = lay_stocks(region, goods, seed)
    needs = lay_needs(region, goods, stocks, links, clock, seed)
    return Problem(
        settings=_settings(cities, resources, periods, seed, period_h),
        cities=limit_unloading(region, goods, needs, clock, seed),
        resources=tuple(_with_whole_duty(good.row, period_h) for good in goods),
        substitutes=choose_substitutes(goods),
        stocks=stocks,
        arrivals=lay_arrivals(region, goods, stocks, clock.hour(periods), seed),
        needs=needs,
        links=links,
        closures=lay_closures(region, links, periods, period_h, seed),
        fleets=lay_fleets(region, links),
    )


def _check(sizes: dict[str, int], period_h: float) -> None:
    for name, value in sizes.items():
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise UsageError(
                Text(
                    f"{name} must be from {low} to {high}, not {value}",
                    f"{name} 须在 {low} 至 {high} 之间, 而非 {value}",
                )
            )
    if not 0.1 <= period_h <= 720:
        raise UsageError(
            Text(
                f"period_h must be from 0.1 to 720, not {period_h:g}",
                f"period_h 须在 0.1 至 720 之间, 而非 {period_h:g}",
            )
        )


def _settings(cities: int, resources: int, periods: int, seed: int, period_h: float) -> Settings:
    return Settings(
        name=f"Synthetic, no real place: {cities} cities, {resources} resources, {periods} periods, seed {seed}",
        name_zh=f"合成情景, 非真实地点: {cities} 个城市, {resources} 种资源, {periods} 个时段, 种子 {seed}",
        start=START,
        period_h=period_h,
        periods=periods,
    )


def _with_whole_duty(row: Resource, period_h: float) -> Resource:
    """Long periods: a team stays on site for one at least."""
    return row if row.duty_h is None else replace(row, duty_h=max(row.duty_h, period_h))
