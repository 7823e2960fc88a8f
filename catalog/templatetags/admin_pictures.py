"""Small pictures and links for the admin's own pages."""

from __future__ import annotations

from django import template
from django.db.models import Model

from catalog.models import Product
from recsite.admin_marks import link_to, stars, thumbnail

register = template.Library()


@register.simple_tag
def product_thumbnail(product: Product, size: int = 40) -> str:
    """A small picture of the product."""
    return thumbnail(product, size)


@register.simple_tag
def admin_link(record: Model) -> str:
    """A link to the record's page in the admin."""
    return link_to(record)


@register.simple_tag
def rating_stars(rating: float | None) -> str:
    """Five stars, filled up to the rating."""
    return stars(rating)
