"""Products and reviews are checked before they are written, and the product's mean follows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from catalog import services
from catalog.models import AttributeType, Brand, Category, Product, Review
from users.models import Shopper

pytestmark = pytest.mark.django_db


def product_of(**fields: Any) -> Product:
    return Product(**{"external_id": "P1", "title": "Green tea shampoo", **fields})


def test_product_save_makes_brand_and_category_and_types_the_attributes():
    AttributeType.objects.create(key="size_ml", label="Size", kind="number")
    product = services.product_save(
        product=product_of(title="  Green \n tea  shampoo ", attributes={"size_ml": "250"}),
        brand=" Verdant  Labs ",
        category=("Beauty", "Hair Care"),
    )
    product.refresh_from_db()
    assert product.title == "Green tea shampoo"
    assert product.attributes == {"size_ml": 250}
    assert product.brand is not None
    assert product.brand.name == "Verdant Labs"
    assert product.category is not None
    assert product.category.path == "Beauty / Hair Care"
    assert product.history.count() == 1


def test_product_save_reuses_and_removes_brand_and_category():
    first = services.product_save(product=product_of(), brand="A", category=("X", "Y"))
    services.product_save(product=product_of(external_id="P2"), brand="A", category=("X", "Y"))
    assert Brand.objects.count() == 1
    assert Category.objects.count() == 2
    services.product_save(product=first, brand="", category=())
    first.refresh_from_db()
    assert (first.brand, first.category) == (None, None)
    # Not given is not the same as empty.
    other = Product.objects.get(external_id="P2")
    services.product_save(product=other)
    other.refresh_from_db()
    assert (str(other.brand), str(other.category)) == ("A", "X / Y")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"price": Decimal("-0.01")}, "price", "greater than or equal to 0"),
        ({"price": Decimal("1.999")}, "price", "2 decimal places"),
        ({"title": "x" * 301}, "title", "300"),
        ({"title": "  "}, "title", "blank"),
        ({"title": "a\x00b"}, "title", "NUL"),
        ({"description": "\ud800"}, "description", "Unicode"),
        ({"status": "sold"}, "status", "not a valid choice"),
        ({"kind": "boat"}, "kind", "not a valid choice"),
        ({"stock": -1}, "stock", "greater than or equal to 0"),
        ({"external_id": ""}, "external_id", "blank"),
        ({"attributes": {"colour": "red"}}, "attributes", "“colour” is no known attribute"),
        ({"attributes": {"size_ml": "big"}}, "attributes", "“size_ml” must be a number"),
        ({"attributes": ["red"]}, "attributes", "object"),
    ],
)
def test_product_save_names_the_field_and_the_limit(fields, field, words):
    AttributeType.objects.create(key="size_ml", label="Size", kind="number")
    with pytest.raises(ValidationError) as caught:
        services.product_save(product=product_of(**fields))
    assert words in " ".join(caught.value.message_dict[field])
    assert Product.objects.count() == 0


def test_the_external_id_never_changes():
    product = services.product_save(product=product_of())
    product.external_id = "P9"
    with pytest.raises(ValidationError, match="never changes"):
        services.product_save(product=product)
    assert list(Product.objects.values_list("external_id", flat=True)) == ["P1"]


@pytest.fixture
def product():
    return services.product_save(product=product_of())


def shopper(name: str) -> Shopper:
    return Shopper.objects.create(external_id=name)


def test_reviews_set_mean_and_count(product):
    ann, bob = shopper("ann"), shopper("bob")
    services.review_write(shopper=ann, product=product, rating=5, title=" Good  one ", text=" Yes ")
    services.review_write(shopper=bob, product=product, rating=2)
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (3.5, 2)
    # Written again, a review is replaced.
    again = services.review_write(shopper=ann, product=product, rating=4, title="Good one")
    assert (product.rating_mean, product.rating_count) == (3.0, 2)
    assert Review.objects.count() == 2
    services.review_status_set(review=again, status=Review.Status.HIDDEN)
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (2.0, 1)
    # Rewriting does not bring a hidden review back.
    services.review_write(shopper=ann, product=product, rating=5)
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (2.0, 1)
    services.review_delete(review=Review.objects.get(shopper=bob))
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (None, 0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rating": 7}, "rating"),
        ({"rating": 0}, "rating"),
        ({"rating": 4.5}, "rating"),
        ({"rating": True}, "rating"),
        ({"rating": 3, "title": "x" * 121}, "title"),
        ({"rating": 3, "text": "x" * 4001}, "text"),
        ({"rating": 3, "text": "a\x00"}, "text"),
    ],
)
def test_a_wrong_review_is_refused_and_changes_nothing(product, fields, field):
    ann = shopper("ann")
    services.review_write(shopper=ann, product=product, rating=4)
    with pytest.raises(ValidationError) as caught:
        services.review_write(shopper=ann, product=product, **fields)
    assert field in caught.value.message_dict
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (4.0, 1)
