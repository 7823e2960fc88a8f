"""What a merchandiser does to many products, brands or reviews at once, with history."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Avg, Count, QuerySet
from django.utils import timezone

from catalog.models import Brand, Category, Product, Review
from catalog.pictures import group_for
from kg.catalogue_door import catalogue_changed
from users.models import User

#: Products whose history is written by one statement.
BATCH = 500
CENT = Decimal("0.01")
MAX_PRICE = Decimal("99999999.99")
#: SQLite takes 999 parameters in old builds; ids are sent in pieces of this size.
IDS_AT_ONCE = 900


def _record(ids: Sequence[int], user: User | None, reason: str) -> None:
    """Write one history entry per product, as it is now."""
    for start in range(0, len(ids), BATCH):
        changed = list(Product.objects.filter(pk__in=ids[start : start + BATCH]))
        Product.history.bulk_history_create(
            changed,
            batch_size=BATCH,
            update=True,
            default_user=user,
            default_change_reason=reason[:100],
        )


def _update(ids: Sequence[int], user: User | None, reason: str, **values: object) -> int:
    """Set columns of products and record it; returns how many changed."""
    for start in range(0, len(ids), IDS_AT_ONCE):
        Product.objects.filter(pk__in=ids[start : start + IDS_AT_ONCE]).update(
            updated_at=timezone.now(), **values
        )
    _record(ids, user, reason)
    catalogue_changed(products=ids)
    return len(ids)


@transaction.atomic
def products_set_status(
    *, products: QuerySet[Product], status: Product.Status, user: User | None = None
) -> int:
    """Give products a status; those that have it already are left alone."""
    ids = list(products.exclude(status=status).order_by("pk").values_list("pk", flat=True))
    return _update(ids, user, f"status: {status.value}", status=status)


@transaction.atomic
def products_set_category(
    *, products: QuerySet[Product], category: Category, user: User | None = None
) -> int:
    """Move products into a category; those that are there already are left alone."""
    elsewhere = products.exclude(category=category).select_related(None).order_by("pk")
    moved = list(elsewhere.only("pk", "title"))
    path = tuple(category.path.split(Category.SEPARATOR))
    for product in moved:
        product.category = category
        # The drawing that stands for a product follows its category.
        product.picture_group = group_for(path, product.title)
        product.updated_at = timezone.now()
    Product.objects.bulk_update(moved, ["category", "picture_group", "updated_at"], batch_size=300)
    ids = [product.pk for product in moved]
    _record(ids, user, f"category: {category.path}")
    catalogue_changed(products=ids)
    return len(moved)


def price_after(price: Decimal, percent: Decimal) -> Decimal:
    """A price changed by some percent, rounded to the cent, half upwards."""
    return (price * (100 + percent) / 100).quantize(CENT, rounding=ROUND_HALF_UP)


@transaction.atomic
def products_change_price(
    *, products: QuerySet[Product], percent: Decimal, user: User | None = None
) -> int:
    """Raise (or, below zero, lower) prices by some percent; products without one are left alone.

    Raises:
        ValueError: a price would fall below zero or exceed what a price can be.
    """
    if percent < -100:
        raise ValueError("a price cannot fall by more than 100 percent")
    with_price = products.exclude(price=None).select_related(None).order_by("pk")
    priced = list(with_price.only("pk", "price"))
    changed = []
    for product in priced:
        assert product.price is not None
        price = price_after(product.price, percent)
        if price > MAX_PRICE:
            raise ValueError("a price would become too high")
        if price != product.price:
            product.price = price
            product.updated_at = timezone.now()
            changed.append(product)
    Product.objects.bulk_update(changed, ["price", "updated_at"], batch_size=300)
    _record([product.pk for product in changed], user, f"price: {percent:+} %")
    return len(changed)


@transaction.atomic
def brands_merge(*, brands: QuerySet[Brand], keep: Brand, user: User | None = None) -> int:
    """Make several brands one: their products go to ``keep``, the others are deleted.

    Returns how many products changed their brand.
    """
    others = list(brands.exclude(pk=keep.pk).values_list("pk", flat=True))
    ids = list(Product.objects.filter(brand__in=others).order_by("pk").values_list("pk", flat=True))
    moved = _update(ids, user, f"brand: {keep.name}", brand=keep)
    Brand.objects.filter(pk__in=others).delete()
    return moved


@transaction.atomic
def brand_save(*, brand: Brand) -> Brand:
    """Save a new or renamed brand; what is known of its products follows."""
    brand.save()
    catalogue_changed(products=brand.products.values_list("pk", flat=True))
    return brand


def ratings_recompute(*, products: Sequence[int]) -> None:
    """Write the mean and number of published ratings of products (by primary key)."""
    rated = {
        row["product"]: row
        for row in Review.objects.filter(product__in=products, status=Review.Status.PUBLISHED)
        .order_by()
        .values("product")
        .annotate(mean=Avg("rating"), count=Count("pk"))
    }
    changed = list(Product.objects.filter(pk__in=products).only("pk"))
    for product in changed:
        row = rated.get(product.pk)
        product.rating_mean = row["mean"] if row else None
        product.rating_count = row["count"] if row else 0
    Product.objects.bulk_update(changed, ["rating_mean", "rating_count"], batch_size=300)


@transaction.atomic
def reviews_set_status(*, reviews: QuerySet[Review], status: Review.Status) -> int:
    """Publish or hide reviews; the ratings of their products follow."""
    rows = list(reviews.exclude(status=status).order_by("pk").values_list("pk", "product"))
    Review.objects.filter(pk__in=[pk for pk, _product in rows]).update(status=status)
    ratings_recompute(products=sorted({product for _pk, product in rows}))
    return len(rows)
