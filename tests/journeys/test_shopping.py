"""From the first look to a home page that has changed, with the real pool."""

from __future__ import annotations

import re
import time

import pytest
from django.core.cache import cache

from orders.models import Order
from recommender.events.models import Event
from recommender.learning.update import learn
from recommender.registry.versions import LIVE_KEY

pytestmark = [
    pytest.mark.journey,
    pytest.mark.service,
    pytest.mark.django_db(transaction=True),
]


def titles(page, shelf: str) -> list[str]:
    """What stands on a shelf, by its title."""
    section = page.locator("section.shelf").filter(has=page.get_by_role("heading", name=shelf))
    return list(section.locator(".card__title").all_inner_texts())


def test_browse_search_open_like_buy_and_see_the_home_page_change(small_shop, pool, page, settings):
    settings.POOL_DEADLINE_MS = 5_000
    learn(minimum_events=0)
    pool()
    deadline = time.monotonic() + 10
    while cache.get(LIVE_KEY) is None and time.monotonic() < deadline:
        time.sleep(0.05)

    page.goto("/")
    page.get_by_role("heading", name="A shop that learns what you like").wait_for()
    assert not Event.objects.filter(origin="web").exists()
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("heading", name="Welcome back").wait_for()
    assert titles(page, "Buy again") == []

    page.get_by_role("navigation", name="Categories").get_by_role("link", name="Pantry").click()
    page.get_by_role("heading", name="Pantry", level=1).wait_for()

    page.get_by_label("Search the shop").first.fill("apricot")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Apricot jam, 340 g").click()
    page.get_by_role("heading", name="Apricot jam, 340 g", level=1).wait_for()
    assert "Strawberry jam, 340 g" in titles(page, "More like this")

    page.get_by_role("button", name="Like", exact=True).click()
    page.get_by_role("button", name="You like it").wait_for()

    page.locator(".buy").get_by_role("button", name="Add to cart").click()
    page.locator("#cart-badge", has_text="1").wait_for()
    page.get_by_role("link", name="To the cart").click()
    page.get_by_role("button", name="One Apricot jam, 340 g more").click()
    page.locator("#cart-badge", has_text="2").wait_for()
    page.get_by_role("link", name="To the checkout").click()
    page.get_by_label("Name").fill("Anna")
    page.get_by_label("E-mail address").fill("anna@example.org")
    page.get_by_label("Address", exact=True).fill("1 Mill Lane")
    page.get_by_role("button", name="Order for $6.80").click()
    page.get_by_role("heading", name="Thank you for your order").wait_for()
    assert Order.objects.get().lines.get().quantity == 2

    page.get_by_role("link", name="Go on shopping").click()
    page.get_by_role("heading", name="For you").wait_for()
    mine = titles(page, "For you")
    assert len(mine) >= 2
    because = page.locator(".card__reason", has_text="Apricot jam, 340 g")
    assert because.count() >= 1
    kinds = list(
        Event.objects.filter(origin="web")
        .exclude(type="impression")
        .order_by("pk")
        .values_list("type", flat=True)
    )
    assert kinds == ["search", "view", "like", "cart", "purchase"]
    # The page told by itself how long it had been looked at.
    assert 0 < Event.objects.get(origin="web", type="view").value < 120

    # Why is the first thing here? And away with it.
    page.locator("section.shelf").first.locator(".card__why").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Why am I seeing this?").wait_for()
    assert re.search(r"\d+%", dialog.inner_text())
    dialog.get_by_role("button", name="Not for me").click()
    page.locator(".card__title", has_text=mine[0]).first.wait_for(state="detached")
    page.reload()
    assert mine[0] not in titles(page, "For you")
    assert Event.objects.get(type="dislike").product.title == mine[0]
