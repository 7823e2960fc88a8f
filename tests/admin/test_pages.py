"""Every page opens, for whom it may, at a cost that does not grow with the shop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recommender.models import Event
from tests.admin.stock import Stock
from users.models import User

CHANGELISTS = [
    "catalog_product",
    "catalog_category",
    "catalog_brand",
    "catalog_attributetype",
    "catalog_review",
    "orders_order",
    "users_shopper",
    "users_erasurereceipt",
    "users_user",
    "users_apitoken",
    "auth_group",
    "recommender_event",
    "recommender_slatetrace",
    "recommender_explanationsentence",
    "recommender_learningrun",
    "recommender_learningplan",
    "recommender_prompttemplateversion",
    "recommender_modelversion",
    "recommender_opinionclassifierversion",
    "recommender_snapshot",
    "recommender_alert",
    "recommender_gatebounds",
    "kg_entity",
    "kg_fact",
    "kg_historicalfact",
    "kg_predicate",
    "kg_outboxentry",
]
FOR_MERCHANDISERS = {
    name for name in CHANGELISTS if name not in {"users_user", "users_apitoken", "auth_group"}
}


def _queries(client: Client, address: str) -> int:
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(address)
    assert response.status_code == 200, address
    return len(queries)


def test_every_registered_model_is_tested_here() -> None:
    registered = {f"{m._meta.app_label}_{m._meta.model_name}" for m in admin.site._registry}
    assert registered == set(CHANGELISTS)


@pytest.mark.parametrize("name", CHANGELISTS)
def test_a_list_costs_the_same_for_twice_the_shop(
    stock: Stock, boss_client: Client, name: str
) -> None:
    address = reverse(f"admin:{name}_changelist")
    _queries(boss_client, address)
    before = _queries(boss_client, address)
    stock.more(len(stock.products))
    assert _queries(boss_client, address) == before
    assert before <= 15


def test_the_overview_costs_the_same_for_twice_the_shop(stock: Stock, boss_client: Client) -> None:
    _queries(boss_client, "/admin/")
    before = _queries(boss_client, "/admin/")
    stock.more(len(stock.products))
    assert _queries(boss_client, "/admin/") == before
    assert before < 20


@pytest.mark.parametrize("name", CHANGELISTS)
def test_what_a_merchandiser_may_open(stock: Stock, merchandiser_client: Client, name: str) -> None:
    status = merchandiser_client.get(reverse(f"admin:{name}_changelist")).status_code
    assert status == (200 if name in FOR_MERCHANDISERS else 403)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_forms_open_in_both_languages(stock: Stock, boss_client: Client, language: str) -> None:
    boss_client.cookies["django_language"] = language
    for name in CHANGELISTS:
        model = next(
            m for m in admin.site._registry if f"{m._meta.app_label}_{m._meta.model_name}" == name
        )
        row = model._default_manager.first()
        assert row is not None
        address = reverse(f"admin:{name}_change", args=[row.pk])
        assert boss_client.get(address).status_code == 200, address


def test_the_overview_of_an_empty_shop_says_so(boss_client: Client) -> None:
    page = boss_client.get("/admin/").content.decode()
    assert "No events in the last hour" in page
    assert "No slate was served yet." in page
    assert "Everything is well stocked." in page
    assert "Nobody has written a review yet." in page
    assert "none yet" in page


def test_the_overview_tells_the_figures(stock: Stock, boss_client: Client) -> None:
    context = boss_client.get("/admin/").context
    # Four products, each viewed, shown and clicked once.
    assert context["activity"]["last_hour"] == 12
    assert context["activity"]["fortnight"] == 12
    assert context["slates"]["total"] == 12
    assert context["slates"]["coverage_percent"] == "100.0"
    assert [(r["scenario"], r["rate"]) for r in context["slates"]["rates"]] == [("home", "100.0")]
    assert context["orders_waiting"] == 4


def test_a_stranger_is_asked_to_log_in(client: Client, db) -> None:
    response = client.get("/admin/")
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_search_words_of_any_kind_break_no_list(stock: Stock, boss_client: Client) -> None:
    for name in CHANGELISTS:
        for words in ("p1", "“%_'\"", "\x00", "x" * 5000):
            response = boss_client.get(reverse(f"admin:{name}_changelist"), {"q": words})
            assert response.status_code in {200, 302}, (name, words)


def test_a_filter_that_means_nothing_breaks_no_list(stock: Stock, boss_client: Client) -> None:
    address = reverse("admin:catalog_product_changelist")
    for query in (
        "price_from=abc",
        "branch=nowhere",
        "stock_level=x",
        "status__exact=y",
        "p=99",
        "brand__id__exact=abc",
        "price_from=1e400",
    ):
        response = boss_client.get(f"{address}?{query}", follow=True)
        assert response.status_code == 200, query


def test_an_import_of_the_past_is_no_traffic(stock: Stock, boss_client: Client) -> None:
    Event.objects.update(time=timezone.now() - timedelta(days=400))
    context = boss_client.get("/admin/").context
    assert context["activity"]["last_hour"] == 0
    assert context["activity"]["fortnight"] == 0


def test_logging_in_leads_to_the_overview(client: Client, boss: User) -> None:
    page = client.get("/admin/login/")
    assert (
        '<input type="hidden" name="next" value="/admin/" form="login-form">'
        in page.content.decode()
    )
    login = {"username": "boss", "password": "secret-word-1", "next": page.context["next"]}
    assert client.post("/admin/login/", login)["Location"] == "/admin/"
