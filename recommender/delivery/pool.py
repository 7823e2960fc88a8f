"""How the web asks the pool: by task name, with a deadline, and never more than it can bear.

The pool answers through the cache. A broker that does not take a message is left alone for a
moment, so that a page does not wait for it again and again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache

from recommender.contracts import Scenario, SlateRequest
from recsite import metrics
from recsite.celery import app

logger = logging.getLogger(__name__)

T = TypeVar("T")
POLL_SECONDS = 0.004
#: How long a broker that failed is not asked again.
REST_SECONDS = 2.0
#: A refresh that was ordered but never ran blocks others for at most this long.
DEBOUNCE_SECONDS = 5
REFRESH_CHUNK = 20
SCORE_TASK, REFRESH_TASK = "recommender.slates_score", "recommender.slates_refresh"
_resting_until = 0.0


def order(task: str, *arguments: Any, expires_seconds: float | None = None) -> bool:
    """Hand a task to the pool. False where the broker does not take it."""
    global _resting_until
    if time.monotonic() < _resting_until:
        metrics.ORDERS_REFUSED.labels(task, "broker").inc()
        return False
    try:
        app.send_task(task, args=arguments, expires=expires_seconds, retry=False)
    except Exception as error:  # every broker has its own exceptions
        _resting_until = time.monotonic() + REST_SECONDS
        logger.warning("the broker does not take %s: %s", task, error)
        metrics.ORDERS_REFUSED.labels(task, "broker").inc()
        return False
    return True


def wait_for(
    look: Callable[[], T | None], *, deadline: float, poll_seconds: float = POLL_SECONDS
) -> T | None:
    """Look until there is something to see or ``time.monotonic()`` passes the deadline."""
    while True:
        seen = look()
        if seen is not None:
            return seen
        if time.monotonic() >= deadline:
            return None
        time.sleep(poll_seconds)


def slates_order(requests: Sequence[SlateRequest]) -> bool:
    """Ask for slates that somebody is waiting for."""
    plain = [asdict(request) for request in requests]
    return order(SCORE_TASK, plain, expires_seconds=settings.POOL_DEADLINE_MS / 1000 * 20)


def refresh_mark(shopper: str) -> str:
    """Cache key that says that a refresh is on its way and has not begun."""
    return "refresh:" + shopper.encode("utf-8").hex()


def slates_refresh_order(*, shoppers: Sequence[str]) -> None:
    """Order the personal slates anew, once for however many events arrive meanwhile.

    The worker removes the mark before it reads the history, so no event is overlooked.
    """
    wanted = []
    for shopper in shoppers:
        try:
            if cache.add(refresh_mark(shopper), 1, timeout=DEBOUNCE_SECONDS):
                wanted.append(shopper)
        except Exception:
            logger.warning("the cache does not answer; slates are refreshed when they are read")
            return
    for start in range(0, len(wanted), REFRESH_CHUNK):
        order(
            REFRESH_TASK,
            wanted[start : start + REFRESH_CHUNK],
            expires_seconds=60,
        )


#: Cache key of the moment (seconds since 1970) until which the pool has enough to do: what is
#: ordered before it would come after the deadline.
BUSY_KEY = "pool:busy-until"


#: A worker that has been silent for longer counts as gone.
HEARTBEAT_SECONDS = 20.0


def heartbeat_key(worker: str) -> str:
    """Cache key under which a worker says that it is alive; the value is seconds since 1970."""
    return f"pool:heartbeat:{worker}"


def is_heard(beaten_at: float | None) -> bool:
    """Whether a worker whose heartbeat says this (None: there is none) is there to be asked."""
    return beaten_at is not None and time.time() - float(beaten_at) < HEARTBEAT_SECONDS


#: Scenarios that an event of the shopper changes.
PERSONAL = (Scenario.HOME, Scenario.BUY_AGAIN)
