"""Brings the vectors of pictures and sounds up to date with the products' media.

Whatever ordered it, the work is the same: look at what a product has now, encode what has no
vector of the present encoder, and drop what the product has no more. Doing it twice does nothing.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from catalog.models import Media, Product
from catalog.picture_urls import product_drawing, product_drawing_url
from recommender.features.media_vectors import Encoded, known_contents, media_vectors_write
from recommender.features.models import MediaVector
from recommender.worker.media_behind import MISSING_AGAIN, products_behind
from recommender.worker.media_reading import (
    IMAGE,
    Content,
    Refusal,
    contents_encode,
    encoders_in_use,
)

logger = logging.getLogger(__name__)

#: Sounds that browsers play and that cannot be decoded here.
UNDECODED_ENDINGS = (".m4a",)
#: Products that a sweep takes at a time.
CHUNK = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """A medium without a fresh vector; no medium means the product's drawing."""

    product: Product
    medium: Media | None
    kind: str
    source: str
    read_at: datetime


def media_bring_up_to_date(products: Sequence[int]) -> int:
    """Encode what these products (primary keys) need; returns how many media that were."""
    checksums = encoders_in_use()
    read_at = timezone.now()
    rows = (
        Product.objects.filter(pk__in=products)
        .select_related("brand")
        .prefetch_related("media", "media_vectors")
    )
    wanted = [one for product in rows for one in _wanted_of(product, checksums, read_at)]
    _encode(wanted, checksums)
    return len(wanted)


def media_sweep(*, budget_seconds: float) -> bool:
    """Encode what was missed, in small steps; True where the time was up before the work."""
    ends_at = time.monotonic() + budget_seconds
    checksums = encoders_in_use()
    before: list[int] = []
    while time.monotonic() < ends_at:
        behind = products_behind(checksums, limit=CHUNK)
        # What is behind although it has just been seen to would be seen to forever.
        if not behind or behind == before:
            return False
        media_bring_up_to_date(behind)
        before = behind
    return True


def _wanted_of(
    product: Product, checksums: Mapping[str, str], read_at: datetime
) -> Iterator[Wanted]:
    kept = {row.medium_id: row for row in product.media_vectors.all()}
    has_pictures = False
    for medium in product.media.all():
        has_pictures = has_pictures or medium.kind == Media.Kind.IMAGE
        source = str(medium.file.name)
        if medium.kind in checksums and not _is_fresh(kept.get(medium.pk), source, checksums):
            yield Wanted(product, medium, medium.kind, source, read_at)
    drawn = kept.get(None)
    if has_pictures:
        if drawn is not None:
            drawn.delete()
    elif IMAGE in checksums:
        source = product_drawing_url(product)
        if not _is_fresh(drawn, source, checksums):
            yield Wanted(product, None, IMAGE, source, read_at)
        elif drawn is not None and drawn.encoded_at < product.updated_at:
            # Something else about the product changed; that was looked at now.
            MediaVector.objects.filter(pk=drawn.pk).update(encoded_at=read_at)


def _is_fresh(row: MediaVector | None, source: str, checksums: Mapping[str, str]) -> bool:
    if row is None or row.source != source or row.encoder != checksums.get(row.kind):
        return False
    return row.refusal != Refusal.MISSING or timezone.now() - row.encoded_at < MISSING_AGAIN


def _encode(wanted: Sequence[Wanted], checksums: Mapping[str, str]) -> None:
    """Read every medium, encode what is new, and reuse what equal content gave before."""
    contents = [_content(one) for one in wanted]
    keys = [hashlib.sha256(c.data).hexdigest() if c else "" for c in contents]
    known: dict[tuple[str, str], bytes] = {}
    for kind, checksum in checksums.items():
        mine = {key for key, one in zip(keys, wanted, strict=True) if key and one.kind == kind}
        for key, vector in known_contents(checksum, mine).items():
            known[kind, key] = vector
    fresh = {
        f"{content.kind}:{key}": content
        for key, content in zip(keys, contents, strict=True)
        if content and (content.kind, key) not in known
    }
    judged = contents_encode(fresh)
    outcomes = []
    for one, key in zip(wanted, keys, strict=True):
        vector = known.get((one.kind, key)) or judged.vectors.get(f"{one.kind}:{key}", b"")
        refusal = ""
        if not vector:
            refusal = judged.refusals.get(f"{one.kind}:{key}", Refusal.MISSING)
            if refusal == Refusal.BROKEN and one.source.lower().endswith(UNDECODED_ENDINGS):
                refusal = Refusal.FORMAT
        outcomes.append(
            Encoded(
                product=one.product.pk,
                medium=one.medium.pk if one.medium else None,
                kind=one.kind,
                source=one.source,
                content=key,
                encoder=checksums[one.kind],
                read_at=one.read_at,
                vector=vector,
                refusal=str(refusal),
            )
        )
    media_vectors_write(outcomes)


def _content(one: Wanted) -> Content | None:
    """What the medium holds; None where its file is gone."""
    if one.medium is None:
        return Content(one.kind, product_drawing(one.product).encode(), is_drawing=True)
    try:
        with one.medium.file.open("rb") as file:
            return Content(one.kind, file.read())
    except OSError as error:
        logger.warning("%s cannot be read: %s", one.source, error)
        return None
