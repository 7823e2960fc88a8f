"""The one driver of this process for the graph database, and when it is left alone."""

from __future__ import annotations

import atexit
import threading
import time
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import neo4j
from django.conf import settings
from neo4j.exceptions import DriverError, Neo4jError

#: How long a database that failed is not asked again.
REST_SECONDS = 3.0
#: What a page may wait for a connection and for an answer.
CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0

#: Everything by which the database says that it cannot be had or will not answer.
GraphUnavailable = (DriverError, Neo4jError, OSError)

_lock = threading.Lock()
_resting_until = 0.0


@lru_cache(maxsize=4)
def _driver_for(url: str) -> neo4j.Driver:
    told = urlsplit(url)
    auth = (unquote(told.username or ""), unquote(told.password or "")) if told.username else None
    address = f"{told.scheme}://{told.hostname}:{told.port or 7687}"
    made = neo4j.GraphDatabase.driver(
        address,
        auth=auth,
        connection_timeout=CONNECT_SECONDS,
        connection_acquisition_timeout=CONNECT_SECONDS,
        max_transaction_retry_time=ANSWER_SECONDS,
        # The graph is read by several processes, each with few threads.
        max_connection_pool_size=10,
        notifications_min_severity="OFF",
    )
    atexit.register(made.close)
    return made


def driver() -> neo4j.Driver:
    """The driver for ``settings.NEO4J_URL``; connects when it is first used."""
    return _driver_for(settings.NEO4J_URL)


def is_resting() -> bool:
    """Whether the database failed a moment ago."""
    return time.monotonic() < _resting_until


def rest() -> None:
    """Leave the database alone for a moment."""
    global _resting_until
    with _lock:
        _resting_until = time.monotonic() + REST_SECONDS


def wake() -> None:
    """Ask it again at once: after a success elsewhere, and between tests."""
    global _resting_until
    with _lock:
        _resting_until = 0.0
