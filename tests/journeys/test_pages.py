"""Each page in a real browser: by keyboard, on a phone, without JavaScript, in either light."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from catalog.services import review_write
from orders.models import Order
from recommender.contracts import Scenario
from recommender.events.models import Event
from tests.browser import settle
from tests.web.conftest import PASSWORD, slate_shown
from users.models import User

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
MISSING = "/nowhere/"
OPEN_PAGES = ["/", "/search/?q=jam", "/search/?q=submarine", "/categories/dairy/", "/products/p0/",
              "/search/picture/", "/cart/", "/login/", "/register/", "/privacy/",
              MISSING]  # fmt: skip
OWN_PAGES = ["/", "/account/", "/account/close/", "/cart/", "/checkout/"]


@pytest.fixture
def shop(small_shop):
    """The small shop with slates, a review and Anna's account."""
    account = User.objects.create_user(
        "anna@example.org", "anna@example.org", PASSWORD, first_name="Anna"
    )
    anna = small_shop.shoppers["anna"]
    anna.user, anna.display_name = account, "Anna"
    anna.save()
    review_write(shopper=anna, product=small_shop.products[0], rating=4, text="Good in tea.")
    everything = [p.external_id for p in small_shop.products]
    reason = {"template": "because-bought", "product": "p0"}
    slate_shown(Scenario.TRENDING, everything)
    slate_shown(Scenario.SIMILAR, everything[1:], about="p0")
    slate_shown(Scenario.COMPLEMENTARY, everything[3:], about="p0")
    slate_shown(Scenario.HOME, everything, shopper=anna, explanation=reason)
    return small_shop


def log_in(page) -> None:
    page.goto("/login/")
    page.get_by_label("E-mail address or user name").fill("anna@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Welcome back, Anna").wait_for()


def put_into_cart(page, product: str = "p0") -> None:
    page.goto(f"/products/{product}/")
    page.locator(".buy").get_by_role("button", name="Add to cart").click()
    page.locator(".toast").wait_for()


def look_at(page, address: str) -> None:
    """Open a page; that a missing one is missing is no error of the page."""
    page.goto(address)
    if address == MISSING:
        page.errors[:] = [text for text in page.errors if "404" not in text]


# --- keyboard ------------------------------------------------------------------------------------


def test_the_keyboard_reaches_everything_and_is_trapped_nowhere(shop, page):
    log_in(page)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen: list[str] = []
    for _press in range(400):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "(() => { const e = document.activeElement; e.dataset.n ||= Math.random();"
            " return e === document.body ? '' : e.dataset.n; })()"
        )
        if not where or where in seen:
            break
        seen.append(where)
        outline = page.evaluate(
            "(() => { const e = document.activeElement;"
            " const card = e.closest('.card__title') ? e.closest('.card') : e;"
            " return getComputedStyle(card).outlineStyle; })()"
        )
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
    count = page.evaluate(
        "[...document.querySelectorAll("
        "'main a, main button:not(:disabled), main input:not([type=hidden])')]"
        ".filter(e => e.offsetParent && e.tabIndex >= 0).length"
    )
    assert len(seen) >= count > 20


def test_the_dialog_opens_and_closes_by_key_and_gives_the_focus_back(shop, page):
    log_in(page)
    why = page.locator(".card__why").first
    why.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.classList.contains('card__why')")


def test_shelves_scroll_by_their_buttons(shop, page):
    page.goto("/")
    shelf = page.locator("section.shelf").filter(has=page.get_by_role("heading", name="Trending"))
    back, on = (shelf.get_by_role("button", name=f"Scroll {way}") for way in ("back", "forward"))
    assert back.is_disabled()
    on.click()
    page.wait_for_function("document.getElementById('track-trending').scrollLeft > 300", polling=50)
    page.wait_for_function("!document.querySelector('[aria-controls=track-trending]').disabled")


# --- htmx ----------------------------------------------------------------------------------------


def test_filters_change_list_and_address_and_the_way_back_works(shop, page):
    page.goto("/search/?sort=price")
    page.locator('input[name="brand"][value="Hilltop"]').check()
    page.get_by_text("4 products", exact=True).wait_for()
    settle(page)
    assert "brand=Hilltop" in page.url
    page.locator("#sort").select_option("-price")
    page.wait_for_url("**sort=-price**")
    page.wait_for_function("document.querySelector('.card__title').innerText === 'Rye bread'")
    page.go_back()
    page.wait_for_function(
        "document.querySelector('.card__title').innerText === 'Butter croissant'"
    )
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_wrong_quantity_in_the_cart_is_said_and_put_right(shop, page):
    put_into_cart(page)
    page.goto("/cart/")
    field = page.get_by_label("Quantity of Oat milk, 1 litre")
    field.fill("50")
    field.press("Enter")
    page.locator(".toast--error", has_text="Only 10 of").wait_for()
    assert page.get_by_label("Quantity of Oat milk, 1 litre").input_value() == "1"


def test_an_expired_session_is_explained_where_one_stands(shop, page):
    page.goto("/products/p0/")
    page.context.clear_cookies()
    page.locator(".buy").get_by_role("button", name="Add to cart").click()
    page.locator(".toast--error", has_text="Your session has expired").wait_for()
    assert "403" in page.errors.pop()
    page.errors.clear()


def test_what_is_in_view_is_reported(shop, page):
    log_in(page)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        rows = Event.objects.filter(type="impression")
        if rows.exists():
            break
        page.wait_for_timeout(200)
    first = rows.order_by("rank").first()
    assert (first.product.external_id, first.rank) == ("p0", 1)
    assert rows.count() < 40  # What lies below the fold has not been seen.


# --- without JavaScript --------------------------------------------------------------------------


def test_everything_works_without_javascript(shop, visit):
    page = visit(java_script_enabled=False)
    page.goto("/search/?q=jam")
    page.get_by_role("button", name="Add Apricot jam, 340 g to the cart").click()
    assert page.url.endswith("/search/?q=jam")
    page.goto("/cart/")
    page.get_by_role("button", name="One Apricot jam, 340 g more").click()
    page.get_by_role("link", name="To the checkout").click()
    page.get_by_label("Name").fill("Anna")
    page.get_by_label("E-mail address").fill("anna@example.org")
    page.get_by_label("Address", exact=True).fill("1 Mill Lane")
    page.get_by_role("button", name="Order for $6.80").click()
    page.get_by_role("heading", name="Thank you for your order").wait_for()
    assert Order.objects.count() == 1
    page.goto("/")
    page.locator(".card__why").first.click()
    page.get_by_role("heading", name="Why am I seeing this?").wait_for()


# --- phone and contrast --------------------------------------------------------------------------


def test_nothing_is_wider_than_a_phone(shop, phone):
    def check(address: str) -> None:
        look_at(phone, address)
        width = phone.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, address

    for address in OPEN_PAGES:
        check(address)
    phone.goto("/")
    phone.get_by_role("button", name="Decline").click()
    log_in(phone)
    put_into_cart(phone)
    for address in OWN_PAGES:
        check(address)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(shop, visit, scheme: str):
    page = visit(color_scheme=scheme)
    weak: dict[str, list[str]] = {}

    def check(address: str) -> None:
        look_at(page, address)
        page.wait_for_timeout(350)
        if found := page.evaluate(CONTRAST):
            weak[address] = found

    for address in OPEN_PAGES:
        check(address)
    log_in(page)
    put_into_cart(page)
    for address in OWN_PAGES:
        check(address)
    assert weak == {}, json.dumps(weak, indent=1, ensure_ascii=False)
