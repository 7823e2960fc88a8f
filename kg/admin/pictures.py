"""Pictures of entities: a product has one, and they are read for a whole page at once."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Product
from catalog.picture_urls import picture_url
from catalog.selectors import product_cards
from kg.models import Entity, Kind

#: What stands for an entity that has no picture of its own.
ICONS = {
    Kind.PRODUCT: "inventory_2",
    Kind.BRAND: "sell",
    Kind.CATEGORY: "account_tree",
    Kind.ATTRIBUTE: "tune",
    Kind.MATERIAL: "science",
    Kind.USE: "volunteer_activism",
    Kind.CONCEPT: "lightbulb",
}


def pictures(entities: Iterable[Entity]) -> dict[int, str]:
    """Addresses of pictures by primary key of the product; two queries, none without products."""
    wanted = {entity.product_id for entity in entities if entity.product_id is not None}
    if not wanted:
        return {}
    return {p.pk: picture_url(p) for p in product_cards(Product.objects.filter(pk__in=wanted))}


def picture_mark(entity: Entity, found: dict[int, str], size: int = 40) -> SafeString:
    """The picture, or the icon of the kind; the name stands beside it."""
    address = found.get(entity.product_id or 0)
    if address:
        return format_html(
            '<img class="rs-thumb" loading="lazy" src="{}" width="{}" height="{}" alt="">',
            address,
            size,
            size,
        )
    return format_html(
        '<span class="rs-thumb kg-icon kg-tint-{}" style="width:{}px;height:{}px"'
        ' aria-hidden="true"><span class="material-symbols-outlined">{}</span></span>',
        entity.kind,
        size,
        size,
        ICONS.get(Kind(entity.kind), "label") if entity.kind in Kind.values else "label",
    )
