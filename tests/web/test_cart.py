"""Cart and checkout: quantities of any size, stock that runs out, orders of other people."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client

from catalog.models import Product
from orders.models import CartLine, Order, OrderLine
from orders.services import OrderError, cart_add, cart_merge, order_place
from recommender.contracts import Scenario
from recommender.events.models import Event
from tests.web.conftest import HTMX, PASSWORD, shopper_of, slate_shown
from tests.web.test_home import shelves_of

WHO = {"name": "Anna", "email": "anna@example.org", "address": "1 Mill Lane"}


def lines() -> dict[str, int]:
    return dict(CartLine.objects.values_list("product__external_id", "quantity"))


def add(client: Client, product: str = "p0", **values) -> str:
    response = client.post("/cart/add/", {"product": product, **values}, headers=HTMX)
    assert response.status_code == 200
    return response.content.decode()


def test_a_card_adds_one_and_the_badge_follows(stranger: Client):
    add(stranger)
    html = add(stranger)
    assert lines() == {"p0": 2}
    assert 'id="cart-badge" hx-swap-oob="true">2<' in html
    assert "“Oat milk, 1 litre” is in your cart." in html


def test_without_javascript_one_returns_to_the_page(stranger: Client):
    response = stranger.post("/cart/add/", {"product": "p0", "next": "/search/?q=jam"})
    assert response.url == "/search/?q=jam"
    assert "is in your cart" in stranger.get("/search/?q=jam").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_one_returns_to_this_site_only(stranger: Client, target: str):
    assert stranger.post("/cart/add/", {"product": "p0", "next": target}).url == "/cart/"


@pytest.mark.parametrize("quantity", ["-1", "0", "100", "1000000000", "9" * 400])
def test_absurd_quantities_are_refused_with_the_limit(stranger: Client, quantity: str):
    html = add(stranger, quantity=quantity)
    assert "toast--error" in html
    assert "You can order 1 to 99 of a product." in html or "whole number" in html
    assert lines() == {}


@pytest.mark.parametrize("quantity", ["1.5", "two", "1e1", "NaN"])
def test_quantities_are_whole_numbers(stranger: Client, quantity: str):
    assert "A quantity is a whole number." in add(stranger, quantity=quantity)
    assert lines() == {}


def test_no_more_than_there_is(stranger: Client):
    add(stranger, quantity="10")
    assert "Only 10 of “Oat milk, 1 litre” are left." in add(stranger)
    assert lines() == {"p0": 10}


def test_unknown_and_unsold_products_cannot_be_added(stranger: Client):
    assert stranger.post("/cart/add/", {"product": "none"}).status_code == 404
    assert stranger.post("/cart/add/", {"product": "x\x00"}).status_code == 404
    assert stranger.post("/cart/add/", {}).status_code == 404
    Product.objects.filter(external_id="p0").update(price=None)
    assert "is not for sale" in add(stranger)


def test_get_adds_nothing(stranger: Client):
    assert stranger.get("/cart/add/?product=p0").status_code == 405


def test_quantities_change_and_lines_go(stranger: Client):
    add(stranger)
    response = stranger.post("/cart/change/", {"product": "p0", "quantity": "3"}, headers=HTMX)
    html = response.content.decode()
    assert lines() == {"p0": 3}
    assert "$6.30" in html
    assert html.count('id="cart-lines"') == 1
    html = stranger.post(
        "/cart/change/", {"product": "p0", "quantity": "0"}, headers=HTMX
    ).content.decode()
    assert lines() == {}
    assert "Your cart is empty" in html


@pytest.mark.parametrize("quantity", ["-1", "1000000000", "x", "1.5", "11"])
def test_a_refused_change_leaves_the_cart_as_it_was(stranger: Client, quantity: str):
    add(stranger, quantity="2")
    response = stranger.post("/cart/change/", {"product": "p0", "quantity": quantity}, headers=HTMX)
    assert "toast--error" in response.content.decode()
    assert lines() == {"p0": 2}


def test_the_cart_suggests_what_goes_with_it(stranger: Client):
    add(stranger, "p0")
    add(stranger, "p4")
    slate_shown(Scenario.COMPLEMENTARY, ["p0", "p7", "p9"], about="p4")
    html = stranger.get("/cart/").content.decode()
    assert shelves_of(html) == {"Goes well with your cart": ["p7", "p9"]}


def test_carts_are_apart(stranger: Client):
    add(stranger)
    assert "Your cart is empty" in Client().get("/cart/").content.decode()


def test_adding_is_recorded_with_its_origin(agreed: Client):
    trace = slate_shown(Scenario.TRENDING, ["p1", "p0"])
    add(agreed, quantity="2", trace=trace, place="2")
    event = Event.objects.get(type="cart")
    assert (event.value, str(event.trace), event.rank) == (2.0, trace, 2)


# --- checkout ------------------------------------------------------------------------------------


def test_an_order_takes_stock_and_empties_the_cart(agreed: Client):
    add(agreed, "p0", quantity="3")
    add(agreed, "p7")
    html = agreed.get("/checkout/").content.decode()
    assert "Nothing is paid here" in html
    assert "Order for $9.70" in html
    response = agreed.post("/checkout/", {**WHO, "seen_total": "9.70"})
    order = Order.objects.get()
    assert response.url == f"/orders/{order.number}/"
    assert order.total == Decimal("9.70")
    assert list(OrderLine.objects.values_list("title", "price", "quantity")) == [
        ("Oat milk, 1 litre", Decimal("2.10"), 3),
        ("Strawberry jam, 340 g", Decimal("3.40"), 1),
    ]
    assert Product.objects.get(external_id="p0").stock == 7
    assert lines() == {}
    html = agreed.get(response.url).content.decode()
    assert "Thank you for your order" in html
    assert "4 items" in html
    bought = Event.objects.filter(shopper=shopper_of(agreed), type="purchase").order_by("pk")
    assert [(e.product.external_id, e.value) for e in bought] == [("p0", 3.0), ("p7", 1.0)]


def test_an_order_without_consent_is_not_recorded(stranger: Client):
    before = Event.objects.count()
    add(stranger)
    assert stranger.post("/checkout/", WHO).status_code == 302
    assert Order.objects.count() == 1
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("email", "no address"), ("address", ""), ("name", "x" * 101),
     ("address", "x" * 501), ("name", "a\x00b")],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_is_lost(stranger: Client, field: str, value: str):
    add(stranger)
    response = stranger.post("/checkout/", {**WHO, field: value})
    assert response.status_code == 422
    html = response.content.decode()
    assert f'id="id_{field}_error"' in html
    kept = {"name": "1 Mill Lane", "email": "1 Mill Lane", "address": "anna@example.org"}[field]
    assert kept in html
    assert lines() == {"p0": 1}
    assert not Order.objects.exists()


def test_what_sold_out_meanwhile_is_named(stranger: Client):
    add(stranger, "p0", quantity="3")
    add(stranger, "p7")
    Product.objects.filter(external_id="p0").update(stock=2)
    response = stranger.post("/checkout/", WHO)
    assert response.status_code == 422
    assert "Only 2 of “Oat milk, 1 litre” are left." in response.content.decode()
    assert Product.objects.get(external_id="p7").stock == 10
    assert lines() == {"p0": 3, "p7": 1}
    assert "Only 2 left: please take fewer." in stranger.get("/cart/").content.decode()


def test_a_changed_price_is_shown_before_it_is_ordered(stranger: Client):
    add(stranger)
    Product.objects.filter(external_id="p0").update(price=Decimal("2.50"))
    response = stranger.post("/checkout/", {**WHO, "seen_total": "2.10"})
    html = response.content.decode()
    assert "A price has changed" in html
    assert 'name="seen_total" value="2.50"' in html
    assert not Order.objects.exists()
    assert stranger.post("/checkout/", {**WHO, "seen_total": "2.50"}).status_code == 302


def test_the_checkout_of_an_expired_session_explains(stranger: Client):
    add(stranger)
    stranger.cookies.clear()
    response = stranger.post("/checkout/", WHO, follow=True)
    assert response.redirect_chain == [("/cart/", 302)]
    assert "it may have expired" in response.content.decode()


def test_a_second_click_orders_nothing_twice(stranger: Client):
    add(stranger)
    stranger.post("/checkout/", WHO)
    stranger.post("/checkout/", WHO)
    assert Order.objects.count() == 1


def test_somebody_elses_order_does_not_exist(stranger: Client, anna: Client):
    add(anna)
    anna.post("/checkout/", WHO)
    number = Order.objects.get().number
    assert anna.get(f"/orders/{number}/").status_code == 200
    assert stranger.get(f"/orders/{number}/").status_code == 404
    add(stranger)
    assert stranger.get(f"/orders/{number}/").status_code == 404
    assert anna.get("/orders/R00000/").status_code == 404


def test_cart_and_order_come_along_at_log_in(stranger: Client, user):
    CartLine.objects.create(
        cart_key=f"user-{user.pk}", product=Product.objects.get(external_id="p0"), quantity=98
    )
    add(stranger, "p7")
    stranger.post("/checkout/", WHO)
    add(stranger, "p0", quantity="3")
    add(stranger, "p4")
    stranger.post("/login/", {"username": user.username, "password": PASSWORD})
    assert lines() == {"p0": 99, "p4": 1}
    assert set(CartLine.objects.values_list("cart_key", flat=True)) == {f"user-{user.pk}"}
    order = Order.objects.get()
    assert order.user == user
    assert stranger.get(f"/orders/{order.number}/").status_code == 200


def test_merging_nothing_or_itself_changes_nothing(small_shop):
    cart_add(cart_key="a", product=small_shop.products[0], quantity=2)
    cart_merge(from_key="", to_key="a")
    cart_merge(from_key="a", to_key="a")
    assert lines() == {"p0": 2}


def test_an_empty_cart_cannot_be_ordered(db):
    with pytest.raises(OrderError, match="Your cart is empty"):
        order_place(cart_key="none", user=None, name="A", email="a@b.org", address="x")


def test_things_without_stock_do_not_run_out(small_shop):
    Product.objects.filter(external_id="p0").update(kind="article", stock=0)
    product = Product.objects.get(external_id="p0")
    cart_add(cart_key="a", product=product)
    order_place(cart_key="a", user=None, name="A", email="a@b.org", address="x")
    assert Product.objects.get(external_id="p0").stock == 0


@pytest.mark.django_db(transaction=True)
def test_the_last_one_is_sold_once(small_shop):
    """Ten orders at the same moment for one remaining product."""
    product = small_shop.products[0]
    Product.objects.filter(pk=product.pk).update(stock=1)
    product.refresh_from_db()
    for number in range(10):
        cart_add(cart_key=f"c{number}", product=product)
    outcomes: list[str] = []
    start = threading.Barrier(10)

    def buy(number: int) -> None:
        start.wait()
        try:
            order_place(cart_key=f"c{number}", user=None, name="A", email="a@b.org", address="x")
            outcomes.append("ordered")
        except OrderError as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=buy, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ordered"] + ["“Oat milk, 1 litre” is sold out."] * 9
    assert Product.objects.get(pk=product.pk).stock == 0
    assert Order.objects.count() == 1
