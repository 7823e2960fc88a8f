"""Search by picture: the form, what was found, bad uploads, and nothing that is kept."""

from __future__ import annotations

import base64
import io
import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from catalog import picture_views
from recommender.delivery.picture_search import (
    Likeness,
    PictureAnswer,
    PictureMatch,
    products_by_picture,
)
from tests.media_samples import packed, stripes
from tests.web.conftest import HTMX

ADDRESS = "/search/picture/"


def found(response) -> list[str]:
    return re.findall(r'class="card" data-product="([^"]+)"', response.content.decode())


def upload(data: bytes, name: str = "mine.png", field: str = "picture") -> dict[str, object]:
    return {field: SimpleUploadedFile(name, data)}


@pytest.fixture
def pool_says(monkeypatch):
    """Lets the pool answer; returns the pictures that it was asked about."""
    asked: list[Image.Image] = []

    def says(*matches: tuple[str, float], degraded: bool = False) -> list[Image.Image]:
        def answer(picture: Image.Image) -> PictureAnswer:
            asked.append(picture)
            return PictureAnswer(tuple(PictureMatch(*m) for m in matches), degraded)

        monkeypatch.setattr(picture_views, "products_by_picture", answer)
        return asked

    return says


def test_every_page_leads_to_a_form_that_needs_no_script(stranger: Client):
    assert f'href="{ADDRESS}"' in stranger.get("/").content.decode()
    response = stranger.get(ADDRESS)
    html = response.content.decode()
    assert response.status_code == 200
    assert 'enctype="multipart/form-data"' in html
    assert 'name="photo" accept="image/*" capture="environment"' in html
    assert "not kept" in html
    assert "no-store" in response["Cache-Control"]


def test_htmx_gets_the_form_alone(stranger: Client):
    html = stranger.get(ADDRESS, headers=HTMX).content.decode()
    assert 'id="dialog-title"' in html
    assert "<html" not in html


def test_what_looks_alike_is_shown_beside_the_picture_with_words(stranger: Client, pool_says):
    asked = pool_says(("p7", 0.98), ("p2", 0.9), ("p0", 0.8), ("gone", 0.7), ("p4", 0.61))
    response = stranger.post(ADDRESS, upload(packed(stripes(900, 300))))
    html = response.content.decode()
    assert response.status_code == 200
    assert found(response) == ["p7", "p2", "p0", "p4"]
    assert "What looks most like it" in html
    words = re.findall(r'card__reason"[^>]*>([^<]+)<', html)
    assert words == [
        "Looks the same", "Looks very similar", "Looks similar", "Looks a little similar",
    ]  # fmt: skip
    assert asked[0].size == (640, 213)
    shown = re.search(r'src="data:image/jpeg;base64,([^"]+)"', html)
    assert Image.open(io.BytesIO(base64.b64decode(shown.group(1)))).size == (640, 213)


def test_a_photo_from_the_camera_counts_as_well(stranger: Client, pool_says):
    pool_says(("p7", 0.5))
    response = stranger.post(ADDRESS, upload(packed(stripes(), "JPEG"), field="photo"))
    assert found(response) == ["p7"]
    html = response.content.decode()
    assert "Little in common" in html
    assert "Nothing looks much like it; this comes nearest" in html


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This file is empty."),
        (b"just words", "not a picture"),
        (packed(stripes(), "JPEG")[:700], "not a picture"),
        (packed(stripes(), "BMP"), "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    ],
    ids=["empty", "text", "cut off", "BMP", "SVG"],
)
def test_a_bad_upload_gets_a_message_at_the_form(stranger: Client, pool_says, data, words):
    asked = pool_says()
    response = stranger.post(ADDRESS, upload(data))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert 'aria-invalid="true"' in response.content.decode()
    assert asked == []


def test_without_a_picture_the_form_asks_for_one(stranger: Client):
    response = stranger.post(ADDRESS, {"picture": "a word"})
    assert response.status_code == 422
    assert "Choose a picture first." in response.content.decode()


def test_a_picture_over_the_limit_gets_413_and_one_far_over_is_not_even_read(
    stranger: Client, settings
):
    settings.SEARCH_PICTURE_MAX_BYTES = 50_000
    response = stranger.post(ADDRESS, upload(packed(stripes()) + b"\0" * 60_000))
    assert response.status_code == 413
    assert "too large" in response.content.decode()

    class Unread(io.BytesIO):
        def read(self, *args):
            raise AssertionError("the body was read")

    huge = stranger.generic(
        "POST", ADDRESS, b"", content_type="multipart/form-data; boundary=x",
        **{"wsgi.input": Unread(), "CONTENT_LENGTH": "900000000"},
    )  # fmt: skip
    assert huge.status_code == 413


def test_the_form_is_protected_against_other_sites(small_shop):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(ADDRESS, upload(packed(stripes()))).status_code == 403


def test_without_the_pool_popular_products_stand_in_and_say_so(stranger: Client):
    response = stranger.post(ADDRESS, upload(packed(stripes())))
    html = response.content.decode()
    assert response.status_code == 200
    assert "does not answer at this moment" in html
    assert "Popular right now" in html
    assert len(found(response)) == 12


def test_before_anything_is_encoded_the_page_says_so(stranger: Client, pool_says):
    pool_says()
    html = stranger.post(ADDRESS, upload(packed(stripes()))).content.decode()
    assert "Nothing to compare with yet" in html


def test_a_broken_cache_costs_the_search_and_not_the_page(small_shop, monkeypatch):
    def broken(*args, **kwargs):
        raise ConnectionError("no cache")

    monkeypatch.setattr(cache, "get", broken)
    answer = products_by_picture(stripes())
    assert (answer.matches, answer.degraded) == ((), True)


@pytest.mark.parametrize(
    ("similarity", "word"),
    [(1.0, "same"), (0.97, "same"), (0.9, "very"), (0.75, "similar"), (0.6, "slight"), (-1, "far")],
)
def test_a_similarity_has_a_word(similarity: float, word: str):
    assert Likeness.of(similarity).value == word
