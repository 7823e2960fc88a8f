"""The categories in the header of every page, counted anew only every few minutes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.core.cache import cache
from django.urls import reverse

from catalog.models import Category, Product
from catalog.picture_urls import drawing_url, picture_url
from catalog.pictures import group_for
from catalog.selectors import popular_products, top_categories

logger = logging.getLogger(__name__)

CACHE_KEY = "navigation"
#: Categories change rarely, and counting their products costs as much as the rest of a page.
SECONDS = 300
#: More would not fit into the header.
LIMIT = 24
#: The most popular products, among which each category's picture is looked for.
LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A category as header and tiles show it."""

    name: str
    slug: str
    picture: str

    @property
    def url(self) -> str:
        """Address of the category's page."""
        return reverse("category", args=[self.slug])


def navigation() -> list[NavigationEntry]:
    """The main categories, largest first; at most five minutes old."""
    try:
        rows = cache.get(CACHE_KEY)
    except Exception:  # A cache that is gone is an empty one, whatever its client raises.
        logger.warning("the cache does not answer; categories are counted again")
        rows = None
    if rows is None:
        rows = _count()
        # A catalogue that is just being imported must not stay hidden for minutes.
        if rows:
            try:
                cache.set(CACHE_KEY, rows, SECONDS)
            except Exception:
                logger.warning("the cache does not answer; categories are not kept")
    return [NavigationEntry(*row) for row in rows]


def _count() -> list[tuple[str, str, str]]:
    """Name, slug and picture of each main category, largest first."""
    popular = popular_products(LOOKED_AT)
    rows = []
    for category in top_categories()[:LIMIT]:
        below = category.path + Category.SEPARATOR
        face = next(
            (
                p
                for p in popular
                if p.category and (p.category.path + Category.SEPARATOR).startswith(below)
            ),
            None,
        )
        rows.append((category.name, category.slug, _picture(category, face)))
    return rows


def _picture(category: Category, face: Product | None) -> str:
    """The category's most popular product stands for it, or a drawing of its kind."""
    if face is not None:
        return picture_url(face)
    names = tuple(category.path.split(Category.SEPARATOR))
    return drawing_url(group_for(names, category.name), seed=category.slug)
