"""Log-in, registration, the account page, export and deletion."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from catalog.models import Product, Review
from orders.models import CartLine, Order
from recommender.events.models import Event
from tests.web.conftest import PASSWORD, shopper_of
from users.models import Consent, ConsentDecision, ErasureReceipt, Shopper, User

WHO = {"name": "Anna", "email": "anna@example.org", "address": "1 Mill Lane"}
NEW = {"name": "Ben", "email": "Ben@Example.org", "password": "loud-mountain-3"}


def test_log_in_by_address_in_any_case_and_back(stranger: Client, user):
    response = stranger.post(
        "/login/", {"username": "ANNA@example.org", "password": PASSWORD, "next": "/cart/"}
    )
    assert response.url == "/cart/"
    assert "Anna" in stranger.get("/").content.decode()


def test_a_wrong_password_is_said_once_and_tells_nothing_more(stranger: Client, user):
    for name in (user.username, "nobody@example.org"):
        html = stranger.post("/login/", {"username": name, "password": "x"}).content.decode()
        assert "This name and password do not belong together." in html


def test_log_in_does_not_lead_off_the_site(stranger: Client, user):
    response = stranger.post(
        "/login/",
        {"username": user.username, "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert response.url == "/"


def test_log_out(anna: Client):
    assert anna.post("/logout/").url == "/"
    assert anna.get("/account/").url == "/login/?next=%2Faccount%2F"
    assert anna.get("/logout/").status_code == 405


def test_what_an_anonymous_shopper_did_belongs_to_the_account(agreed: Client, user):
    agreed.get("/products/p9/")
    agreed.post("/opinion/", {"product": "p3", "kind": "like"})
    anonymous = shopper_of(agreed)
    agreed.post("/login/", {"username": user.username, "password": PASSWORD})
    assert not Shopper.objects.filter(pk=anonymous.pk).exists()
    mine = Event.objects.filter(shopper__user=user, origin="web").order_by("pk")
    assert [(e.type, e.product.external_id) for e in mine] == [("view", "p9"), ("like", "p3")]


def test_an_account_is_opened_and_the_visit_comes_along(agreed: Client):
    agreed.post("/cart/add/", {"product": "p0"})
    agreed.get("/products/p9/")
    response = agreed.post("/register/", {**NEW, "next": "/cart/"})
    assert response.url == "/cart/"
    account = User.objects.get(username="ben@example.org")
    assert (account.email, account.first_name) == ("ben@example.org", "Ben")
    assert account.shopper.consent == Consent.GRANTED
    assert account.shopper.events.filter(type="view").count() == 1
    assert CartLine.objects.get().cart_key == f"user-{account.pk}"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("email", "anna@EXAMPLE.org", "There is an account with this address already."),
        ("email", "nonsense", "valid email"),
        ("password", "12345678", "too common"),
        ("password", "short", "too short"),
        ("password", "ben@example.org", "too similar"),
        ("name", "", "required"),
        ("name", "x" * 101, "at most 100"),
    ],
)
def test_a_registration_that_fails_names_its_field(stranger, user, field, value, says):
    response = stranger.post("/register/", {**NEW, field: value})
    assert response.status_code == 422
    html = response.content.decode()
    error = re.search(rf'id="id_{field}_error">(.*?)</ul>', html, re.S)
    assert error is not None
    assert says in error[1]
    assert User.objects.count() == 1


def test_the_account_page(anna: Client):
    anna.post("/cart/add/", {"product": "p0"})
    anna.post("/checkout/", WHO)
    anna.post("/opinion/", {"product": "p3", "kind": "like"})
    anna.post("/opinion/", {"product": "p10", "kind": "dislike"})
    html = anna.get("/account/").content.decode()
    assert Order.objects.get().number in html
    assert "Dairy / Milk" in html
    assert "Meadow" in html
    liked, hidden = html.split('id="likes-title"')[1].split('id="hidden-title"')
    assert "Strawberry yoghurt, 500 g" in liked
    assert "Green tea, 20 bags" in hidden
    assert "Strawberry yoghurt" not in hidden


def test_likes_and_rejections_can_be_taken_back(anna: Client):
    for product, kind in (("p3", "like"), ("p10", "dislike")):
        anna.post("/opinion/", {"product": product, "kind": kind})
        response = anna.post("/opinion/", {"product": product, "kind": "undo", "next": "/account/"})
        assert response.url == "/account/"
    html = anna.get("/account/").content.decode()
    assert "Products you like gather here." in html
    assert "Products you do not want to see gather here." in html
    assert not Event.objects.filter(type__in=["like", "dislike"]).exists()


def test_export_holds_everything(anna: Client):
    anna.post("/cart/add/", {"product": "p0"})
    anna.post("/checkout/", WHO)
    anna.post("/cart/add/", {"product": "p4"})
    anna.post("/reviews/", {"product": "p0", "rating": "4", "text": "Für den Tee, 好喝"})
    anna.get("/search/?q=jam")
    response = anna.get("/account/export/")
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    data = json.loads(response.content)
    assert data["account"]["email"] == "anna@example.org"
    assert data["shopper"]["external_id"] == "anna"
    assert len(data["events"]) == Event.objects.filter(shopper__user__username=WHO["email"]).count()
    assert [e["query"] for e in data["events"] if e["type"] == "search"] == ["jam"]
    assert data["reviews"][0]["text"] == "Für den Tee, 好喝"
    assert data["orders"][0]["address"] == "1 Mill Lane"
    assert data["orders"][0]["lines"] == [
        {"title": "Oat milk, 1 litre", "price": "2.10", "quantity": 1}
    ]
    assert data["cart"] == [{"product": "p4", "quantity": 1}]


def test_deletion_needs_the_password(anna: Client):
    response = anna.post("/account/close/", {"password": "wrong"})
    assert response.status_code == 422
    assert "This is not your password." in response.content.decode()
    assert User.objects.count() == 1


def test_deletion_leaves_nothing_of_the_person(anna: Client, small_shop):
    anna.post("/cart/add/", {"product": "p0"})
    anna.post("/checkout/", WHO)
    anna.post("/cart/add/", {"product": "p4"})
    anna.post("/reviews/", {"product": "p0", "rating": "4"})
    response = anna.post("/account/close/", {"password": PASSWORD}, follow=True)
    receipt = ErasureReceipt.objects.get()
    assert response.redirect_chain == [(f"/erasures/{receipt.number}/", 302)]
    assert "are deleted" in response.content.decode()
    assert not User.objects.exists()
    assert not Shopper.objects.filter(external_id="anna").exists()
    assert Event.objects.filter(shopper__external_id="ben").count() == 9
    assert Event.objects.count() == 18 - 1  # Anna had eight, Ben and Cleo the rest.
    assert not ConsentDecision.objects.exists()
    assert not Review.objects.exists()
    assert Product.objects.get(external_id="p0").rating_count == 0
    assert not CartLine.objects.exists()
    order = Order.objects.get()
    assert (order.user, order.name, order.email, order.address) == (None, "", "", "")
    assert anna.get(f"/orders/{order.number}/").status_code == 404


def test_the_receipt_of_a_deletion_can_be_read_by_its_number_and_names_nobody(
    anna: Client, stranger: Client
):
    anna.post("/account/close/", {"password": PASSWORD})
    receipt = ErasureReceipt.objects.get()
    typed = receipt.number.lower().replace("-", "")
    page = stranger.get(f"/erasures/{typed}/")
    assert page["X-Robots-Tag"] == "noindex"
    assert "the next update of the models does it" in page.content.decode()
    file = stranger.get(f"/erasures/{receipt.number}/file/")
    assert file["Content-Disposition"] == f'attachment; filename="erasure-{receipt.number}.json"'
    told = file.json()
    assert told["erased"]["events"] == 8
    assert (told["status"], told["models"]["had_learnt"]) == ("waiting", True)
    assert "anna" not in (page.content + file.content).decode().lower()
    assert stranger.get("/erasures/22222/").status_code == 404


@pytest.mark.parametrize("path", ["/account/", "/account/export/", "/account/close/"])
def test_the_account_is_for_whoever_is_logged_in(stranger: Client, path: str):
    assert stranger.get(path).url == "/login/?next=%2Faccount%2F"


def test_a_form_of_an_expired_session_leads_to_the_log_in_and_says_why(anna: Client):
    anna.cookies.clear()
    response = anna.post("/account/close/", {"password": PASSWORD}, follow=True)
    assert response.redirect_chain == [("/login/?next=%2Faccount%2F", 302)]
    assert "You were logged out in the meantime." in response.content.decode()
    assert User.objects.count() == 1


def test_personal_pages_are_not_kept_by_caches(anna: Client):
    for path in ("/account/", "/account/export/", "/cart/", "/privacy/"):
        assert "no-store" in anna.get(path)["Cache-Control"]
