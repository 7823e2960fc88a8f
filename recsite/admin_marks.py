"""Small marks of the admin's pages: pictures, links, stars."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Product
from catalog.picture_urls import picture_url

#: Counting stops here: a badge says whether there is work, not how much exactly.
LIMIT = 99


def counted(rows: QuerySet[Any]) -> str:
    """How many rows there are, for a badge of the navigation."""
    number = rows.order_by()[: LIMIT + 1].count()
    return f"{LIMIT}+" if number > LIMIT else str(number)


def thumbnail(product: Product, size: int = 40) -> SafeString:
    """A small picture of a product; its title stands beside it, so it needs no text of its own."""
    return format_html(
        '<img class="rs-thumb" loading="lazy" src="{}" width="{}" height="{}" alt="">',
        picture_url(product),
        size,
        size,
    )


def link_to(record: Model | None, text: str = "", *, site: str = "admin") -> str:
    """A link to the record's own page, or a dash where there is none."""
    if record is None:
        return "–"
    meta = record._meta
    address = reverse(f"{site}:{meta.app_label}_{meta.model_name}_change", args=[record.pk])
    return format_html('<a class="rs-link" href="{}">{}</a>', address, text or str(record))


def stars(rating: float | None) -> str:
    """Five stars, filled up to the rating, readable without seeing them."""
    if rating is None:
        return "–"
    whole = round(rating)
    return format_html(
        '<span class="rs-stars" role="img" aria-label="{} / 5" title="{} / 5">{}<i>{}</i></span>',
        f"{rating:.1f}",
        f"{rating:.1f}",
        "★" * whole,
        "★" * (5 - whole),
    )
