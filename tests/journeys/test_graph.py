"""The knowledge graph in the admin, in a real browser: the picture, and judging by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from catalog.models import Product
from kg.facts import entity_make, fact_state
from kg.models import Entity, Fact
from kg.vocabulary import vocabulary_make
from users.models import User

pytestmark = pytest.mark.journey

REVIEW = "/admin/kg/fact/review/"
SCRIPT = "<img src=x onerror=alert(1)>"


@pytest.fixture
def tea(transactional_db) -> Entity:
    """A product with a brand, a theme of a malicious name, and three proposals."""
    vocabulary_make()
    product = Product.objects.create(external_id="t1", title="Green tea")
    tea = entity_make(kind="product", name=product.title, product=product)
    facts = [
        ("made_by", entity_make(kind="brand", name="Meadow"), "accepted", 1.0),
        ("related_to", entity_make(kind="concept", name=SCRIPT), "accepted", 1.0),
        ("used_for", entity_make(kind="use", name="breakfast"), "proposed", 0.9),
        ("used_for", entity_make(kind="use", name="evenings"), "proposed", 0.8),
        ("made_of", entity_make(kind="material", name="leaves"), "proposed", 0.7),
    ]
    for predicate, object, status, confidence in facts:
        fact_state(
            subject=tea, predicate=predicate, object=object, status=status, confidence=confidence,
            source="mined", evidence=f"Good for {object.name}.",
        )  # fmt: skip
    return tea


@pytest.fixture
def log_in(transactional_db, live_server) -> Callable[[Any], Any]:
    """Puts a superuser's session into the browser of a page."""
    boss = User.objects.create_superuser("boss", "boss@example.com", "secret-word-1")
    client = Client()
    client.force_login(boss)

    def enter(page: Any) -> Any:
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}
        page.context.add_cookies([cookie])
        return page

    return enter


def statuses(predicate: str) -> list[str]:
    facts = Fact.objects.filter(predicate__key=predicate).order_by("-confidence")
    return list(facts.values_list("status", flat=True))


def test_the_neighbourhood_is_walked_by_keyboard(tea: Entity, log_in, page) -> None:
    log_in(page).goto(f"/admin/kg/entity/{tea.pk}/change/")
    page.wait_for_selector(".kg-node")
    assert page.inner_text("#kg-count") == "2 neighbours, 2 facts"
    # The name is text wherever it stands; an alert would hang the page, an image ask for /x.
    assert SCRIPT in page.inner_text("#kg-list")
    assert page.locator("#kg-list img[src=x]").count() == 0
    page.locator(".kg-go", has_text="Meadow").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('kg-centre').textContent === 'Meadow'")
    # The neighbour is named from its own side now, and the focus is on it.
    assert page.inner_text(".kg-group").startswith("makes")
    assert page.evaluate("document.activeElement.textContent").startswith("Green tea")
    page.go_back()
    page.wait_for_function("document.getElementById('kg-centre').textContent === 'Green tea'")
    page.locator(".kg-filter summary").click()
    page.locator(".kg-filter input[value=made_of]").check()
    page.wait_for_function("document.querySelectorAll('.kg-node').length === 0")
    assert page.inner_text("#kg-over") == "Nothing is connected in the chosen ways."


def test_the_picture_fits_a_phone_and_a_node_leads_on(tea: Entity, log_in, phone) -> None:
    log_in(phone).goto(f"/admin/kg/entity/{tea.pk}/change/")
    phone.wait_for_selector(".kg-node")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    canvas = phone.locator("#kg-canvas").bounding_box()
    assert canvas["width"] > 250
    # Two neighbours stand opposite each other on the ring: one above the centre, one below.
    for share in (0.25, 0.2, 0.15, 0.3, 0.1):
        x, y = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] * share
        phone.touchscreen.tap(x, y)
        phone.wait_for_timeout(300)
        if phone.inner_text("#kg-centre") != "Green tea":
            break
    assert phone.inner_text("#kg-centre") in {"Meadow", SCRIPT}


def test_proposals_are_judged_by_keyboard(tea: Entity, log_in, page) -> None:
    log_in(page).goto(REVIEW)
    page.wait_for_selector(".kg-proposal.is-current")
    page.keyboard.press("a")
    page.wait_for_function("document.querySelectorAll('.kg-proposal').length === 2")
    assert statuses("used_for") == ["accepted", "proposed"]
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.wait_for_function("document.querySelectorAll('.kg-proposal').length === 1")
    assert statuses("made_of") == ["rejected"]
    page.keyboard.press("u")
    page.wait_for_function("document.querySelectorAll('.kg-proposal').length === 2")
    assert statuses("made_of") == ["proposed"]
    page.locator("#kg-all").check()
    page.locator(".kg-toolbar [name=reject]").click()
    page.wait_for_selector(".kg-done")
    assert statuses("used_for") == ["accepted", "rejected"]
    assert page.url.endswith(REVIEW)


def test_proposals_are_judged_without_javascript(tea: Entity, log_in, visit) -> None:
    page = log_in(visit(java_script_enabled=False))
    page.goto(REVIEW)
    page.locator("input[name=facts]").first.check()
    page.locator(".kg-toolbar [name=accept]").click()
    assert statuses("used_for") == ["accepted", "proposed"]
    assert page.locator(".kg-proposal").count() == 2
