"""The catalogue as models see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catalog.models import Product
from recommender.contracts import Floats, ItemEncoder, ItemTable
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


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """A model's items brought up to date: the table, and what in it the model has not met yet."""

    items: ItemTable
    added: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed)


def catalogue_change(known: ItemTable, now: ItemTable) -> CatalogueChange:
    """``known`` with the rows of ``now``, and those items of ``now`` at the end that are new.

    Items that ``now`` lacks keep what was known of them. Vectors of another width than the known
    ones come from an encoder that the model has not learnt from; it goes on with those that it
    has, and knows new items without.
    """
    places = {item: place for place, item in enumerate(now.ids)}
    met = set(known.ids)
    added = [place for item, place in places.items() if item not in met]
    # Where each row comes from: at or above zero from ``now``, else from ``known``.
    kept = [places.get(item, -1) for item in known.ids]

    def column(name: str) -> tuple[str, ...]:
        old: tuple[str, ...] = getattr(known, name)
        new: tuple[str, ...] = getattr(now, name)
        rows = (new[place] if place >= 0 else old[row] for row, place in enumerate(kept))
        return (*rows, *(new[place] for place in added))

    items = ItemTable(
        ids=column("ids"),
        texts=column("texts"),
        brands=column("brands"),
        groups=column("groups"),
        vectors=_grown(known.vectors, now.vectors, kept, added),
        image_vectors=_grown(known.image_vectors, now.image_vectors, kept, added),
        audio_vectors=_grown(known.audio_vectors, now.audio_vectors, kept, added),
    )
    differs = np.zeros(len(known), bool)
    for name in ("texts", "brands", "groups"):
        pairs = zip(getattr(items, name), getattr(known, name), strict=False)
        differs |= np.fromiter((one != two for one, two in pairs), bool, len(known))
    for name in ("vectors", "image_vectors", "audio_vectors"):
        differs |= (getattr(items, name)[: len(known)] != getattr(known, name)).any(axis=1)
    return CatalogueChange(
        items,
        added=tuple(now.ids[place] for place in added),
        changed=tuple(known.ids[row] for row in np.flatnonzero(differs)),
    )


def _grown(known: Floats, now: Floats, kept: Sequence[int], added: Sequence[int]) -> Floats:
    rows = np.zeros((len(kept) + len(added), known.shape[1]), np.float32)
    rows[: len(kept)] = known
    if known.shape[1] == now.shape[1]:
        places = np.asarray(kept, np.int64)
        here = np.flatnonzero(places >= 0)
        rows[here] = now[places[here]]
        rows[len(kept) :] = now[np.asarray(added, np.int64)]
    return rows
