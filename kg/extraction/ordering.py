"""Where catalogue and reviews say that there is something new to read."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

EXTRACTION_TASK = "kg.extract"


def extraction_order(*, products: Sequence[int]) -> None:
    """Have the texts of products (primary keys) read in the pool once the change is committed.

    A broker that is down loses the order; ``manage.py kg_extract`` makes up for it.
    """
    if products:
        wanted = list(products)
        # A partial has no name, which Django tells where such a call fails.
        transaction.on_commit(lambda: _order(wanted), robust=True)


def review_removed(*, product: int, texts: Sequence[str]) -> None:
    """Take what a removed review said out of the evidence at once, and read the product anew."""
    # Loaded late: the graph reads the catalogue, and the catalogue only knows this door.
    from kg.extraction.forgetting import review_evidence_forget

    review_evidence_forget(product=product, texts=texts)
    extraction_order(products=[product])


def _order(products: list[int]) -> None:
    # Loaded late, as above.
    from recommender.delivery.pool import order

    order(EXTRACTION_TASK, products)
