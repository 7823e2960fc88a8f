"""Where the catalogue says that a product looks or sounds different now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

ENCODING_TASK = "recommender.media_encode"
SWEEP_TASK = "recommender.media_sweep"


def encoding_order(*, products: Sequence[int]) -> None:
    """Have pictures and sounds of products (primary keys) encoded once the change is committed.

    A broker that is down loses the order; the sweep that beat orders makes up for it.
    """
    if products:
        transaction.on_commit(partial(_order, list(products)), robust=True)


def _order(products: list[int]) -> None:
    # Loaded late: the recommender reads the catalogue, and the catalogue only knows this door.
    from recommender.delivery.pool import order

    order(ENCODING_TASK, products)
