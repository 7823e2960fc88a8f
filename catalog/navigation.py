"""The categories in the header of every page, counted anew only every few minutes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.core.cache import cache
from django.urls import reverse

from catalog.models import Category
from catalog.picture_urls import drawing_url
from catalog.pictures import group_for
from catalog.selectors import top_categories

logger = logging.getLogger(__name__)

CACHE_KEY = "navigation:1"
#: Categories change rarely, and counting their products costs as much as the rest of a page.
SECONDS = 300
#: More would not fit into the header.
LIMIT = 24


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
        rows = [
            (category.name, category.slug, category_picture_url(category))
            for category in top_categories()[:LIMIT]
        ]
        # A catalogue that is just being imported must not stay hidden for minutes.
        if rows:
            try:
                cache.set(CACHE_KEY, rows, SECONDS)
            except Exception:
                logger.warning("the cache does not answer; categories are not kept")
    return [NavigationEntry(*row) for row in rows]


def category_picture_url(category: Category) -> str:
    """Address of the drawing that stands for a category."""
    names = tuple(category.path.split(Category.SEPARATOR))
    return drawing_url(group_for(names, category.name), seed=category.slug)
