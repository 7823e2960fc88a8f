"""Asking the pool for sentences about a slate that somebody has just got; nobody waits for them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache import cache

from recommender.contracts import Scenario, Slate
from recommender.delivery.pool import order

EXPLAIN_TASK = "recommender.slates_explain"
#: Sentences are written for the places that are seen first.
PLACES = 6
#: An order that nobody took by then is about a slate that has gone on.
EXPIRES_SECONDS = 60.0
#: An order that never ran blocks others for at most this long.
DEBOUNCE_SECONDS = 10

logger = logging.getLogger(__name__)


def explain_mark(shopper: str) -> str:
    """Cache key that says that sentences are on order and have not been begun."""
    return "explain:" + shopper.encode("utf-8").hex()


def is_untold(explanation: Mapping[str, Any]) -> bool:
    """Whether a place has a reason that sentences could tell and do not yet."""
    return "told" not in explanation and bool(
        explanation.get("product") or explanation.get("template") == "popular"
    )


def waits_for_sentences(slate: Slate) -> bool:
    """Whether sentences are wanted for a slate: a shopper's own, with reasons not yet told."""
    return (
        slate.scenario is Scenario.HOME
        and bool(slate.shopper)
        and any(is_untold(item.explanation) for item in slate.items[:PLACES])
    )


def explains_order(slates: Iterable[Slate]) -> None:
    """Order sentences for the slates that want them, once for however many scorings."""
    for slate in slates:
        if not waits_for_sentences(slate):
            continue
        try:
            if not cache.add(explain_mark(slate.shopper), 1, timeout=DEBOUNCE_SECONDS):
                continue
        except Exception:  # whatever a cache can raise
            logger.warning("the cache does not answer; the templates stand")
            return
        order(EXPLAIN_TASK, [slate.shopper], expires_seconds=EXPIRES_SECONDS)
