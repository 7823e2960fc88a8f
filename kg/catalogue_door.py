"""Where the catalogue says that it changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction


def catalogue_changed(*, products: Iterable[int]) -> None:
    """Bring the facts about these products (primary keys) up to date once the change is committed.

    A failure is logged and does not undo the change; ``manage.py kg_sync`` makes up for it.
    """
    if ids := tuple(products):

        def sync() -> None:
            # Loaded late: the graph reads the catalogue, which only knows this door.
            from kg.catalogue_facts import catalogue_facts_sync

            catalogue_facts_sync(products=ids)

        transaction.on_commit(sync, robust=True)
