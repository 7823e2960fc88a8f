"""Writes to the pictures and sounds of products; vectors follow by themselves."""

from __future__ import annotations

from django.core.files import File
from django.db import transaction
from django.db.models import Max

from catalog.media_files import media_file_check, media_kind_check
from catalog.media_ordering import encoding_order
from catalog.models import Media, Product


@transaction.atomic
def media_save(*, medium: Media) -> Media:
    """Save a new or changed medium whose file has been judged, and have it encoded."""
    medium.save()
    encoding_order(products=[medium.product_id])
    return medium


@transaction.atomic
def media_add(
    *, product: Product, file: File[bytes], kind: str = "", description: str = ""
) -> Media:
    """Add a picture or sound behind those that the product has; its kind is found out if not told.

    Raises:
        ValidationError: the file is empty, too large, broken, or neither picture nor sound.
    """
    if kind:
        name = media_file_check(file=file, kind=kind)
    else:
        kind, name = media_kind_check(file=file)
    file.name = name
    last = product.media.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    return media_save(
        medium=Media(
            product=product, kind=kind, file=file, description=description, position=position
        )
    )


@transaction.atomic
def media_delete(*, medium: Media) -> None:
    """Remove a medium and its vector; the product may fall back to its drawing."""
    product = medium.product_id
    medium.delete()
    encoding_order(products=[product])
