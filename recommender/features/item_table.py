"""The catalogue as models see it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from catalog.models import Product
from recommender.contracts import ItemEncoder, ItemTable
from recommender.features.media_vectors import item_vectors
from recommender.features.models import MediaVector


def item_text(title: str, brand: str, category_path: str) -> str:
    """What a reader knows of an item, in one line."""
    return ". ".join(part for part in (title, brand, category_path.replace(" / ", ", ")) if part)


def item_table_read(encoder: ItemEncoder | None, *, first: Sequence[str] = ()) -> ItemTable:
    """All products that are not drafts, with text vectors where there is an encoder.

    Vectors of pictures and sounds are those that the pool has made so far. ``first`` keeps the
    order of an earlier table: its items come first, new ones are added at the end, so that
    indices stay the same from one model to the next.
    """
    rows = {
        external_id: (title, brand or "", path or "")
        for external_id, title, brand, path in Product.objects.exclude(status=Product.Status.DRAFT)
        .order_by("pk")
        .values_list("external_id", "title", "brand__name", "category__path")
    }
    ids = [item for item in first if item in rows]
    known = set(ids)
    ids += [item for item in rows if item not in known]
    texts = [item_text(*rows[item]) for item in ids]
    vectors = encoder.encode(texts) if encoder else np.zeros((len(ids), 0), np.float32)
    return ItemTable(
        ids=tuple(ids),
        texts=tuple(texts),
        brands=tuple(rows[item][1] for item in ids),
        groups=tuple(rows[item][2] for item in ids),
        vectors=vectors,
        image_vectors=item_vectors(MediaVector.Kind.IMAGE, ids),
        audio_vectors=item_vectors(MediaVector.Kind.AUDIO, ids),
    )
