"""How often each page asks the database; the number does not grow with what it shows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import AttributeType, Brand, Category, Media, Product, Review
from orders.models import CartLine
from recommender.contracts import Scenario
from recommender.delivery.titles import title_book
from tests.shop import SmallShop
from tests.web.conftest import shopper_of, slate_shown
from users.models import Shopper


def doubled(shop: SmallShop) -> None:
    """As many products once more, with brands, categories, pictures and reviews of their own."""
    for number, old in enumerate(shop.products):
        parent = Category.objects.create(
            name=f"Aisle {number}", path=f"Aisle {number}", slug=f"aisle-{number}"
        )
        new = Product.objects.create(
            external_id=f"q{number}",
            title=f"{old.title} of another kind",
            category=old.category if number % 2 else parent,
            brand=Brand.objects.create(name=f"House {number}"),
            price=Decimal("1.50"),
            stock=5,
            popularity=number,
            attributes={"origin": f"Land {number}"},
        )
        for product in (old, new):
            Media.objects.create(product=product, file=f"products/{product.pk}.png")
            Review.objects.create(
                product=product, shopper=Shopper.objects.create(external_id=f"r{product.pk}"),
                rating=4, text="Good",
            )  # fmt: skip


@pytest.fixture(autouse=True)
def _described(small_shop: SmallShop) -> None:
    """A filter to count, and something to say about the first product."""
    AttributeType.objects.create(key="origin", label="Origin", is_facet=True)
    Product.objects.filter(external_id="p0").update(attributes={"origin": "Land 0"})
    Review.objects.create(
        product=small_shop.products[0], shopper=small_shop.shoppers["ben"], rating=4, text="Good"
    )


def queries(client: Client, address: str) -> int:
    """Queries of one page; the navigation is cached as it is after the first page of a site."""
    client.get(address)
    title_book.forget()
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def everything(count: int) -> list[str]:
    return [f"p{n}" for n in range(12)] + [f"q{n}" for n in range(12)][:count]


@pytest.mark.parametrize(
    ("address", "count"),
    [("/", 7), ("/search/?q=milk", 13), ("/search/", 12), ("/categories/dairy/", 16),
     ("/products/p0/", 12), ("/cart/", 7)],
)  # fmt: skip
def test_a_strangers_pages(stranger: Client, small_shop: SmallShop, address: str, count: int):
    stranger.post("/cart/add/", {"product": "p0"})
    slate_shown(Scenario.TRENDING, ["p0", "p1"])
    slate_shown(Scenario.SIMILAR, ["p1", "p2"], about="p0")
    slate_shown(Scenario.COMPLEMENTARY, ["p3", "p4"], about="p0")
    assert queries(stranger, address) == count
    doubled(small_shop)
    slate_shown(Scenario.TRENDING, everything(12))
    slate_shown(Scenario.SIMILAR, everything(12)[1:], about="p0")
    slate_shown(Scenario.COMPLEMENTARY, everything(12)[1:], about="p0")
    slate_shown(Scenario.COMPLEMENTARY, everything(12), about="p11")
    for product in small_shop.products[1:]:
        CartLine.objects.create(cart_key=stranger.session["cart_key"], product=product)
    assert queries(stranger, address) == count


def test_the_personal_home_page(anna: Client, small_shop: SmallShop):
    me = shopper_of(anna)

    def show(products: list[str]) -> None:
        reason = {"template": "because-bought", "product": products[-1]}
        slate_shown(Scenario.HOME, products, shopper=me, explanation=reason)
        slate_shown(Scenario.BUY_AGAIN, products[1:], shopper=me)
        slate_shown(Scenario.SIMILAR, products[2:], about="p11")
        slate_shown(Scenario.TRENDING, products[3:])

    show(["p0", "p1", "p2", "p3", "p4"])
    few = queries(anna, "/")
    doubled(small_shop)
    show(everything(12))
    assert (few, queries(anna, "/")) == (13, 13)
