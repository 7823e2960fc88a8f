"""Reads of the catalogue. Every selector costs a fixed number of queries, however long the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, Prefetch, QuerySet

from catalog.models import Category, Media, Product, Review

#: The share of the products from which on a category is the whole catalogue by another name.
NEARLY_ALL = 0.95


def product_cards(products: QuerySet[Product] | None = None) -> QuerySet[Product]:
    """Products with all that a card shows: brand, category, and ``first_images``.

    ``first_images`` is a list of at most one Media, read by one further query.
    """
    if products is None:
        products = Product.objects.all()
    first_image = Media.objects.filter(kind=Media.Kind.IMAGE).order_by("position", "pk")[:1]
    return products.select_related("brand", "category").prefetch_related(
        Prefetch("media", first_image, to_attr="first_images")
    )


def products_by_external_id(ids: Iterable[str]) -> dict[str, Product]:
    """Products by external id, in the order of ``ids``; unknown ids are absent."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    found = {
        product.external_id: product
        for product in product_cards(Product.objects.filter(external_id__in=wanted))
    }
    return {external_id: found[external_id] for external_id in wanted if external_id in found}


def product_get(external_id: str) -> Product | None:
    """An active product with its card's data, or None."""
    return product_cards(active_products()).filter(external_id=external_id).first()


def active_products() -> QuerySet[Product]:
    """Products that shoppers may see."""
    return Product.objects.filter(status=Product.Status.ACTIVE)


def new_products(limit: int) -> list[Product]:
    """The products that appeared last, newest first."""
    return list(product_cards(active_products()).order_by("-published_at", "-pk")[:limit])


def popular_products(limit: int) -> list[Product]:
    """The products that were bought most of late."""
    return list(product_cards(active_products()).order_by("-popularity", "-pk")[:limit])


def product_reviews(product: Product) -> QuerySet[Review]:
    """Published reviews with their shoppers, newest first."""
    return product.reviews.filter(status=Review.Status.PUBLISHED).select_related("shopper")


def category_get(slug: str) -> Category | None:
    """The category with this address, or None."""
    return Category.objects.filter(slug=slug).first()


def category_breadcrumbs(category: Category) -> list[Category]:
    """The categories from the root to this one, itself included; one query."""
    names = category.path.split(Category.SEPARATOR)
    paths = [Category.SEPARATOR.join(names[:end]) for end in range(1, len(names) + 1)]
    return list(Category.objects.filter(path__in=paths).order_by("depth"))


def category_children(category: Category | None) -> list[Category]:
    """The categories directly below (the roots, where None), by name; only those with products.

    Each carries ``product_count``, the active products in its whole branch. Two queries.
    """
    products = active_products().filter(category__isnull=False)
    depth = 0
    if category is not None:
        products = products.filter(category__path__startswith=category.path + Category.SEPARATOR)
        depth = category.depth + 1
    counts: Counter[str] = Counter()
    for path, count in products.order_by().values_list("category__path").annotate(n=Count("pk")):
        counts[Category.SEPARATOR.join(path.split(Category.SEPARATOR)[: depth + 1])] += count
    children = list(Category.objects.filter(path__in=list(counts)).order_by("name"))
    for child in children:
        child.product_count = counts[child.path]  # type: ignore[attr-defined]
    return children


def top_categories() -> list[Category]:
    """The first level at which the catalogue branches, largest branch first.

    A level with one category that holds nearly everything would offer no choice, so the level
    below it is taken instead. At most eight queries.
    """
    top = level = _largest_first(None)
    for _ in range(3):
        total = sum(_product_count(category) for category in level)
        if not level or _product_count(level[0]) < NEARLY_ALL * total:
            break
        level = _largest_first(level[0])
        if len(level) > 1:
            top = level
    return top


def _largest_first(category: Category | None) -> list[Category]:
    return sorted(category_children(category), key=_product_count, reverse=True)


def _product_count(category: Category) -> int:
    count: int = category.product_count  # type: ignore[attr-defined]
    return count
