"""The reranking gate as every process reads it, and by which task the pool is asked to use it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

from recommender.delivery.pool import order
from recommender.ranking.rerank import Gate

RERANK_TASK = "recommender.slates_rerank"
#: An order that nobody took by then is about a history that has gone on.
RERANK_EXPIRES_SECONDS = 60.0
#: An order that never ran blocks others for at most this long.
DEBOUNCE_SECONDS = 10

logger = logging.getLogger(__name__)

_read: tuple[Path, float, Gate | None] | None = None


def gate_path() -> Path:
    """Where the gate lies, beside the language model's own files."""
    return Path(settings.MODEL_DIR) / "language" / "rerank-gate.json"


def gate_read() -> Gate | None:
    """The gate as it was learnt last; None where none was. The file is read when it changes."""
    global _read
    path = gate_path()
    try:
        changed = path.stat().st_mtime
    except OSError:
        return None
    if _read is None or _read[:2] != (path, changed):
        _read = (path, changed, Gate.load(path))
    return _read[2]


def rerank_mark(shopper: str) -> str:
    """Cache key that says that a background run is on its way and has not begun."""
    return "rerank:" + shopper.encode("utf-8").hex()


def reranks_order(*, shoppers: Sequence[str]) -> None:
    """Order the home slates of shoppers from the background, once for however many pages."""
    try:
        wanted = [s for s in shoppers if cache.add(rerank_mark(s), 1, timeout=DEBOUNCE_SECONDS)]
    except Exception:  # whatever a cache can raise
        logger.warning("the cache does not answer; nobody is reranked now")
        return
    if wanted:
        order(RERANK_TASK, wanted, expires_seconds=RERANK_EXPIRES_SECONDS)
