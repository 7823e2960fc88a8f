"""The frame of every page: errors, forged forms, languages, pictures, what readers need."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import path

from catalog.picture_urls import picture_url
from recsite import urls as site_urls
from tests.web.conftest import HTMX


def broken(request):
    raise RuntimeError("on purpose")


def forbidden(request):
    from django.core.exceptions import PermissionDenied

    raise PermissionDenied


urlpatterns = [path("broken/", broken), path("forbidden/", forbidden), *site_urls.urlpatterns]

PAGES = ["/", "/search/?q=milk", "/categories/dairy/", "/products/p0/", "/cart/", "/login/",
         "/register/", "/privacy/", "/nowhere/", "/why/?product=p0"]  # fmt: skip


class Outline(HTMLParser):
    """Collects what a test asks of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.forms = 0
        self.nested = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "form":
            self.forms += 1
            self.nested |= self.forms > 1

    def handle_endtag(self, tag):
        if tag == "form":
            self.forms -= 1

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag in names]


def outline(client: Client, address: str) -> Outline:
    return Outline(client.get(address).content.decode())


@pytest.mark.parametrize("address", PAGES)
def test_every_page_can_be_read_and_steered(stranger: Client, address: str):
    page = outline(stranger, address)
    ids = [attrs["id"] for _tag, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == len(page.all("header")) == len(page.all("footer")) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert not page.nested
    assert all("alt" in image for image in page.all("img"))
    labelled = {label.get("for") for label in page.all("label")}
    inside_label = re.findall(r"<label[^>]*><input[^>]*", stranger.get(address).content.decode())
    for field in page.all("input", "select", "textarea"):
        if field.get("type") == "hidden":
            continue
        assert (
            field.get("id") in labelled
            or "aria-label" in field
            or any(f'value="{field.get("value")}"' in one for one in inside_label)
        ), field
    for attrs in page.all("nav", "section"):
        assert "aria-label" in attrs or "aria-labelledby" in attrs
    for reference in (a["aria-labelledby"] for _t, a in page.tags if "aria-labelledby" in a):
        assert reference in ids or reference == "dialog-title"
    assert any(a.get("aria-live") == "polite" for _t, a in page.tags)


@pytest.mark.parametrize("address", PAGES)
def test_nothing_is_fetched_from_elsewhere(stranger: Client, address: str):
    html = stranger.get(address).content.decode()
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', html)
    assert "<script>" not in html


# --- errors --------------------------------------------------------------------------------------


@override_settings(ROOT_URLCONF="tests.web.test_frame")
def test_a_fault_of_ours_is_admitted(stranger: Client):
    stranger.raise_request_exception = False
    response = stranger.get("/broken/")
    assert response.status_code == 500
    html = response.content.decode()
    assert "Something went wrong on our side" in html
    assert "on purpose" not in html


@override_settings(ROOT_URLCONF="tests.web.test_frame")
def test_what_is_not_open_says_so(stranger: Client):
    response = stranger.get("/forbidden/")
    assert response.status_code == 403
    assert "You cannot open this page" in response.content.decode()


def test_a_damaged_request_says_so(stranger: Client):
    response = stranger.post("/consent/", {f"k{n}": "" for n in range(2000)})
    assert response.status_code == 400
    assert "This request could not be read" in response.content.decode()


@pytest.mark.parametrize("address", ["/cart/add/", "/consent/", "/login/", "/checkout/"])
def test_a_forged_or_stale_form_is_explained(small_shop, address: str):
    client = Client(enforce_csrf_checks=True)
    response = client.post(address, {"product": "p0", "choice": "accept"})
    assert response.status_code == 403
    html = response.content.decode()
    assert "The page was open for too long" in html
    assert "reload the page and send the form again" in html


def test_a_stale_form_sent_by_htmx_changes_nothing(small_shop):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/cart/add/", {"product": "p0"}, headers=HTMX)
    assert response.status_code == 403
    # The page itself has the words for this status.
    assert "Your session has expired." in client.get("/").content.decode()


def test_the_token_of_the_page_opens_its_forms(small_shop):
    client = Client(enforce_csrf_checks=True)
    html = client.get("/").content.decode()
    token = re.search(r'"X-CSRFToken": "(\w+)"', html)
    assert token is not None
    response = client.post(
        "/cart/add/", {"product": "p0"}, headers={**HTMX, "X-CSRFToken": token[1]}
    )
    assert response.status_code == 200


def test_without_a_cache_pages_are_served(stranger: Client, monkeypatch):
    def gone(*args, **kwargs):
        raise ConnectionError("no cache")

    for name in ("get", "get_many", "set", "add"):
        monkeypatch.setattr(type(cache._connections["default"]), name, gone)
    for address in ("/", "/search/?q=jam", "/products/p0/", "/cart/"):
        assert stranger.get(address).status_code == 200


# --- languages -----------------------------------------------------------------------------------


def test_the_language_can_be_changed_and_is_kept(stranger: Client):
    response = stranger.post("/language/", {"language": "zh-hans", "next": "/cart/"})
    assert response.url == "/cart/"
    html = stranger.get("/cart/").content.decode()
    assert '<html lang="zh-Hans">' in html
    assert "购物车" in html
    stranger.post("/language/", {"language": "en", "next": "/"})
    assert '<html lang="en">' in stranger.get("/").content.decode()


def test_the_browsers_language_is_the_first_guess(stranger: Client):
    html = stranger.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).content.decode()
    assert '<html lang="zh-Hans">' in html
    html = stranger.get("/", headers={"Accept-Language": "xx"}).content.decode()
    assert '<html lang="en">' in html


# --- pictures ------------------------------------------------------------------------------------


def test_a_drawing_costs_no_query_and_is_kept_for_good(small_shop, django_assert_num_queries):
    address = picture_url(small_shop.products[0])
    client = Client()
    with django_assert_num_queries(0):
        response = client.get(address)
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.content.startswith(b"<svg")
    assert client.get(address).content == response.content
    again = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "address",
    ["/pictures/nothing-known.svg", "/pictures/product.svg?seed=" + "x" * 9000,
     "/pictures/product.svg?brand=%3Cscript%3Ealert(1)%3C/script%3E&size=%00",
     "/pictures/" + "a" * 3000 + ".svg"],
)  # fmt: skip
def test_any_address_of_a_drawing_gives_a_harmless_one(client: Client, address: str):
    response = client.get(address)
    assert response.status_code == 200
    assert b"<script" not in response.content
    assert len(response.content) < 20_000
    assert "default-src 'none'" in response["Content-Security-Policy"]
