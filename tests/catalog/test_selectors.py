"""Reads of the catalogue: what they give and what they cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile

from catalog import selectors
from catalog.categories import category_make
from catalog.models import Media, Product, Review
from catalog.services import product_save, review_write
from users.models import Shopper

pytestmark = pytest.mark.django_db


def add(external_id: str, category: tuple[str, ...] = (), **fields: Any) -> Product:
    return product_save(
        product=Product(external_id=external_id, title=external_id, **fields),
        brand="Brand",
        category=category,
    )


def test_products_come_in_the_order_asked_for_in_two_queries(django_assert_num_queries):
    for number in range(20):
        product = add(f"P{number}", ("A", "B"))
        for position in (2, 1):
            Media.objects.create(
                product=product,
                position=position,
                file=ContentFile(b"x", name=f"p{number}-{position}.png"),
            )
    wanted = ["P7", "nobody", "P3", "P7", "P19"]
    with django_assert_num_queries(2):
        found = selectors.products_by_external_id(wanted)
        assert list(found) == ["P7", "P3", "P19"]
        for product in found.values():
            assert str(product.brand) == "Brand"
            assert str(product.category) == "A / B"
            assert [image.position for image in product.first_images] == [1]
    with django_assert_num_queries(0):
        assert selectors.products_by_external_id([]) == {}


def test_lists_hold_only_what_shoppers_may_see():
    add("old", popularity=5.0)
    add("draft", status="draft", popularity=9.0)
    add("new", popularity=1.0)
    assert [p.external_id for p in selectors.new_products(5)] == ["new", "old"]
    assert [p.external_id for p in selectors.new_products(1)] == ["new"]
    assert [p.external_id for p in selectors.popular_products(5)] == ["old", "new"]
    assert selectors.product_get("draft") is None
    assert selectors.product_get("new") is not None


def test_breadcrumbs_and_children(django_assert_num_queries):
    leaf = category_make(path=("Beauty", "Hair", "Shampoo"))
    category_make(path=("Beauty", "Empty"))
    for number in range(3):
        add(f"S{number}", ("Beauty", "Hair", "Shampoo"))
    add("H", ("Beauty", "Hair"))
    add("C", ("Beauty", "Creams"))
    add("D", ("Beauty", "Drafts"), status="draft")
    with django_assert_num_queries(1):
        path = selectors.category_breadcrumbs(leaf)
    assert [c.name for c in path] == ["Beauty", "Hair", "Shampoo"]
    with django_assert_num_queries(2):
        children = selectors.category_children(path[0])
    assert [(c.name, c.product_count) for c in children] == [("Creams", 1), ("Hair", 4)]
    assert selectors.category_children(leaf) == []
    assert selectors.category_get("beauty-hair") == path[1]
    # One root offers no choice, so its children are the top.
    assert [c.name for c in selectors.top_categories()] == ["Hair", "Creams"]
    add("G", ("Grocery",))
    assert [c.name for c in selectors.top_categories()] == ["Beauty", "Grocery"]
    # A root with one product in twenty or fewer beside it is no choice either.
    for number in range(20):
        add(f"M{number}", ("Beauty", "Hair"))
    assert [c.name for c in selectors.top_categories()] == ["Hair", "Creams"]


def test_reviews_are_the_published_ones_with_their_shoppers(django_assert_num_queries):
    product = add("P")
    for name in ("ann", "bob"):
        review_write(
            shopper=Shopper.objects.create(external_id=name), product=product, rating=4, text=name
        )
    Review.objects.filter(text="ann").update(status=Review.Status.HIDDEN)
    with django_assert_num_queries(1):
        assert [str(r.shopper) for r in selectors.product_reviews(product)] == ["bob"]
