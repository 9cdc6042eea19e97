"""The closed vocabulary of why a solve stopped, mapped from HiGHS in one place."""

from __future__ import annotations

from enum import StrEnum

import highspy

STATUS = highspy.HighsModelStatus


class Stop(StrEnum):
    """Why one solve stopped; whether it has a solution is a separate fact."""

    OPTIMAL = "optimal"
    TIME = "time-limit"
    MEMORY = "memory-limit"
    CANCELLED = "cancelled"
    INFEASIBLE = "infeasible"
    FAILED = "failed"


_MEANING = {
    STATUS.kOptimal: Stop.OPTIMAL,
    STATUS.kModelEmpty: Stop.OPTIMAL,
    STATUS.kTimeLimit: Stop.TIME,
    STATUS.kIterationLimit: Stop.TIME,
    STATUS.kSolutionLimit: Stop.TIME,
    STATUS.kMemoryLimit: Stop.MEMORY,
    STATUS.kInterrupt: Stop.CANCELLED,
    STATUS.kInfeasible: Stop.INFEASIBLE,
    STATUS.kUnboundedOrInfeasible: Stop.INFEASIBLE,
}


def stop_of(status: highspy.HighsModelStatus) -> Stop:
    """HiGHS's model status in our words; what we do not expect is a failure, never an optimum."""
    return _MEANING.get(status, Stop.FAILED)
