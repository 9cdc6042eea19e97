"""Local clock times beside hours since the start."""

from __future__ import annotations

from datetime import datetime, timedelta


def clock_time(start: datetime, hour: float) -> str:
    """Day and time at the place of the incident."""
    return (start + timedelta(hours=hour)).strftime("%m-%d %H:%M")


def hour_and_clock(start: datetime, hour: float) -> str:
    """`+12 h (07-21 06:00)`."""
    return f"{hour:+g} h ({clock_time(start, hour)})"
