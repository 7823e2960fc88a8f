"""Search by picture in a browser: by keyboard, by touch, without JavaScript."""

from __future__ import annotations

import pytest

from catalog import picture_views
from recommender.delivery.picture_search import PictureAnswer, PictureMatch
from tests.media_samples import packed, stripes

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def answered(small_shop, monkeypatch):
    """A pool that finds two jams in every picture."""
    found = PictureAnswer((PictureMatch("p7", 0.98), PictureMatch("p8", 0.8)))
    monkeypatch.setattr(picture_views, "products_by_picture", lambda picture: found)
    return small_shop


@pytest.fixture
def mine(tmp_path) -> str:
    path = tmp_path / "mine.png"
    path.write_bytes(packed(stripes()))
    return str(path)


def titles(page) -> list[str]:
    texts: list[str] = page.locator(".picture-search .card__title").all_inner_texts()
    return texts


JAMS = ["Strawberry jam, 340 g", "Apricot jam, 340 g"]


def test_by_keyboard_from_the_search_field_to_what_was_found(answered, page, mine):
    page.goto("/")
    page.get_by_label("Search the shop").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Search by picture").wait_for()
    # Choosing a file sends the form; the dialog's button is there for who takes it back.
    dialog.get_by_label("Choose a picture").set_input_files(mine)
    page.wait_for_url("**/search/picture/")
    assert titles(page) == JAMS
    assert page.get_by_role("img", name="Your picture").is_visible()
    assert page.get_by_text("Looks the same").is_visible()


def test_on_a_phone_the_camera_is_offered(answered, visit, mine):
    phone = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone.goto("/search/picture/")
    camera = phone.get_by_label("Take a photo")
    assert camera.is_visible()
    assert camera.get_attribute("capture") == "environment"
    camera.set_input_files(mine)
    phone.get_by_role("heading", name="What looks most like it").wait_for()
    assert titles(phone) == JAMS
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert phone.evaluate(overflow) == 0


def test_without_javascript_the_link_leads_to_a_form_that_works(answered, visit, mine):
    page = visit(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Search by picture").click()
    page.get_by_label("Choose a picture").set_input_files(mine)
    page.locator(".picture-form").get_by_role("button", name="Search").click()
    assert titles(page) == JAMS


def test_too_large_a_picture_is_not_even_sent(answered, page, mine, settings):
    settings.SEARCH_PICTURE_MAX_BYTES = 100
    page.goto("/search/picture/")
    page.locator("main").get_by_label("Choose a picture").set_input_files(mine)
    page.get_by_text("This picture is too large").wait_for()
    assert page.locator("main").get_by_label("Choose a picture").input_value() == ""
