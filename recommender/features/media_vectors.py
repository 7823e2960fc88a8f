"""Vectors of pictures and sounds as they are stored: written by the pool, read by the models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Count

from catalog.models import Media, Product
from recommender.contracts import Floats
from recommender.features.models import MediaVector

#: How vectors lie in the database, whatever machine wrote them.
STORED = np.dtype("<f4")


def vector_packed(vector: Floats) -> bytes:
    """A vector as the database holds it.

    Raises:
        ValueError: it holds NaN or infinity, or is not of length one.
    """
    if not np.isfinite(vector).all():
        raise ValueError("the vector holds NaN or infinity")
    if abs(float(np.linalg.norm(vector)) - 1.0) > 1e-3:
        raise ValueError("the vector is not of length one")
    return np.asarray(vector, STORED).tobytes()


def vectors_unpacked(stored: Sequence[bytes]) -> Floats:
    """Stored vectors of one encoder as rows, shape (len(stored), dimensions)."""
    if not stored:
        return np.zeros((0, 0), np.float32)
    flat = np.frombuffer(b"".join(bytes(one) for one in stored), STORED)
    return flat.reshape(len(stored), -1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Encoded:
    """What came of one medium: a packed vector, or the reason why there is none."""

    product: int
    medium: int | None
    kind: str
    source: str
    content: str
    encoder: str
    #: When the product was looked at: what changed later is not in here.
    read_at: datetime
    vector: bytes = b""
    refusal: str = ""


def media_vectors_write(encoded: Iterable[Encoded]) -> None:
    """Keep what was encoded, each in place of what was kept of the same medium before."""
    for one in encoded:
        still_there = (
            Product.objects.filter(pk=one.product)
            if one.medium is None
            else Media.objects.filter(pk=one.medium)
        )
        if not still_there.exists():
            # Deleted while it was being encoded.
            continue
        values = {
            "kind": one.kind,
            "source": one.source,
            "content": one.content,
            "encoder": one.encoder,
            "vector": one.vector,
            "refusal": one.refusal,
            "encoded_at": one.read_at,
        }
        MediaVector.objects.update_or_create(
            product_id=one.product, medium_id=one.medium, defaults=values
        )


def known_contents(encoder: str, contents: Iterable[str]) -> dict[str, bytes]:
    """Vectors that this encoder has made of the same contents already, for whatever product."""
    rows = MediaVector.objects.filter(
        encoder=encoder, content__in=list(contents), refusal=""
    ).values_list("content", "vector")
    return {content: bytes(vector) for content, vector in rows}


def prevailing_encoder(kind: str) -> str:
    """Checksum of the encoder that made most of the vectors; empty where there are none.

    While another encoder takes over, both have rows, and vectors of two must not be mixed.
    """
    return (
        MediaVector.objects.filter(kind=kind, refusal="")
        .values_list("encoder")
        .annotate(rows=Count("pk"))
        .order_by("-rows", "encoder")
        .values_list("encoder", flat=True)
        .first()
        or ""
    )


def item_vectors(kind: str, ids: Sequence[str]) -> Floats:
    """One vector of length one per product, shape (len(ids), dimensions), for a table of items.

    The mean of what the product has of this kind; a row of zeros where it has nothing, and no
    columns at all where nothing is encoded. Drafts are left to who asks.
    """
    encoder = prevailing_encoder(kind)
    rows = (
        MediaVector.objects.filter(kind=kind, encoder=encoder, refusal="")
        .order_by("pk")
        .values_list("product__external_id", "vector")
    )
    place = {item: row for row, item in enumerate(ids)}
    found = [(place[item], bytes(vector)) for item, vector in rows.iterator() if item in place]
    if not found:
        return np.zeros((len(ids), 0), np.float32)
    vectors = vectors_unpacked([vector for _row, vector in found])
    table = np.zeros((len(ids), vectors.shape[1]), np.float32)
    np.add.at(table, [row for row, _vector in found], vectors)
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    items: Floats = np.divide(table, lengths, out=np.zeros_like(table), where=lengths > 1e-6)
    return items


def vector_state(product: Product) -> dict[int, MediaVector]:
    """What is known of each medium of a product, by the medium's primary key."""
    rows = product.media_vectors.exclude(medium=None).defer("vector")
    return {row.medium_id: row for row in rows if row.medium_id is not None}
