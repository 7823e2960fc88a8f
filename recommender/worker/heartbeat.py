"""A sign of life for pages and health checks: a worker that is silent counts as gone."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.core.cache import cache

from recommender.delivery.pool import heartbeat_key
from recommender.registry.versions import live_announce
from recommender.worker.live_model import live_model

logger = logging.getLogger(__name__)

BEAT_SECONDS = 3.0


_ending = threading.Event()


def start(worker: str, also: Callable[[], None] = lambda: None) -> None:
    """Beat from a thread of its own until the process ends, and tell something ``also``."""
    _ending.clear()
    threading.Thread(target=_beat, args=(worker, also), daemon=True, name="heartbeat").start()


def end(worker: str) -> None:
    """Say at once that this worker is gone; where there are others, they soon say otherwise."""
    _ending.set()
    try:
        cache.delete(heartbeat_key(worker))
    except Exception as error:  # whatever a cache can raise
        logger.warning("the last heartbeat stays, the cache does not answer: %s", error)


def _beat(worker: str, also: Callable[[], None]) -> None:
    while not _ending.is_set():
        try:
            also()
            cache.set(heartbeat_key(worker), time.time(), timeout=60)
            # A cache that was emptied must learn again which model is live.
            if (loaded := live_model.current) is not None:
                live_announce(loaded.version)
        except Exception as error:  # whatever a cache can raise
            logger.warning("no heartbeat, the cache does not answer: %s", error)
        _ending.wait(BEAT_SECONDS)
