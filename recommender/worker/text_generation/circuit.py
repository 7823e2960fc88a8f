"""A circuit breaker that operators can see: as a metric, in the log, and on the health page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

import pybreaker

from recommender.explanation.generation import GenerationUnavailableError
from recsite import metrics

logger = logging.getLogger(__name__)

T = TypeVar("T")


class _Telling(pybreaker.CircuitBreakerListener):
    """Tells of every change."""

    def state_change(
        self,
        cb: pybreaker.CircuitBreaker,
        old_state: pybreaker.CircuitBreakerState | None,
        new_state: pybreaker.CircuitBreakerState,
    ) -> None:
        logger.warning(
            "the circuit to %s is %s (was %s)",
            cb.name,
            new_state.name,
            old_state.name if old_state else "new",
        )
        _count(cb.name or "", new_state.name)


def _count(name: str, state: str) -> None:
    for one in (pybreaker.STATE_CLOSED, pybreaker.STATE_HALF_OPEN, pybreaker.STATE_OPEN):
        metrics.CIRCUIT_STATE.labels(name, one).set(float(one == state))


def _is_askers_fault(error: BaseException) -> bool:
    """Whether another prompt might be answered all the same."""
    return isinstance(error, GenerationUnavailableError) and error.reason == "refused"


class Circuit:
    """Asks nothing of a server that failed several times in a row, until some time has passed.

    Then one call is let through: if it succeeds, all are again.
    """

    def __init__(self, name: str, *, failures: int, rest_seconds: float) -> None:
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=failures,
            reset_timeout=rest_seconds,
            exclude=[_is_askers_fault],
            listeners=[_Telling()],
            name=name,
            # Whoever was let through hears what really happened.
            throw_new_error_on_trip=False,
        )
        _count(name, self.state)

    @property
    def state(self) -> str:
        """``closed`` (all goes through), ``half-open`` or ``open``."""
        return self._breaker.current_state

    def call(self, work: Callable[[], T]) -> T:
        """Do it if the circuit lets it through.

        Raises:
            GenerationUnavailableError: it does not, or the work raised it.
        """
        try:
            return self._breaker.call(work)
        except pybreaker.CircuitBreakerError as error:
            message = f"{self._breaker.name} failed repeatedly and rests"
            raise GenerationUnavailableError(message, reason="circuit_open") from error
