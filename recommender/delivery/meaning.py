"""Search by meaning as the web asks for it: the pool's answer, or none in time."""

from __future__ import annotations

import hashlib
import time

from django.conf import settings
from django.core.cache import cache

from recommender.delivery.pool import heartbeat_key, is_heard, order, wait_for
from recommender.registry.versions import LIVE_KEY

#: The same words find the same products for this long.
MEANING_SECONDS = 600
LONGEST_QUERY = 200


def meaning_key(query: str, limit: int) -> str:
    """Cache key of an answer."""
    digest = hashlib.sha256(query.strip().lower().encode()).hexdigest()
    return f"meaning:{limit}:{digest}"


def products_by_meaning(
    query: str, *, limit: int = 50, deadline_ms: int | None = None
) -> list[str]:
    """External ids of products near in meaning, best first; empty if the pool does not answer."""
    words = query.strip()[:LONGEST_QUERY]
    if not words:
        return []
    allowed = settings.POOL_DEADLINE_MS if deadline_ms is None else deadline_ms
    deadline = time.monotonic() + allowed / 1000
    key, pulse = meaning_key(words, limit), heartbeat_key("scoring")
    try:
        found = cache.get_many([key, pulse, LIVE_KEY])
        if key in found:
            return list(found[key])
        if not is_heard(found.get(pulse)) or LIVE_KEY not in found:
            return []
        if not order("recommender.search_by_meaning", words, limit, expires_seconds=3):
            return []
        return list(wait_for(lambda: cache.get(key), deadline=deadline) or [])
    except Exception:  # a search without its better half is better than an error page
        return []
