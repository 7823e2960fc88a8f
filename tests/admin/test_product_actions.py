"""Products in bulk: actions on the list, its filters, and what nobody may delete."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from tests.admin.stock import Stock

LIST = "/admin/catalog/product/"


def act(client: Client, action: str, products: list[Product], **more: object):
    data = {"action": action, "_selected_action": [p.pk for p in products], **more}
    return client.post(LIST, data)


def test_archiving_and_activating_leave_history(stock: Stock, merchandiser_client: Client) -> None:
    chosen = stock.products[:2]
    assert act(merchandiser_client, "archive", chosen).status_code == 302
    assert Product.objects.filter(status="archived").count() == 2
    entry = chosen[0].history.first()
    assert (entry.status, entry.history_user.username) == ("archived", "mercy")
    act(merchandiser_client, "activate", chosen)
    assert not Product.objects.filter(status="archived").exists()


def test_prices_are_changed_after_asking(stock: Stock, merchandiser_client: Client) -> None:
    chosen = stock.products[:2]
    page = act(merchandiser_client, "change_price", chosen)
    assert page.status_code == 200
    assert "2 products are selected." in page.content.decode()
    assert Product.objects.filter(price=4).count() == 4
    done = act(merchandiser_client, "change_price", chosen, confirmed=1, percent="12.6")
    assert done.status_code == 302
    # 4.00 and 12.6 percent of it are 4.504.
    prices = sorted(filter(None, Product.objects.values_list("price", flat=True)))
    assert prices == [Decimal("4.00"), Decimal("4.00"), Decimal("4.50"), Decimal("4.50")]
    assert chosen[0].history.first().price == Decimal("4.50")


@pytest.mark.parametrize("percent", ["-150", "-90.01", "0", "", "abc", "1000", "NaN", "1.234"])
def test_a_senseless_percentage_is_refused(
    stock: Stock, merchandiser_client: Client, percent: str
) -> None:
    page = act(merchandiser_client, "change_price", stock.products, confirmed=1, percent=percent)
    assert page.status_code == 200
    assert page.context["form"].errors["percent"]
    assert Product.objects.filter(price=4).count() == 4


def test_a_price_that_cannot_be_stored_changes_nothing(
    stock: Stock, merchandiser_client: Client
) -> None:
    Product.objects.filter(pk=stock.products[1].pk).update(price=Decimal("99999999.00"))
    page = act(merchandiser_client, "change_price", stock.products, confirmed=1, percent="50")
    assert page.status_code == 200
    assert page.context["form"].errors["percent"]
    assert Product.objects.filter(price=4).count() == 3


def test_products_move_to_a_category(stock: Stock, merchandiser_client: Client) -> None:
    there = stock.categories[3]
    page = act(merchandiser_client, "set_category", stock.products)
    assert page.status_code == 200
    act(merchandiser_client, "set_category", stock.products, confirmed=1, category=there.pk)
    assert Product.objects.filter(category=there).count() == 4


def test_an_action_on_everything_reaches_beyond_the_page(
    stock: Stock, merchandiser_client: Client
) -> None:
    act(merchandiser_client, "archive", stock.products[:1], select_across=1)
    assert Product.objects.filter(status="archived").count() == 4


def test_filters_narrow_the_list(stock: Stock, merchandiser_client: Client) -> None:
    def titles(query: str) -> set[str]:
        page = merchandiser_client.get(f"{LIST}?{query}")
        return {product.title for product in page.context["cl"].result_list}

    first = stock.products[0]
    assert titles(f"branch={stock.categories[0].slug}") == {first.title}
    assert titles("branch=food") == {p.title for p in stock.products}
    assert titles(f"brand__id__exact={stock.brands[0].pk}") == {first.title}
    assert titles("stock_level=out") == {p.title for p in stock.products if p.stock == 0}
    assert titles("price_from=5") == set()


def test_a_product_of_the_log_cannot_be_deleted(stock: Stock, boss_client: Client) -> None:
    address = reverse("admin:catalog_product_delete", args=[stock.products[0].pk])
    assert boss_client.post(address, {"post": "yes"}).status_code == 403
    assert Product.objects.filter(pk=stock.products[0].pk).exists()
