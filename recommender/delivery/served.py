"""Counting what was served, without a write for each page."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import DatabaseError, transaction
from django.db.models import F

from recommender.contracts import Scenario
from recommender.delivery.models import SlateCount
from recsite import metrics

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 5.0


class ServedCounter:
    """Gathers counts in memory and adds them to the table every few seconds.

    A process that is killed loses at most the seconds since its last flush: these are figures
    for a dashboard, the event log is elsewhere.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[datetime, str, str]] = Counter()
        self._flushed_at = time.monotonic()

    def count(self, served: Iterable[tuple[Scenario, str]]) -> None:
        """Count slates by scenario and outcome."""
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        with self._lock:
            for scenario, outcome in served:
                metrics.SLATES.labels(scenario.value, outcome).inc()
                self._counts[(minute, scenario.value, outcome)] += 1
            due = time.monotonic() - self._flushed_at > FLUSH_SECONDS
        if due:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered; on a database error it is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._flushed_at = time.monotonic()
        if not counts:
            return
        try:
            with transaction.atomic():
                for (minute, scenario, outcome), number in counts.items():
                    row, _made = SlateCount.objects.get_or_create(
                        minute=minute, scenario=scenario, outcome=outcome
                    )
                    SlateCount.objects.filter(pk=row.pk).update(count=F("count") + number)
        except DatabaseError:
            logger.warning("slates served could not be counted now; they are kept")
            with self._lock:
                self._counts.update(counts)


served = ServedCounter()
