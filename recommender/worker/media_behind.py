"""Which products have pictures, sounds or drawings without a vector of the present encoder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from catalog.models import Media, Product
from recommender.features.models import MediaVector
from recommender.worker.media_reading import IMAGE, Refusal

#: A file that was not there is looked for again after this long.
MISSING_AGAIN = timedelta(minutes=10)


def products_behind(checksums: Mapping[str, str], *, limit: int) -> list[int]:
    """Primary keys, uploads before drawings; at most ``limit``. Two queries.

    ``checksums`` names the encoder of each kind that can be encoded here.
    """
    found = list(dict.fromkeys(_uploads(checksums)[:limit]))
    if len(found) < limit and IMAGE in checksums:
        known = set(found)
        drawings = _drawings(checksums[IMAGE])[: limit - len(found)]
        found += [pk for pk in drawings if pk not in known]
    return found


def _uploads(checksums: Mapping[str, str]) -> QuerySet[Media, int]:
    stale = Q()
    for kind, checksum in checksums.items():
        stale |= Q(kind=kind) & (
            Q(vector=None) | ~Q(vector__encoder=checksum) | ~Q(vector__source=F("file"))
        )
    missing = Q(
        vector__refusal=Refusal.MISSING, vector__encoded_at__lt=timezone.now() - MISSING_AGAIN
    )
    return (
        Media.objects.filter(stale | missing, kind__in=list(checksums))
        .order_by("-pk")
        .values_list("product_id", flat=True)
    )


def _drawings(checksum: str) -> QuerySet[Product, int]:
    drawn = MediaVector.objects.filter(product=OuterRef("pk"), medium=None)
    pictures = Media.objects.filter(product=OuterRef("pk"), kind=Media.Kind.IMAGE)
    fresh = drawn.filter(encoder=checksum, encoded_at__gte=OuterRef("updated_at"))
    return (
        Product.objects.exclude(status=Product.Status.DRAFT)
        .filter(~Exists(fresh), ~Exists(pictures))
        .order_by("-popularity", "pk")
        .values_list("pk", flat=True)
    )
