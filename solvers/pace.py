"""How long things take, and what a tier has time for: judged by the LPs so far and the size of the model."""

from __future__ import annotations

RELAXED_SHARE = 0.5
"""Share of a tier's time for its LP; the first LP has all there is, for without it nothing is known."""
SEARCHED_SHARE = 0.7
"""Share of a tier's time that the search has at least, however long its LP took."""
ROOM_FOR_LP = 2.0
"""An LP may take so many times the longest so far, whatever its share."""
SHORT_OF_LPS = 2.0
"""A tier that has less time than so many of the longest LP so far does without one."""
BOUND_LATER_LPS = 1.5
"""LPs for which there must be time to make up for one."""
LONG_LP_S, ROOT_LPS = 15.0, 5.0
"""Where an LP takes so many seconds, and a tier has time for fewer, its branch and cut does not get past the root."""
LONG_SIZE = 3.0
"""Times the size of 50 cities from which on that is possible."""
CORE_SHARE, CORE_MOST_S = 0.25, 7.0
"""Share of a tier's time, and seconds, for the first search among the columns that the relaxation favours."""
CORE_COLUMNS, CORE_LARGEST_SHARE = 50_000, 0.6
"""Columns of a model that these seconds are for; larger ones get more in proportion."""
ALL_SHARE, ALL_LEAST_S = 0.7, 10.0
"""Share of a tier's time for all columns at hand at once, and the least seconds: with fewer left HiGHS is still at the root, where
it hears no time limit."""
PATIENCE_S, PATIENCE = 6.0, 0.25
"""Seconds without a better bound, and share of a tier's time, after which the second process turns to better solutions."""


class Pace:
    """Seconds of this run's LPs, and what follows from them. All times in wall seconds; `most_s`: those of a tier."""

    def __init__(self, columns: int, workers: int) -> None:
        self._size = max(1.0, columns / CORE_COLUMNS)
        self._workers = workers
        self.lp_s = 0.0
        """The longest LP so far."""

    def learn(self, seconds: float) -> None:
        """An LP took so long."""
        self.lp_s = max(self.lp_s, seconds)

    def is_short(self, most_s: float) -> bool:
        """Whether an LP would take most of a tier's time."""
        return most_s < SHORT_OF_LPS * self.lp_s

    def is_long(self, most_s: float) -> bool:
        """Whether LPs take so long that a second process does better than to raise the bound of the tier in hand."""
        return self._workers > 1 and self.lp_s > LONG_LP_S and most_s < ROOT_LPS * self.lp_s

    def room_for_lp(self, most_s: float, left: float) -> float:
        """Seconds that an LP may take. `left`: those of the run."""
        return max(most_s * RELAXED_SHARE, ROOM_FOR_LP * self.lp_s) if self.lp_s else left

    def has_time_for_bound(self, left: float) -> bool:
        """Whether an LP that was left out may be made up for."""
        return left >= BOUND_LATER_LPS * self.lp_s

    def core_room(self, most_s: float) -> float:
        """Seconds of a first search."""
        return min(most_s * min(CORE_LARGEST_SHARE, CORE_SHARE * self._size), CORE_MOST_S * self._size)

    @property
    def may_be_long(self) -> bool:
        """Whether the model is so large that LPs may turn out to be long."""
        return self._size > LONG_SIZE

    def patience(self, most_s: float, *, is_short: bool) -> float:
        """Seconds a second process waits for a better bound; `is_short`: where hardly any follows the cuts at the root."""
        return PATIENCE_S if is_short else max(PATIENCE_S, PATIENCE * most_s)
