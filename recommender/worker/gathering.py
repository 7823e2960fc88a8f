"""What waits in the scoring queue, taken along by the task that is about to run.

Nothing is ever held back to make a batch larger: a slate that comes alone is scored at once, and
those that came while the worker was busy are scored together. How many is bounded by how long a
slate has lately taken, so that the first of a batch does not wait for the last beyond the pages'
deadline.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from celery import Task
from django.conf import settings
from django.core.cache import cache
from kombu import Queue

from recommender.delivery.pool import BUSY_KEY
from recsite import metrics
from recsite.celery import app

logger = logging.getLogger(__name__)

QUEUE = "scoring"
#: Of the pages' deadline, what scoring one batch may take, and what waiting for it may have taken
#: before the pool calls itself busy.
BATCH_SHARE, BUSY_SHARE = 0.5, 0.8
#: How long it then stays busy: orders that are on their way still have to be worked off.
BUSY_SECONDS = 0.25
#: How much the newest batch counts in what a slate takes.
NEWEST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Order:
    """A task that somebody ordered, not yet run."""

    task: str
    arguments: Sequence[Any]
    #: Seconds since 1970; None where the message does not say.
    sent_at: float | None = None


class Gatherer:
    """Takes waiting orders from the broker, as many as a batch may hold."""

    def __init__(self) -> None:
        #: Seconds that a slate takes, as it was lately.
        self.pace = 0.02
        self._queue: Any = None

    def room(self) -> int:
        """How many slates fit into one batch."""
        allowed = settings.POOL_DEADLINE_MS / 1000 * BATCH_SHARE
        return max(1, min(settings.SCORING_BATCH, int(allowed / self.pace)))

    def took(self, slates: int, seconds: float) -> None:
        """Learn how long a slate takes."""
        if slates:
            self.pace += NEWEST_SHARE * (seconds / slates - self.pace)

    def taken_along(
        self, first: Task[..., Any], arguments: Sequence[Any], sizes: dict[str, int]
    ) -> list[Order]:
        """The task that runs and the orders that wait behind it, oldest first.

        ``sizes`` says how many slates an argument of each task stands for; one that is not named
        counts as one and ends the batch, as it is something else. A broker that does not answer
        has nothing waiting.
        """
        orders = [Order(str(first.name), arguments, _sent_at(first))]
        room = self.room() - _size(orders[0], sizes)
        while room > 0 and (order := self._next()) is not None:
            orders.append(order)
            if order.task not in sizes:
                break
            room -= _size(order, sizes)
        self._tell_if_busy(orders)
        return orders

    def _next(self) -> Order | None:
        """The oldest message that is still wanted."""
        try:
            while (message := self._bound().get(no_ack=True)) is not None:
                headers = message.headers
                if not _is_expired(headers):
                    (arguments, _named, _embed) = message.payload
                    sent_at = headers.get("sent_at")
                    metrics.TASK_WAIT_SECONDS.labels(headers["task"]).observe(_waited(sent_at))
                    return Order(headers["task"], arguments, sent_at)
        except Exception as error:  # every broker has its own exceptions
            logger.warning("waiting orders cannot be read: %s", error)
            self._queue = None
        return None

    def _bound(self) -> Any:
        if self._queue is None:
            connection = app.connection_for_read()
            self._queue = Queue(QUEUE)(connection.default_channel)
        return self._queue

    def _tell_if_busy(self, orders: Sequence[Order]) -> None:
        """Let pages know that what they order now would come too late."""
        longest = max(_waited(order.sent_at) for order in orders)
        if longest > settings.POOL_DEADLINE_MS / 1000 * BUSY_SHARE:
            cache.set(BUSY_KEY, time.time() + BUSY_SECONDS, timeout=60)


def _size(order: Order, sizes: dict[str, int]) -> int:
    return sizes.get(order.task, 1) * max(1, len(order.arguments[0]) if order.arguments else 1)


def _sent_at(task: Task[..., Any]) -> float | None:
    sent_at = getattr(task.request, "sent_at", None)
    return sent_at if isinstance(sent_at, int | float) else None


def _waited(sent_at: float | None) -> float:
    return 0.0 if sent_at is None else max(0.0, time.time() - sent_at)


def _is_expired(headers: dict[str, Any]) -> bool:
    told = headers.get("expires")
    return told is not None and datetime.fromisoformat(str(told)) < datetime.now(UTC)
