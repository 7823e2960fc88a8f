"""Writes to the catalogue: products and reviews. Each raises a ValidationError naming the field."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Avg, Count
from django.utils.translation import gettext as _

from catalog.attributes import attributes_checked
from catalog.categories import category_make
from catalog.media_ordering import encoding_order
from catalog.models import Brand, Category, Product, Review
from catalog.pictures import group_for
from catalog.text_limits import one_line, text_checked
from kg.catalogue_door import catalogue_changed
from kg.extraction.ordering import extraction_order, review_removed
from recommender.feedback.opinions import opinion_forget, opinions_order
from users.models import Shopper

BRAND_LIMIT = 120


def picture_group_of(product: Product) -> str:
    """The drawing that suits a product, from its category's path and its title."""
    path = product.category.path.split(Category.SEPARATOR) if product.category else []
    return group_for(tuple(path), product.title)


@transaction.atomic
def product_save(
    *,
    product: Product,
    brand: str | None = None,
    category: Sequence[str] | None = None,
) -> Product:
    """Check and save a new or changed product.

    ``brand`` is a name and ``category`` the names from the root: given, they replace what the
    product has, and are made where they do not exist; the empty ones remove it. The title comes
    out on one line; attributes come out typed; the drawing follows category and title.
    """
    product.external_id = product.external_id.strip()
    product.title = one_line(product.title)
    for field in ("external_id", "title", "description"):
        text_checked(getattr(product, field), field=field)
    if product.pk:
        known = Product.objects.filter(pk=product.pk).values_list("external_id", flat=True)
        if known and known[0] != product.external_id:
            raise ValidationError({"external_id": _("The external id never changes.")})
    if brand is not None:
        product.brand = brand_make(name=brand) if brand.strip() else None
    if category is not None:
        product.category = category_make(path=category) if category else None
    product.attributes = attributes_checked(product.attributes)
    product.full_clean()
    product.picture_group = picture_group_of(product)
    product.save()
    catalogue_changed(products=[product.pk])
    extraction_order(products=[product.pk])
    encoding_order(products=[product.pk])
    return product


def brand_make(*, name: str) -> Brand:
    """The brand with this name, made where missing."""
    name = text_checked(one_line(name), field="brand", limit=BRAND_LIMIT)
    if not name:
        raise ValidationError({"brand": _("A brand needs a name.")})
    return Brand.objects.get_or_create(name=name)[0]


@transaction.atomic
def review_write(
    *, shopper: Shopper, product: Product, rating: int, title: str = "", text: str = ""
) -> Review:
    """Write a shopper's review of a product, or rewrite it; the product's mean follows.

    A review that staff have hidden stays hidden when it is rewritten.
    """
    # A rating that is not a whole number would be cut silently by the column.
    if isinstance(rating, bool) or not isinstance(rating, int):
        raise ValidationError({"rating": _("A rating is a whole number from 1 to 5.")})
    title = text_checked(one_line(title), field="title")
    text = text_checked(text.strip(), field="text")
    review = Review.objects.filter(shopper=shopper, product=product).first()
    if review is None:
        review = Review(shopper=shopper, product=product)
    elif (review.title, review.text) != (title, text):
        review_removed(product=product.pk, texts=[review.title, review.text])
        opinion_forget(review=review)
    review.rating, review.title, review.text = rating, title, text
    # The relations were read from the database just now; checking them again costs two queries.
    review.full_clean(exclude=["shopper", "product"], validate_constraints=False)
    if len(text) > 4000:
        raise ValidationError(
            {
                "text": _("A review has at most %(limit)d characters; this one has %(length)d.")
                % {"limit": 4000, "length": len(text)}
            }
        )
    review.save()
    rating_recompute(product=product)
    extraction_order(products=[product.pk])
    if title or text:
        opinions_order(reviews=[review.pk])
    return review


@transaction.atomic
def review_status_set(*, review: Review, status: Review.Status) -> Review:
    """Publish or hide a review; only published ones count in the product's mean."""
    review.status = status
    review.save(update_fields=["status"])
    rating_recompute(product=review.product)
    if status == Review.Status.PUBLISHED:
        extraction_order(products=[review.product_id])
    else:  # what nobody may read is not quoted elsewhere either
        review_removed(product=review.product_id, texts=[review.title, review.text])
    return review


@transaction.atomic
def review_delete(*, review: Review) -> None:
    """Remove a review and its part in the product's mean."""
    product = review.product
    review.delete()
    rating_recompute(product=product)
    review_removed(product=product.pk, texts=[review.title, review.text])


@transaction.atomic
def rating_recompute(*, product: Product) -> None:
    """Set mean and number of ratings from the published reviews, on the row and the object."""
    # Two reviews at once must not each count without the other.
    Product.objects.select_for_update().filter(pk=product.pk).values_list("pk").first()
    figures = product.reviews.filter(status=Review.Status.PUBLISHED).aggregate(
        mean=Avg("rating"), count=Count("pk")
    )
    product.rating_mean, product.rating_count = figures["mean"], figures["count"]
    Product.objects.filter(pk=product.pk).update(
        rating_mean=figures["mean"], rating_count=figures["count"]
    )
