"""Titles of products by external id, kept in the process for a minute.

Explanations name the same few products over and over; without this every slate would ask for
their titles again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from catalog.models import Product

KEEP_SECONDS = 60.0
#: More titles than this are forgotten all at once, which bounds the memory (a few megabytes).
KEEP_LIMIT = 20_000


class TitleBook:
    """Remembers titles; a product that is unknown or a draft has none and is not remembered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, float]] = {}

    def titles(self, products: Iterable[str]) -> dict[str, str]:
        """Titles of those products that the shop shows or has shown; at most one query."""
        now = time.monotonic()
        wanted = set(products)
        found: dict[str, str] = {}
        for product in wanted:
            title, until = self._known.get(product, ("", 0.0))
            if until > now:
                found[product] = title
        missing = wanted - found.keys()
        if not missing:
            return found
        rows = (
            Product.objects.filter(external_id__in=missing)
            .exclude(status=Product.Status.DRAFT)
            .order_by()
            .values_list("external_id", "title")
        )
        fresh = dict(rows)
        with self._lock:
            if len(self._known) + len(fresh) > KEEP_LIMIT:
                self._known.clear()
            until = now + KEEP_SECONDS
            self._known.update({product: (title, until) for product, title in fresh.items()})
        return found | fresh

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()


title_book = TitleBook()
