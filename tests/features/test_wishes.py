"""Forget this, fewer of that: each wish changes the next slate and can be taken back."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from catalog.models import Product
from recommender.contracts import Scenario, SlateRequest
from recommender.events.snapshots import snapshot_read, snapshot_write
from recommender.features.models import Wish
from recommender.features.shopper_state import shopper_states_read
from recommender.features.wishes import (
    Wishes,
    WishRefusedError,
    wish_make,
    wish_withdraw,
    wishes_of,
    wishes_read,
)
from recommender.learning.update import learn
from recommender.pipeline import slate_build
from recommender.ranking.model import BlendedModel
from recommender.registry.versions import model_folder
from tests.api.conftest import make_api  # noqa: F401
from tests.web.conftest import agreed, anna, shopper_of, slate_shown, stranger, user  # noqa: F401
from users.export import shopper_export
from users.models import Shopper
from users.shoppers import shopper_merge

FORGET, FEWER = Wish.Kind.FORGET, Wish.Kind.FEWER


def deeds_of(name: str) -> list[str]:
    return [deed.product for deed in shopper_states_read([name])[name].deeds]


def test_what_is_forgotten_counts_for_nothing_until_it_is_taken_back(small_shop):
    shopper, coffee = small_shop.shoppers["anna"], small_shop.products[9]
    before = deeds_of("anna")
    assert "p9" in before
    wish = wish_make(shopper=shopper, kind=FORGET, product=coffee)
    assert wish_make(shopper=shopper, kind=FORGET, product=coffee) == wish
    state = shopper_states_read(["anna", "ben"])
    assert [d.product for d in state["anna"].deeds] == [p for p in before if p != "p9"]
    assert "p9" not in state["anna"].purchases
    assert "p9" in state["ben"].purchases
    learnt = snapshot_read(snapshot_write()).select(["shopper", "product"]).to_pylist()
    assert {"shopper": "anna", "product": "p9"} not in learnt
    assert {"shopper": "ben", "product": "p9"} in learnt
    wish_withdraw(wish=wish)
    assert deeds_of("anna") == before


def test_fewer_of_a_category_lowers_it_and_says_so(small_shop):
    version = learn(minimum_events=0)
    model = BlendedModel.load(model_folder(version))

    def slate():
        return slate_build(
            SlateRequest(Scenario.HOME, shopper="anna"),
            state=shopper_states_read(["anna"])["anna"],
            model=model,
            model_version=version.version,
            unavailable=lambda products: set(),
            length=12,
        )

    before = {item.product: item for item in slate().items}
    spread = next(p for p in before if small_shop.products[int(p[1:])].category.name == "Spreads")
    product = Product.objects.get(external_id=spread)
    wish_make(shopper=small_shop.shoppers["anna"], kind=FEWER, product=product)
    after = {item.product: item for item in slate().items}
    assert after[spread].score == pytest.approx(before[spread].score * 0.25, abs=1e-5)
    assert "fewer" in after[spread].rules
    assert after[spread].rank > before[spread].rank
    assert [item.score for item in after.values()] == sorted(
        (item.score for item in after.values()), reverse=True
    ) or any("variety" in item.rules for item in after.values())
    others = [p for p in before if "fewer" not in after[p].rules]
    assert [after[p].score for p in others] == pytest.approx([before[p].score for p in others])


def test_a_product_in_no_category_and_an_unknown_kind_are_refused(small_shop):
    shopper = small_shop.shoppers["anna"]
    lost = Product.objects.create(external_id="lost", title="Lost")
    with pytest.raises(WishRefusedError, match="no category"):
        wish_make(shopper=shopper, kind=FEWER, product=lost)
    with pytest.raises(WishRefusedError, match="does not exist"):
        wish_make(shopper=shopper, kind="more", product=lost)
    assert not wishes_of(shopper).exists()


def test_wishes_outdate_the_slates_and_come_along_at_log_in(small_shop, django_user_model):
    account, other = small_shop.shoppers["anna"], small_shop.shoppers["ben"]
    bread, milk = small_shop.products[4], small_shop.products[1]
    seen = account.last_event_at
    wish_make(shopper=account, kind=FORGET, product=bread)
    assert Shopper.objects.get(pk=account.pk).last_event_at != seen
    wish_make(shopper=other, kind=FORGET, product=bread)
    wish_make(shopper=other, kind=FEWER, product=milk)
    shopper_merge(anonymous=other, account=account)
    found = wishes_read(["anna"])["anna"]
    assert found == Wishes(frozenset({"p4"}), frozenset({"Dairy / Milk"}))
    assert [
        (w["kind"], w["product"], w["category"]) for w in shopper_export(account)["wishes"]
    ] == [
        ("fewer", None, "Dairy / Milk"),
        ("forget", "p4", None),
    ]


def test_the_site_offers_keeps_and_takes_back(anna: Client):  # noqa: F811
    trace = slate_shown(
        Scenario.HOME, ["p5", "p6"], shopper=shopper_of(anna),
        explanation={"template": "because-bought", "product": "p0"},
    )  # fmt: skip
    dialog = anna.get(f"/why/?trace={trace}&product=p5").content.decode()
    assert "Fewer of “Bread”" in dialog
    assert "Forget “Oat milk, 1 litre”" in dialog
    anna.post("/wish/", {"kind": "fewer", "product": "p5"})
    anna.post("/wish/", {"kind": "forget", "product": "p0"})
    page = anna.get("/account/").content.decode()
    assert "Fewer of “Bread”" in page
    assert "“Oat milk, 1 litre” is forgotten" in page
    for wish in list(wishes_of(shopper_of(anna))):
        anna.post("/wish/", {"undo": wish.pk, "next": "/account/"})
    assert not wishes_of(shopper_of(anna)).exists()


@pytest.mark.parametrize("undo", ["x", "9" * 30, "-1", "0"])
def test_taking_back_what_is_not_there_changes_nothing(anna: Client, undo: str):  # noqa: F811
    anna.post("/wish/", {"kind": "forget", "product": "p0"})
    assert anna.post("/wish/", {"undo": undo}).status_code == 302
    assert wishes_of(shopper_of(anna)).count() == 1


def test_nobody_touches_anothers_wishes(anna: Client, small_shop):  # noqa: F811
    wish = wish_make(
        shopper=small_shop.shoppers["ben"], kind=FORGET, product=small_shop.products[0]
    )
    anna.post("/wish/", {"undo": wish.pk})
    assert Wish.objects.filter(pk=wish.pk).exists()


def test_without_consent_nothing_is_kept(stranger: Client):  # noqa: F811
    answer = stranger.post("/wish/", {"kind": "forget", "product": "p0"}, follow=True)
    assert "we need your agreement" in answer.content.decode()
    assert not Wish.objects.exists()


def test_clients_make_and_withdraw_wishes(small_shop, make_api):  # noqa: F811
    api = make_api()
    address = "/api/v1/shoppers/anna/wishes/"
    body = api.post(address, {"kind": "fewer", "product": "p1"})
    assert body.status_code == 200
    assert body.json()["wishes"] == [{"kind": "fewer", "product": None, "category": "Dairy / Milk"}]
    for wrong, field in (
        ({"kind": "more", "product": "p1"}, "kind"),
        ({"product": "p1"}, "kind"),
        ({"kind": "fewer"}, "product"),
        ({"kind": "fewer", "product": "none"}, "product"),
    ):
        refused = api.post(address, wrong)
        assert refused.status_code == 400
        assert [e["field"] for e in json.loads(refused.content)["errors"]] == [field]
    taken = api.delete(f"{address}?kind=fewer&product=p1")
    assert (taken.status_code, taken.json()["wishes"]) == (200, [])
    assert (
        api.post("/api/v1/shoppers/nobody/wishes/", {"kind": "fewer", "product": "p1"}).status_code
        == 404
    )
