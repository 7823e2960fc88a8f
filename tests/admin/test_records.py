"""Categories, brands, reviews, orders, shoppers, tokens, slates and models in the admin."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from catalog.models import AttributeType, Brand, Category, Product, Review
from orders.models import Order
from recommender.models import Event, ModelVersion, SlateTrace
from recommender.registry.versions import folder_checksum
from tests.admin.stock import Stock
from users.models import ApiToken, ErasureReceipt, Shopper

# --- categories ---------------------------------------------------------------------------------


def save_category(client: Client, category: Category, name: str, parent: Category | None):
    address = reverse("admin:catalog_category_change", args=[category.pk])
    return client.post(address, {"name": name, "parent": parent.pk if parent else ""})


def test_the_tree_counts_whole_branches(stock: Stock, merchandiser_client: Client) -> None:
    page = merchandiser_client.get("/admin/catalog/category/")
    counts = {c.path: (c.own_count, c.branch_count) for c in page.context["cl"].result_list}
    assert counts["Food"] == (0, 4)
    assert counts[stock.categories[0].path] == (1, 1)


def test_what_lies_below_follows_its_parent_in_the_list(
    stock: Stock, merchandiser_client: Client
) -> None:
    root = Category.objects.get(path="Food")
    for name in ("Food & more", "Food (dry)"):
        merchandiser_client.post("/admin/catalog/category/add/", {"name": name, "parent": ""})
    paths = [
        c.path
        for c in merchandiser_client.get("/admin/catalog/category/").context["cl"].result_list
    ]
    assert paths[0] == root.path
    assert paths[-2:] == ["Food & more", "Food (dry)"]


def test_moving_a_category_takes_its_branch_along(
    stock: Stock, merchandiser_client: Client
) -> None:
    one, two = stock.categories[:2]
    assert save_category(merchandiser_client, one, "Cheese", two).status_code == 302
    one.refresh_from_db()
    assert one.path == f"{two.path} / Cheese"
    assert one.depth == 2


def test_a_category_below_itself_is_refused(stock: Stock, merchandiser_client: Client) -> None:
    root, leaf = Category.objects.get(path="Food"), stock.categories[0]
    for parent in (leaf, root):
        page = save_category(merchandiser_client, root, "Food", parent)
        assert page.status_code == 200
        assert page.context["adminform"].form.errors["parent"] == [
            "A category cannot lie below itself."
        ]
    leaf.refresh_from_db()
    assert leaf.path.startswith("Food / ")


def test_two_siblings_cannot_share_a_name(stock: Stock, merchandiser_client: Client) -> None:
    one, two = stock.categories[:2]
    page = save_category(merchandiser_client, one, two.name, two.parent)
    assert page.status_code == 200
    assert "exists already" in page.context["adminform"].form.errors["name"][0]


def test_a_category_with_products_cannot_be_deleted(
    stock: Stock, merchandiser_client: Client
) -> None:
    address = reverse("admin:catalog_category_delete", args=[stock.categories[0].pk])
    assert merchandiser_client.post(address, {"post": "yes"}).status_code == 403


# --- brands and attributes ----------------------------------------------------------------------


def merge(client: Client, brands: list[Brand], **more: object):
    return client.post(
        "/admin/catalog/brand/",
        {"action": "merge", "_selected_action": [b.pk for b in brands], **more},
    )


def test_brands_become_one(stock: Stock, merchandiser_client: Client) -> None:
    one, two, three, _four = stock.brands
    assert merge(merchandiser_client, [one, two, three]).status_code == 200
    assert Brand.objects.count() == 4
    merge(merchandiser_client, [one, two, three], confirmed=1, keep=two.pk)
    assert Brand.objects.count() == 2
    assert Product.objects.filter(brand=two).count() == 3
    assert stock.products[0].history.first().brand_id == two.pk


@pytest.mark.parametrize("keep", ["", "999999", "abc"])
def test_a_merge_needs_one_that_stays(stock: Stock, merchandiser_client: Client, keep: str) -> None:
    page = merge(merchandiser_client, stock.brands[:2], confirmed=1, keep=keep)
    assert page.status_code == 200
    assert page.context["form"].errors["keep"]
    assert Brand.objects.count() == 4


def test_one_brand_cannot_be_merged(stock: Stock, merchandiser_client: Client) -> None:
    assert merge(merchandiser_client, stock.brands[:1]).status_code == 302
    assert Brand.objects.count() == 4


def test_an_attribute_keeps_a_kind_that_its_values_fit(
    stock: Stock, merchandiser_client: Client
) -> None:
    size = AttributeType.objects.get(key="size")
    address = reverse("admin:catalog_attributetype_change", args=[size.pk])
    page = merchandiser_client.post(address, {"key": "size", "label": "Size", "kind": "number"})
    assert page.status_code == 200
    assert "1 l" in page.context["adminform"].form.errors["kind"][0]


# --- reviews ------------------------------------------------------------------------------------


def test_hiding_reviews_takes_them_out_of_the_rating(
    stock: Stock, merchandiser_client: Client
) -> None:
    product = stock.products[0]
    Review.objects.create(product=product, shopper=stock.shoppers[1], rating=1)
    data = {"action": "hide", "_selected_action": [stock.reviews[0].pk]}
    merchandiser_client.post("/admin/catalog/review/", data)
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (1.0, 1)
    merchandiser_client.post("/admin/catalog/review/", data | {"action": "publish"})
    product.refresh_from_db()
    assert (product.rating_mean, product.rating_count) == (2.5, 2)


def test_the_form_of_a_review_changes_its_state_only(
    stock: Stock, merchandiser_client: Client
) -> None:
    review = stock.reviews[0]
    address = reverse("admin:catalog_review_change", args=[review.pk])
    data = {"status": "hidden", "rating": 1, "text": "rewritten"}
    assert merchandiser_client.post(address, data).status_code == 302
    review.refresh_from_db()
    assert (review.status, review.rating, review.text) == ("hidden", 4, "")
    assert Product.objects.get(pk=stock.products[0].pk).rating_count == 0


# --- orders -------------------------------------------------------------------------------------


def test_a_cancelled_order_puts_its_goods_back_once(
    stock: Stock, merchandiser_client: Client
) -> None:
    order, product = stock.orders[0], stock.products[0]
    address = f"/admin/orders/order/{order.pk}/cancel_this/"
    assert merchandiser_client.get(address).status_code == 200
    assert Order.objects.get(pk=order.pk).status == "placed"
    for _again in range(2):
        assert merchandiser_client.post(address).status_code == 302
    assert Order.objects.get(pk=order.pk).status == "cancelled"
    assert Product.objects.get(pk=product.pk).stock == product.stock + 2


def test_what_was_sent_stays_sent(stock: Stock, merchandiser_client: Client) -> None:
    chosen = {"_selected_action": [order.pk for order in stock.orders]}
    merchandiser_client.post("/admin/orders/order/", {"action": "send", **chosen})
    assert Order.objects.filter(status="sent").count() == 4
    merchandiser_client.post("/admin/orders/order/", {"action": "cancel", **chosen})
    assert Order.objects.filter(status="sent").count() == 4


# --- shoppers -----------------------------------------------------------------------------------


def test_a_shopper_is_erased_after_asking(stock: Stock, boss_client: Client) -> None:
    shopper, product = stock.shoppers[0], stock.products[0]
    address = f"/admin/users/shopper/{shopper.pk}/erase/"
    assert boss_client.get(address).status_code == 200
    assert Shopper.objects.filter(pk=shopper.pk).exists()
    page = boss_client.post(address, follow=True)
    assert "3 events, 1 slates, 1 reviews, 1 decisions" in page.content.decode()
    receipt = ErasureReceipt.objects.get(route="admin", number__regex="^.{24}$")
    assert f"The receipt is {receipt.number}." in page.content.decode()
    assert [entry.object_repr for entry in LogEntry.objects.all()] == [receipt.number]
    assert not Shopper.objects.filter(pk=shopper.pk).exists()
    assert not Event.objects.filter(client_id__endswith=f"-{shopper.external_id[1:]}").exists()
    assert not SlateTrace.objects.filter(pk=stock.traces[0].pk).exists()
    assert Product.objects.get(pk=product.pk).rating_count == 0


def test_a_merchandiser_looks_at_shoppers_and_erases_none(
    stock: Stock, merchandiser_client: Client
) -> None:
    shopper = stock.shoppers[0]
    page = merchandiser_client.get(f"/admin/users/shopper/{shopper.pk}/change/")
    assert page.status_code == 200
    assert "Erase" not in page.content.decode()
    assert merchandiser_client.post(f"/admin/users/shopper/{shopper.pk}/erase/").status_code == 403
    assert Shopper.objects.filter(pk=shopper.pk).exists()


# --- tokens -------------------------------------------------------------------------------------

TOKEN = {
    "name": "App",
    "is_active": "on",
    "scopes": ["events:write", "slates:read"],
    "requests_per_minute": 100,
}


def test_a_key_is_shown_once_and_opens_the_door(stock: Stock, boss_client: Client) -> None:
    page = boss_client.post("/admin/users/apitoken/add/", TOKEN)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    key = page.context["key"]
    token = ApiToken.objects.get(name="App")
    assert token.key_hash == ApiToken.hash_of(key)
    assert token.scopes == ["events:write", "slates:read"]
    for address in ("/admin/users/apitoken/", f"/admin/users/apitoken/{token.pk}/change/"):
        assert key not in boss_client.get(address).content.decode()


def test_a_new_key_replaces_the_old_one(stock: Stock, boss_client: Client) -> None:
    old = boss_client.post("/admin/users/apitoken/add/", TOKEN).context["key"]
    token = ApiToken.objects.get(name="App")
    address = f"/admin/users/apitoken/{token.pk}/new-key/"
    assert boss_client.get(address).status_code == 200
    token.refresh_from_db()
    assert token.key_hash == ApiToken.hash_of(old)
    new = boss_client.post(address).context["key"]
    token.refresh_from_db()
    assert token.key_hash == ApiToken.hash_of(new) != ApiToken.hash_of(old)
    assert token.scopes == ["events:write", "slates:read"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"name": ""}, "name"),
    ],
)
def test_a_token_without_sense_is_refused(
    boss_client: Client, change: dict[str, object], field: str
) -> None:
    page = boss_client.post("/admin/users/apitoken/add/", TOKEN | change)
    assert list(page.context["adminform"].form.errors) == [field]
    assert not ApiToken.objects.exists()


# --- slates, events, models ---------------------------------------------------------------------


def test_the_page_of_a_slate_tells_why(stock: Stock, merchandiser_client: Client) -> None:
    trace, product = stock.traces[0], stock.products[0]
    page = merchandiser_client.get(f"/admin/recommender/slatetrace/{trace.pk}/change/")
    [place] = page.context["view"].places
    assert (place.rank, place.product, place.rules) == (1, product, ("pin",))
    assert [(p.source, round(p.percent)) for p in place.parts] == [("ease", 67), ("content", 33)]
    assert place.reason == f"Because you bought {product.title}"
    assert [event.type for event in page.context["view"].before] == ["view", "click"]
    assert [row.words for row in page.context["view"].after] == ["click"]
    assert place.reason in page.content.decode()


def test_the_page_of_a_slate_names_the_ranker_and_its_chance(
    stock: Stock, merchandiser_client: Client
) -> None:
    trace = stock.traces[0]
    trace.items[0] |= {"ranker": "fusion", "probability": 0.0621}
    trace.save()
    page = merchandiser_client.get(f"/admin/recommender/slatetrace/{trace.pk}/change/")
    assert page.context["view"].places[0].chance_percent == pytest.approx(6.21)
    assert "ranked by fusion, chance 6.2 %" in page.content.decode()


def test_a_model_is_headed_by_what_its_ranker_reached(
    stock: Stock, merchandiser_client: Client
) -> None:
    ModelVersion.objects.create(
        version="ranked-1",
        folder="none",
        watermark=1,
        metrics={
            "validation": {"ndcg_at_10": 0.05},
            "ranking": {
                "chosen": "lambdarank",
                "none": {"ndcg_at_10": 0.0512, "hr_at_10": 0.1},
                "lambdarank": {"ndcg_at_10": 0.0631, "hr_at_10": 0.12},
                "fusion": {"left_out": "no case has an answer"},
            },
        },
    )
    version = ModelVersion.objects.get(version="ranked-1")
    page = merchandiser_client.get("/admin/recommender/modelversion/").content.decode()
    assert "<b>0.0631</b> ndcg_at_10" in page
    assert "0.0512" not in page
    page = merchandiser_client.get(
        f"/admin/recommender/modelversion/{version.pk}/change/"
    ).content.decode()
    for word in ("ranking.none.ndcg_at_10", "0.0512", "ranking.fusion.left_out", "no case has an"):
        assert word in page


def test_a_slate_outlives_its_products(stock: Stock, merchandiser_client: Client) -> None:
    trace = stock.traces[0]
    trace.items = [{"product": "gone", "rank": 1, "score": 0, "sources": {}}, {}]
    trace.save()
    page = merchandiser_client.get(f"/admin/recommender/slatetrace/{trace.pk}/change/")
    assert page.status_code == 200
    assert [p.product for p in page.context["view"].places] == [None, None]


def test_a_slate_costs_the_same_however_long(
    stock: Stock, merchandiser_client: Client, django_assert_max_num_queries
) -> None:
    trace = stock.traces[0]
    trace.items = [
        {"product": p.external_id, "rank": n, "score": 1.0, "sources": {"ease": 1.0}}
        for n, p in enumerate(stock.products, start=1)
    ]
    trace.save()
    with django_assert_max_num_queries(16):
        merchandiser_client.get(f"/admin/recommender/slatetrace/{trace.pk}/change/")


def test_events_are_found_by_shopper_and_product(stock: Stock, merchandiser_client: Client) -> None:
    for words in (stock.shoppers[0].external_id, stock.products[0].external_id):
        page = merchandiser_client.get("/admin/recommender/event/", {"q": words})
        assert page.context["cl"].result_count == 3


@pytest.mark.parametrize("name", ["event", "slatetrace", "modelversion", "snapshot"])
def test_what_the_recommender_wrote_is_not_edited(
    stock: Stock, boss_client: Client, name: str
) -> None:
    assert boss_client.get(f"/admin/recommender/{name}/add/").status_code == 403
    row = {"event": Event, "slatetrace": SlateTrace, "modelversion": ModelVersion}.get(name)
    if row is not None:
        pk = row._default_manager.values_list("pk", flat=True).first()
        assert boss_client.post(f"/admin/recommender/{name}/{pk}/change/").status_code == 403


def test_a_model_goes_live_after_asking(stock: Stock, boss_client: Client, settings) -> None:
    version = ModelVersion.objects.order_by("pk")[0]
    folder = settings.MODEL_DIR / version.folder
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(ContentFile(b"w").read())
    ModelVersion.objects.filter(pk=version.pk).update(checksum=folder_checksum(folder))
    address = f"/admin/recommender/modelversion/{version.pk}/make-live/"
    assert boss_client.get(address).status_code == 200
    version.refresh_from_db()
    assert version.status == "candidate"
    boss_client.post(address)
    version.refresh_from_db()
    assert version.status == "live"


def test_a_damaged_model_stays_out(stock: Stock, boss_client: Client) -> None:
    version = ModelVersion.objects.order_by("pk")[0]
    page = boss_client.post(f"/admin/recommender/modelversion/{version.pk}/make-live/", follow=True)
    assert "are gone" in page.content.decode()
    version.refresh_from_db()
    assert version.status == "refused"


def test_a_merchandiser_switches_no_models(stock: Stock, merchandiser_client: Client) -> None:
    version = ModelVersion.objects.order_by("pk")[0]
    address = f"/admin/recommender/modelversion/{version.pk}/make-live/"
    assert merchandiser_client.post(address).status_code == 403
